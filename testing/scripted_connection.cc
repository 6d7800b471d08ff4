// SPDX-License-Identifier: Apache-2.0
#include "testing/scripted_connection.h"

#include <algorithm>
#include <cstring>

namespace updraft {

PeerScript& PeerScript::Answer(std::string_view bytes, std::size_t piece) {
  steps_.push_back({Step::Kind::kAnswer});
  return Add(bytes, piece);
}

PeerScript& PeerScript::Add(std::string_view bytes, std::size_t piece) {
  if (!bytes.empty()) steps_.push_back({Step::Kind::kBytes, std::string(bytes), piece});
  return *this;
}

PeerScript& PeerScript::Close() {
  steps_.push_back({Step::Kind::kClose});
  return *this;
}

PeerScript& PeerScript::Fail(NetworkFailure failure, std::string_view text) {
  return Fail(Status(failure), text);
}

PeerScript& PeerScript::Fail(Status status, std::string_view text) {
  steps_.push_back({Step::Kind::kFail, std::string(text), kWhole, status});
  return *this;
}

PeerScript& PeerScript::ResetWhenSent() {
  steps_.push_back({Step::Kind::kResetWhenSent});
  return *this;
}

PeerScript& ScriptedConnection::Accept() { return scripts_.emplace_back(); }

void ScriptedConnection::Refuse(NetworkFailure failure, std::string_view text) {
  Refuse(Status(failure), text);
}

void ScriptedConnection::Refuse(Status status, std::string_view text) {
  PeerScript& script = scripts_.emplace_back();
  script.refusal_ = status;
  script.refusal_text_ = text;
}

bool ScriptedConnection::finished() const {
  const bool used = next_script_ == scripts_.size();
  const auto only_closes = [](const PeerScript& script) {
    return std::all_of(script.steps_.begin(), script.steps_.end(), [](const auto& step) {
      return step.kind == PeerScript::Step::Kind::kClose;
    });
  };
  return used && std::all_of(scripts_.begin(), scripts_.end(), only_closes);
}

Status ScriptedConnection::Failure(Status status, std::string_view text) {
  failure_text_ = text;
  open_ = false;
  return status;
}

Status ScriptedConnection::Connect(const Endpoint& endpoint) {
  failure_text_.clear();
  open_ = false;
  asked_ = false;
  targets_.push_back({std::string(endpoint.host), endpoint.port, endpoint.tls});
  if (next_script_ == scripts_.size()) {
    return Failure(NetworkFailure::kConnect, "the script has no more connections");
  }
  PeerScript& script = scripts_[next_script_++];
  if (!script.refusal_.ok()) return Failure(script.refusal_, script.refusal_text_);
  current_ = &script;
  sent_.emplace_back();
  open_ = true;
  return kOk;
}

Status ScriptedConnection::Send(Bytes data) {
  failure_text_.clear();
  if (!open_) return Failure(NetworkFailure::kReset, "not connected");
  if (!current_->steps_.empty() &&
      current_->steps_.front().kind == PeerScript::Step::Kind::kResetWhenSent) {
    current_->steps_.pop_front();
    return Failure(NetworkFailure::kReset, "connection reset by peer");
  }
  sent_.back().append(reinterpret_cast<const char*>(data.data()), data.size());
  asked_ = asked_ || !data.empty();
  return kOk;
}

Result<std::size_t> ScriptedConnection::Receive(MutableBytes out) {
  failure_text_.clear();
  if (out.empty()) return Status(Code::kInvalidArgument, Stage::kFetch);
  if (!open_) return Failure(NetworkFailure::kReset, "not connected");
  auto& steps = current_->steps_;
  if (!steps.empty() && steps.front().kind == PeerScript::Step::Kind::kAnswer && asked_) {
    asked_ = false;
    steps.pop_front();
  }
  if (steps.empty()) return Failure(NetworkFailure::kTimeout, "nothing left to send");
  PeerScript::Step& step = steps.front();
  switch (step.kind) {
    case PeerScript::Step::Kind::kAnswer:
    case PeerScript::Step::Kind::kResetWhenSent:
      return Failure(NetworkFailure::kTimeout, "the peer waits");
    case PeerScript::Step::Kind::kClose: return std::size_t{0};
    case PeerScript::Step::Kind::kFail: {
      const PeerScript::Step failed = step;
      steps.pop_front();
      return Failure(failed.status, failed.bytes);
    }
    case PeerScript::Step::Kind::kBytes: break;
  }
  const std::size_t count = std::min({out.size(), step.piece, step.bytes.size()});
  std::memcpy(out.data(), step.bytes.data(), count);
  step.bytes.erase(0, count);
  if (step.bytes.empty()) steps.pop_front();
  return count;
}

}  // namespace updraft
