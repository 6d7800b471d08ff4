// SPDX-License-Identifier: Apache-2.0
// The story of an update, from top to bottom: judge the device, pull the image
// through the river, commit. This is the only loop; every room is pushed.
#include "updraft/update.h"

#include <new>

#include "updraft/slot_prover.h"

#include "src/update/river.h"

namespace updraft {

Update::Update(const Device& device, Source& source, const UpdateOptions& options,
               Observer& observer)
    : device_(&device),
      source_(&source),
      observer_(&observer),
      resumable_(options.resumable),
      rooms_{.buffer = options.buffer,
             .proof_buffer = options.proof_buffer.empty() ? options.buffer : options.proof_buffer,
             .judge = options.judge,
             .offered = options.offered,
             .keys = options.keys.Or(device.keys)},
      journal_(options.journal),
      trial_(options.trial),
      slot_given_(options.slot.has_value()),
      slot_(options.slot.value_or(Partition{})) {
  static_assert(sizeof(UpdateRiver) <= kRiverSize && alignof(UpdateRiver) <= kStateAlignment);
}

Update::~Update() {
  if (river_ != nullptr) river_->~UpdateRiver();
}

Status Update::Run() {
  UPDRAFT_TRY(Open());
  for (;;) {
    UPDRAFT_TRY_ASSIGN(const Progressed progressed, Step());
    if (progressed == Progressed::kDone) return Commit();
  }
}

Status Update::Open() {
  if (state_ != State::kIdle) return {Code::kInvalidState, Stage::kUpdate};
  const Status opened = Opened();
  return opened.ok() ? opened : Fail(opened);
}

Result<Update::Progressed> Update::Step() {
  if (state_ == State::kComplete) return Progressed::kDone;
  if (state_ != State::kReceiving) return Status(Code::kInvalidState, Stage::kUpdate);
  const auto stepped = Stepped();
  if (!stepped) return Fail(stepped.error());
  return stepped;
}

Status Update::Commit() {
  if (state_ != State::kComplete) return {Code::kInvalidState, Stage::kUpdate};
  const Status committed = Committed();
  return committed.ok() ? committed : Fail(committed);
}

void Update::Abort() {
  if (state_ != State::kCommitted && state_ != State::kFailed) state_ = State::kAborted;
}

Status Update::Fail(Status status) {
  if (journaling_ != nullptr) KeepJournal(status);
  state_ = State::kFailed;
  return status;
}

Status Update::Opened() {
  const bool shared = rooms_.proof_buffer.data() == rooms_.buffer.data();
  const std::size_t least = resumable_ == nullptr ? kMinimumProofBuffer
                            : shared              ? SIZE_MAX
                                                  : kMinimumJournalBuffer;
  if (rooms_.buffer.size() < kMinimumUpdateBuffer || rooms_.proof_buffer.size() < least) {
    return {Code::kInvalidArgument, Stage::kUpdate};
  }
  UPDRAFT_TRY(slots_.Attach(*device_, *observer_));
  UPDRAFT_TRY(JudgeRunning());
  UPDRAFT_TRY(ChooseSlot());
  return resumable_ != nullptr ? OpenSource() : BuildRiver();
}

Status Update::BuildRiver() {
  UPDRAFT_TRY_ASSIGN(ImageRules rules,
                     RulesFor(*device_, slot_, AskedBy::kApplication, *observer_));
  rules.available = source_->size();
  progress_.total = rules.available.value_or(0);
  const std::uint64_t room = slot_.size + (rooms_.keys.any() ? kEncryptedHeaderSize : 0);
  UPDRAFT_TRY(Judge(*observer_, Stage::kUpdate, Code::kNoSpace,
                    {Check::kImageFitsSlot, progress_.total <= room, Value::Size(slot_.size),
                     Value::Size(progress_.total)}));
  river_ =
      new (river_storage_.data()) UpdateRiver(*device_, slots_, slot_, rules, rooms_, *observer_);
  state_ = State::kReceiving;
  return kOk;
}

// An image on trial would lose its way back.
Status Update::JudgeRunning() {
  if (!slots_.has_otadata()) {
    return Judge(*observer_, Stage::kUpdate, Code::kNotFound,
                 {Check::kOtadata, false, Value::Text("an otadata partition"),
                  Value::Text("none in the partition table")});
  }
  if (!device_->policy.rollback || !device_->running.has_value()) return kOk;
  const auto state = slots_.State(*device_->running);
  const bool on_trial = state.has_value() && *state == SlotState::kPendingVerify;
  return Judge(*observer_, Stage::kUpdate, Code::kInvalidState,
               {Check::kRunningConfirmed, !on_trial, Value::Text("a confirmed image"),
                Value::Text(on_trial ? "pending_verify" : "confirmed")});
}

Status Update::ChooseSlot() {
  const auto next = slot_given_ ? Result<Partition>(slot_) : slots_.NextUpdateSlot();
  const bool running =
      next.has_value() && device_->running.has_value() && next->offset == device_->running->offset;
  const bool usable = next.has_value() && next->is_ota_slot() && !running;
  UPDRAFT_TRY(Judge(*observer_, Stage::kUpdate, Code::kNotFound,
                    {Check::kUpdateSlot, usable, Value::Text("an OTA slot that does not run"),
                     running            ? Value::Text("only the running slot")
                     : next.has_value() ? Value::Text(next->label())
                                        : Value::Text("no OTA slot in the partition table")}));
  slot_ = *next;
  return JudgeOverlap();
}

// A bootloader does not mind overlapping partitions; whoever writes one must.
Status Update::JudgeOverlap() {
  const PartitionTable& table = slots_.table();
  const auto overlaps = [&](std::uint64_t offset, std::uint64_t size) {
    return offset < slot_.offset + slot_.size && slot_.offset < offset + size;
  };
  bool apart = !overlaps(device_->partition_table_offset, kPartitionTableMaxLength);
  for (std::size_t i = 0; i < table.size() && apart; ++i) {
    UPDRAFT_TRY_ASSIGN(const Partition other, table.At(i));
    apart = other == slot_ || !overlaps(other.offset, other.size);
  }
  return Judge(*observer_, Stage::kUpdate, Code::kBadFormat,
               {Check::kPartitionTable, apart, Value::Text("a slot that overlaps nothing"),
                Value::Text(slot_.label())});
}

Result<Update::Progressed> Update::Stepped() {
  UPDRAFT_TRY_ASSIGN(const std::size_t count, source_->Read(rooms_.buffer));
  progress_.received += count;
  if (count == 0) {
    UPDRAFT_TRY(river_->End());
    state_ = State::kComplete;
  } else {
    UPDRAFT_TRY(river_->Push(rooms_.buffer.first(count)));
    if (journaling_ != nullptr) UPDRAFT_TRY(WriteJournal());
  }
  progress_.written = river_->written();
  if (!observer_->OnProgress(progress_)) {
    return Judge(*observer_, Stage::kUpdate, Code::kCancelled,
                 {Check::kCancelled, false, Value::Text("leave to go on"), Value::Text("stop")});
  }
  return count == 0 ? Progressed::kDone : Progressed::kMore;
}

Status Update::Committed() {
  // First: a head that was programmed by halves is nothing to go on with.
  if (journaling_ != nullptr) DropJournal();
  UPDRAFT_TRY(river_->ProgramHead());
  UPDRAFT_TRY(slots_.Select(slot_, trial_));
  state_ = State::kCommitted;
  return kOk;
}

const AppDescription* Update::offered() const {
  return river_ != nullptr ? river_->offered() : nullptr;
}

}  // namespace updraft
