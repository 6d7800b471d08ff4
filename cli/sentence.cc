// SPDX-License-Identifier: Apache-2.0
#include "cli/sentence.h"

#include <fmt/format.h>

#include <cstring>
#include <set>

#include "cli/output.h"
#include "cli/progress.h"
#include "cli/sentence_words.h"
#include "cli/text.h"

namespace updraft {
namespace {

std::string Filled(std::string_view words, std::string_view plain, const Value& value) {
  const std::size_t hole = words.find("{}");
  if (value.kind == Value::Kind::kNone || hole == std::string_view::npos) return std::string(plain);
  std::string text(words.substr(0, hole));
  text += ValueText(value);
  text += words.substr(hole + 2);
  return text;
}

Value Kept(const Value& value, std::string& text) {
  text = value.text;
  return value;
}

Finding Shown(const KeptFinding& kept) {
  Finding finding{kept.check, false, kept.expected, kept.found};
  finding.expected.text = kept.expected_text;
  finding.found.text = kept.found_text;
  return finding;
}

// A detail that is an errno, in words.
std::string DetailText(Status status) {
  if (status.detail() <= 0) return {};
  if (status.code() == Code::kHttpStatus) return fmt::format(" (HTTP status {})", status.detail());
  if (status.code() == Code::kNetwork) return {};
  return fmt::format(" ({})", std::strerror(status.detail()));
}

}  // namespace

void FindingCollector::OnFinding(const Finding& finding) {
  if (finding.passed || failed_.has_value()) return;
  KeptFinding kept;
  kept.check = finding.check;
  kept.expected = Kept(finding.expected, kept.expected_text);
  kept.found = Kept(finding.found, kept.found_text);
  // The views would outlive what they look at.
  kept.expected.text = {};
  kept.found.text = {};
  failed_ = std::move(kept);
}

bool FindingCollector::OnProgress(const Progress& progress) {
  if (meter_ != nullptr) meter_->Update(progress.received, progress.total);
  return true;
}

bool FindingCollector::OnRetry(const Retry& retry) {
  if (!retry.begins) return true;
  if (meter_ != nullptr) meter_->Finish();
  PrintNote(fmt::format("{} (attempt {} of {} follows in {:.1f} s)",
                        FailureOf(retry.failure, *this).message, retry.failures + 1, retry.allowed,
                        retry.wait_ms / 1000.0));
  Forget();
  return true;
}

std::string ValueText(const Value& value) {
  switch (value.kind) {
    case Value::Kind::kNone: return {};
    case Value::Kind::kNumber: return fmt::format("{}", value.number);
    case Value::Kind::kHex: return fmt::format("{:#x}", value.number);
    case Value::Kind::kBytes: return ExactSizeText(value.number);
    case Value::Kind::kRevision: return RevisionText(value.number);
    case Value::Kind::kText: return PrintableText(value.text);
  }
  return {};
}

std::string ExpectedText(const Finding& finding) {
  const SentenceWords& words = WordsOf(finding);
  return Filled(words.expected, words.expected_plain, finding.expected);
}

std::string FoundText(const Finding& finding) {
  return Filled(WordsOf(finding).found, {}, finding.found);
}

std::string SentenceOf(const Finding& finding) {
  const SentenceWords& words = WordsOf(finding);
  return fmt::format("{}: expected {}, found {}; {}.", words.lead,
                     Filled(words.expected, words.expected_plain, finding.expected),
                     Filled(words.found, words.found_plain, finding.found), words.advice);
}

Failure FailureOf(Status status, const FindingCollector& findings) {
  if (!findings.failed().has_value()) return FailureOf(status);
  const Finding finding = Shown(*findings.failed());
  return {std::string(CheckReason(finding.check)), SentenceOf(finding)};
}

Failure FailureOf(Status status) {
  const bool network = status.code() == Code::kNetwork && status.detail() > 0;
  const std::string_view words = network
                                     ? NetworkSentence(static_cast<NetworkFailure>(status.detail()))
                                     : CodeSentence(status.code());
  const std::string where = status.stage() == Stage::kNone
                                ? std::string()
                                : fmt::format("{}: ", StageName(status.stage()));
  return {std::string(CodeName(status.code())),
          fmt::format("{}{}{}.", where, words, DetailText(status))};
}

std::string AllReasons() {
  std::string reasons;
  std::set<std::string_view> said;
  const auto add = [&](std::string_view reason) {
    if (!said.insert(reason).second) return;
    if (!reasons.empty()) reasons += ' ';
    reasons += reason;
  };
  for (std::size_t i = 0; i < static_cast<std::size_t>(Check::kCount); ++i) {
    add(CheckReason(static_cast<Check>(i)));
  }
  for (int code = 1; code <= static_cast<int>(Code::kCancelled); ++code) {
    add(CodeName(static_cast<Code>(code)));
  }
  return reasons;
}

}  // namespace updraft
