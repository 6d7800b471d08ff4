// SPDX-License-Identifier: Apache-2.0
// An observer that keeps what it was told, texts copied, for tests to look at;
// and that can ask for the work to stop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "updraft/observer.h"

namespace updraft {

class RecordingObserver final : public Observer {
 public:
  // One side of a finding, with a text of its own.
  struct Side {
    Value::Kind kind = Value::Kind::kNone;
    std::uint64_t number = 0;
    std::string text;
    bool operator==(const Side&) const = default;
  };
  struct Record {
    Check check{};
    bool passed = true;
    Side expected;
    Side found;
  };

  void OnFinding(const Finding& finding) override;
  bool OnProgress(const Progress& progress) override;

  const std::vector<Record>& findings() const { return findings_; }
  const std::vector<Progress>& progress() const { return progress_; }
  // The failed ones, in order: the whole story of a refusal.
  std::vector<Check> failed() const;
  // Their reasons, joined by spaces, as one word to compare: "bad_chip_id".
  std::string failed_reasons() const;
  // The last finding of this check.
  std::optional<Record> Find(Check check) const;
  // The n-th call of OnProgress from now on (from 1), and each after it, says stop.
  void StopAtProgress(std::size_t call);
  void Clear();

 private:
  std::vector<Record> findings_;
  std::vector<Progress> progress_;
  std::optional<std::size_t> stop_at_;
};

}  // namespace updraft
