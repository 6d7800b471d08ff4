// SPDX-License-Identifier: Apache-2.0
// The suite that cuts, itself: it cuts everywhere, says where something went wrong,
// and leaves out no more than it says.
#include "tests/powercut/cut_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "testing/ram_flash.h"

namespace updraft {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Erases a sector, programs 32 bytes of it, syncs; anew after a cut.
class SmallLife final : public CutLife {
 public:
  explicit SmallLife(std::set<std::string>& seen, bool forgets = false)
      : seen_(&seen), forgets_(forgets) {}

  FaultyFlash& power() override { return power_; }
  void Act(CutFaults& faults) override { Write(faults); }
  void Recover(CutFaults& faults) override {
    const std::size_t there = Programmed();
    seen_->insert(std::to_string(there));
    faults.Check(!forgets_ || there == 0 || there == 32, "torn");
    Write(faults);
  }

 private:
  std::size_t Programmed() {
    std::size_t count = 0;
    for (std::size_t i = 0; i < 32; ++i) count += ram_.bytes()[i] == 0x55 ? 1U : 0U;
    return count;
  }
  void Write(CutFaults& faults) {
    const std::vector<std::uint8_t> data(32, 0x55);
    const bool done =
        power_.Erase(0, 4096).ok() && power_.Program(0, data).ok() && power_.Sync().ok();
    if (!power_.cut()) faults.Check(done && Programmed() == 32, "not written");
  }

  std::set<std::string>* seen_;
  bool forgets_;
  RamFlash ram_{{.size = 1 << 13}};
  FaultyFlash power_{ram_};
};

CutCounts RunSmall(const CutSettings& settings, CutFaults& faults, std::set<std::string>& seen,
                   bool forgets = false) {
  return RunCuts(
      "small", [&] { return std::make_unique<SmallLife>(seen, forgets); }, settings, faults);
}

TEST(CutRun, CutsBeforeWithinAndAfterEachOperation) {
  CutFaults faults;
  std::set<std::string> seen;
  const CutCounts counts = RunSmall({}, faults, seen);
  EXPECT_EQ(counts.operations, 3U);
  // Erase and program: before, seven places, half, last byte, unstable, flickering,
  // after; the sync before and after; each with what was not synced kept, lost, reordered.
  EXPECT_EQ(counts.all_cuts(), 3U * (13 + 13 + 2));
  EXPECT_EQ(counts.possible_cuts, counts.all_cuts());
  EXPECT_THAT(counts.cuts, ElementsAre(9, 54, 6, 6, 9));
  EXPECT_EQ(counts.unsynced_lost, counts.all_cuts() / 3);
  EXPECT_EQ(counts.unsynced_reordered, counts.all_cuts() / 3);
  EXPECT_EQ(counts.pairs, 0U);
  EXPECT_EQ(counts.failures, 0U);
  for (const char* const bytes : {"0", "1", "4", "8", "12", "16", "23", "24", "31", "32"}) {
    EXPECT_TRUE(seen.contains(bytes)) << bytes;
  }
}

TEST(CutRun, LeavesOutNoMoreThanItSays) {
  CutFaults faults;
  std::set<std::string> seen;
  const CutCounts counts = RunSmall({.every = 7, .pairs = 50}, faults, seen);
  EXPECT_EQ(counts.possible_cuts, 84U);
  EXPECT_EQ(counts.all_cuts(), 12U);
  // Behind each of the twelve: eight, eight, and of the sync three.
  EXPECT_EQ(counts.possible_pairs, 12U * 19);
  EXPECT_GE(counts.pairs, 50U);
  EXPECT_LE(counts.pairs, 60U);
  const CutCounts all = RunSmall({.pairs = 1'000'000}, faults, seen);
  EXPECT_EQ(all.possible_pairs, 84U * 19);
  EXPECT_EQ(all.pairs, all.possible_pairs);
  EXPECT_EQ(faults.count(), 0U);
}

TEST(CutRun, SaysWhatWasWrongAndWhere) {
  CutFaults faults;
  std::set<std::string> seen;
  const CutCounts counts = RunSmall({}, faults, seen, true);
  EXPECT_GT(counts.failures, 0U);
  EXPECT_EQ(counts.failures, faults.count());
  EXPECT_THAT(faults.kinds(), ElementsAre("torn"));
  ASSERT_FALSE(faults.texts().empty());
  EXPECT_THAT(faults.texts().front(),
              HasSubstr("operation 2, program of 32 at 0x0, cut after 1 bytes: torn"));
}

// The run that is cut has to be the one that was counted.
class ShorterEachTime final : public CutLife {
 public:
  explicit ShorterEachTime(int& left) : operations_(left > 0 ? left-- : 0) {}
  FaultyFlash& power() override { return power_; }
  void Act(CutFaults& /*faults*/) override {
    for (int i = 0; i < operations_; ++i) static_cast<void>(power_.Sync());
  }
  void Recover(CutFaults& /*faults*/) override {}

 private:
  int operations_;
  RamFlash ram_{{.size = 1 << 13}};
  FaultyFlash power_{ram_};
};

TEST(CutRun, NoticesThatARunIsNotTheOneThatWasCounted) {
  CutFaults faults;
  int left = 3;
  RunCuts(
      "shorter", [&] { return std::make_unique<ShorterEachTime>(left); }, {}, faults);
  EXPECT_TRUE(faults.kinds().contains("the same run asked for less"));
}

}  // namespace
}  // namespace updraft
