// SPDX-License-Identifier: Apache-2.0
// The words that stand for enumerators in logs, JSON and sentences: each has one of
// its own, and one that is no enumerator has a word too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "updraft/flight_recorder.h"
#include "updraft/http_response.h"
#include "updraft/signature.h"
#include "updraft/slots.h"
#include "updraft/status.h"

namespace updraft {
namespace {

// The names of the enumerators from the first to the last.
template <typename Enum, typename Name>
std::set<std::string> NamesOf(Enum first, Enum last, Name name) {
  std::set<std::string> names;
  for (int i = static_cast<int>(first); i <= static_cast<int>(last); ++i) {
    const std::string word(name(static_cast<Enum>(i)));
    EXPECT_THAT(word, testing::MatchesRegex("[a-z0-9_-]+"));
    EXPECT_TRUE(names.insert(word).second) << "twice: " << word;
  }
  return names;
}

TEST(Names, EachCodeAndStageHasOneOfItsOwn) {
  EXPECT_THAT(NamesOf(Code::kOk, Code::kCancelled, CodeName),
              testing::Not(testing::Contains("unknown")));
  EXPECT_THAT(NamesOf(Stage::kNone, Stage::kDevice, StageName),
              testing::Not(testing::Contains("unknown")));
  EXPECT_EQ(CodeName(static_cast<Code>(200)), "unknown");
  EXPECT_EQ(StageName(static_cast<Stage>(200)), "unknown");
}

TEST(Names, EachStateOfASlotHasOneOfItsOwn) {
  EXPECT_EQ(NamesOf(SlotState::kNew, SlotState::kAborted, SlotStateName),
            (std::set<std::string>{"new", "pending_verify", "valid", "invalid", "aborted"}));
  EXPECT_EQ(SlotStateName(SlotState::kUndefined), "undefined");
  EXPECT_EQ(SlotStateName(static_cast<SlotState>(7)), "unknown");
}

TEST(Names, EachOutcomeOfAFlightHasOneOfItsOwn) {
  EXPECT_EQ(NamesOf(FlightOutcome::kUpdated, FlightOutcome::kRolledBack, FlightOutcomeName),
            (std::set<std::string>{"updated", "refused", "failed", "rolled_back"}));
  EXPECT_EQ(FlightOutcomeName(static_cast<FlightOutcome>(0)), "failed");
}

TEST(Names, EachFaultOfAResponseHasWordsOfItsOwn) {
  std::set<std::string_view> words;
  for (int i = 0; i <= static_cast<int>(ResponseFault::kTrailer); ++i) {
    const std::string_view text = FaultText(static_cast<ResponseFault>(i));
    EXPECT_TRUE(words.insert(text).second) << "twice: " << text;
  }
  EXPECT_FALSE(words.contains("unknown fault"));
  EXPECT_EQ(FaultText(static_cast<ResponseFault>(200)), "unknown fault");
}

TEST(Names, EachSignatureSchemeIsFoundByItsOwn) {
  for (const auto scheme : {SignatureScheme::kRsa3072, SignatureScheme::kEcdsaP192,
                            SignatureScheme::kEcdsaP256, SignatureScheme::kEcdsaP384}) {
    EXPECT_EQ(FindSignatureScheme(SignatureSchemeName(scheme)), scheme);
  }
  EXPECT_EQ(FindSignatureScheme("rsa2048-pss-sha256"), std::nullopt);
  EXPECT_EQ(FindSignatureScheme(""), std::nullopt);
}

}  // namespace
}  // namespace updraft
