// SPDX-License-Identifier: Apache-2.0
#include "testing/recording_observer.h"

namespace updraft {
namespace {

RecordingObserver::Side Copy(const Value& value) {
  return {value.kind, value.number, std::string(value.text)};
}

}  // namespace

void RecordingObserver::OnFinding(const Finding& finding) {
  findings_.push_back({finding.check, finding.passed, Copy(finding.expected), Copy(finding.found)});
}

bool RecordingObserver::OnProgress(const Progress& progress) {
  progress_.push_back(progress);
  return !stop_at_.has_value() || progress_.size() < *stop_at_;
}

std::vector<Check> RecordingObserver::failed() const {
  std::vector<Check> checks;
  for (const Record& record : findings_) {
    if (!record.passed) checks.push_back(record.check);
  }
  return checks;
}

std::string RecordingObserver::failed_reasons() const {
  std::string reasons;
  for (const Check check : failed()) {
    if (!reasons.empty()) reasons += ' ';
    reasons += CheckReason(check);
  }
  return reasons;
}

std::optional<RecordingObserver::Record> RecordingObserver::Find(Check check) const {
  for (auto record = findings_.rbegin(); record != findings_.rend(); ++record) {
    if (record->check == check) return *record;
  }
  return std::nullopt;
}

void RecordingObserver::StopAtProgress(std::size_t call) { stop_at_ = progress_.size() + call; }

void RecordingObserver::Clear() { *this = RecordingObserver(); }

}  // namespace updraft
