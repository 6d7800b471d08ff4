// SPDX-License-Identifier: Apache-2.0
#include "server/preconditions.h"

#include <gtest/gtest.h>

namespace updraft {
namespace {

constexpr const char* kBefore = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr const char* kSame = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr const char* kAfter = "Sun, 06 Nov 1994 08:49:38 GMT";

const Validators kFile{.etag = "\"a,b\"", .modified = 784111777, .now = 1790000000};

ConditionVerdict JudgeNoneMatch(const char* value) {
  Conditions conditions;
  conditions.if_none_match = value;
  return JudgeConditions(conditions, kFile);
}

ConditionVerdict JudgeMatch(const char* value) {
  Conditions conditions;
  conditions.if_match = value;
  return JudgeConditions(conditions, kFile);
}

ConditionVerdict JudgeModifiedSince(const char* value) {
  Conditions conditions;
  conditions.if_modified_since = value;
  return JudgeConditions(conditions, kFile);
}

ConditionVerdict JudgeUnmodifiedSince(const char* value) {
  Conditions conditions;
  conditions.if_unmodified_since = value;
  return JudgeConditions(conditions, kFile);
}

bool RangeApplies(const char* value) {
  Conditions conditions;
  conditions.if_range = value;
  return RangeStillApplies(conditions, kFile);
}

TEST(Preconditions, ProceedWithoutConditions) {
  EXPECT_EQ(JudgeConditions({}, kFile), ConditionVerdict::kProceed);
  EXPECT_TRUE(RangeStillApplies({}, kFile));
}

TEST(Preconditions, IfNoneMatchFindsTheTagInItsList) {
  for (const char* value :
       {"\"a,b\"", "*", " * ", "\"x\", \"a,b\"", "\"x\",W/\"a,b\"", ",, \"a,b\" ,"})
    EXPECT_EQ(JudgeNoneMatch(value), ConditionVerdict::kNotModified) << value;
  for (const char* value : {"\"x\"", "", "a,b", "\"a,b", "\"a\", \"b\"", "W/", "**"})
    EXPECT_EQ(JudgeNoneMatch(value), ConditionVerdict::kProceed) << value;
}

TEST(Preconditions, IfMatchComparesStrongly) {
  EXPECT_EQ(JudgeMatch("\"x\", \"a,b\""), ConditionVerdict::kProceed);
  EXPECT_EQ(JudgeMatch("*"), ConditionVerdict::kProceed);
  EXPECT_EQ(JudgeMatch("W/\"a,b\""), ConditionVerdict::kFailed);
  EXPECT_EQ(JudgeMatch("\"x\""), ConditionVerdict::kFailed);
}

TEST(Preconditions, IfModifiedSinceComparesDates) {
  EXPECT_EQ(JudgeModifiedSince(kBefore), ConditionVerdict::kProceed);
  EXPECT_EQ(JudgeModifiedSince(kSame), ConditionVerdict::kNotModified);
  EXPECT_EQ(JudgeModifiedSince(kAfter), ConditionVerdict::kNotModified);
  EXPECT_EQ(JudgeModifiedSince("soon"), ConditionVerdict::kProceed);
}

TEST(Preconditions, IfUnmodifiedSinceComparesDates) {
  EXPECT_EQ(JudgeUnmodifiedSince(kBefore), ConditionVerdict::kFailed);
  EXPECT_EQ(JudgeUnmodifiedSince(kSame), ConditionVerdict::kProceed);
  EXPECT_EQ(JudgeUnmodifiedSince("soon"), ConditionVerdict::kProceed);
}

TEST(Preconditions, TheTagOutranksTheDate) {
  Conditions conditions;
  conditions.if_none_match = "\"x\"";
  conditions.if_modified_since = kAfter;
  EXPECT_EQ(JudgeConditions(conditions, kFile), ConditionVerdict::kProceed);
  conditions.if_none_match = "\"a,b\"";
  conditions.if_modified_since = kBefore;
  EXPECT_EQ(JudgeConditions(conditions, kFile), ConditionVerdict::kNotModified);
  conditions = {};
  conditions.if_match = "\"a,b\"";
  conditions.if_unmodified_since = kBefore;
  EXPECT_EQ(JudgeConditions(conditions, kFile), ConditionVerdict::kProceed);
}

TEST(Preconditions, IfRangeTakesOnlyTheSameFile) {
  EXPECT_TRUE(RangeApplies("\"a,b\""));
  EXPECT_TRUE(RangeApplies(kSame));
  for (const char* value : {"\"x\"", "W/\"a,b\"", "*", "", kBefore, kAfter, "\"a,b\", \"x\""})
    EXPECT_FALSE(RangeApplies(value)) << value;
}

TEST(Preconditions, WithoutADateNoDateMatches) {
  const Validators undated{.etag = "\"a\"", .modified = {}, .now = 1790000000};
  Conditions conditions;
  conditions.if_range = kSame;
  EXPECT_FALSE(RangeStillApplies(conditions, undated));
  conditions = {};
  conditions.if_modified_since = kAfter;
  EXPECT_EQ(JudgeConditions(conditions, undated), ConditionVerdict::kProceed);
}

}  // namespace
}  // namespace updraft
