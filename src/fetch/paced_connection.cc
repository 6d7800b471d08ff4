// SPDX-License-Identifier: Apache-2.0
#include "updraft/paced_connection.h"

#include <algorithm>

namespace updraft {
namespace {

constexpr std::uint64_t kBurstsASecond = 5;

}  // namespace

Status PacedConnection::Fail(NetworkFailure failure, std::string_view text) {
  own_failure_ = text;
  connection_->Close();
  return failure;
}

std::string_view PacedConnection::failure_text() const {
  return own_failure_.empty() ? connection_->failure_text() : own_failure_;
}

Status PacedConnection::CheckDeadline() {
  own_failure_ = {};
  if (pace_.deadline_ms == 0 || system_->NowMs() - started_ms_ < pace_.deadline_ms) return kOk;
  return Fail(NetworkFailure::kDeadline, "not done at the deadline");
}

Status PacedConnection::Connect(const Endpoint& endpoint) {
  UPDRAFT_TRY(CheckDeadline());
  window_ms_ = 0;
  window_bytes_ = 0;
  const Status connected = connection_->Connect(endpoint);
  tokens_ = 0;
  filled_ms_ = system_->NowMs();
  return connected;
}

Status PacedConnection::Send(Bytes data) {
  UPDRAFT_TRY(CheckDeadline());
  return connection_->Send(data);
}

std::size_t PacedConnection::WaitForTokens(std::size_t wanted) {
  const std::uint64_t burst = std::max<std::uint64_t>(pace_.rate_limit / kBurstsASecond, 1);
  wanted = static_cast<std::size_t>(std::min<std::uint64_t>(wanted, burst));
  while (true) {
    const std::uint64_t now = system_->NowMs();
    // What was not used is not saved up. The elapsed time is cut first: it may be days.
    const std::uint64_t elapsed = std::min<std::uint64_t>(now - filled_ms_, 1000 * (burst + 1));
    tokens_ = std::min(tokens_ + elapsed * pace_.rate_limit, burst * 1000);
    filled_ms_ = now;
    if (tokens_ >= wanted * 1000) break;
    const std::uint64_t missing = wanted * 1000 - tokens_;
    system_->SleepMs(
        static_cast<std::uint32_t>((missing + pace_.rate_limit - 1) / pace_.rate_limit));
  }
  return wanted;
}

// The last window's bytes count, whatever came before it: a server that falls silent
// after a fast start is as slow as any other.
Status PacedConnection::JudgeSpeed(std::uint64_t waited_ms, std::size_t count) {
  if (pace_.low_speed == 0) return kOk;
  window_ms_ += waited_ms;
  window_bytes_ += count;
  if (window_ms_ < pace_.low_speed_window_ms) return kOk;
  const bool slow = window_bytes_ * 1000 < pace_.low_speed * window_ms_;
  window_ms_ = 0;
  window_bytes_ = 0;
  return slow ? Fail(NetworkFailure::kTooSlow, "the server sends too slowly") : Status(kOk);
}

Result<std::size_t> PacedConnection::Receive(MutableBytes out) {
  UPDRAFT_TRY(CheckDeadline());
  if (pace_.rate_limit > 0 && !out.empty()) out = out.first(WaitForTokens(out.size()));
  const std::uint64_t before = system_->NowMs();
  const Result<std::size_t> count = connection_->Receive(out);
  if (!count) return count;
  if (pace_.rate_limit > 0) tokens_ -= std::min<std::uint64_t>(tokens_, *count * 1000);
  if (*count > 0) UPDRAFT_TRY(JudgeSpeed(system_->NowMs() - before, *count));
  return count;
}

}  // namespace updraft
