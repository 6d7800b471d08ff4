// SPDX-License-Identifier: Apache-2.0
// A download that an earlier start of the device began. Needed by updates that go on
// after a restart; others may leave it out (src/without).
#include <algorithm>

#include "updraft/download.h"

namespace updraft {

Result<bool> Download::StartAt(const ResumePoint& point) {
  if (opened_) return Status(Code::kInvalidState, Stage::kFetch);
  opened_ = true;
  failure_ = AskPolicy();
  UPDRAFT_TRY(failure_);
  // A date alone is not enough.
  const bool told = point.identity.size > 0 && (point.identity.is_tag || point.length);
  if (!told && front_.empty()) {
    UPDRAFT_TRY(AskUntilAnswered());
    return false;
  }
  if (!told) {
    UPDRAFT_TRY_ASSIGN(const bool same, HasHead(point.head));
    const bool as_long = file_size_ == point.length;
    if (!same || !as_long || !fetch_->is_partial()) {
      // Where all of the file is on its way, its front is part of it.
      if (fetch_->is_partial()) UPDRAFT_TRY(BeginAnew());
      comparing_ = false;
      return false;
    }
    fetch_.reset();
    front_size_ = 0;
  }
  comparing_ = false;
  identity_ = point.identity;
  file_size_ = point.length;
  position_ = point.offset;
  retries_->StartAt(position_);
  const Status asked = AskUntilAnswered();
  if (asked.ok()) return true;
  if (asked != Status(NetworkFailure::kFileChanged)) return asked;
  UPDRAFT_TRY(BeginAnew());
  return false;
}

// Reads the front of the file and says whether it is that one.
Result<bool> Download::HasHead(Bytes head) {
  comparing_ = true;
  const std::size_t wanted = std::min(head.size(), kMaxHead);
  for (;;) {
    UPDRAFT_TRY(AskUntilAnswered());
    Status failure;
    front_size_ = 0;
    while (front_size_ < wanted) {
      const auto count = fetch_->Read(front_.subspan(front_size_, wanted - front_size_));
      failure = count.error();
      if (!count || *count == 0) break;
      retries_->Received(*count, front_size_ + *count);
      front_size_ += *count;
    }
    if (failure.ok()) break;
    UPDRAFT_TRY(Recover(failure));
  }
  if (fetch_->is_partial()) {
    // To its end, so that the connection stays.
    std::array<std::uint8_t, 1> more{};
    static_cast<void>(fetch_->Read(more));
  }
  return front_size_ == wanted && std::ranges::equal(front_.first(wanted), head.first(wanted));
}

// What is known of the file is of another one.
Status Download::BeginAnew() {
  UPDRAFT_TRY(retries_->TellRestart(NetworkFailure::kFileChanged));
  fetch_.reset();
  identity_ = {};
  file_size_.reset();
  position_ = skip_ = 0;
  front_size_ = front_given_ = 0;
  failure_ = kOk;
  may_restart_ = comparing_ = false;
  return AskUntilAnswered();
}

}  // namespace updraft
