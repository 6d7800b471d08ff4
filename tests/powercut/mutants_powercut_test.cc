// SPDX-License-Identifier: Apache-2.0
// Does the power-cut suite see anything? Writers that are broken in one place each,
// most of which nobody notices while the power stays: every one of them must be
// found by the cuts, and for the reason that it was broken in.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/powercut/broken_writer.h"
#include "tests/powercut/cut_run.h"
#include "tests/powercut/scenario.h"
#include "tests/powercut/update_life.h"

namespace updraft {
namespace {

// Most of them need to know what was written last.
class Mutant : public BrokenWriter {
 public:
  Mutant(Flash& flash, const Places& places) : BrokenWriter(flash), places_(places) {}

 protected:
  bool InSlot(std::uint64_t address) const { return Holds(places_.passive, address); }
  bool InOtadata(std::uint64_t address) const { return Holds(places_.otadata, address); }
  bool InLog(std::uint64_t address) const { return Holds(places_.log, address); }
  bool IsHead(std::uint64_t address) const { return address == places_.passive.offset; }
  std::uint64_t OtherSector(const Partition& partition, std::uint64_t address) {
    const std::uint64_t sector = geometry().sector_size;
    return address - partition.offset < sector ? partition.offset + sector : partition.offset;
  }
  const Places& places() const { return places_; }

 private:
  Places places_;
};

// Only the end of the switch is synced; the head's erase too, or it would be found by that.
class SelectsBeforeTheDataIsSynced final : public Mutant {
 public:
  using Mutant::Mutant;

 private:
  Status DoErase(std::uint64_t address, std::uint64_t length) override {
    syncs_ = IsHead(address);
    return flash().Erase(address, length);
  }
  Status DoProgram(std::uint64_t address, Bytes data) override {
    syncs_ = InOtadata(address) && address % geometry().sector_size == 0;
    return flash().Program(address, data);
  }
  Status DoSync() override { return syncs_ ? flash().Sync() : kOk; }
  bool syncs_ = false;
};

// The sync between all of the data and the head is forgotten.
class ProgramsTheHeadBeforeTheDataIsSynced final : public Mutant {
 public:
  using Mutant::Mutant;

 private:
  Status Late() {
    if (!late_) return kOk;
    late_ = false;
    return flash().Sync();
  }
  Status DoErase(std::uint64_t address, std::uint64_t length) override {
    UPDRAFT_TRY(Late());
    data_ = false;
    return flash().Erase(address, length);
  }
  Status DoProgram(std::uint64_t address, Bytes data) override {
    if (IsHead(address)) late_ = false;
    UPDRAFT_TRY(Late());
    data_ = InSlot(address) && !IsHead(address);
    return flash().Program(address, data);
  }
  Status DoSync() override {
    if (!data_) return flash().Sync();
    late_ = true;
    return kOk;
  }
  bool data_ = false;
  bool late_ = false;
};

class ErasesTheOtherRecordFirst final : public Mutant {
 public:
  using Mutant::Mutant;

 private:
  Status DoErase(std::uint64_t address, std::uint64_t length) override {
    if (InOtadata(address)) {
      UPDRAFT_TRY(flash().Erase(OtherSector(places().otadata, address), length));
    }
    return flash().Erase(address, length);
  }
};

// Overwrites what is selected, and rewrites its record in the end.
class LeavesTheSelectionWhileItOverwritesTheSlot final : public Mutant {
 public:
  using Mutant::Mutant;

 private:
  Status DoErase(std::uint64_t address, std::uint64_t length) override {
    if (InOtadata(address)) {
      held_ = address;
      return kOk;
    }
    held_.reset();
    return flash().Erase(address, length);
  }
  // The erase of a record that is written anew.
  Status DoProgram(std::uint64_t address, Bytes data) override {
    if (held_) UPDRAFT_TRY(flash().Erase(*held_, geometry().sector_size));
    held_.reset();
    return flash().Program(address, data);
  }
  std::optional<std::uint64_t> held_;
};

// The image's first bytes are written first, as if it were any file.
class ProgramsTheHeadAtOnce final : public Mutant {
 public:
  using Mutant::Mutant;

 private:
  Status DoProgram(std::uint64_t address, Bytes data) override {
    if (IsHead(address)) return kOk;
    if (InSlot(address) && !done_) {
      done_ = true;
      UPDRAFT_TRY(flash().Program(places().passive.offset, places().fresh.first(32)));
    }
    return flash().Program(address, data);
  }
  bool done_ = false;
};

// What is programmed last waits in RAM until the next program, across log and sync.
class MarksTheJournalAheadOfTheData final : public Mutant {
 public:
  using Mutant::Mutant;

 private:
  Status Flush() {
    const std::vector<std::uint8_t> waits = std::move(waits_);
    waits_.clear();
    return waits.empty() ? kOk : flash().Program(at_, waits);
  }
  Status DoErase(std::uint64_t address, std::uint64_t length) override {
    if (!InLog(address)) UPDRAFT_TRY(Flush());
    return flash().Erase(address, length);
  }
  Status DoProgram(std::uint64_t address, Bytes data) override {
    if (InLog(address)) return flash().Program(address, data);
    UPDRAFT_TRY(Flush());
    if (!InSlot(address) || IsHead(address)) return flash().Program(address, data);
    at_ = address;
    waits_.assign(data.begin(), data.end());
    return kOk;
  }
  Status DoRead(std::uint64_t address, MutableBytes out) override {
    UPDRAFT_TRY(flash().Read(address, out));
    for (std::size_t i = 0; i < waits_.size(); ++i) {
      const std::uint64_t place = at_ + i;
      if (place >= address && place - address < out.size()) out[place - address] = waits_[i];
    }
    return kOk;
  }
  std::uint64_t at_ = 0;
  std::vector<std::uint8_t> waits_;
};

// The sync between the data and the mark that tells of it is forgotten.
class MarksTheJournalBeforeTheDataIsSynced final : public Mutant {
 public:
  using Mutant::Mutant;

 private:
  Status DoErase(std::uint64_t address, std::uint64_t length) override {
    UPDRAFT_TRY(Late(InLog(address)));
    data_ = false;
    return flash().Erase(address, length);
  }
  Status DoProgram(std::uint64_t address, Bytes data) override {
    UPDRAFT_TRY(Late(InLog(address)));
    data_ = InSlot(address);
    return flash().Program(address, data);
  }
  Status DoSync() override {
    if (!data_) return flash().Sync();
    late_ = true;
    return kOk;
  }
  Status Late(bool forgotten) {
    const bool syncs = late_ && !forgotten;
    late_ = false;
    return syncs ? flash().Sync() : kOk;
  }
  bool data_ = false;
  bool late_ = false;
};

// The log does not wait until its new sector is safe.
class ErasesTheOldLogAtOnce final : public Mutant {
 public:
  using Mutant::Mutant;

 private:
  Status DoProgram(std::uint64_t address, Bytes data) override {
    UPDRAFT_TRY(flash().Program(address, data));
    const std::uint64_t sector = geometry().sector_size;
    if (!InLog(address) || address % sector != 0) return kOk;
    return flash().Erase(OtherSector(places().log, address), sector);
  }
};

// Takes the end of the running slot, which nothing uses, for its notes.
class KeepsNotesInTheRunningSlot final : public Mutant {
 public:
  using Mutant::Mutant;

 private:
  Status DoErase(std::uint64_t address, std::uint64_t length) override {
    const std::uint64_t sector = geometry().sector_size;
    if (IsHead(address)) {
      UPDRAFT_TRY(flash().Erase(places().running.offset + places().running.size - sector, sector));
    }
    return flash().Erase(address, length);
  }
};

class BurnsBeforeItConfirms final : public Mutant {
 public:
  using Mutant::Mutant;

 private:
  Status DoErase(std::uint64_t address, std::uint64_t length) override {
    if (InOtadata(address)) places().burn_secure_version();
    return flash().Erase(address, length);
  }
};

template <typename T>
MakeBrokenWriter Make() {
  return [](Flash& flash, const Places& places) { return std::make_unique<T>(flash, places); };
}

struct Row {
  std::string name;
  MakeBrokenWriter make;
  std::string found;  // among what the suite says
  Scenario scenario;
  bool without_a_cut = false;  // the good run is enough to find it
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

Scenario SecondUpdate() {
  return {.name = "second_update",
          .policy = {.rollback = true},
          .beside = {{"ota_1", Picture::kStale}},
          .records = {{3, SlotState::kValid}, {2, SlotState::kValid}}};
}

Scenario Resumed() {
  return {.name = "resumed",
          .layout = {.log = true, .slot_size = 0x8000},
          .records = {{1, SlotState::kValid}},
          .image_rest = 15000,
          .broken_at = 9000};
}

class PowerCutMutants : public testing::TestWithParam<Row> {};

TEST_P(PowerCutMutants, AreFound) {
  const Row& row = GetParam();
  const Prepared prepared(row.scenario);
  CutFaults uncut;
  UpdateLife life(prepared, row.make);
  life.power().Arm({.operation = 0});
  life.Act(uncut);
  life.Recover(uncut);
  EXPECT_EQ(uncut.count() > 0, row.without_a_cut)
      << (uncut.texts().empty() ? "nothing was found" : uncut.texts().front());
  CutFaults faults;
  RunCuts(
      row.name, [&] { return std::make_unique<UpdateLife>(prepared, row.make); }, {}, faults);
  EXPECT_TRUE(faults.kinds().contains(row.found)) << faults.count() << " other faults";
  for (const std::string& kind : faults.kinds()) std::printf("found: %s\n", kind.c_str());
}

INSTANTIATE_TEST_SUITE_P(
    Mutants, PowerCutMutants,
    testing::Values(Row{"OtadataWrittenBeforeTheDataIsSynced", Make<SelectsBeforeTheDataIsSynced>(),
                        "invariant 3: what is selected is not whole", SecondUpdate()},
                    Row{"HeadProgrammedBeforeTheDataIsSynced",
                        Make<ProgramsTheHeadBeforeTheDataIsSynced>(),
                        "invariant 1: unproven bytes have a header", SecondUpdate()},
                    Row{"HeadProgrammedFirst", Make<ProgramsTheHeadAtOnce>(),
                        "invariant 1: unproven bytes have a header", SecondUpdate()},
                    Row{"OtherOtadataSectorErasedFirst", Make<ErasesTheOtherRecordFirst>(),
                        "invariant 3: both records are gone", SecondUpdate(), true},
                    Row{"SelectionLeftWhileItsSlotIsOverwritten",
                        Make<LeavesTheSelectionWhileItOverwritesTheSlot>(),
                        "invariant 3: what is selected is not whole",
                        {.name = "selected_but_not_started",
                         .policy = {.rollback = true},
                         .beside = {{"ota_1", Picture::kStale}},
                         .selected = "ota_1",
                         .records = {{1, SlotState::kValid}, {2, SlotState::kNew}}}},
                    Row{"JournalAheadOfTheData", Make<MarksTheJournalAheadOfTheData>(),
                        "log: the journal is ahead of the data", Resumed()},
                    Row{"JournalMarkedBeforeTheDataIsSynced",
                        Make<MarksTheJournalBeforeTheDataIsSynced>(),
                        "log: the journal is ahead of the data", Resumed()},
                    Row{"OldLogErasedBeforeTheNewOneIsSynced",
                        Make<ErasesTheOldLogAtOnce>(),
                        "log: entries are lost",
                        {.name = "log_almost_full",
                         .layout = {.log = true, .slot_size = 0x8000},
                         .records = {{1, SlotState::kValid}},
                         .image_rest = 15000,
                         .flights = 29,
                         .broken_at = 9000}},
                    Row{"NotesInTheRunningSlot", Make<KeepsNotesInTheRunningSlot>(),
                        "invariant 2: the slot that runs is written", SecondUpdate(), true},
                    Row{"EfuseBurntBeforeTheConfirmation",
                        Make<BurnsBeforeItConfirms>(),
                        "eFuse is ahead of what is confirmed",
                        {.name = "confirm",
                         .policy = {.rollback = true, .anti_rollback = true},
                         .records = {{1, SlotState::kValid}},
                         .before = {Deed::kUpdate, Deed::kBoot},
                         .deeds = {Deed::kConfirm, Deed::kBoot}}}),
    [](const auto& row) { return row.param.name; });

// The suite finds nothing where nothing is broken.
TEST(PowerCutMutant, ThatPassesEverythingOnIsNone) {
  const Prepared prepared(SecondUpdate());
  CutFaults faults;
  const auto make = [](Flash& flash, const Places& /*places*/) {
    return std::make_unique<BrokenWriter>(flash);
  };
  RunCuts(
      "none", [&] { return std::make_unique<UpdateLife>(prepared, make); }, {}, faults);
  EXPECT_EQ(faults.count(), 0U);
}

// Right until the first restart: one cut does not find it, two do.
TEST(PowerCutMutant, ThatIsBrokenAfterARestartIsFoundByPairs) {
  const Prepared prepared(SecondUpdate());
  const auto make = [starts = 0](Flash& flash,
                                 const Places& places) mutable -> std::unique_ptr<BrokenWriter> {
    if (++starts == 1) return std::make_unique<BrokenWriter>(flash);
    return std::make_unique<ProgramsTheHeadBeforeTheDataIsSynced>(flash, places);
  };
  const auto find = [&](std::uint64_t pairs) {
    CutFaults faults;
    RunCuts(
        "pairs", [&] { return std::make_unique<UpdateLife>(prepared, make); },
        {.every = 7, .pairs = pairs}, faults);
    return faults.kinds();
  };
  EXPECT_TRUE(find(0).empty());
  EXPECT_TRUE(find(1000).contains("invariant 1: unproven bytes have a header"));
}

}  // namespace
}  // namespace updraft
