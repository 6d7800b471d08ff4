// SPDX-License-Identifier: Apache-2.0
// From what the core tells to what people and scripts read: a failed Finding
// becomes one sentence that says what was expected, what was found and what to
// do. Every command that calls the core goes through here.
#pragma once

#include <optional>
#include <string>

#include "updraft/observer.h"
#include "updraft/status.h"

#include "cli/failure.h"

namespace updraft {

class ProgressMeter;

// A Finding that owns its texts, to be kept beyond the call.
struct KeptFinding {
  Check check{};
  Value expected{};
  Value found{};
  std::string expected_text;
  std::string found_text;
};

// Keeps the first failed finding and shows the progress, where there is a meter.
class FindingCollector final : public Observer {
 public:
  // The meter, if any, outlives the collector.
  explicit FindingCollector(ProgressMeter* meter = nullptr) : meter_(meter) {}

  void OnFinding(const Finding& finding) override;
  bool OnProgress(const Progress& progress) override;
  // Says why there is another attempt, and forgets what failed before it.
  bool OnRetry(const Retry& retry) override;

  const std::optional<KeptFinding>& failed() const { return failed_; }
  // For another attempt, whose failure will be the one that counts.
  void Forget() { failed_.reset(); }

 private:
  ProgressMeter* meter_;
  std::optional<KeptFinding> failed_;
};

// A value as a sentence names it: "0xe9", "v1.2", "4096 bytes (4 KiB)".
std::string ValueText(const Value& value);

// What a check expects, in words: "at most 16". What it found, when it found
// something to name; else empty.
std::string ExpectedText(const Finding& finding);
std::string FoundText(const Finding& finding);

// The sentence of a finding that failed. Texts in it are made printable.
std::string SentenceOf(const Finding& finding);

// What to say of a status that is not ok: the finding's sentence, or one made
// of the status alone where nothing was found.
Failure FailureOf(Status status, const FindingCollector& findings);
Failure FailureOf(Status status);

// Every word that may stand as a reason, in the order of Check, then of Code.
std::string AllReasons();

}  // namespace updraft
