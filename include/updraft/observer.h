// SPDX-License-Identifier: Apache-2.0
// What the core tells while it works: one Finding for each check that it makes,
// and how far it is. The tool's sentence, the `reason` of --json and `explain`
// are all made from findings.
#pragma once

#include <cstdint>
#include <string_view>

#include "updraft/status.h"
#include "updraft/telling.h"

namespace updraft {

// Everything that is checked. CheckReason() gives the word that scripts see.
enum class Check : std::uint8_t {
  kImageMagic,
  kImageComplete,
  kImageChecksum,
  kImageHash,
  kSegmentLength,
  kSegmentCount,
  kSegmentPresent,
  kFirstSegmentLength,
  kSegmentAlignment,
  kChipId,
  kChipRevisionMinimum,
  kChipRevisionMaximum,
  kEfuseBlockRevisionMinimum,
  kEfuseBlockRevisionMaximum,
  kDescriptionMagic,
  kImageFitsSlot,
  kSignaturePresent,
  kSignatureTrusted,
  kSecureVersion,
  kEncryptedMagic,
  kKeyPresent,
  kKeyMatches,
  kAuthenticationTag,
  kHeaderSignature,
  kVersionPolicy,
  kHttpStatus,
  kAuthentication,
  kHttpResponse,
  kContentEncoding,
  kRedirect,
  kPlainHttp,
  kResolve,
  kTls,
  kConnect,
  kConnectionKept,
  kStall,
  kLowSpeed,
  kByteLimit,
  kDeadline,
  kLength,
  kRange,
  kFileUnchanged,
  kSpace,
  kPartitionTable,
  kUpdateSlot,
  kOtadata,
  kRunningConfirmed,
  kBootable,
  kFlash,
  kEfuse,
  kDevice,
  kDeviceLock,
  kCancelled,
  kCount
};

// The closed list of cli.md: "bad_magic", "truncated", ...
std::string_view CheckReason(Check check);
// What was checked, in words: "image magic".
std::string_view CheckTitle(Check check);

// One side of a finding. A text is valid during the call only.
struct Value {
  enum class Kind : std::uint8_t {  // How it is printed.
    kNone,
    kNumber,    // decimal
    kHex,       // 0x...
    kBytes,     // a number of bytes
    kRevision,  // major * 100 + minor, printed as v1.2
    kText,
  };
  Kind kind = Kind::kNone;   // says which of the two counts
  std::uint64_t number = 0;  // where it is one
  std::string_view text{};   // where it is one

  static constexpr Value Number(std::uint64_t n) { return {Kind::kNumber, n, {}}; }  // decimal
  static constexpr Value Hex(std::uint64_t n) { return {Kind::kHex, n, {}}; }  // printed as 0x...
  static constexpr Value Size(std::uint64_t n) { return {Kind::kBytes, n, {}}; }         // of bytes
  static constexpr Value Revision(std::uint64_t n) { return {Kind::kRevision, n, {}}; }  // as v1.2
  static constexpr Value Text(std::string_view t) { return {Kind::kText, 0, t}; }        // a view
};

struct Finding {       // One check that was made, passed or not.
  Check check{};       // which one
  bool passed = true;  // what came of it
  Value expected{};    // by the rule
  Value found{};       // in what was judged
};

// How far an update is, in bytes of the download.
struct Progress {
  std::uint64_t received = 0;  // off the source so far
  std::uint64_t total = 0;     // 0 when the source does not know
  std::uint64_t written = 0;   // image bytes in the slot so far
};

// A download is to be taken up again after a failure.
struct Retry {
  Status failure{};            // why
  std::uint32_t failures = 0;  // in a row, without progress between
  std::uint32_t allowed = 0;   // how many of them end it
  std::uint32_t wait_ms = 0;   // left until the next attempt
  bool begins = false;         // the first call of this wait
};

// Called on the thread that called into the core; must not call back into it.
class Observer {
 public:
  virtual void OnFinding(const Finding& finding) { static_cast<void>(finding); }  // once a check
  // After every step. Returning false stops the update (Code::kCancelled).
  virtual bool OnProgress(const Progress& progress) {
    static_cast<void>(progress);
    return true;
  }
  // When a wait before another attempt begins, and about ten times a second
  // while it lasts. Returning false stops the update (Code::kCancelled).
  virtual bool OnRetry(const Retry& retry) {
    static_cast<void>(retry);
    return true;
  }

 protected:
  ~Observer() = default;
};

// An observer that looks away.
Observer& NoObserver();

// Tells all of `finding`.
void ReportFinding(Observer& observer, const Finding& finding);
// Tells which check it was and whether it passed.
void ReportCheck(Observer& observer, Check check, bool passed);
// One of the two: as the core is built (telling.h).
[[gnu::always_inline]] inline void Report(Observer& observer, const Finding& finding) {
  if constexpr (kTellsValues) {
    ReportFinding(observer, finding);
  } else {
    ReportCheck(observer, finding.check, finding.passed);
  }
}

// As ReportFinding; returns kOk or, where the check did not pass, `failure`.
Status JudgeFinding(Observer& observer, Status failure, const Finding& finding);
// As ReportCheck; returns kOk or, where the check did not pass, `failure`.
Status JudgeCheck(Observer& observer, Status failure, Check check, bool passed);
// One of the two: as the core is built.
[[gnu::always_inline]] inline Status Judge(Observer& observer, Status failure,
                                           const Finding& finding) {
  if constexpr (kTellsValues) {
    return JudgeFinding(observer, failure, finding);
  } else {
    return JudgeCheck(observer, failure, finding.check, finding.passed);
  }
}
// Tells the observer, and returns kOk or a Status of the given code and stage.
[[gnu::always_inline]] inline Status Judge(Observer& observer, Stage stage, Code code,
                                           const Finding& finding) {
  return Judge(observer, Status(code, stage), finding);
}

}  // namespace updraft
