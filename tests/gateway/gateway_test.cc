// SPDX-License-Identifier: Apache-2.0
// A gateway with two slots, in this process, against our server: what is installed,
// what is kept, and what comes back after a stop or a cut at any point.
#include "gateway/gateway.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <optional>
#include <thread>

#include "gateway/raw_slot.h"
#include "server/file_server.h"
#include "testing/temporary_folder.h"

namespace updraft {
namespace {

using Ended = GatewayReport::Result;
using Phase = GatewayState::Phase;
using testing::HasSubstr;

std::string TextOf(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class Words final : public Observer {
 public:
  void OnFinding(const Finding& finding) override {
    if (!finding.passed) failed.push_back(finding.check);
  }
  bool OnProgress(const Progress& progress) override {
    return stop_at == 0 || progress.received < stop_at;
  }
  std::vector<Check> failed;
  std::uint64_t stop_at = 0;
};

// The application is a file `app.log`: restarting writes down what it was given, and
// it is healthy unless its slot holds the word "broken".
class GatewayWithSlots : public testing::Test {
 protected:
  GatewayWithSlots() {
    std::filesystem::create_directory(folder_ / "www");
    FileServerOptions options;
    options.root = folder_ / "www";
    options.access_log = [this](const AccessEntry& entry) {
      const std::lock_guard lock(mutex_);
      statuses_.push_back(entry.status);
      answered_.notify_all();
    };
    server_.emplace(std::move(options));
    EXPECT_TRUE(server_->Start().ok());
    settings_.download.url = server_->url() + "app.bin";
    settings_.download.connection.ca_pem = server_->ca_pem();
    settings_.download.retry.max_attempts = 1;
    settings_.state = folder_ / "state";
    settings_.slots = {folder_ / "a", folder_ / "b"};
    settings_.restart = {"sh", "-c", "echo \"$UPDRAFT_SLOT\" >> " + Log()};
    settings_.health = {"sh", "-c", "! grep -q broken \"$UPDRAFT_SLOT\""};
    settings_.health_deadline = std::chrono::seconds(1);
    settings_.health_interval = std::chrono::milliseconds(50);
  }

  std::string Log() const { return folder_ / "app.log"; }
  void Offer(const std::string& text) { std::ofstream(folder_ / "www/app.bin") << text; }
  std::unique_ptr<Gateway> Open() {
    auto gateway = Gateway::Open(settings_, keys_,
                                 {.tell = {},
                                  .should_stop = [this] { return stop_.load(); },
                                  .second_of_day = second_of_day_},
                                 observer_);
    EXPECT_TRUE(gateway);
    return gateway ? std::move(*gateway) : nullptr;
  }
  Ended Poll() { return Open()->Poll().result; }
  std::string Current() const {
    std::error_code error;
    return std::filesystem::read_symlink(folder_ / "state/current", error).filename();
  }
  GatewayState State() const { return **LoadGatewayState(folder_ / "state/state.json"); }
  void SetState(const GatewayState& state) {
    ASSERT_TRUE(StoreGatewayState(folder_ / "state/state.json", state).ok());
  }

  TemporaryFolder folder_;
  std::mutex mutex_;
  std::condition_variable answered_;
  std::vector<int> statuses_;
  std::optional<FileServer> server_;
  GatewaySettings settings_;
  GatewayKeys keys_;
  Words observer_;
  std::atomic<bool> stop_{false};
  std::function<std::uint32_t()> second_of_day_ = &SecondOfDay;
};

TEST_F(GatewayWithSlots, InstallsWhatIsNewInTurn) {
  Offer("one");
  EXPECT_EQ(Poll(), Ended::kUpdated);
  EXPECT_EQ(Current(), "a");
  EXPECT_EQ(TextOf(folder_ / "state/current"), "one");
  Offer("the second");
  EXPECT_EQ(Poll(), Ended::kUpdated);
  EXPECT_EQ(Current(), "b");
  EXPECT_EQ(TextOf(folder_ / "b"), "the second");
  EXPECT_EQ(TextOf(folder_ / "a"), "one");
  Offer("3");
  EXPECT_EQ(Poll(), Ended::kUpdated);
  EXPECT_EQ(TextOf(folder_ / "a"), "3") << "no rest of what was longer";
  EXPECT_EQ(State().installed->length, 1U);
  EXPECT_EQ(TextOf(Log()), (folder_ / "a").string() + "\n" + (folder_ / "b").string() + "\n" +
                               (folder_ / "a").string() + "\n");
}

TEST_F(GatewayWithSlots, AsksForNothingThatItHas) {
  Offer("one");
  EXPECT_EQ(Poll(), Ended::kUpdated);
  const auto gateway = Open();
  EXPECT_EQ(gateway->Poll().result, Ended::kNotModified);
  EXPECT_EQ(gateway->Poll().result, Ended::kNotModified);
  // An answer is logged when it has ended, which is after the client has it.
  std::unique_lock lock(mutex_);
  answered_.wait_for(lock, std::chrono::seconds(10), [this] { return statuses_.size() >= 3; });
  EXPECT_EQ(statuses_, (std::vector<int>{200, 304, 304}));
}

TEST_F(GatewayWithSlots, GoesBackWhenTheUpdateIsNotHealthyAndNeverTakesItAgain) {
  Offer("one");
  EXPECT_EQ(Poll(), Ended::kUpdated);
  Offer("broken");
  const GatewayReport report = Open()->Poll();
  EXPECT_EQ(report.result, Ended::kRolledBack);
  EXPECT_THAT(report.cause, HasSubstr("exit code 1"));
  EXPECT_EQ(Current(), "a");
  EXPECT_EQ(State().phase, Phase::kSettled);
  EXPECT_EQ(Poll(), Ended::kNotModified) << "the rejected one";
  EXPECT_EQ(TextOf(Log()), (folder_ / "a").string() + "\n" + (folder_ / "b").string() + "\n" +
                               (folder_ / "a").string() + "\n");
  Offer("mended");
  EXPECT_EQ(Poll(), Ended::kUpdated);
  EXPECT_EQ(Current(), "b");
}

TEST_F(GatewayWithSlots, GoesBackToASlotThatIsStillInUse) {
  Offer("one");
  EXPECT_EQ(Poll(), Ended::kUpdated);
  const auto user = RawSlot::Open(folder_ / "a");
  ASSERT_TRUE(user);
  Offer("broken");
  EXPECT_EQ(Poll(), Ended::kRolledBack);
  EXPECT_EQ(Current(), "a");
}

TEST_F(GatewayWithSlots, GoesBackToWhatWasThereBeforeTheFirstUpdate) {
  std::ofstream(folder_ / "a") << "from the factory";
  Offer("broken");
  EXPECT_EQ(Poll(), Ended::kRolledBack);
  EXPECT_EQ(Current(), "a");
  EXPECT_EQ(TextOf(folder_ / "a"), "from the factory");
}

TEST_F(GatewayWithSlots, GoesBackToNothingWhereThereWasNothing) {
  Offer("broken");
  EXPECT_EQ(Poll(), Ended::kRolledBack);
  EXPECT_EQ(Current(), "");
  EXPECT_EQ(State().slot, -1);
}

TEST_F(GatewayWithSlots, GoesBackWhenTheRestartFails) {
  Offer("one");
  EXPECT_EQ(Poll(), Ended::kUpdated);
  settings_.restart = {"sh", "-c", "! grep -q two \"$UPDRAFT_SLOT\""};
  Offer("two");
  const GatewayReport report = Open()->Poll();
  EXPECT_EQ(report.result, Ended::kRolledBack);
  EXPECT_THAT(report.cause, HasSubstr("the restart command: exit code 1"));
}

TEST_F(GatewayWithSlots, FinishesATrialThatAStopInterrupted) {
  Offer("one");
  settings_.health = {"sh", "-c", "test -e " + (folder_ / "healthy").string()};
  settings_.health_deadline = std::chrono::seconds(600);
  {
    const auto gateway = Open();
    // Stops as soon as the application was restarted.
    settings_.restart = {"sh", "-c", "echo started >> " + Log()};
    std::thread stopper([this] {
      while (TextOf(Log()).empty()) usleep(5000);
      stop_ = true;
    });
    EXPECT_EQ(gateway->Poll().result, Ended::kStopped);
    stopper.join();
  }
  stop_ = false;
  EXPECT_EQ(State().phase, Phase::kTrial);
  std::ofstream(folder_ / "healthy") << "yes";
  EXPECT_EQ(Open()->Settle().result, Ended::kUpdated);
  EXPECT_EQ(State().phase, Phase::kSettled);
}

TEST_F(GatewayWithSlots, AfterAMachineRestartAsksForHealthWithoutAnotherRestart) {
  Offer("one");
  EXPECT_EQ(Poll(), Ended::kUpdated);
  GatewayState state = State();
  state.phase = Phase::kTrial;
  state.restarted = false;
  state.boot_id = "another boot";
  SetState(state);
  const std::string before = TextOf(Log());
  EXPECT_EQ(Open()->Settle().result, Ended::kUpdated);
  EXPECT_EQ(TextOf(Log()), before);
}

TEST_F(GatewayWithSlots, RestartsAgainWhenTheCutCameBeforeTheLink) {
  Offer("one");
  EXPECT_EQ(Poll(), Ended::kUpdated);
  Offer("two");
  EXPECT_EQ(Poll(), Ended::kUpdated);
  GatewayState state = State();
  state.phase = Phase::kTrial;
  state.restarted = true;
  state.boot_id = "another boot";
  SetState(state);
  std::filesystem::remove(folder_ / "state/current");
  std::filesystem::create_symlink(folder_ / "a", folder_ / "state/current");
  EXPECT_EQ(Open()->Settle().result, Ended::kUpdated);
  EXPECT_EQ(Current(), "b");
  EXPECT_THAT(TextOf(Log()), testing::EndsWith("/b\n" + (folder_ / "b").string() + "\n"));
}

TEST_F(GatewayWithSlots, GivesAnUpdateUpThatNeverGotAsFarAsItsHealth) {
  Offer("one");
  EXPECT_EQ(Poll(), Ended::kUpdated);
  Offer("two");
  EXPECT_EQ(Poll(), Ended::kUpdated);
  GatewayState state = State();
  state.phase = Phase::kTrial;
  state.attempts = settings_.trial_attempts;  // each cut short
  SetState(state);
  EXPECT_EQ(Open()->Settle().result, Ended::kRolledBack);
  EXPECT_EQ(Current(), "a");
}

TEST_F(GatewayWithSlots, EndsAWayBackThatWasCut) {
  Offer("one");
  EXPECT_EQ(Poll(), Ended::kUpdated);
  GatewayState state = State();
  state.phase = Phase::kRollingBack;
  state.boot_id = BootId();
  SetState(state);
  EXPECT_EQ(Open()->Settle().result, Ended::kRolledBack);
  EXPECT_EQ(State().phase, Phase::kSettled);
}

TEST_F(GatewayWithSlots, GoesOnWithADownloadWhereItStopped) {
  std::string content;
  for (unsigned i = 0; content.size() < (4U << 20); ++i) content += std::to_string(i * 7919U);
  Offer(content);
  settings_.download.journal.bytes = 1 << 20;
  observer_.stop_at = 3 << 20;
  EXPECT_EQ(Open()->Poll().result, Ended::kFailed);
  EXPECT_EQ(Current(), "");
  observer_.stop_at = 0;
  const GatewayReport report = Open()->Poll();
  EXPECT_EQ(report.result, Ended::kUpdated);
  EXPECT_GE(report.update.resumed_from, 3U << 20);
  EXPECT_LT(report.update.bytes_received, content.size());
  EXPECT_EQ(TextOf(folder_ / "state/current"), content);
}

TEST_F(GatewayWithSlots, BeginsAnewWhenTheFileOrTheSlotChangedMeanwhile) {
  const std::string content(3U << 20, 'x');
  settings_.download.journal.bytes = 1 << 20;
  for (const bool change_file : {true, false}) {
    Offer(content + (change_file ? "1" : "2"));
    observer_.stop_at = 2 << 20;
    EXPECT_EQ(Open()->Poll().result, Ended::kFailed);
    observer_.stop_at = 0;
    const std::string offered = change_file ? std::string(3U << 20, 'y') : content + "2";
    if (change_file) {
      Offer(offered);
    } else {
      std::fstream(folder_ / (Current() == "a" ? "b" : "a"), std::ios::in | std::ios::out)
          << "torn";
    }
    const GatewayReport report = Open()->Poll();
    EXPECT_EQ(report.result, Ended::kUpdated);
    EXPECT_EQ(report.update.resumed_from, 0U);
    EXPECT_EQ(TextOf(folder_ / "state/current"), offered);
  }
}

TEST_F(GatewayWithSlots, RefusesWhatDoesNotFitBeforeItIsWritten) {
  settings_.slot_size = 100;
  Offer(std::string(101, 'x'));
  const auto gateway = Open();
  EXPECT_EQ(gateway->Poll().result, Ended::kRefused);
  EXPECT_EQ(observer_.failed.back(), Check::kImageFitsSlot);
  EXPECT_EQ(std::filesystem::file_size(folder_ / "a"), 0U);
  EXPECT_EQ(gateway->Poll().result, Ended::kNotModified) << "it is not asked for again";
  Offer(std::string(100, 'x'));
  EXPECT_EQ(gateway->Poll().result, Ended::kUpdated);
}

TEST_F(GatewayWithSlots, TakesNothingForAnUpdate) {
  Offer("");
  EXPECT_NE(Poll(), Ended::kUpdated);
  EXPECT_EQ(observer_.failed.back(), Check::kImageComplete);
}

TEST_F(GatewayWithSlots, LeavesEverythingAsItIsWhenTheServerIsAway) {
  Offer("one");
  EXPECT_EQ(Poll(), Ended::kUpdated);
  server_->Stop();
  EXPECT_EQ(Poll(), Ended::kFailed);
  EXPECT_EQ(Current(), "a");
}

TEST_F(GatewayWithSlots, GoesBackByHandOnlyToWhatIsStillThere) {
  Offer("one");
  EXPECT_EQ(Poll(), Ended::kUpdated);
  EXPECT_EQ(Open()->RollBack().status.code(), Code::kNotFound) << "nothing was before";
  Offer("two");
  EXPECT_EQ(Poll(), Ended::kUpdated);
  const std::string kept = TextOf(folder_ / "a");
  std::ofstream(folder_ / "a") << "half of three";
  EXPECT_EQ(Open()->RollBack().status.code(), Code::kNotFound);
  EXPECT_EQ(Current(), "b");
  std::ofstream(folder_ / "a") << kept;
  EXPECT_EQ(Open()->RollBack().result, Ended::kRolledBack);
  EXPECT_EQ(Current(), "a");
  EXPECT_EQ(Poll(), Ended::kNotModified) << "what was given up by hand is not taken again";
}

TEST_F(GatewayWithSlots, AsksThePolicyBeforeTheServer) {
  Offer("one");
  settings_.restraint.command = {"sh", "-c", "exit 2"};
  const GatewayReport report = Open()->Poll();
  EXPECT_EQ(report.result, Ended::kFailed);
  EXPECT_EQ(report.cause, "exit code 2");
  {
    const std::lock_guard lock(mutex_);
    EXPECT_TRUE(statuses_.empty());
  }
  // Waits once.
  settings_.restraint.interval = std::chrono::seconds(0);
  const std::string flag = folder_ / "flag";
  settings_.restraint.command = {"sh", "-c",
                                 "test -e " + flag + " || { touch " + flag + "; exit 1; }"};
  EXPECT_EQ(Poll(), Ended::kUpdated);
  EXPECT_TRUE(std::filesystem::exists(flag));
  EXPECT_EQ(TextOf(folder_ / "state/current"), "one");
}

// A pause of the policy that lasts beyond it is no stop by the policy.
TEST_F(GatewayWithSlots, SaysThatTheWindowEndedAndNotThatThePolicyStopped) {
  Offer("one");
  settings_.schedule.window = DailyWindow{2 * 3600, 4 * 3600};
  settings_.restraint.command = {"sh", "-c", "touch " + Log() + "; exit 1"};
  second_of_day_ = [this] { return std::filesystem::exists(Log()) ? 4U * 3600 : 3U * 3600; };
  const GatewayReport report = Open()->Poll();
  EXPECT_EQ(report.result, Ended::kFailed);
  EXPECT_TRUE(report.window_ended);
  EXPECT_EQ(report.cause, "");
  settings_.restraint.command = {"sh", "-c", "exit 3"};
  std::filesystem::remove(Log());
  const GatewayReport stopped = Open()->Poll();
  EXPECT_FALSE(stopped.window_ended);
  EXPECT_EQ(stopped.cause, "exit code 3");
}

TEST_F(GatewayWithSlots, SaysThatTheWindowEndedDuringADownload) {
  Offer("one");
  settings_.schedule.window = DailyWindow{2 * 3600, 4 * 3600};
  std::atomic<int> asked = 0;
  second_of_day_ = [&asked] { return ++asked > 1 ? 4U * 3600 : 3U * 3600; };
  const GatewayReport report = Open()->Poll();
  EXPECT_EQ(report.result, Ended::kFailed);
  EXPECT_TRUE(report.window_ended);
  second_of_day_ = [] { return 3U * 3600; };
  EXPECT_EQ(Poll(), Ended::kUpdated) << "the next window";
}

TEST_F(GatewayWithSlots, IsAloneInItsFolder) {
  const auto first = Open();
  const auto second = Gateway::Open(settings_, keys_, {}, observer_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), Code::kInvalidState);
  EXPECT_EQ(observer_.failed.back(), Check::kDeviceLock);
}

}  // namespace
}  // namespace updraft
