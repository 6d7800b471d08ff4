// SPDX-License-Identifier: Apache-2.0
// How an update goes on with what an earlier one began. A device whose updates always
// begin at the first byte may leave it out (src/without).
#include <new>
#include <type_traits>

#include "updraft/update.h"

#include "src/update/journaling.h"
#include "src/update/river.h"

namespace updraft {

static_assert(std::is_trivially_destructible_v<Journaling>);  // nobody destroys it

// At the end of the proof's buffer, where the address fits.
void Update::PlaceJournaling() {
  constexpr std::size_t kSize = sizeof(Journaling) + alignof(Journaling) - 1;
  static_assert(kMinimumProofBuffer + kSize <= kMinimumJournalBuffer);
  MutableBytes& buffer = rooms_.proof_buffer;
  const std::size_t at = buffer.size() - kSize;
  const auto address = reinterpret_cast<std::uintptr_t>(buffer.data() + at);
  const auto aligned =
      at + static_cast<std::size_t>(AlignUp(address, alignof(Journaling)) - address);
  journaling_ = new (buffer.data() + aligned) Journaling(*device_, slot_, journal_, *resumable_);
  rooms_.cipher_start = &journaling_->cipher_start();
  buffer = buffer.first(at);
}

// Where an earlier update was cut, if what it left is whole and the server still has
// that file; else at the first byte.
Status Update::OpenSource() {
  PlaceJournaling();
  ResumableSource& source = *resumable_;
  const MutableBytes buffer = rooms_.proof_buffer;
  Journal journal;
  UPDRAFT_TRY_ASSIGN(const bool found, journaling_->Find(journal, buffer));
  if (!found) {
    UPDRAFT_TRY(source.Start());
    return BuildRiver();
  }
  const JournalStart& start = journal.start;
  Bytes head = start.header;
  if (!start.encrypted) {
    const MutableBytes stored = buffer.first(kMinimumProofBuffer);
    UPDRAFT_TRY(ReadStored(*device_->flash, journal, 0, stored));
    head = stored;
  }
  const std::uint64_t offset = journal.offset + (start.encrypted ? kEncryptedHeaderSize : 0);
  UPDRAFT_TRY_ASSIGN(const bool same,
                     source.StartAt({offset, start.file_length, start.identity, head}));
  UPDRAFT_TRY(BuildRiver());
  if (!same) return kOk;
  UPDRAFT_TRY(river_->Resume(journal, buffer));
  journaling_->Resumed(journal.offset);
  resumed_from_ = offset;
  progress_.received = offset;
  progress_.written = river_->written();
  return kOk;
}

// What the network or the caller broke off can go on; what was refused would be
// refused again.
void Update::KeepJournal(Status failure) {
  if (state_ == State::kComplete) return;
  const bool changed = failure == Status(NetworkFailure::kFileChanged);
  const bool broken_off = failure.stage() == Stage::kFetch || failure.code() == Code::kCancelled;
  if (broken_off && !changed) {
    if (river_ != nullptr && state_ == State::kReceiving) {
      static_cast<void>(journaling_->Save(*river_));
    }
  } else if (failure.code() != Code::kFlash) {
    journaling_->Drop();
  }
}

Status Update::WriteJournal() { return journaling_->AfterStep(*river_); }

void Update::DropJournal() { journaling_->Drop(); }

}  // namespace updraft
