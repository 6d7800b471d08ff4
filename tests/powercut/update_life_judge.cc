// SPDX-License-Identifier: Apache-2.0
// What the suite looks for: in what was asked of the flash, and in what lies there.
#include <algorithm>

#include "updraft/flight_recorder.h"

#include "src/update/journal.h"
#include "src/update/update_log.h"
#include "tests/powercut/update_life.h"

namespace updraft {
namespace {

using Asked = FaultyFlash::Asked;

class LastFlight final : public FlightReader {
 public:
  void OnEntry(std::uint32_t serial, const FlightEntry& /*entry*/) override {
    rising = rising && (!last || serial > *last);
    last = serial;
    ++count;
    serials.insert(serial);
  }
  std::set<std::uint32_t> serials;
  std::optional<std::uint32_t> last;
  int count = 0;
  bool rising = true;
};

bool Overlaps(const Asked& asked, const Partition& partition) {
  return asked.address < partition.offset + partition.size &&
         partition.offset < asked.address + asked.length;
}

bool IsWrite(const Asked& asked) {
  return asked.kind == Asked::Kind::kErase || asked.kind == Asked::Kind::kProgram;
}

bool IsErased(Bytes bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0xFF; });
}

}  // namespace

std::optional<OtadataRecords> UpdateLife::Records() {
  const auto slots = Slots::Open(quiet_);
  if (!slots) return std::nullopt;
  const auto records = slots->ReadRecords();
  return records ? std::optional(*records) : std::nullopt;
}

bool UpdateLife::IsConfirmed() {
  const auto records = Records();
  const auto active = records ? ActiveRecord(*records) : std::nullopt;
  return active && (*records)[*active].state == SlotState::kValid;
}

void UpdateLife::BeginDeed() {
  deed_began_ = power_.asked().size();
  kept_record_.reset();
  usable_before_ = 0;
  factory_ran_ = ledger_.running == "factory";
  const auto records = Records();
  for (std::size_t i = 0; records && i < records->size(); ++i) {
    const OtadataRecord& record = (*records)[i];
    if (!record.is_usable()) continue;
    ++usable_before_;
    const std::string label =
        "ota_" + std::to_string(record.SlotIndex(scenario().layout.ota_slots));
    if (label == ledger_.running) kept_record_ = i;
  }
}

void UpdateLife::JudgeWrites(const std::vector<std::string>& writable, CutFaults& faults) {
  const PartitionTable table = Slots::Open(quiet_)->table();
  std::vector<Partition> allowed;
  for (const std::string& label : writable) {
    const auto partition = table.FindLabel(label);
    if (partition) allowed.push_back(*partition);
  }
  std::optional<Partition> running;
  if (!ledger_.running.empty()) running = *table.FindLabel(ledger_.running);
  const Partition otadata = *table.Find(PartitionType::kData, kSubtypeOtadata);
  // An updater leaves the record of what runs alone; a change of state rewrites it.
  const bool updates = writable.size() > 1;
  for (std::size_t i = deed_began_; i < power_.asked().size(); ++i) {
    const Asked& asked = power_.asked()[i];
    if (!IsWrite(asked)) continue;
    faults.Check(!running || !Overlaps(asked, *running),
                 "invariant 2: the slot that runs is written");
    faults.Check(std::ranges::any_of(allowed,
                                     [&](const Partition& partition) {
                                       return asked.address >= partition.offset &&
                                              asked.address + asked.length <=
                                                  partition.offset + partition.size;
                                     }),
                 "invariant 4: something is written outside of slot, otadata and log");
    if (!updates || !kept_record_ || !Overlaps(asked, otadata)) continue;
    const std::uint64_t sector = OtadataSectorSize(quiet_.flash->geometry());
    faults.Check((asked.address - otadata.offset) / sector != *kept_record_,
                 "invariant 3: an update writes the record of what runs");
  }
}

void UpdateLife::JudgeFlash(CutFaults& faults) {
  JudgeTarget(faults);
  JudgeOtadata(faults);
  if (logs()) JudgeLog(faults);
  if (scenario().policy.anti_rollback) JudgeEfuse(faults);
}

// An image on trial must not shut out the one to come back to.
void UpdateLife::JudgeEfuse(CutFaults& faults) {
  const auto picture = IsConfirmed() ? PictureIn(SelectedSlot()) : PictureIn(ledger_.trusted);
  if (!faults.Check(picture.has_value(), "the confirmed image is not whole")) return;
  faults.Check(*device_.efuse().ReadSecureVersion() <= prepared_->secure_version(*picture),
               "eFuse is ahead of what is confirmed");
}

// Empty where nothing is.
std::string UpdateLife::SelectedSlot() {
  const auto records = Records();
  const auto active = records ? ActiveRecord(*records) : std::nullopt;
  if (!active) return "";
  return "ota_" + std::to_string((*records)[*active].SlotIndex(scenario().layout.ota_slots));
}

// The slot of an update that was cut: with its head there, all of it is; or nothing
// of it is there yet, and what lay there before may have been erased in part.
void UpdateLife::JudgeTarget(CutFaults& faults) {
  if (ledger_.target.empty()) return;
  constexpr std::size_t kHead = 32;
  const Partition slot = *Slots::Open(quiet_)->table().FindLabel(ledger_.target);
  const Bytes raw = raw_flash().subspan(slot.offset, slot.size);
  if (IsErased(raw.first(kHead))) return;
  const Image& image = prepared_->image(ledger_.target_picture);
  Image stored(image.size() - kHead, 0);
  if (!faults.Check(quiet_.flash->Read(slot.offset + kHead, stored).ok(), "cannot read")) return;
  const bool rest_is_there = std::ranges::equal(stored, Bytes(image).subspan(kHead));
  const auto not_programmed = [](std::uint8_t now, std::uint8_t before) {
    return (before & ~now) == 0;
  };
  const bool nothing_is_there = std::ranges::equal(raw, *ledger_.target_before, not_programmed);
  faults.Check(rest_is_there || nothing_is_there, "invariant 1: unproven bytes have a header");
}

void UpdateLife::JudgeOtadata(CutFaults& faults) {
  const auto records = Records();
  if (!faults.Check(records.has_value(), "otadata cannot be read")) return;
  std::size_t usable = 0;
  for (const OtadataRecord& record : *records) usable += record.is_usable() ? 1U : 0U;
  // Where factory ran, no record is its truth.
  faults.Check(factory_ran_ || usable + 1 >= usable_before_, "invariant 3: both records are gone");
  const std::string label = SelectedSlot();
  if (label.empty()) return;
  const auto picture = PictureIn(label);
  faults.Check(picture.has_value() && ledger_.whole[label].contains(*picture),
               "invariant 3: what is selected is not whole");
}

void UpdateLife::JudgeLog(CutFaults& faults) {
  const auto log = UpdateLog::Open(quiet_);
  if (!faults.Check(log.has_value(), "log: cannot be opened")) return;
  const auto journal = ReadJournal(*log);
  if (journal) {
    const auto holds = HoldsStored(*quiet_.flash, prepared_->crypto(), *journal, proof_buffer_);
    faults.Check(holds.has_value() && *holds, "log: the journal is ahead of the data");
  }
  LastFlight flights;
  faults.Check(ReadFlights(quiet_, flights).ok(), "log: cannot be read");
  faults.Check(flights.rising, "log: entries are not in order");
  faults.Check(flights.count >= std::min(ledger_.flights, 16), "log: entries are lost");
  faults.Check(!ledger_.last_flight || flights.serials.contains(*ledger_.last_flight),
               "log: an acknowledged entry is lost");
}

void UpdateLife::NoteFlights(CutFaults& faults) {
  LastFlight flights;
  if (!logs() || !faults.Check(ReadFlights(quiet_, flights).ok(), "log: cannot be read")) return;
  ledger_.last_flight = flights.last;
}

std::optional<Picture> UpdateLife::PictureIn(const std::string& label) {
  const auto slot = Slots::Open(quiet_)->table().FindLabel(label);
  if (!slot) return std::nullopt;
  Image stored(static_cast<std::size_t>(slot->size));
  if (!quiet_.flash->Read(slot->offset, stored).ok()) return std::nullopt;
  for (std::size_t i = 0; i < kPictures; ++i) {
    const auto picture = static_cast<Picture>(i);
    const Image& image = prepared_->image(picture);
    if (std::equal(image.begin(), image.end(), stored.begin())) return picture;
  }
  return std::nullopt;
}

}  // namespace updraft
