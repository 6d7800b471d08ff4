// SPDX-License-Identifier: Apache-2.0
#include "cli/sentence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace updraft {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

std::vector<Check> AllChecks() {
  std::vector<Check> checks;
  for (std::size_t i = 0; i < static_cast<std::size_t>(Check::kCount); ++i) {
    checks.push_back(static_cast<Check>(i));
  }
  return checks;
}

// One sentence, with its three parts and nothing left to fill in.
const auto kIsSentence = AllOf(HasSubstr(": expected "), HasSubstr(", found "), HasSubstr("; "),
                               EndsWith("."), Not(HasSubstr("{}")), Not(HasSubstr("expected ,")),
                               Not(HasSubstr("found ;")), Not(HasSubstr(". ")));

TEST(Sentence, SaysExpectedFoundAndWhatToDoForEveryCheck) {
  for (const Check check : AllChecks()) {
    EXPECT_THAT(SentenceOf({check, false, {}, {}}), kIsSentence) << CheckReason(check);
    const Finding finding{check, false, Value::Text("EXPECTED"), Value::Text("FOUND")};
    EXPECT_THAT(SentenceOf(finding), AllOf(kIsSentence, HasSubstr("EXPECTED"), HasSubstr("FOUND")))
        << CheckReason(check);
  }
}

TEST(Sentence, PrintsEachKindOfValue) {
  EXPECT_EQ(ValueText(Value::Number(17)), "17");
  EXPECT_EQ(ValueText(Value::Hex(0xE9)), "0xe9");
  EXPECT_EQ(ValueText(Value::Size(4096)), "4096 bytes (4 KiB)");
  EXPECT_EQ(ValueText(Value::Revision(399)), "v3.99");
  EXPECT_EQ(ValueText(Value::Text("a\x1b[0m")), "a\xEF\xBF\xBD[0m");
  EXPECT_EQ(ValueText({}), "");
}

TEST(Sentence, ReadsWellForAMissingMagic) {
  EXPECT_EQ(SentenceOf({Check::kImageMagic, false, Value::Hex(0xE9), Value::Hex(0x7F)}),
            "the data does not begin like an ESP image: expected the byte 0xe9, found 0x7f; check "
            "that it is an application or bootloader image and not, for example, a web page or an "
            "ELF file, of which 'updraft image make --elf' makes one.");
}

TEST(Sentence, KeepsTheFirstFailedFindingWithItsTexts) {
  FindingCollector findings;
  auto text = std::make_unique<std::string>("esp32c3, which is long enough to be on the heap");
  findings.OnFinding({Check::kImageMagic, true, Value::Hex(0xE9), Value::Hex(0xE9)});
  EXPECT_FALSE(findings.failed().has_value());
  findings.OnFinding({Check::kChipId, false, Value::Text(*text), Value::Text("esp32")});
  text->assign(text->size(), '#');
  text.reset();
  findings.OnFinding({Check::kImageHash, false, {}, {}});
  const Failure failure = FailureOf({Code::kIncompatible, Stage::kImage}, findings);
  EXPECT_EQ(failure.reason, "bad_chip_id");
  EXPECT_THAT(failure.message, HasSubstr("expected esp32c3, which is long enough to be on the heap"
                                         ", found esp32;"));
  findings.Forget();
  EXPECT_FALSE(findings.failed().has_value());
}

TEST(Sentence, FallsBackToTheCodeWhereNothingWasFound) {
  for (int code = 1; code <= static_cast<int>(Code::kCancelled); ++code) {
    const Status status(static_cast<Code>(code), Stage::kFlash);
    const Failure failure = FailureOf(status, FindingCollector());
    EXPECT_EQ(failure.reason, CodeName(status.code()));
    EXPECT_THAT(failure.message, AllOf(HasSubstr("flash: expected "), HasSubstr(", found "),
                                       HasSubstr("; "), EndsWith("."), Not(HasSubstr(". "))));
  }
}

TEST(Sentence, NamesTheErrnoOrHttpStatusInTheDetail) {
  EXPECT_THAT(FailureOf({Code::kFlash, Stage::kFlash, 30}).message,
              HasSubstr("Read-only file system"));
  EXPECT_THAT(FailureOf({Code::kHttpStatus, Stage::kFetch, 404}).message,
              HasSubstr("HTTP status 404"));
}

TEST(Sentence, SaysWhatFailedInTheNetwork) {
  for (int failure = 1; failure <= static_cast<int>(NetworkFailure::kRedirect); ++failure) {
    EXPECT_THAT(FailureOf(Status(static_cast<NetworkFailure>(failure))).message,
                AllOf(HasSubstr("fetch: expected "), HasSubstr(", found "), EndsWith(".")));
  }
}

TEST(Sentence, ListsEveryReasonOnce) {
  const std::string reasons = " " + AllReasons() + " ";
  for (const Check check : AllChecks()) {
    const std::string word = " " + std::string(CheckReason(check)) + " ";
    const std::size_t at = reasons.find(word);
    EXPECT_NE(at, std::string::npos) << word;
    EXPECT_EQ(reasons.find(word, at + 1), std::string::npos) << word;
  }
  EXPECT_THAT(reasons, AllOf(HasSubstr(" not_found "), Not(HasSubstr(" ok "))));
}

}  // namespace
}  // namespace updraft
