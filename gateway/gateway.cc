// SPDX-License-Identifier: Apache-2.0
#include "gateway/gateway.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <array>
#include <cerrno>

#include "updraft/flight_recorder.h"

#include "gateway/device_target.h"
#include "gateway/slot_target.h"
#include "ports/host/posix_file.h"

namespace updraft {
namespace {

using Ended = GatewayReport::Result;
using Phase = GatewayState::Phase;

constexpr std::int16_t kNotModified = 304;

GatewayFile FileOf(const FileIdentity& identity) {
  GatewayFile file;
  file.identity = identity.view();
  file.is_tag = identity.is_tag;
  return file;
}

// Passes everything on, and stops between two steps of a download.
class StoppableObserver final : public Observer {
 public:
  StoppableObserver(Observer& inner, const std::function<bool()>& stop)
      : inner_(&inner), stop_(&stop) {}

  void OnFinding(const Finding& finding) override { inner_->OnFinding(finding); }
  bool OnProgress(const Progress& progress) override {
    return inner_->OnProgress(progress) && !(*stop_)();
  }
  bool OnRetry(const Retry& retry) override { return inner_->OnRetry(retry) && !(*stop_)(); }

 private:
  Observer* inner_;
  const std::function<bool()>* stop_;
};

// Waits in small steps, so that a stop is not late.
void Pause(System& system, std::chrono::milliseconds duration, const std::function<bool()>& stop) {
  constexpr std::chrono::milliseconds kStep{100};
  for (auto left = duration; left.count() > 0 && !stop(); left -= kStep) {
    system.SleepMs(static_cast<std::uint32_t>(std::min(left, kStep).count()));
  }
}

}  // namespace

std::string_view ResultName(GatewayReport::Result result) {
  constexpr std::array<std::string_view, 6> kNames{"not_modified", "updated",     "refused",
                                                   "failed",       "rolled_back", "stopped"};
  return kNames[static_cast<std::size_t>(result)];
}

Result<std::unique_ptr<Gateway>> Gateway::Open(const GatewaySettings& settings,
                                               const GatewayKeys& keys, Ports ports,
                                               Observer& observer) {
  std::unique_ptr<Gateway> gateway(new Gateway(settings, std::move(ports), observer));
  UPDRAFT_TRY(gateway->Begin(keys));
  return gateway;
}

Status Gateway::Begin(const GatewayKeys& keys) {
  keys_ = keys.keys;
  std::error_code error;
  std::filesystem::create_directories(settings_->state, error);
  if (error) {
    return RefuseFile(
        *observer_, Check::kDevice, FileStatus(error.value(), Stage::kDevice),
        fmt::format("a folder for the gateway's memory at {}", settings_->state.string()),
        error.message());
  }
  lock_ = Descriptor(open((settings_->state / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock_.is_open() || flock(lock_.number(), LOCK_EX | LOCK_NB) != 0) {
    const int problem = errno;
    const bool taken = lock_.is_open() && problem == EWOULDBLOCK;
    return RefuseFile(
        *observer_, taken ? Check::kDeviceLock : Check::kDevice,
        taken ? Status(Code::kInvalidState, Stage::kDevice) : FileStatus(problem, Stage::kDevice),
        fmt::format("the folder {} for this gateway alone", settings_->state.string()),
        taken ? "another gateway that runs with it" : ErrnoText(problem));
  }
  if (settings_->has_device()) {
    target_ = std::make_unique<DeviceTarget>(*settings_);
  } else {
    target_ = std::make_unique<SlotTarget>(*settings_, keys.trust, system_, crypto_);
  }
  UPDRAFT_TRY_ASSIGN(const auto stored,
                     LoadGatewayState(settings_->state / "state.json", *observer_));
  GatewayState state = stored.value_or(GatewayState{});
  bool repaired = false;
  UPDRAFT_TRY(target_->Begin(state, !stored.has_value(), repaired, *observer_));
  // The application may have been started before that: it is to be started again.
  if (repaired && state.phase != Phase::kSettled) {
    state.restarted = false;
    state.boot_id = BootId();
  }
  return Store(state);
}

Status Gateway::Store(const GatewayState& state) {
  state_ = state;
  const Status status = StoreGatewayState(settings_->state / "state.json", state);
  if (!status.ok()) {
    return RefuseFile(*observer_, status.code() == Code::kNoSpace ? Check::kSpace : Check::kDevice,
                      status, fmt::format("the memory written to {}", settings_->state.string()),
                      ErrnoText(status.detail()));
  }
  return kOk;
}

GatewayReport Gateway::Failed(GatewayReport report, Status status) {
  report.cause.clear();  // of what failed on its way the status tells
  report.status = status;
  if (status.code() == Code::kHttpStatus && status.detail() == kNotModified) {
    report.result = Ended::kNotModified;
  } else if (status.code() == Code::kCancelled && Stopped()) {
    report.result = Ended::kStopped;
  } else {
    report.result =
        FlightOutcomeOf(status) == FlightOutcome::kRefused ? Ended::kRefused : Ended::kFailed;
  }
  return report;
}

// Only what is neither installed nor known not to work is to be sent. A weak server
// compares one date, the newest that is known.
UrlUpdateOptions Gateway::OptionsOfPoll() const {
  UrlUpdateOptions options = settings_->download;
  options.keys = keys_;
  // What began in the window and is not done at its end goes on in the next one.
  const auto& window = settings_->schedule.window;
  const bool in_window = window && window->Holds(ports_.second_of_day());
  options.connection.should_stop = [this, window, in_window] {
    return Stopped() || (in_window && !window->Holds(ports_.second_of_day()));
  };
  std::string tags;
  std::string date;
  for (const auto* file : {&state_.installed, &state_.rejected, &refused_}) {
    if (!file->has_value() || (*file)->identity.empty()) continue;
    if ((*file)->is_tag) {
      tags += (tags.empty() ? "" : ", ") + (*file)->identity;
    } else {
      date = (*file)->identity;
    }
  }
  if (!tags.empty()) {
    options.headers.emplace_back("If-None-Match", tags);
  } else if (!date.empty()) {
    options.headers.emplace_back("If-Modified-Since", date);
  }
  return options;
}

GatewayReport Gateway::Poll() {
  GatewayReport report = Settle();
  if (report.result != Ended::kNotModified) return report;
  GatewayState next = state_;
  UrlUpdateOptions options = OptionsOfPoll();
  Restraint restraint(settings_->restraint, system_,
                      {.tell = ports_.tell, .should_stop = options.connection.should_stop});
  if (settings_->restraint.restrains()) options.policy = &restraint;
  GatewayFile file;
  StoppableObserver observer(*observer_, options.connection.should_stop);
  const Status status = target_->Install(options, state_, observer, report.update, next, file);
  const GatewayFile offered = FileOf(report.update.identity);
  if (!status.ok()) {
    report = Failed(report, status);
    report.cause = restraint.stopped_by();
    report.window_ended = status.code() == Code::kCancelled && report.cause.empty() && !Stopped() &&
                          options.connection.should_stop();
    if (report.result == Ended::kRefused && !offered.identity.empty()) refused_ = offered;
    return report;
  }
  file.identity = offered.identity;
  file.is_tag = offered.is_tag;
  next.previous = state_.installed;
  next.installed = file;
  next.phase = Phase::kTrial;
  next.attempts = 0;
  next.restarted = false;
  next.boot_id = BootId();
  // The commit point. What hangs on it follows, after a cut at the next start.
  if (const Status stored = Store(next); !stored.ok()) return Failed(report, stored);
  if (const Status selected = target_->Selected(state_); !selected.ok()) {
    return Failed(report, selected);
  }
  Tell(fmt::format("the update is in {}; restarting into it", report.update.slot));
  return Try(report);
}

GatewayReport Gateway::Settle() {
  if (state_.phase == Phase::kTrial) {
    Tell("an update is on trial since before; going on with it");
    return Try({});
  }
  if (state_.phase == Phase::kRollingBack) {
    GatewayReport report;
    report.cause = "a way back that was not at its end";
    return EndRollBack(report);
  }
  return {};
}

CommandEnd Gateway::Restart() {
  if (settings_->restart.empty()) return {.kind = CommandEnd::Kind::kExited, .number = 0};
  return RunCommand({.words = settings_->restart,
                     .environment = target_->Environment(state_),
                     .timeout = settings_->command_timeout,
                     .should_stop = ports_.should_stop,
                     .outlives_stop = true});
}

GatewayReport Gateway::Try(GatewayReport report) {
  if (state_.attempts >= settings_->trial_attempts) {
    report.cause = fmt::format("{} starts without health", state_.attempts);
    return GiveUp(report);
  }
  GatewayState next = state_;
  ++next.attempts;
  if (const Status stored = Store(next); !stored.ok()) return Failed(report, stored);
  // A machine that has started since then has restarted the application too.
  if (!state_.restarted && state_.boot_id == BootId()) {
    const CommandEnd end = Restart();
    if (end.kind == CommandEnd::Kind::kStopped) {
      report.result = Ended::kStopped;
      return report;
    }
    if (!end.succeeded()) {
      report.cause = fmt::format("the restart command: {}", end.Text());
      return GiveUp(report);
    }
  }
  next.restarted = true;
  if (const Status stored = Store(next); !stored.ok()) return Failed(report, stored);
  if (!AwaitHealth(report.cause)) {
    if (!Stopped()) return GiveUp(report);
    report.result = Ended::kStopped;
    return report;
  }
  if (const Status confirmed = target_->Confirm(state_); !confirmed.ok()) {
    return Failed(report, confirmed);
  }
  next.phase = Phase::kSettled;
  next.rejected.reset();
  if (const Status stored = Store(next); !stored.ok()) return Failed(report, stored);
  report.result = Ended::kUpdated;
  return report;
}

bool Gateway::AwaitHealth(std::string& cause) {
  const std::uint64_t until =
      system_.NowMs() +
      static_cast<std::uint64_t>(std::chrono::milliseconds(settings_->health_deadline).count());
  const auto stopped = [this] { return Stopped(); };
  cause = "nothing yet";
  do {
    const GatewayTarget::Running running = target_->IsRunning(state_);
    if (running == GatewayTarget::Running::kGone) {
      cause = "that the bootloader gave it up";
      return false;
    }
    if (running == GatewayTarget::Running::kYes) {
      const CommandEnd end = RunCommand({.words = settings_->health,
                                         .environment = target_->Environment(state_),
                                         .timeout = settings_->command_timeout,
                                         .should_stop = ports_.should_stop});
      if (end.kind == CommandEnd::Kind::kStopped) return false;
      // It may have been given up while the command looked at what came back.
      if (end.succeeded() && target_->IsRunning(state_) == GatewayTarget::Running::kYes) {
        return true;
      }
      cause = fmt::format("the health command: {}", end.Text());
    } else {
      cause = "that it was not started";
    }
    Pause(system_, settings_->health_interval, stopped);
  } while (system_.NowMs() < until && !Stopped());
  return false;
}

GatewayReport Gateway::GiveUp(GatewayReport report) {
  GatewayState next = state_;
  if (const Status back = target_->RollBack(state_, next, *observer_); !back.ok()) {
    return Failed(report, back);
  }
  next.rejected = state_.installed;
  next.installed = state_.previous;
  next.previous.reset();
  next.phase = Phase::kRollingBack;
  next.attempts = 0;
  next.restarted = false;
  next.boot_id = BootId();
  if (const Status stored = Store(next); !stored.ok()) return Failed(report, stored);
  Tell(
      fmt::format("the update does not work: expected health, found {}; going back", report.cause));
  return EndRollBack(report);
}

GatewayReport Gateway::EndRollBack(GatewayReport report) {
  if (const Status selected = target_->Selected(state_); !selected.ok()) {
    return Failed(report, selected);
  }
  report.result = Ended::kRolledBack;
  if (state_.boot_id == BootId()) {
    const CommandEnd end = Restart();
    if (end.kind == CommandEnd::Kind::kStopped) {
      report.result = Ended::kStopped;
      return report;
    }
    if (!end.succeeded()) {
      const std::string expected = "the restart command to succeed on the way back";
      return Failed(report,
                    RefuseFile(*observer_, Check::kBootable, {Code::kInvalidState, Stage::kUpdate},
                               expected, end.Text()));
    }
  }
  GatewayState next = state_;
  next.phase = Phase::kSettled;
  if (const Status stored = Store(next); !stored.ok()) return Failed(report, stored);
  return report;
}

GatewayReport Gateway::RollBack() {
  GatewayReport report;
  report.cause = "an order to go back";
  if (state_.phase == Phase::kRollingBack) return EndRollBack(report);
  return GiveUp(report);
}

}  // namespace updraft
