// SPDX-License-Identifier: Apache-2.0
// The flight recorder: how the last updates of a device went, in its flash, so that
// somebody can ask later. Lies in the partition `updraft` beside the journal, survives
// power cuts and rollbacks. Format: docs/formats.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "updraft/bytes.h"
#include "updraft/device.h"
#include "updraft/image.h"
#include "updraft/observer.h"
#include "updraft/status.h"

namespace updraft {

// How it ended. A byte of flash each.
enum class FlightOutcome : std::uint8_t {
  kUpdated = 1,
  kRefused = 2,     // the image, or the device's state
  kFailed = 3,      // network, server, flash; or it was stopped
  kRolledBack = 4,  // an image that had been taken was given up
};
// "updated", "refused", "failed", "rolled_back".
std::string_view FlightOutcomeName(FlightOutcome outcome);
// Whose fault it was: an image that the device does not want is refused, what did
// not get through has failed.
FlightOutcome FlightOutcomeOf(Status status);

struct FlightEntry {                               // One update, or one image that was given up.
  FlightOutcome outcome = FlightOutcome::kFailed;  // what became of it
  // The detail is the HTTP status, errno or NetworkFailure.
  Status status{};
  std::uint16_t attempts = 1;  // connections that were tried
  std::uint64_t offset = 0;    // of the download, where it ended
  std::uint64_t received = 0;  // bytes over the network, all attempts
  std::uint32_t seconds = 0;   // from begin to end
  // Of a rollback: the sequence of the otadata record that tells of it.
  std::uint32_t sequence = 0;
  // Zero-padded; cut where they are longer.
  std::array<char, 24> reason_field{};   // CheckReason() of what failed, or the cause
  std::array<char, 32> version_field{};  // of the image; may not be UTF-8
  std::array<char, 28> found_field{};    // what was found: "certificate has expired"

  std::string_view reason() const;         // as long as the entry
  std::string_view version() const;        // as long as the entry
  std::string_view found() const;          // as long as the entry
  void SetReason(std::string_view text);   // cuts what does not fit
  void SetVersion(std::string_view text);  // cuts what does not fit
  void SetFound(std::string_view text);    // cuts what does not fit
};

class FlightReader {  // Is told each entry by ReadFlights().
 public:
  // The serial grows with each entry; some are missing where others were written.
  virtual void OnEntry(std::uint32_t serial, const FlightEntry& entry) = 0;

 protected:
  ~FlightReader() = default;
};

// The oldest first; at least the last 16 that were written. kNotFound on a device
// without the partition, kNoSpace where it is too small, kFlash.
Status ReadFlights(const Device& device, FlightReader& reader);
// kNotFound, kNoSpace and kFlash as above; the entries before are safe in any case.
Status WriteFlight(const Device& device, const FlightEntry& entry);

// Writes an entry for each image that otadata tells was given up, and of which there
// is no entry yet: "not_confirmed" when it was reset before it confirmed itself,
// "given_up" when it rolled itself back. `cause` and `found`, where the caller knows
// more of the former (the virtual device's bootloader: "crashed", the signal). Called before an
// update, and at a start. The codes of Slots and of WriteFlight.
Status RecordRollbacks(const Device& device, std::string_view cause = {},
                       std::string_view found = {});

// What an update that is run as a whole tells of itself, and at its end. Apart from
// the FlightRecorder, so that a firmware without one does not link it.
class UpdateRecorder : public Observer, public DescriptionJudge {
 public:
  // How it ended. `received`: bytes over the network; `version`: of the image, valid during
  // the call; empty: that of the last offer, if there was any.
  virtual Status Record(Status ended, std::uint64_t received, std::string_view version) = 0;

 protected:
  ~UpdateRecorder() = default;
};

// Stands between an update with its download and the caller's observer, and writes
// one entry when it has ended. Device and observer outlive it.
class FlightRecorder final : public UpdateRecorder {
 public:
  FlightRecorder(const Device& device, Observer& next);  // both outlive it

  void OnFinding(const Finding& finding) override;  // keeps the first failure; passes on
  bool OnProgress(const Progress& progress) override;
  bool OnRetry(const Retry& retry) override;

  // Keeps the version; takes any.
  Status JudgeOffer(const AppDescription& offered, Observer& observer) override;
  // Nothing is written where nothing is new (304;
  // the version that runs already), so that a device that asks often does not wear
  // out its flash. The codes of WriteFlight.
  Status Record(Status ended, std::uint64_t received, std::string_view version) override;

 private:
  const Device* device_;
  Observer* next_;
  std::uint64_t started_ms_;
  FlightEntry entry_{};
  bool found_ = false;  // the entry has the last finding that failed in this attempt
  bool nothing_new_ = false;
};

}  // namespace updraft
