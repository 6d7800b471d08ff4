// SPDX-License-Identifier: Apache-2.0
#include "updraft/flight_recorder.h"

#include <algorithm>
#include <optional>

#include "updraft/slot_prover.h"
#include "updraft/slots.h"

#include "src/update/update_log.h"

namespace updraft {
namespace {

constexpr std::size_t kReasonAt = 32;
constexpr std::size_t kVersionAt = kReasonAt + 24;
constexpr std::size_t kFoundAt = kVersionAt + 32;
constexpr std::size_t kEntrySize = kFoundAt + 28;
constexpr std::int16_t kNotModified = 304;
using EntryBytes = std::array<std::uint8_t, kEntrySize>;

template <std::size_t N>
std::string_view TextOf(const std::array<char, N>& field) {
  return TextField({reinterpret_cast<const std::uint8_t*>(field.data()), field.size()});
}

template <std::size_t N>
void SetText(std::array<char, N>& field, std::string_view text) {
  field = {};
  std::copy_n(text.begin(), std::min(text.size(), field.size()), field.begin());
}

EntryBytes Store(const FlightEntry& entry) {
  EntryBytes bytes{};
  bytes[0] = static_cast<std::uint8_t>(entry.outcome);
  bytes[1] = static_cast<std::uint8_t>(entry.status.code());
  bytes[2] = static_cast<std::uint8_t>(entry.status.stage());
  StoreLe16(bytes.data() + 4, static_cast<std::uint16_t>(entry.status.detail()));
  StoreLe16(bytes.data() + 6, entry.attempts);
  StoreLe64(bytes.data() + 8, entry.offset);
  StoreLe64(bytes.data() + 16, entry.received);
  StoreLe32(bytes.data() + 24, entry.seconds);
  StoreLe32(bytes.data() + 28, entry.sequence);
  std::ranges::copy(entry.reason_field, bytes.begin() + kReasonAt);
  std::ranges::copy(entry.version_field, bytes.begin() + kVersionAt);
  std::ranges::copy(entry.found_field, bytes.begin() + kFoundAt);
  return bytes;
}

std::optional<FlightEntry> Parse(Bytes bytes) {
  const bool known = bytes.size() == kEntrySize && bytes[0] >= 1 && bytes[0] <= 4 &&
                     bytes[1] <= static_cast<std::uint8_t>(Code::kCancelled) &&
                     bytes[2] <= static_cast<std::uint8_t>(Stage::kDevice);
  if (!known) return std::nullopt;
  FlightEntry entry;
  entry.outcome = static_cast<FlightOutcome>(bytes[0]);
  entry.status = Status(static_cast<Code>(bytes[1]), static_cast<Stage>(bytes[2]),
                        static_cast<std::int16_t>(LoadLe16(bytes.data() + 4)));
  entry.attempts = LoadLe16(bytes.data() + 6);
  entry.offset = LoadLe64(bytes.data() + 8);
  entry.received = LoadLe64(bytes.data() + 16);
  entry.seconds = LoadLe32(bytes.data() + 24);
  entry.sequence = LoadLe32(bytes.data() + 28);
  const auto copy = [&](std::size_t at, auto& field) {
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), field.size(), field.begin());
  };
  copy(kReasonAt, entry.reason_field);
  copy(kVersionAt, entry.version_field);
  copy(kFoundAt, entry.found_field);
  return entry;
}

class EntryReader final : public LogReader {
 public:
  explicit EntryReader(FlightReader& reader) : reader_(&reader) {}
  void OnRecord(const LogRecord& record) override {
    if (record.type != LogRecordType::kFlight) return;
    if (const auto entry = Parse(record.payload)) reader_->OnEntry(record.serial, *entry);
  }

 private:
  FlightReader* reader_;
};

class RollbackFinder final : public FlightReader {
 public:
  explicit RollbackFinder(std::uint32_t sequence) : sequence_(sequence) {}
  void OnEntry(std::uint32_t /*serial*/, const FlightEntry& entry) override {
    found = found || (entry.outcome == FlightOutcome::kRolledBack && entry.sequence == sequence_);
  }
  bool found = false;

 private:
  std::uint32_t sequence_;
};

Status RecordRollback(const Device& device, const Slots& slots, const OtadataRecord& record,
                      std::string_view cause, std::string_view found) {
  RollbackFinder finder(record.sequence);
  UPDRAFT_TRY(ReadFlights(device, finder));
  if (finder.found) return kOk;
  FlightEntry entry;
  entry.outcome = FlightOutcome::kRolledBack;
  entry.status = {Code::kInvalidState, Stage::kBoot};
  entry.sequence = record.sequence;
  if (record.state == SlotState::kInvalid) {
    entry.SetReason("given_up");
  } else {
    entry.SetReason(cause.empty() ? "not_confirmed" : cause);
    entry.SetFound(found);
  }
  UPDRAFT_TRY_ASSIGN(const int count, slots.table().CountOtaSlots());
  if (count == 0) return kOk;
  const auto index = static_cast<std::uint8_t>(record.SlotIndex(count));
  const auto slot =
      slots.table().Find(PartitionType::kApp, static_cast<std::uint8_t>(kSubtypeOta0 + index));
  if (slot) {
    // The caller has a proof buffer, this has not: reading needs none.
    SlotProver prover(device, {});
    const auto description = prover.ReadDescription(*slot);
    if (description) entry.SetVersion(description->version());
  }
  return WriteFlight(device, entry);
}

}  // namespace

std::string_view FlightEntry::reason() const { return TextOf(reason_field); }
std::string_view FlightEntry::version() const { return TextOf(version_field); }
std::string_view FlightEntry::found() const { return TextOf(found_field); }
void FlightEntry::SetReason(std::string_view text) { SetText(reason_field, text); }
void FlightEntry::SetVersion(std::string_view text) { SetText(version_field, text); }
void FlightEntry::SetFound(std::string_view text) { SetText(found_field, text); }

std::string_view FlightOutcomeName(FlightOutcome outcome) {
  switch (outcome) {
    case FlightOutcome::kUpdated: return "updated";
    case FlightOutcome::kRefused: return "refused";
    case FlightOutcome::kFailed: return "failed";
    case FlightOutcome::kRolledBack: return "rolled_back";
  }
  return "failed";
}

FlightOutcome FlightOutcomeOf(Status status) {
  if (status.ok()) return FlightOutcome::kUpdated;
  const bool failed = status.stage() == Stage::kFetch || status.stage() == Stage::kFlash ||
                      status.code() == Code::kFlash || status.code() == Code::kCancelled;
  return failed ? FlightOutcome::kFailed : FlightOutcome::kRefused;
}

Status ReadFlights(const Device& device, FlightReader& reader) {
  UPDRAFT_TRY_ASSIGN(const UpdateLog log, UpdateLog::Open(device));
  EntryReader entries(reader);
  return log.Read(entries);
}

Status WriteFlight(const Device& device, const FlightEntry& entry) {
  UPDRAFT_TRY_ASSIGN(UpdateLog log, UpdateLog::Open(device));
  return log.Append(LogRecordType::kFlight, Store(entry));
}

Status RecordRollbacks(const Device& device, std::string_view cause, std::string_view found) {
  UPDRAFT_TRY_ASSIGN(const Slots slots, Slots::Open(device));
  if (!slots.has_otadata()) return {Code::kNotFound, Stage::kUpdate};
  UPDRAFT_TRY_ASSIGN(const OtadataRecords records, slots.ReadRecords());
  for (const OtadataRecord& record : records) {
    const bool given_up =
        record.state == SlotState::kAborted || record.state == SlotState::kInvalid;
    if (!given_up || record.sequence == kNoSequence || !record.crc_ok()) continue;
    UPDRAFT_TRY(RecordRollback(device, slots, record, cause, found));
  }
  return kOk;
}

FlightRecorder::FlightRecorder(const Device& device, Observer& next)
    : device_(&device), next_(&next), started_ms_(device.system->NowMs()) {}

void FlightRecorder::OnFinding(const Finding& finding) {
  // What is found later in an attempt says more of the same: 401, then which challenge
  // cannot be answered.
  if (!finding.passed) {
    found_ = true;
    entry_.SetReason(CheckReason(finding.check));
    const bool text = finding.found.kind == Value::Kind::kText;
    entry_.SetFound(text ? finding.found.text : std::string_view{});
    nothing_new_ = finding.check == Check::kVersionPolicy;
  }
  next_->OnFinding(finding);
}

bool FlightRecorder::OnProgress(const Progress& progress) {
  entry_.offset = progress.received;
  return next_->OnProgress(progress);
}

// What was found before is mended by another attempt.
bool FlightRecorder::OnRetry(const Retry& retry) {
  if (retry.begins) {
    found_ = false;
    if (entry_.attempts < UINT16_MAX) ++entry_.attempts;
  }
  return next_->OnRetry(retry);
}

Status FlightRecorder::JudgeOffer(const AppDescription& offered, Observer& /*observer*/) {
  entry_.SetVersion(offered.version());
  return kOk;
}

Status FlightRecorder::Record(Status ended, std::uint64_t received, std::string_view version) {
  const bool runs_already = nothing_new_ && ended.code() == Code::kInvalidState;
  const bool not_modified = ended == Status(Code::kHttpStatus, Stage::kFetch, kNotModified);
  if (runs_already || not_modified) return kOk;
  entry_.outcome = FlightOutcomeOf(ended);
  entry_.status = ended;
  entry_.received = received;
  entry_.seconds = static_cast<std::uint32_t>((device_->system->NowMs() - started_ms_) / 1000);
  if (!version.empty()) entry_.SetVersion(version);
  if (ended.ok()) {
    entry_.SetReason({});
    entry_.SetFound({});
  } else if (!found_) {
    entry_.SetReason(CodeName(ended.code()));
    entry_.SetFound({});
  }
  return WriteFlight(*device_, entry_);
}

}  // namespace updraft
