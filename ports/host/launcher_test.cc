// SPDX-License-Identifier: Apache-2.0
#include "ports/host/launcher.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "ports/host/linux_system.h"
#include "ports/host/posix_file.h"
#include "ports/host/sleep_record.h"
#include "testing/recording_observer.h"
#include "testing/temporary_folder.h"

namespace updraft {
namespace {

using testing::HasSubstr;
using Kind = FirmwareEnd::Kind;

// For the patience of tests that wait for somebody else; never slept away.
constexpr int kLongMs = 30'000;

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
    out = Descriptor(ends[0]);
    in = Descriptor(ends[1]);
  }
  Descriptor out;
  Descriptor in;
};

// Reads until `text` has come, or the end; all that was read.
std::string ReadUntil(int file, std::string_view text) {
  std::string all;
  std::array<char, 4096> chunk{};
  while (text.empty() || all.find(text) == std::string::npos) {
    const ssize_t count = read(file, chunk.data(), chunk.size());
    if (count <= 0) break;
    all.append(chunk.data(), static_cast<std::size_t>(count));
  }
  return all;
}

// The number after `name` in `text`.
pid_t NumberAfter(const std::string& text, const std::string& name) {
  const std::size_t at = text.find(name);
  return at == std::string::npos
             ? -1
             : static_cast<pid_t>(std::strtol(text.c_str() + at + name.size(), nullptr, 10));
}

// True when no such process runs, or soon none does.
bool Dies(pid_t process) {
  if (process <= 0) return false;
  const Descriptor handle(static_cast<int>(syscall(SYS_pidfd_open, process, 0U)));
  if (!handle.is_open()) return errno == ESRCH;
  pollfd wait{.fd = handle.number(), .events = POLLIN, .revents = 0};
  return poll(&wait, 1, kLongMs) == 1;
}

class LauncherTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(LoadFile(LAUNCHER_TEST_FIRMWARE, 64 << 20, &program_), 0);
    unsetenv("TEST_FIRMWARE");
  }
  void TearDown() override { unsetenv("TEST_FIRMWARE"); }

  FirmwareLaunch Launch(const char* acts) {
    setenv("TEST_FIRMWARE", acts, 1);
    return {.executable = program_, .device_folder = "/tmp/dev", .slot = "ota_0"};
  }
  FirmwareEnd Run(const FirmwareLaunch& launch) {
    auto end = RunFirmware(launch, observer_);
    EXPECT_TRUE(end.has_value()) << observer_.failed_reasons();
    return end ? *end : FirmwareEnd{};
  }
  // Runs with its output copied to a pipe; what came out of it.
  std::string Output(FirmwareLaunch launch, FirmwareEnd* end = nullptr) {
    Pipe pipe;
    if (launch.until.empty()) launch.until = "this is never printed";
    launch.output = pipe.in.number();
    std::string text;
    std::thread reader([&] { text = ReadUntil(pipe.out.number(), ""); });
    const FirmwareEnd how = Run(launch);
    if (end != nullptr) *end = how;
    pipe.in.Close();
    reader.join();
    return text;
  }

  std::vector<std::uint8_t> program_;
  RecordingObserver observer_;
};

TEST_F(LauncherTest, AFirmwareThatReturns0PowersOff) {
  EXPECT_EQ(Run(Launch("0")).kind, Kind::kPowerOff);
  EXPECT_TRUE(observer_.findings().empty());
}

TEST_F(LauncherTest, AFirmwareThatExitsWithTheRestartCodeRestarts) {
  EXPECT_EQ(Run(Launch("82")).kind, Kind::kRestart);
}

TEST_F(LauncherTest, AFirmwareThatSleepsIsWokenAfterItsTime) {
  const TemporaryFolder folder;
  FirmwareLaunch launch = Launch("83");
  launch.device_folder = folder.path();
  ASSERT_EQ(WriteSleepRecord(launch.device_folder, {.cause = 4, .pins = 9, .duration_us = 20'000}),
            0);
  LinuxSystem clock;
  const std::uint64_t before = clock.NowMs();
  EXPECT_EQ(Run(launch).kind, Kind::kDeepSleep);
  EXPECT_GE(clock.NowMs() - before, 20U);
  const auto record = ReadSleepRecord(launch.device_folder);
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->cause, 4U);
  EXPECT_EQ(record->pins, 9U);
}

TEST_F(LauncherTest, ASleepWithoutAnEndLastsUntilTheTimeout) {
  const TemporaryFolder folder;
  FirmwareLaunch launch = Launch("83");
  launch.device_folder = folder.path();
  launch.timeout_ms = 300;
  ASSERT_EQ(WriteSleepRecord(launch.device_folder, {}), 0);
  EXPECT_EQ(Run(launch).kind, Kind::kTimeout);
}

TEST_F(LauncherTest, TheCodeOfSleepWithoutARecordIsACrash) {
  const TemporaryFolder folder;
  FirmwareLaunch launch = Launch("83");
  launch.device_folder = folder.path();
  EXPECT_EQ(Run(launch).kind, Kind::kCrash);
  std::ofstream(folder.path() / "sleep") << "4 0 soon\n";
  EXPECT_EQ(Run(launch).kind, Kind::kCrash);
  ASSERT_EQ(WriteSleepRecord(launch.device_folder, {}), 0);
  RemoveSleepRecord(launch.device_folder);
  EXPECT_FALSE(ReadSleepRecord(launch.device_folder).has_value());
}

TEST_F(LauncherTest, AnyOtherExitCodeIsACrash) {
  for (const char* code : {"1", "81", "83", "255"}) {
    const FirmwareEnd end = Run(Launch(code));
    EXPECT_EQ(end.kind, Kind::kCrash);
    EXPECT_EQ(end.exit_code, std::strtol(code, nullptr, 10));
    EXPECT_EQ(end.signal, 0);
  }
}

TEST_F(LauncherTest, ASignalIsACrash) {
  const FirmwareEnd end = Run(Launch("abort"));
  EXPECT_EQ(end.kind, Kind::kCrash);
  EXPECT_EQ(end.signal, SIGABRT);
  EXPECT_EQ(end.exit_code, 0);
}

TEST_F(LauncherTest, TellsTheFirmwareWhatItIsAndNothingStale) {
  setenv("UPDRAFT_SLOT", "stale", 1);
  FirmwareLaunch launch = Launch("environment");
  launch.device_folder = "some/dev";
  launch.reset_reason = ResetReason::kPanic;
  const std::string text = Output(launch);
  unsetenv("UPDRAFT_SLOT");
  const std::string here = std::filesystem::current_path().string();
  EXPECT_EQ(text, "UPDRAFT_DEVICE=" + here +
                      "/some/dev\nUPDRAFT_SLOT=ota_0\nUPDRAFT_RESET_REASON=panic\n"
                      "TEST_FIRMWARE=environment\n");
}

TEST_F(LauncherTest, NamesEveryResetReason) {
  EXPECT_EQ(ResetReasonName(ResetReason::kPowerOn), "power_on");
  EXPECT_EQ(ResetReasonName(ResetReason::kSoftware), "software");
  EXPECT_EQ(ResetReasonName(ResetReason::kPanic), "panic");
  EXPECT_EQ(ResetReasonName(ResetReason::kWatchdog), "watchdog");
  EXPECT_EQ(ResetReasonName(ResetReason::kDeepSleep), "deep_sleep");
}

TEST_F(LauncherTest, RunsItWithoutNewPrivilegesApartAndWithNothingElseOpen) {
  // Neither of them close-on-exec, as a careless library would leave them.
  const Descriptor stray(open("/dev/null", O_RDONLY));
  const std::string text = Output(Launch("describe"));
  EXPECT_EQ(text,
            "no_new_privs=1\nown_session=1\nown_group=1\nopen_files=3\nsigterm_blocked=0\n"
            "seals=" +
                std::to_string(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) + "\n");
}

TEST_F(LauncherTest, GivesTheSignalsBackAfterwards) {
  Run(Launch("0"));
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  EXPECT_EQ(sigismember(&mask, SIGTERM), 0);
  EXPECT_EQ(sigismember(&mask, SIGINT), 0);
}

TEST_F(LauncherTest, StopsItAtTheTimeout) {
  FirmwareLaunch launch = Launch("hang");
  launch.timeout_ms = 20;
  EXPECT_EQ(Run(launch).kind, Kind::kTimeout);
}

TEST_F(LauncherTest, ResetsItAtTheWatchdogWhereThatIsAskedFor) {
  FirmwareLaunch launch = Launch("ignore-term hang");
  launch.watchdog_ms = 20;
  launch.must_reset = [] { return true; };
  EXPECT_EQ(Run(launch).kind, Kind::kWatchdog);
}

TEST_F(LauncherTest, LeavesItAloneWhereTheWatchdogIsSatisfied) {
  FirmwareLaunch launch = Launch("hang");
  int asked = 0;
  launch.watchdog_ms = 10;
  launch.must_reset = [&] {
    ++asked;
    return false;
  };
  launch.timeout_ms = 100;
  EXPECT_EQ(Run(launch).kind, Kind::kTimeout);
  EXPECT_EQ(asked, 1);
}

TEST_F(LauncherTest, AsksNoWatchdogOfAFirmwareThatEndedBefore) {
  FirmwareLaunch launch = Launch("0");
  launch.watchdog_ms = 60'000;
  launch.must_reset = [] { return true; };
  EXPECT_EQ(Run(launch).kind, Kind::kPowerOff);
}

TEST_F(LauncherTest, KillsItWhenItDoesNotStopInTime) {
  FirmwareLaunch launch = Launch("ignore-term pid hang");
  launch.until = "pid=";
  launch.grace_ms = 20;
  FirmwareEnd end;
  const std::string text = Output(launch, &end);
  EXPECT_EQ(end.kind, Kind::kUntil);
  EXPECT_TRUE(Dies(NumberAfter(text, "pid=")));
}

TEST_F(LauncherTest, ATimeoutThatIsFarAwayChangesNothing) {
  FirmwareLaunch launch = Launch("0");
  launch.timeout_ms = ~std::uint64_t{0};
  EXPECT_EQ(Run(launch).kind, Kind::kPowerOff);
}

TEST_F(LauncherTest, StopsWhenTheTextIsPrintedAndAsksTheFirmwareFirst) {
  FirmwareLaunch launch = Launch("say-on-term bytewise hang");
  launch.until = "letter at a";
  FirmwareEnd end;
  EXPECT_THAT(Output(launch, &end), HasSubstr("asked to stop"));
  EXPECT_EQ(end.kind, Kind::kUntil);
}

TEST_F(LauncherTest, CountsATextThatIsPrintedJustBeforeTheEnd) {
  for (const char* acts : {"end 0", "end 82", "end 3", "end abort"}) {
    FirmwareLaunch launch = Launch(acts);
    launch.until = "END";
    FirmwareEnd end;
    EXPECT_EQ(Output(launch, &end), "END\n");
    EXPECT_EQ(end.kind, Kind::kUntil) << acts;
  }
}

TEST_F(LauncherTest, CopiesAllOutputWhenTheTextNeverComes) {
  FirmwareEnd end;
  const std::string text = Output(Launch("flood 3"), &end);
  EXPECT_EQ(text.size(), 1000U * 1024U);
  EXPECT_EQ(end.kind, Kind::kCrash);
  EXPECT_EQ(end.exit_code, 3);
}

TEST_F(LauncherTest, KillsWhatTheFirmwareLeftRunning) {
  // The firmware ends only when its child has spoken, for both use one pipe.
  FirmwareLaunch launch = Launch("child hang");
  launch.until = "child=";
  FirmwareEnd end;
  const std::string text = Output(launch, &end);
  EXPECT_TRUE(Dies(NumberAfter(text, "child=")));
}

TEST_F(LauncherTest, DoesNotWaitForAChildThatLeftTheGroupAndPrintsForEver) {
  FirmwareEnd end;
  const std::string text = Output(Launch("escape 3"), &end);
  EXPECT_EQ(end.exit_code, 3);
  EXPECT_TRUE(Dies(NumberAfter(text, "escaped=")));  // of SIGPIPE
}

TEST_F(LauncherTest, RefusesBytesThatAreNoProgram) {
  const std::string script = "#!/bin/sh\nexit 0\n";
  const std::vector<Bytes> programs{AsBytes("not a program"), AsBytes(script), Bytes()};
  for (const Bytes program : programs) {
    observer_.Clear();
    FirmwareLaunch launch = Launch("0");
    launch.executable = program;
    const auto end = RunFirmware(launch, observer_);
    EXPECT_EQ(end.error(), Status(Code::kIncompatible, Stage::kBoot, ENOEXEC));
    EXPECT_EQ(observer_.failed_reasons(), "nothing_boots");
    EXPECT_THAT(observer_.findings()[0].expected.text, HasSubstr("ota_0"));
  }
}

TEST_F(LauncherTest, RefusesAProgramForAnotherMachine) {
  std::vector<std::uint8_t> other = program_;
  StoreLe16(&other[18], 0xF3);  // e_machine: RISC-V
  FirmwareLaunch launch = Launch("0");
  launch.executable = other;
  EXPECT_EQ(RunFirmware(launch, observer_).error().code(), Code::kIncompatible);
}

// A bootloader as another process: runs the firmware, and exits with what
// became of it.
pid_t StartBootloader(const FirmwareLaunch& launch) {
  const pid_t bootloader = fork();
  if (bootloader != 0) return bootloader;
  const auto end = RunFirmware(launch);
  if (!end.has_value()) _exit(100);
  _exit(static_cast<int>(end->kind) * 16 + end->stop_signal);
}

TEST_F(LauncherTest, ASignalToTheBootloaderStopsTheFirmwareFirst) {
  for (const int number : {SIGTERM, SIGINT}) {
    Pipe pipe;
    FirmwareLaunch launch = Launch("say-on-term pid hang");
    launch.until = "this is never printed";
    launch.output = pipe.in.number();
    const pid_t bootloader = StartBootloader(launch);
    pipe.in.Close();
    const pid_t firmware = NumberAfter(ReadUntil(pipe.out.number(), "pid="), "pid=");
    ASSERT_EQ(kill(bootloader, number), 0);
    EXPECT_THAT(ReadUntil(pipe.out.number(), ""), HasSubstr("asked to stop"));
    int status = 0;
    ASSERT_EQ(waitpid(bootloader, &status, 0), bootloader);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), static_cast<int>(Kind::kStopped) * 16 + number);
    EXPECT_TRUE(Dies(firmware));
  }
}

TEST_F(LauncherTest, ASignalEndsASleep) {
  const TemporaryFolder folder;
  Pipe pipe;
  FirmwareLaunch launch = Launch("pid 83");
  launch.device_folder = folder.path();
  launch.until = "this is never printed";
  launch.output = pipe.in.number();
  ASSERT_EQ(WriteSleepRecord(launch.device_folder, {}), 0);
  const pid_t bootloader = StartBootloader(launch);
  pipe.in.Close();
  const pid_t firmware = NumberAfter(ReadUntil(pipe.out.number(), "pid="), "pid=");
  ASSERT_TRUE(Dies(firmware));
  ASSERT_EQ(kill(bootloader, SIGTERM), 0);
  int status = 0;
  ASSERT_EQ(waitpid(bootloader, &status, 0), bootloader);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), static_cast<int>(Kind::kStopped) * 16 + SIGTERM);
}

TEST_F(LauncherTest, ASecondSignalKillsAFirmwareThatDoesNotStop) {
  Pipe pipe;
  FirmwareLaunch launch = Launch("ignore-term pid hang");
  launch.until = "this is never printed";
  launch.grace_ms = 3'600'000;
  launch.output = pipe.in.number();
  const pid_t bootloader = StartBootloader(launch);
  const pid_t firmware = NumberAfter(ReadUntil(pipe.out.number(), "pid="), "pid=");
  // Two of the same kind would be one while they wait.
  ASSERT_EQ(kill(bootloader, SIGTERM), 0);
  ASSERT_EQ(kill(bootloader, SIGINT), 0);
  int status = 0;
  ASSERT_EQ(waitpid(bootloader, &status, 0), bootloader);
  EXPECT_EQ(WEXITSTATUS(status) / 16, static_cast<int>(Kind::kStopped));
  EXPECT_TRUE(Dies(firmware));
}

TEST_F(LauncherTest, TheFirmwareDiesWithABootloaderThatIsKilled) {
  Pipe pipe;
  FirmwareLaunch launch = Launch("ignore-term pid hang");
  launch.until = "this is never printed";
  launch.output = pipe.in.number();
  const pid_t bootloader = StartBootloader(launch);
  const pid_t firmware = NumberAfter(ReadUntil(pipe.out.number(), "pid="), "pid=");
  ASSERT_EQ(kill(bootloader, SIGKILL), 0);
  ASSERT_EQ(waitpid(bootloader, nullptr, 0), bootloader);
  EXPECT_TRUE(Dies(firmware));
}

TEST_F(LauncherTest, TheFirmwareReadsTheTerminalOfTheBootloader) {
  const FirmwareLaunch launch = Launch("read 0");
  int terminal = -1;
  const pid_t bootloader = forkpty(&terminal, nullptr, nullptr, nullptr);
  ASSERT_GE(bootloader, 0);
  if (bootloader == 0) {
    const auto end = RunFirmware(launch);
    _exit(end.has_value() && end->kind == Kind::kPowerOff ? 0 : 1);
  }
  const Descriptor closing(terminal);
  ASSERT_EQ(write(terminal, "hello\n", 6), 6);
  EXPECT_THAT(ReadUntil(terminal, "read hello"), HasSubstr("read hello"));
  int status = 0;
  ASSERT_EQ(waitpid(bootloader, &status, 0), bootloader);
  EXPECT_EQ(status, 0);
}

TEST_F(LauncherTest, ACtrlCIsForTheBootloaderWhichStopsTheFirmware) {
  const FirmwareLaunch launch = Launch("say-on-term pid hang");
  int terminal = -1;
  const pid_t bootloader = forkpty(&terminal, nullptr, nullptr, nullptr);
  ASSERT_GE(bootloader, 0);
  if (bootloader == 0) {
    const auto end = RunFirmware(launch);
    _exit(end.has_value() && end->kind == Kind::kStopped ? 0 : 1);
  }
  const Descriptor closing(terminal);
  EXPECT_THAT(ReadUntil(terminal, "pid="), HasSubstr("pid="));
  ASSERT_EQ(write(terminal, "\x03", 1), 1);
  EXPECT_THAT(ReadUntil(terminal, "asked to stop"), HasSubstr("asked to stop"));
  int status = 0;
  ASSERT_EQ(waitpid(bootloader, &status, 0), bootloader);
  EXPECT_EQ(status, 0);
}

TEST_F(LauncherTest, AFirmwareRunsOnWhenNobodyReadsItsOutput) {
  Pipe pipe;
  FirmwareLaunch launch = Launch("flood 0");
  launch.until = "this is never printed";
  launch.output = pipe.in.number();
  pipe.out.Close();
  const auto former = signal(SIGPIPE, SIG_IGN);
  EXPECT_EQ(Run(launch).kind, Kind::kPowerOff);
  signal(SIGPIPE, former);
}

}  // namespace
}  // namespace updraft
