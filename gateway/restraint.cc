// SPDX-License-Identifier: Apache-2.0
#include "gateway/restraint.h"

#include <fmt/format.h>

namespace updraft {
namespace {

constexpr int kGoOn = 0;
constexpr int kWait = 1;

std::string Number(std::uint64_t number) { return fmt::format("{}", number); }

}  // namespace

Permission Restraint::Ask(const DownloadStep& step) {
  if (ports_.should_stop && ports_.should_stop()) return Permission::kStop;
  if (settings_->window && !settings_->window->Holds(ports_.second_of_day())) {
    TellPause(fmt::format("outside of the window {}", WindowText(*settings_->window)));
    asked_ms_.reset();
    return Permission::kPause;
  }
  const Permission answer = settings_->command.empty() ? Permission::kContinue : AskCommand(step);
  if (answer == Permission::kPause) TellPause("the policy says wait");
  if (answer == Permission::kContinue) TellPause({});
  return answer;
}

Permission Restraint::AskCommand(const DownloadStep& step) {
  const auto holds =
      static_cast<std::uint64_t>(std::chrono::milliseconds(settings_->interval).count());
  if (asked_ms_ && system_->NowMs() - *asked_ms_ < holds) return answer_;
  const CommandEnd end =
      RunCommand({.words = settings_->command,
                  .environment = {{"UPDRAFT_RECEIVED", Number(step.received)},
                                  {"UPDRAFT_TOTAL", step.total > 0 ? Number(step.total) : ""},
                                  {"UPDRAFT_BEGINS", step.begins ? "1" : "0"},
                                  {"UPDRAFT_PAUSED", Number(step.paused_ms / 1000)}},
                  .timeout = settings_->timeout,
                  .should_stop = ports_.should_stop});
  asked_ms_ = system_->NowMs();
  const bool exited = end.kind == CommandEnd::Kind::kExited;
  if (exited && end.number == kGoOn) {
    answer_ = Permission::kContinue;
  } else if (exited && end.number == kWait) {
    answer_ = Permission::kPause;
  } else {
    answer_ = Permission::kStop;
    if (end.kind != CommandEnd::Kind::kStopped) stopped_by_ = end.Text();
  }
  return answer_;
}

// Empty: it goes on.
void Restraint::TellPause(const std::string& cause) {
  if (cause == paused_by_) return;
  paused_by_ = cause;
  if (ports_.tell) ports_.tell(cause.empty() ? "going on" : fmt::format("waiting: {}", cause));
}

}  // namespace updraft
