// SPDX-License-Identifier: Apache-2.0
#include "gateway/restraint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "testing/fake_system.h"
#include "testing/temporary_folder.h"

namespace updraft {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RestraintTest : public testing::Test {
 protected:
  // The command writes down that it was asked, and ends as `script` says.
  void Command(const std::string& script) {
    settings_.command = {"sh", "-c", "echo asked >> " + Log() + "; " + script};
  }
  std::string Log() const { return folder_ / "log"; }
  std::ptrdiff_t Asked() const {
    std::ifstream log(Log());
    return std::distance(std::istream_iterator<std::string>(log), {});
  }
  Restraint Make() {
    return Restraint(settings_, system_,
                     {.tell = [this](const std::string& words) { told_.push_back(words); },
                      .should_stop = [this] { return stop_; },
                      .second_of_day = [this] { return second_; }});
  }

  TemporaryFolder folder_;
  FakeSystem system_;
  RestraintSettings settings_;
  std::vector<std::string> told_;
  bool stop_ = false;
  std::uint32_t second_ = 12 * 3600;
};

TEST_F(RestraintTest, LetsEverythingPassWithoutCommandAndWindow) {
  EXPECT_FALSE(settings_.restrains());
  Restraint restraint = Make();
  EXPECT_EQ(restraint.Ask({.begins = true}), Permission::kContinue);
  stop_ = true;
  EXPECT_EQ(restraint.Ask({}), Permission::kStop);
  EXPECT_EQ(restraint.stopped_by(), "");
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(RestraintTest, TakesTheExitCodeForTheAnswer) {
  Command("exit 0");
  EXPECT_TRUE(settings_.restrains());
  EXPECT_EQ(Make().Ask({}), Permission::kContinue);
  Command("exit 1");
  EXPECT_EQ(Make().Ask({}), Permission::kPause);
}

// A policy that cannot be asked must not cost anybody money.
TEST_F(RestraintTest, StopsAtAnyOtherEndAndSaysWhich) {
  const auto stopped_by = [this] {
    Restraint restraint = Make();
    EXPECT_EQ(restraint.Ask({}), Permission::kStop);
    return restraint.stopped_by();
  };
  for (const int code : {2, 75, 126, 127, 255}) {
    Command("exit " + std::to_string(code));
    EXPECT_EQ(stopped_by(), "exit code " + std::to_string(code));
  }
  Command("kill -9 $$");
  EXPECT_EQ(stopped_by(), "its end by signal 9");
  settings_.command = {"/no/such/program"};
  EXPECT_THAT(stopped_by(), testing::HasSubstr("No such file"));
  Command("sleep 1000");
  settings_.timeout = std::chrono::milliseconds(1);
  EXPECT_EQ(stopped_by(), "no end in the time that it had");
}

TEST_F(RestraintTest, AsksAgainWhenTheAnswerIsOld) {
  Command("exit 0");
  settings_.interval = std::chrono::seconds(30);
  Restraint restraint = Make();
  EXPECT_EQ(restraint.Ask({.begins = true}), Permission::kContinue);
  system_.Advance(29'999);
  EXPECT_EQ(restraint.Ask({}), Permission::kContinue);
  EXPECT_EQ(Asked(), 1);
  Command("exit 1");
  system_.Advance(1);
  EXPECT_EQ(restraint.Ask({}), Permission::kPause);
  EXPECT_EQ(Asked(), 2);
  Command("exit 0");
  system_.Advance(29'999);
  EXPECT_EQ(restraint.Ask({}), Permission::kPause);
  system_.Advance(1);
  EXPECT_EQ(restraint.Ask({}), Permission::kContinue);
  EXPECT_THAT(told_, ElementsAre("waiting: the policy says wait", "going on"));
}

TEST_F(RestraintTest, TellsTheCommandWhatItIsAbout) {
  Command("test \"$UPDRAFT_BEGINS $UPDRAFT_RECEIVED $UPDRAFT_TOTAL $UPDRAFT_PAUSED\" = '1 0  0'");
  EXPECT_EQ(Make().Ask({.begins = true}), Permission::kContinue);
  Command("test \"$UPDRAFT_BEGINS $UPDRAFT_RECEIVED $UPDRAFT_TOTAL $UPDRAFT_PAUSED\" = '0 5 9 2'");
  EXPECT_EQ(Make().Ask({.received = 5, .total = 9, .paused_ms = 2900}), Permission::kContinue);
}

TEST_F(RestraintTest, WaitsOutsideOfTheWindowAndAsksNobodyThen) {
  Command("exit 0");
  settings_.window = DailyWindow{2 * 3600, 4 * 3600 + 1800};
  Restraint restraint = Make();
  EXPECT_EQ(restraint.Ask({.begins = true}), Permission::kPause);
  second_ = 2 * 3600 - 1;
  EXPECT_EQ(restraint.Ask({.begins = true}), Permission::kPause);
  EXPECT_EQ(Asked(), 0);
  second_ = 2 * 3600;
  EXPECT_EQ(restraint.Ask({.begins = true}), Permission::kContinue);
  EXPECT_EQ(Asked(), 1);
  second_ = 4 * 3600 + 1800;
  EXPECT_EQ(restraint.Ask({}), Permission::kPause);
  stop_ = true;
  EXPECT_EQ(restraint.Ask({}), Permission::kStop);
  EXPECT_THAT(told_, ElementsAre("waiting: outside of the window 02:00-04:30", "going on",
                                 "waiting: outside of the window 02:00-04:30"));
}

TEST_F(RestraintTest, EndsACommandThatRunsWhenItIsToldToStop) {
  Command("sleep 1000");
  settings_.timeout = std::chrono::hours(1);
  int asked = 0;
  Restraint restraint(settings_, system_,
                      {.tell = {}, .should_stop = [&asked] { return ++asked > 2; }});
  EXPECT_EQ(restraint.Ask({}), Permission::kStop);
  EXPECT_EQ(restraint.stopped_by(), "");
}

}  // namespace
}  // namespace updraft
