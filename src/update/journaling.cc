// SPDX-License-Identifier: Apache-2.0
#include "src/update/journaling.h"

#include <algorithm>

#include "src/update/river.h"

namespace updraft {

Journaling::Journaling(const Device& device, const Partition& slot, const JournalPolicy& policy,
                       const ResumableSource& source)
    : device_(&device), slot_(&slot), policy_(policy), source_(&source) {
  const auto log = UpdateLog::Open(device);
  if (log) log_ = *log;
  marked_ms_ = device.system->NowMs();
}

Result<bool> Journaling::Find(Journal& journal, MutableBytes buffer) {
  if (!log_) return false;
  const auto read = ReadJournal(*log_);
  if (!read) return false;
  journal = *read;
  const bool plausible = journal.start.slot_offset == slot_->offset &&
                         journal.start.slot_size == slot_->size && journal.offset > 0 &&
                         journal.offset <= slot_->size &&
                         IsAligned(journal.offset, device_->flash->geometry().sector_size);
  return plausible ? HoldsStored(*device_->flash, *device_->crypto, journal, buffer)
                   : Result<bool>(false);
}

void Journaling::Resumed(std::uint64_t offset) {
  started_ = true;
  marked_ = offset;
}

bool Journaling::IsDue(std::uint64_t position) const {
  if (position <= marked_) return false;
  return position - marked_ >= policy_.bytes ||
         device_->system->NowMs() - marked_ms_ >= policy_.milliseconds;
}

Status Journaling::AfterStep(UpdateRiver& river) {
  if (!log_ || !IsDue(river.whole_sectors())) return kOk;
  return Save(river);
}

Status Journaling::Save(UpdateRiver& river) {
  const std::uint64_t position = river.whole_sectors();
  if (!log_ || position <= marked_) return kOk;
  const auto digest = river.DigestOfSectors();
  // The image has ended; little is left.
  if (digest.error() == Status(Code::kInvalidState, Stage::kUpdate) ||
      digest.error() == Status(Code::kInvalidState, Stage::kImage)) {
    return kOk;
  }
  if (!digest) return digest.error();
  UPDRAFT_TRY(device_->flash->Sync());
  Status written = started_ ? kOk : Start(river);
  if (written.ok()) written = MarkJournal(*log_, position, *digest);
  marked_ = position;
  marked_ms_ = device_->system->NowMs();
  if (!written.ok()) log_.reset();
  return kOk;
}

Status Journaling::Start(const UpdateRiver& river) {
  JournalStart start;
  start.slot_offset = slot_->offset;
  start.slot_size = slot_->size;
  start.file_length = source_->size();
  start.identity = source_->identity();
  std::ranges::copy(river.withheld(), start.withheld.begin());
  if (river.decrypts()) {
    start.encrypted = true;
    start.header = cipher_start_.header;
    start.first_block = cipher_start_.first_block;
  }
  const Status written = StartJournal(*log_, start);
  started_ = written.ok();
  return written;
}

void Journaling::Drop() {
  if (log_ && !EndJournal(*log_).ok()) log_.reset();
  started_ = false;
}

}  // namespace updraft
