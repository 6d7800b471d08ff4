// SPDX-License-Identifier: Apache-2.0
#include "updraft/download.h"

#include <algorithm>
#include <cstring>

#include "src/http/grammar.h"

namespace updraft {
namespace {

constexpr std::uint64_t kLongPauseMs = 30'000;
constexpr std::int16_t kNotModified = 304;
constexpr std::int16_t kPreconditionFailed = 412;
constexpr std::int16_t kRangeNotSatisfiable = 416;

}  // namespace

Download::Download(HttpClient& client, Retries& retries, const DownloadOptions& options,
                   Observer& observer)
    : client_(&client), retries_(&retries), options_(options), observer_(&observer) {
  MutableBytes& workspace = options_.fetch.workspace;
  if (workspace.size() < Fetch::kMinWorkspace + kMaxHead) return;
  front_ = workspace.last(kMaxHead);
  workspace = workspace.first(workspace.size() - kMaxHead);
}

// A weak tag stands for several files.
FileIdentity Download::IdentityOf(const ResponseHead& head) {
  FileIdentity identity;
  std::string_view text;
  if (head.headers.Count("etag") == 1) text = *head.headers.Find("etag");
  identity.is_tag = text.size() >= 2 && text.size() <= identity.text.size() &&
                    text.front() == '"' && text.back() == '"';
  if (!identity.is_tag) {
    text = head.headers.Count("last-modified") == 1 ? *head.headers.Find("last-modified")
                                                    : std::string_view{};
  }
  if (text.size() > identity.text.size()) return {};
  std::ranges::copy(text, identity.text.begin());
  identity.size = text.size();
  return identity;
}

Status Download::Open() {
  if (opened_) return {Code::kInvalidState, Stage::kFetch};
  opened_ = true;
  failure_ = AskPolicy();
  UPDRAFT_TRY(failure_);
  return AskUntilAnswered();
}

Status Download::AskUntilAnswered() {
  while (!fetch_) {
    const Status asked = Ask();
    if (!asked.ok()) UPDRAFT_TRY(Recover(asked));
  }
  return kOk;
}

Result<std::size_t> Download::Read(MutableBytes out) {
  if (!opened_) UPDRAFT_TRY(Open());
  if (!failure_.ok()) return failure_;
  if (out.empty()) return Status(Code::kInvalidArgument, Stage::kFetch);
  const bool whole = ended_ || (file_size_ && position_ >= *file_size_);
  if (!whole && position_ > 0) {
    failure_ = AskPolicy();
    UPDRAFT_TRY(failure_);
  }
  while (!ended_) {
    const Result<std::size_t> count = ReadPart(out);
    if (count) return count;
    UPDRAFT_TRY(Recover(count.error()));
  }
  return std::size_t{0};
}

// The next bytes of this answer or of the one after it; 0 at the file's end.
Result<std::size_t> Download::ReadPart(MutableBytes out) {
  while (true) {
    if (front_given_ < front_size_) {
      const std::size_t count = std::min(front_size_ - front_given_, out.size());
      std::copy_n(front_.begin() + static_cast<std::ptrdiff_t>(front_given_), count, out.begin());
      front_given_ += count;
      position_ += count;
      return count;
    }
    if (!fetch_) UPDRAFT_TRY(Ask());
    if (!file_size_ || position_ < *file_size_) UPDRAFT_TRY(retries_->CheckLimits());
    UPDRAFT_TRY(SkipWhatIsThere(out));
    UPDRAFT_TRY_ASSIGN(const std::size_t count, fetch_->Read(out));
    if (count > 0) {
      position_ += count;
      retries_->Received(count, position_);
      return count;
    }
    ended_ = !fetch_->is_partial() || position_ >= file_size_.value_or(0);
    fetch_.reset();
    if (ended_) return std::size_t{0};
  }
}

Status Download::AskPolicy() {
  if (options_.policy == nullptr) return kOk;
  std::uint64_t paused_ms = 0;
  const Status leave =
      retries_->AskPolicy(*options_.policy, requests_ == 0, file_size_.value_or(0), paused_ms);
  // The server would give it up, and a link that costs by the minute is not held.
  if (!leave.ok() || (paused_ms >= kLongPauseMs && CanResume())) fetch_.reset();
  return leave;
}

// One request for what is missing, and what its answer says of the file.
Status Download::Ask() {
  MakeFetch();
  ++requests_;
  const Status opened = fetch_->Open();
  const bool gone =
      opened.code() == Code::kHttpStatus &&
      (opened.detail() == kRangeNotSatisfiable || opened.detail() == kPreconditionFailed);
  if (gone && position_ > 0) return TellFileChanged();
  // "Nothing new" is no answer to somebody who has half of it.
  const bool absurd = opened.code() == Code::kHttpStatus && opened.detail() == kNotModified;
  if (absurd && position_ > 0) return NetworkFailure::kBadResponse;
  UPDRAFT_TRY(opened);
  UPDRAFT_TRY(TakeAnswer(*fetch_->answer()));
  AskAhead();
  return kOk;
}

void Download::MakeFetch() {
  FetchOptions& options = options_.fetch;
  options.range.reset();
  options.if_range = {};
  if (position_ > 0 || options_.range_size > 0) {
    const std::uint64_t left = file_size_ ? *file_size_ - position_ : options_.range_size;
    options.range = FetchRange{position_, std::min(options_.range_size, left)};
  }
  if (comparing_) options.range = FetchRange{0, kMaxHead};
  if (position_ > 0 && identity_.is_tag) options.if_range = identity_.view();
  fetch_.emplace(*client_, options, *observer_);
}

// As the next calls of Ask() will, if nothing comes between.
void Download::AskAhead() {
  if (!options_.ask_ahead || options_.range_size == 0 || comparing_ || !file_size_) return;
  if (!fetch_->is_partial() || !fetch_->size()) return;
  const std::string_view if_range = identity_.is_tag ? identity_.view() : std::string_view{};
  std::uint64_t next = position_ + *fetch_->size() + client_->ahead() * options_.range_size;
  bool sent = true;
  while (sent && next < *file_size_) {
    sent = fetch_->AskAhead({next, std::min(options_.range_size, *file_size_ - next)}, if_range);
    next += options_.range_size;
  }
}

// Once for a client: what a server may do that cannot take a request before it has
// answered the last one. It is asked again at once, one request at a time.
bool Download::IsBlamedOnAhead(Status failure) const {
  constexpr std::int16_t kBadRequest = 400;
  if (!client_->involves_ahead() || !CanResume()) return false;
  // In the middle of a body it is the link or the server that has stopped.
  const bool forgotten =
      failure == Status(NetworkFailure::kTimeout) && client_->phase() == HttpClient::Phase::kHead;
  return failure == Status(NetworkFailure::kBadResponse) ||
         failure == Status(NetworkFailure::kReset) || forgotten ||
         failure.code() == Code::kTruncated ||
         (failure.code() == Code::kHttpStatus && failure.detail() == kBadRequest);
}

Status Download::TakeAnswer(const ResponseHead& head) {
  skip_ = 0;
  if (position_ == 0) {
    identity_ = IdentityOf(head);
    file_size_ = fetch_->file_size();
    return kOk;
  }
  if (!IsSameFile(head)) return TellFileChanged();
  if (!fetch_->is_partial()) skip_ = position_;
  return kOk;
}

bool Download::IsSameFile(const ResponseHead& head) const {
  const FileIdentity now = IdentityOf(head);
  if (file_size_ != fetch_->file_size()) return false;
  // Nothing but the length is known; the proof of the image says the rest.
  if (identity_.size == 0) return fetch_->is_partial();
  // A part that answers If-Range is of that file.
  if (now.size == 0) return fetch_->is_partial() && identity_.is_tag;
  return now.is_tag == identity_.is_tag && now.view() == identity_.view();
}

Status Download::TellFileChanged() {
  Report(*observer_, {Check::kFileUnchanged, false,
                      identity_.size > 0 ? Value::Text(identity_.view())
                                         : Value::Text("the file it began with"),
                      Value::Text("another one")});
  return NetworkFailure::kFileChanged;
}

Status Download::SkipWhatIsThere(MutableBytes room) {
  while (skip_ > 0) {
    const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, room.size()));
    UPDRAFT_TRY_ASSIGN(const std::size_t count, fetch_->Read(room.first(most)));
    if (count == 0) return TellFileChanged();
    retries_->Received(count, position_);
    skip_ -= count;
  }
  return kOk;
}

// kOk: ask again. Otherwise `failure`, or that the observer stopped the wait.
Status Download::Recover(Status failure) {
  const auto retry_after = fetch_ ? fetch_->retry_after() : std::nullopt;
  const bool blamed = IsBlamedOnAhead(failure);
  fetch_.reset();
  if (blamed) {
    client_->DistrustAhead();
    client_->Close();
    return kOk;
  }
  const bool changed = failure == Status(NetworkFailure::kFileChanged);
  const bool may_heal = MayHeal(failure);
  may_restart_ = changed || (may_heal && !CanResume());
  failure_ = may_heal && !may_restart_ ? retries_->Wait(failure, retry_after) : failure;
  return failure_;
}

bool Download::CanResume() const {
  return position_ == 0 || (identity_.size > 0 && (identity_.is_tag || file_size_));
}

}  // namespace updraft
