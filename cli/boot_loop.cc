// SPDX-License-Identifier: Apache-2.0
#include "cli/boot_loop.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "updraft/boot.h"
#include "updraft/flight_recorder.h"
#include "updraft/slot_prover.h"
#include "updraft/slots.h"

#include "cli/device_folder.h"
#include "cli/sentence.h"
#include "cli/text.h"

namespace updraft {
namespace {

constexpr int kMaxResetsInARow = 3;

// Keeps the facts of the image that was found bootable last.
class KeepingJudge final : public SlotJudge {
 public:
  KeepingJudge(const Device& device, MutableBytes buffer, Observer& observer)
      : prover_(device, buffer, observer, AskedBy::kBootloader) {}

  bool IsBootable(const Partition& slot) override {
    const auto proven = prover_.Prove(slot);
    if (proven) facts = *proven;
    return proven.has_value();
  }
  Result<std::uint32_t> SecureVersion(const Partition& slot) override {
    return prover_.SecureVersion(slot);
  }

  ImageFacts facts;

 private:
  SlotProver prover_;
};

// One bootloader at a time on a device; the lock goes with the process.
class BootLock {
 public:
  explicit BootLock(const std::filesystem::path& folder)
      : descriptor_(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}
  BootLock(const BootLock&) = delete;
  BootLock& operator=(const BootLock&) = delete;
  ~BootLock() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  // True also where there is no folder: opening the device says so better.
  bool Take() { return descriptor_ < 0 || flock(descriptor_, LOCK_EX | LOCK_NB) == 0; }

 private:
  int descriptor_;
};

struct Chosen {
  std::string slot;
  std::string version;
  bool trial = false;
  std::uint16_t deadline_seconds = 0;  // of the trial; 0: none
  std::uint8_t attempts_left = 0;
  std::vector<std::uint8_t> executable;  // empty: none in the image
};

class BootLoop {
 public:
  explicit BootLoop(const BootLoopOptions& options) : options_(options), start_(Clock::now()) {}

  Outcome<BootLoopEnd> Run() {
    BootLock lock(options_.folder);
    if (!lock.Take()) return Busy();
    for (;;) {
      auto chosen = ChooseAndWrite();
      if (!chosen) return chosen.failure();
      if (chosen->executable.empty()) return NotRunnable(*chosen);
      // A trial ends by itself, when its attempts are used up.
      if (chosen->slot != end_.slot || chosen->trial) resets_ = 0;
      end_.slot = chosen->slot;
      ++end_.boots;
      const auto ended = Launch(*chosen);
      if (!ended) return ended.failure();
      if (const auto kind = EndOf(*ended)) return Ended(*kind);
      if (resets_ == kMaxResetsInARow) return GivenUp();
      if (options_.max_boots && end_.boots >= *options_.max_boots) {
        return Ended(BootLoopEnd::Kind::kMaxBoots);
      }
    }
  }

 private:
  using Clock = std::chrono::steady_clock;

  void Log(const std::string& line) const {
    if (options_.log) options_.log(line);
  }

  Outcome<Chosen> ChooseAndWrite() {
    auto opened = OpenForWriting();
    if (!opened) return opened.failure();
    Device& device = (*opened)->device();
    FindingCollector findings;
    const auto view = ViewForBoot(device, findings);
    if (!view) return FailureOf(view.error(), findings);
    std::vector<std::uint8_t> buffer(kProofBuffer);
    FindingCollector proof_findings;
    KeepingJudge judge(device, buffer, proof_findings);
    const BootDecision decision = Choose(*view, judge);
    if (const Status applied = Apply(device, *view, decision); !applied.ok()) {
      return FailureOf(applied);
    }
    LogChanges(*view, decision);
    // A device without a recorder boots all the same.
    static_cast<void>(RecordRollbacks(device, WhyItWasReset(), crash_));
    if (!decision.boots) return NothingBoots(decision, proof_findings);
    return Read(**opened, *view->SlotAt(*decision.boots), judge.facts, decision);
  }

  // For the flight recorder; the bootloader of a chip knows as much.
  std::string_view WhyItWasReset() const {
    switch (reason_) {
      case ResetReason::kPanic: return "crashed";
      case ResetReason::kWatchdog: return "watchdog";
      case ResetReason::kSoftware:
      case ResetReason::kDeepSleep: return "restarted_unconfirmed";
      default: return "not_confirmed";
    }
  }

  // A firmware that was just killed may hold its lock a moment longer; another writer
  // is waited for, which is told, and no longer than the whole may take.
  Outcome<std::unique_ptr<HostDevice>> OpenForWriting() {
    constexpr std::chrono::milliseconds kMoment{500};
    Outcome<std::unique_ptr<HostDevice>> opened = OpenWithin(kMoment);
    if (opened || opened.failure().reason != CheckReason(Check::kDeviceLock)) return opened;
    Log("another process writes the device; waiting until it has ended");
    return OpenWithin(options_.timeout_ms ? std::chrono::milliseconds(Remaining())
                                          : FileFlash::kForever);
  }

  Outcome<std::unique_ptr<HostDevice>> OpenWithin(std::chrono::milliseconds longest_wait) const {
    FindingCollector findings;
    auto device = HostDevice::Open(
        options_.folder,
        {.mode = FileFlash::Mode::kReadWrite, .wait = true, .longest_wait = longest_wait},
        findings);
    if (!device) return FailureOf(device.error(), findings);
    return std::move(*device);
  }

  void LogChanges(const BootView& view, const BootDecision& decision) const {
    for (std::size_t i = 0; i < decision.records.size(); ++i) {
      if (!decision.record_changed[i] || view.slots == 0) continue;
      const OtadataRecord& record = decision.records[i];
      Log(fmt::format("ota_{} is now {}", record.SlotIndex(view.slots),
                      SlotStateName(record.state)));
    }
  }

  static Failure NothingBoots(const BootDecision& decision, const FindingCollector& findings) {
    if (findings.failed()) {
      const Failure last = FailureOf({Code::kBadFormat, Stage::kBoot}, findings);
      return {
          std::string(CheckReason(Check::kBootable)),
          fmt::format("nothing on the device can be started ({} slots tried); the first one: {}",
                      decision.tries, last.message)};
    }
    return {std::string(CheckReason(Check::kBootable)),
            "expected a slot with a valid image, found none; install one with 'updraft device "
            "install'."};
  }

  Outcome<Chosen> Read(HostDevice& device, const Partition& slot, const ImageFacts& facts,
                       const BootDecision& decision) {
    if (const Status recorded = device.RecordRunning(slot); !recorded.ok()) {
      return FailureOf(recorded);
    }
    Chosen chosen{.slot = std::string(slot.label()),
                  .version = {},
                  .trial = decision.trial,
                  .deadline_seconds = decision.deadline_seconds,
                  .attempts_left = decision.attempts_left,
                  .executable = {}};
    if (facts.description) chosen.version = facts.description->version();
    for (std::size_t i = 0; i < facts.segment_count; ++i) {
      const Segment& segment = facts.segments[i];
      if (segment.header.load_address != kExecutableLoadAddress) continue;
      chosen.executable.resize(segment.header.length);
      const Status read =
          device.device().flash->Read(slot.offset + segment.data_offset, chosen.executable);
      if (!read.ok()) return FailureOf(read);
    }
    Log(fmt::format("Loaded app from partition at offset {:#x} ({}, version {}{})", slot.offset,
                    PrintableText(chosen.slot), PrintableText(chosen.version), TrialWords(chosen)));
    return chosen;
  }

  static std::string TrialWords(const Chosen& chosen) {
    if (!chosen.trial) return {};
    std::string words = ", on trial";
    if (chosen.attempts_left > 0) words += fmt::format(", {} more starts", chosen.attempts_left);
    if (chosen.deadline_seconds > 0) words += fmt::format(", {} s each", chosen.deadline_seconds);
    return words;
  }

  // What the watchdog asks at the deadline. A record that is being written at
  // this moment reads as none; then it is asked again.
  bool IsUnconfirmed(const std::string& label) const {
    for (int i = 0; i < 20; ++i) {
      const auto state = StateOf(label);
      if (state) return *state == SlotState::kPendingVerify;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return true;
  }

  Result<SlotState> StateOf(const std::string& label) const {
    UPDRAFT_TRY_ASSIGN(
        const auto device,
        HostDevice::Open(options_.folder, {.mode = FileFlash::Mode::kReadOnly}, NoObserver()));
    UPDRAFT_TRY_ASSIGN(const Slots slots, Slots::Open(device->device()));
    UPDRAFT_TRY_ASSIGN(const Partition slot, slots.table().FindLabel(label));
    return slots.State(slot);
  }

  Outcome<FirmwareEnd> Launch(const Chosen& chosen) {
    FirmwareLaunch launch;
    launch.executable = chosen.executable;
    launch.device_folder = options_.folder;
    launch.slot = chosen.slot;
    launch.reset_reason = reason_;
    launch.until = options_.until;
    if (options_.timeout_ms) launch.timeout_ms = Remaining();
    if (chosen.deadline_seconds > 0) {
      launch.watchdog_ms = std::uint64_t{chosen.deadline_seconds} * 1000;
      launch.must_reset = [this, &chosen] { return IsUnconfirmed(chosen.slot); };
    }
    FindingCollector findings;
    const auto end = RunFirmware(launch, findings);
    if (!end) return FailureOf(end.error(), findings);
    return *end;
  }

  std::uint64_t Remaining() const {
    const auto passed = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start_).count());
    return passed < *options_.timeout_ms ? *options_.timeout_ms - passed : 0;
  }

  // Nothing when the device boots again.
  std::optional<BootLoopEnd::Kind> EndOf(const FirmwareEnd& end) {
    crash_.clear();
    switch (end.kind) {
      case FirmwareEnd::Kind::kPowerOff: Log("powered off"); return BootLoopEnd::Kind::kPowerOff;
      case FirmwareEnd::Kind::kUntil: return BootLoopEnd::Kind::kUntil;
      case FirmwareEnd::Kind::kTimeout:
        Log("stopped at the time-out");
        return BootLoopEnd::Kind::kTimeout;
      case FirmwareEnd::Kind::kStopped:
        Log("stopped by a signal");
        return BootLoopEnd::Kind::kStopped;
      case FirmwareEnd::Kind::kWatchdog:
        Log("reset: the firmware did not confirm itself before its deadline");
        reason_ = ResetReason::kWatchdog;
        ++resets_;
        return std::nullopt;
      case FirmwareEnd::Kind::kRestart:
        Log("restart");
        reason_ = ResetReason::kSoftware;
        resets_ = 0;
        return std::nullopt;
      case FirmwareEnd::Kind::kDeepSleep:
        Log("woken from deep sleep");
        reason_ = ResetReason::kDeepSleep;
        resets_ = 0;
        return std::nullopt;
      case FirmwareEnd::Kind::kCrash:
        crash_ =
            end.signal != 0 ? strsignal(end.signal) : fmt::format("exit code {}", end.exit_code);
        Log(end.signal != 0 ? fmt::format("reset: the firmware crashed ({})", crash_)
                            : fmt::format("reset: the firmware ended with code {}", end.exit_code));
        reason_ = ResetReason::kPanic;
        ++resets_;
        return std::nullopt;
    }
    return std::nullopt;
  }

  Outcome<BootLoopEnd> Ended(BootLoopEnd::Kind kind) {
    end_.kind = kind;
    return end_;
  }

  Outcome<BootLoopEnd> NotRunnable(const Chosen& chosen) {
    Log(fmt::format("{} would start on the chip; it holds no Linux executable, so it is not run",
                    PrintableText(chosen.slot)));
    end_.slot = chosen.slot;
    return Ended(BootLoopEnd::Kind::kNotRunnable);
  }

  Failure GivenUp() const {
    return {
        std::string(CheckReason(Check::kBootable)),
        fmt::format("expected a firmware that runs, found {} resets in a row of {}, and no other "
                    "choice; install another image, or make the device with --rollback.",
                    kMaxResetsInARow, PrintableText(end_.slot))};
  }

  Failure Busy() const {
    return {std::string(CheckReason(Check::kDeviceLock)),
            fmt::format("{}: expected a device that is off, found another bootloader running it; "
                        "stop that one first.",
                        PrintableText(options_.folder.string()))};
  }

  const BootLoopOptions& options_;
  Clock::time_point start_;
  ResetReason reason_ = ResetReason::kPowerOn;
  std::string crash_;  // how the firmware ended, when it crashed
  int resets_ = 0;
  BootLoopEnd end_;
};

}  // namespace

Outcome<BootLoopEnd> RunBootLoop(const BootLoopOptions& options) { return BootLoop(options).Run(); }

}  // namespace updraft
