// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "updraft/download.h"

namespace updraft {
namespace {

// How long one sleep may be before the observer is asked again.
constexpr std::uint32_t kSliceMs = 100;

bool StatusMayHeal(std::int16_t status) {
  constexpr std::array<std::int16_t, 7> kStatuses{408, 425, 429, 500, 502, 503, 504};
  return std::ranges::find(kStatuses, status) != kStatuses.end();
}

}  // namespace

bool MayHeal(Status failure) {
  if (failure.code() == Code::kHttpStatus) return StatusMayHeal(failure.detail());
  if (failure.stage() != Stage::kFetch) return false;
  if (failure.code() == Code::kTruncated) return true;
  return failure == Status(NetworkFailure::kResolve) ||
         failure == Status(NetworkFailure::kConnect) ||
         failure == Status(NetworkFailure::kTimeout) ||
         failure == Status(NetworkFailure::kTooSlow) || failure == Status(NetworkFailure::kReset);
}

void Retries::Received(std::uint64_t count, std::uint64_t reached) {
  received_ += count;
  if (reached <= furthest_) return;
  fresh_in_row_ += reached - furthest_;
  furthest_ = reached;
  if (fresh_in_row_ >= RetryPolicy::kProgress) failures_ = 0;
}

// Doubled for each failure, and then something between half and all of it, so
// that devices that failed together do not come back together.
std::uint32_t Retries::NextWaitMs() {
  std::uint64_t wait = policy_.first_wait_ms;
  for (std::uint32_t i = 1; i < failures_ && wait < policy_.longest_wait_ms; ++i) wait *= 2;
  wait = std::min<std::uint64_t>(wait, policy_.longest_wait_ms);
  std::array<std::uint8_t, 4> chance{};
  if (!crypto_->Random(chance).ok()) return static_cast<std::uint32_t>(wait);
  return static_cast<std::uint32_t>(wait - LoadLe32(chance.data()) % (wait / 2 + 1));
}

bool Retries::IsLate() const {
  return policy_.max_duration_ms > 0 && system_->NowMs() - started_ms_ >= policy_.max_duration_ms;
}

Status Retries::CheckLimits() {
  if (IsLate()) {
    Report(*observer_, {Check::kDeadline, false, Value::Text("an end before the deadline"),
                        Value::Text("that it is not done")});
    return NetworkFailure::kDeadline;
  }
  if (policy_.max_received > 0 && received_ > policy_.max_received) {
    Report(*observer_,
           {Check::kByteLimit, false, Value::Size(policy_.max_received), Value::Size(received_)});
    return NetworkFailure::kByteLimit;
  }
  return kOk;
}

// kOk once it may go on.
Status Retries::AskPolicy(DownloadPolicy& policy, bool begins, std::uint64_t total,
                          std::uint64_t& paused_ms) {
  DownloadStep step{begins, received_, total, 0};
  const std::uint64_t from = system_->NowMs();
  while (true) {
    const Permission permission = policy.Ask(step);
    paused_ms = step.paused_ms;
    if (permission == Permission::kContinue) return kOk;
    if (permission == Permission::kStop) {
      return Judge(*observer_, Stage::kFetch, Code::kCancelled,
                   {Check::kCancelled, false, Value::Text("leave to go on"),
                    Value::Text("a policy that says stop")});
    }
    if (IsLate()) return CheckLimits();
    system_->SleepMs(kSliceMs);
    step.paused_ms = system_->NowMs() - from;
  }
}

Status Retries::WaitToRestart(Status failure) {
  if (++restarts_ >= policy_.max_attempts) return failure;
  return Wait(failure, std::nullopt);
}

Status Retries::TellRestart(Status failure) {
  return Tell({failure, failures_, policy_.max_attempts, 0, true});
}

Status Retries::Tell(const Retry& retry) {
  if (observer_->OnRetry(retry)) return kOk;
  return Judge(*observer_, Stage::kFetch, Code::kCancelled,
               {Check::kCancelled, false, Value::Text("leave to go on"), Value::Text("stop")});
}

Status Retries::Wait(Status failure, std::optional<std::uint32_t> retry_after_seconds) {
  const std::uint64_t spent = system_->NowMs() - started_ms_;
  fresh_in_row_ = 0;
  ++failures_;
  std::uint64_t wait = NextWaitMs();
  if (retry_after_seconds) {
    const std::uint64_t asked = std::uint64_t{*retry_after_seconds} * 1000;
    if (asked > policy_.longest_wait_ms) return failure;
    wait = std::max(wait, asked);
  }
  const bool late = policy_.max_duration_ms > 0 && spent + wait >= policy_.max_duration_ms;
  const bool costly = policy_.max_received > 0 && received_ >= policy_.max_received;
  if (failures_ >= policy_.max_attempts || late || costly) return failure;
  Retry retry{failure, failures_, policy_.max_attempts, 0, true};
  for (std::uint64_t left = wait;;) {
    retry.wait_ms = static_cast<std::uint32_t>(left);
    UPDRAFT_TRY(Tell(retry));
    retry.begins = false;
    if (left == 0) return kOk;
    const auto slice = static_cast<std::uint32_t>(std::min<std::uint64_t>(left, kSliceMs));
    system_->SleepMs(slice);
    left -= slice;
  }
}

}  // namespace updraft
