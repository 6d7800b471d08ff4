// SPDX-License-Identifier: Apache-2.0
#include "ports/host/launcher.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <string_view>
#include <vector>

#include "ports/host/firmware_process.h"
#include "ports/host/linux_system.h"
#include "ports/host/posix_file.h"
#include "ports/host/sleep_record.h"
#include "ports/host/text_search.h"

namespace updraft {
namespace {

using Kind = FirmwareEnd::Kind;

// SIGTERM and SIGINT of the calling thread arrive at a descriptor meanwhile.
class StopSignals {
 public:
  StopSignals() {
    sigset_t caught;
    sigemptyset(&caught);
    sigaddset(&caught, SIGTERM);
    sigaddset(&caught, SIGINT);
    pthread_sigmask(SIG_BLOCK, &caught, &former_);
    file_ = Descriptor(signalfd(-1, &caught, SFD_CLOEXEC | SFD_NONBLOCK));
  }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals() { pthread_sigmask(SIG_SETMASK, &former_, nullptr); }

  int file() const { return file_.number(); }
  const sigset_t& former() const { return former_; }
  // The signal that has come, or 0.
  int Take() const {
    signalfd_siginfo about{};
    return read(file_.number(), &about, sizeof about) == sizeof about
               ? static_cast<int>(about.ssi_signo)
               : 0;
  }

 private:
  sigset_t former_{};
  Descriptor file_;
};

// From the firmware's standard output to ours, at most one chunk on its way, so
// that a slow reader slows the firmware and nothing else.
class OutputCopy {
 public:
  OutputCopy(std::string until, int to) : search_(std::move(until)), to_(to) {}

  // 0 or errno. The firmware's end of the pipe.
  int Open(Descriptor* firmware_end) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return errno;
    from_ = Descriptor(ends[0]);
    *firmware_end = Descriptor(ends[1]);
    return fcntl(from_.number(), F_SETFL, O_NONBLOCK) == 0 ? 0 : errno;
  }
  bool found() const { return search_.found(); }

  // What to wait for next; nothing (-1) when all has been handed on.
  pollfd Wish() const {
    if (!pending().empty()) return {.fd = to_, .events = POLLOUT, .revents = 0};
    return {.fd = left_ > 0 ? from_.number() : -1, .events = POLLIN, .revents = 0};
  }
  // After poll found Wish() ready.
  void Advance() { pending().empty() ? Fill() : Drain(); }
  // The firmware has ended: what is in the pipe now is all that it said. A child
  // that left its process group may hold the pipe open and write on.
  void TakeRest() {
    int bytes = 0;
    left_ = ioctl(from_.number(), FIONREAD, &bytes) == 0 ? static_cast<std::size_t>(bytes) : 0;
  }

 private:
  std::string_view pending() const {
    return std::string_view(chunk_.data(), filled_).substr(done_);
  }

  void Fill() {
    const ssize_t count = read(from_.number(), chunk_.data(), std::min(chunk_.size(), left_));
    if (count == 0) from_.Close();
    if (count <= 0) return;
    done_ = 0;
    filled_ = static_cast<std::size_t>(count);
    if (left_ != kEndless) left_ -= filled_;
    search_.Feed(pending());
  }
  // A pipe that polls writable takes a chunk of PIPE_BUF whole.
  void Drain() {
    const ssize_t count = write(to_, pending().data(), pending().size());
    if (count > 0) done_ += static_cast<std::size_t>(count);
    // Nobody reads any more: the rest is for the search alone.
    if (count < 0 && errno != EINTR && errno != EAGAIN) done_ = filled_;
  }

  static constexpr std::size_t kEndless = SIZE_MAX;

  TextSearch search_;
  int to_;
  Descriptor from_;
  std::array<char, PIPE_BUF> chunk_{};
  std::size_t filled_ = 0;
  std::size_t done_ = 0;
  std::size_t left_ = kEndless;  // bytes still to be read
};

// One firmware from its first instruction to its last.
class Run {
 public:
  Run(const FirmwareLaunch& launch, const StopSignals& signals, OutputCopy& output,
      StartedProcess process)
      : launch_(launch), signals_(signals), output_(output), process_(std::move(process)) {
    if (launch.timeout_ms.has_value()) deadline_ = Later(*launch.timeout_ms);
    if (launch.watchdog_ms.has_value()) watchdog_ = Later(*launch.watchdog_ms);
  }

  FirmwareEnd Watch() {
    while (!ended_) WaitOnce();
    // What it printed last still counts, and its children must not outlive it.
    kill(-process_.id, SIGKILL);
    output_.TakeRest();
    while (!abandoned_ && output_.Wish().fd >= 0) FinishOutput();
    sleep_ = ReadSleepRecord(launch_.device_folder);
    FirmwareEnd end = Judge();
    if (end.kind == Kind::kDeepSleep) AwaitWakeUp(end);
    return end;
  }

 private:
  std::uint64_t Later(std::uint64_t duration_ms) {
    const std::uint64_t now = clock_.NowMs();
    return duration_ms > UINT64_MAX - now ? UINT64_MAX : now + duration_ms;
  }

  void WaitOnce() {
    std::array<pollfd, 3> waits{
        {{process_.handle.number(), POLLIN, 0}, {signals_.file(), POLLIN, 0}, output_.Wish()}};
    if (poll(waits.data(), waits.size(), PollTimeout()) < 0) return;
    if (waits[1].revents != 0) OnSignal(signals_.Take());
    if (waits[2].revents != 0) output_.Advance();
    if (output_.found()) Stop(Kind::kUntil);
    ended_ = waits[0].revents != 0;
    if (!ended_ && deadline_.has_value() && clock_.NowMs() >= *deadline_) OnDeadline();
    if (!ended_ && watchdog_.has_value() && clock_.NowMs() >= *watchdog_) OnWatchdog();
  }

  int PollTimeout() {
    if (!deadline_.has_value() && !watchdog_.has_value()) return -1;
    const std::uint64_t next =
        std::min(deadline_.value_or(UINT64_MAX), watchdog_.value_or(UINT64_MAX));
    const std::uint64_t now = clock_.NowMs();
    return next <= now ? 0 : static_cast<int>(std::min<std::uint64_t>(next - now, INT_MAX));
  }

  // Not asked to stop first: a chip's watchdog does not ask either.
  void OnWatchdog() {
    watchdog_.reset();
    if (stopping_.has_value() || !launch_.must_reset || !launch_.must_reset()) return;
    stopping_ = Kind::kWatchdog;
    kill(-process_.id, SIGKILL);
  }

  void OnSignal(int number) {
    if (number == 0) return;
    if (stopping_.has_value()) {
      kill(-process_.id, SIGKILL);
      abandoned_ = true;
    } else {
      stop_signal_ = number;
      Stop(Kind::kStopped);
    }
  }

  void OnDeadline() {
    if (!stopping_.has_value()) {
      Stop(Kind::kTimeout);
      return;
    }
    kill(-process_.id, SIGKILL);
    deadline_.reset();
  }

  void Stop(Kind why) {
    if (stopping_.has_value()) return;
    stopping_ = why;
    deadline_ = Later(launch_.grace_ms);
    kill(-process_.id, SIGTERM);
    kill(-process_.id, SIGCONT);  // a stopped process would not notice
  }

  // Our own reader may be slow, for ever if nobody says stop.
  void FinishOutput() {
    std::array<pollfd, 2> waits{{output_.Wish(), {signals_.file(), POLLIN, 0}}};
    if (poll(waits.data(), waits.size(), -1) < 0) return;
    if (waits[1].revents != 0 && signals_.Take() != 0) abandoned_ = true;
    if (waits[0].revents != 0) output_.Advance();
  }

  // The device is off but for its clock; a signal or the time-out ends that.
  void AwaitWakeUp(FirmwareEnd& end) {
    std::optional<std::uint64_t> wake_up;
    if (sleep_->duration_us.has_value()) {
      wake_up = Later(*sleep_->duration_us / 1000 + (*sleep_->duration_us % 1000 != 0 ? 1 : 0));
    }
    watchdog_ = wake_up;  // the next moment to look, beside the deadline
    while (!wake_up.has_value() || clock_.NowMs() < *wake_up) {
      if (deadline_.has_value() && clock_.NowMs() >= *deadline_) {
        end.kind = Kind::kTimeout;
        return;
      }
      pollfd signal{signals_.file(), POLLIN, 0};
      if (poll(&signal, 1, PollTimeout()) <= 0) continue;
      end.stop_signal = signals_.Take();
      if (end.stop_signal == 0) continue;
      end.kind = Kind::kStopped;
      return;
    }
  }

  FirmwareEnd Judge() {
    siginfo_t about{};
    while (waitid(P_PID, static_cast<id_t>(process_.id), &about, WEXITED) != 0 && errno == EINTR) {
    }
    FirmwareEnd end;
    if (stopping_ == Kind::kStopped) {
      end.kind = Kind::kStopped;
      end.stop_signal = stop_signal_;
    } else if (output_.found()) {
      end.kind = Kind::kUntil;
    } else if (stopping_.has_value()) {
      end.kind = *stopping_;
    } else if (about.si_code != CLD_EXITED) {
      end.kind = Kind::kCrash;
      end.signal = about.si_status;
    } else if (about.si_status == kRestartExitCode) {
      end.kind = Kind::kRestart;
    } else if (about.si_status == kDeepSleepExitCode && sleep_.has_value()) {
      end.kind = Kind::kDeepSleep;
    } else if (about.si_status != 0) {
      end.kind = Kind::kCrash;
      end.exit_code = about.si_status;
    }
    return end;
  }

  const FirmwareLaunch& launch_;
  const StopSignals& signals_;
  OutputCopy& output_;
  StartedProcess process_;
  LinuxSystem clock_;
  std::optional<std::uint64_t> deadline_;  // of the run, then of the grace
  std::optional<std::uint64_t> watchdog_;
  std::optional<Kind> stopping_;
  int stop_signal_ = 0;
  std::optional<SleepRecord> sleep_;
  bool ended_ = false;
  bool abandoned_ = false;
};

std::vector<std::string> EnvironmentOf(const FirmwareLaunch& launch) {
  const std::array<std::pair<std::string_view, std::string>, 3> own{
      {{kDeviceVariable, std::filesystem::absolute(launch.device_folder).string()},
       {kSlotVariable, launch.slot},
       {kResetReasonVariable, std::string(ResetReasonName(launch.reset_reason))}}};
  std::vector<std::string> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    const std::string_view name = text.substr(0, text.find('='));
    if (std::ranges::none_of(own, [&](const auto& pair) { return pair.first == name; })) {
      environment.emplace_back(text);
    }
  }
  for (const auto& [name, value] : own) environment.push_back(fmt::format("{}={}", name, value));
  return environment;
}

Status Refuse(Observer& observer, int error, std::string_view expected) {
  Code code = Code::kUnsupported;
  if (error == ENOEXEC || error == ELIBBAD) code = Code::kIncompatible;
  if (error == ENOMEM || error == ENOSPC || error == EAGAIN || error == EMFILE || error == ENFILE ||
      error == E2BIG) {
    code = Code::kNoSpace;
  }
  return RefuseFile(observer, Check::kBootable,
                    {code, Stage::kBoot, static_cast<std::int16_t>(error)}, expected,
                    ErrnoText(error));
}

}  // namespace

Result<FirmwareEnd> RunFirmware(const FirmwareLaunch& launch, Observer& observer) {
  int error = 0;
  Descriptor program = MakeProgramFile(launch.executable, &error);
  if (!program.is_open()) return Refuse(observer, error, "a memory file for the firmware");
  const StopSignals signals;
  if (signals.file() < 0) return Refuse(observer, errno, "a descriptor for signals");
  OutputCopy output(launch.until, launch.output);
  Descriptor firmware_output;
  if (!launch.until.empty()) {
    error = output.Open(&firmware_output);
    if (error != 0) return Refuse(observer, error, "a pipe for the firmware's output");
  }
  StartedProcess process;
  error = StartProcess({.program = program.number(),
                        .environment = EnvironmentOf(launch),
                        .standard_output = firmware_output.number(),
                        .signal_mask = &signals.former()},
                       &process);
  if (error != 0) {
    return Refuse(observer, error,
                  fmt::format("a program that this machine can execute in slot {}", launch.slot));
  }
  program.Close();
  firmware_output.Close();
  return Run(launch, signals, output, std::move(process)).Watch();
}

}  // namespace updraft
