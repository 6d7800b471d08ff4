// SPDX-License-Identifier: Apache-2.0
#include "server/fault_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/test_client.h"

namespace updraft {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

FaultScript Parsed(std::string_view text) {
  FaultScript script;
  const ExplainedStatus status = ParseFaultScript(text, "f.json", script);
  EXPECT_TRUE(status.ok()) << status.message;
  return script;
}

std::string Refusal(std::string_view text) {
  FaultScript script;
  const ExplainedStatus status = ParseFaultScript(text, "f.json", script);
  EXPECT_EQ(status.status.code(), Code::kBadFormat) << text;
  EXPECT_TRUE(script.rules.empty()) << text;
  EXPECT_THAT(status.message, AllOf(StartsWith("f.json: "), HasSubstr(": expected "),
                                    HasSubstr(", found "), HasSubstr("; correct the script")));
  return status.message;
}

TEST(FaultScript, ReadsRulesWithTheirParameters) {
  const FaultScript script = Parsed(R"({"requests": [
    {"path": "/a.bin", "method": "GET", "ranged": true, "skip": 2, "times": 3,
     "fault": "reset", "at": 50000, "of": "answer"},
    {"fault": "status", "status": 503, "retry_after": 7},
    {"fault": "header", "name": "ETag", "value": null},
    {"fault": "content_length", "add": -5},
    {"fault": "swap", "file": "/b.bin", "etag": "same"}]})");
  ASSERT_EQ(script.rules.size(), 5U);
  const FaultRule& first = script.rules[0];
  EXPECT_EQ(first.path, "/a.bin");
  EXPECT_EQ(first.method, "GET");
  EXPECT_EQ(first.ranged, true);
  EXPECT_EQ(first.skip, 2U);
  EXPECT_EQ(first.times, 3U);
  EXPECT_EQ(first.fault, Fault::kReset);
  EXPECT_EQ(first.at, 50000U);
  EXPECT_TRUE(first.of_answer);
  EXPECT_EQ(script.rules[1].status, 503U);
  EXPECT_EQ(script.rules[1].retry_after, "7");
  EXPECT_EQ(script.rules[2].value, std::nullopt);
  EXPECT_EQ(script.rules[3].add, -5);
  EXPECT_EQ(script.rules[4].etag, FaultRule::Tag::kSame);
  EXPECT_TRUE(Parsed(R"({"requests": []})").rules.empty());
}

TEST(FaultScript, SaysAtWhichLineAndColumnItIsNoJson) {
  EXPECT_THAT(Refusal("{\"requests\": [\n  {\"fault\": x}]}"),
              AllOf(HasSubstr("line 2, column 13"), HasSubstr("\"x\"")));
  EXPECT_THAT(Refusal("{\"requests\": ["), HasSubstr("the end of the file"));
  EXPECT_THAT(Refusal(""), HasSubstr("line 1, column 1"));
  EXPECT_THAT(Refusal(std::string_view("\0", 1)), HasSubstr("line 1, column 1"));
  EXPECT_THAT(Refusal("{\"requests\": \"\xFF\"}"), HasSubstr("line 1, column"));
}

TEST(FaultScript, SaysWhichRuleAndKeyIsWrong) {
  const auto rules = [](const std::string& rule) {
    return Refusal(R"({"requests": [{"fault": "none"}, )" + rule + "]}");
  };
  EXPECT_THAT(rules("7"), HasSubstr("requests[1]: expected a rule"));
  EXPECT_THAT(rules("{}"), HasSubstr("requests[1]: expected the key \"fault\""));
  EXPECT_THAT(rules(R"({"fault": "rset"})"),
              AllOf(HasSubstr("requests[1].fault"), HasSubstr("reset"), HasSubstr("\"rset\"")));
  EXPECT_THAT(rules(R"({"fault": 1})"), HasSubstr("requests[1].fault"));
  EXPECT_THAT(
      rules(R"({"fault": "drip", "at": 1})"),
      AllOf(HasSubstr("keys of fault \"drip\""), HasSubstr("every_ms"), HasSubstr("\"at\"")));
  EXPECT_THAT(rules(R"({"fault": "reset", "att": 1})"), HasSubstr("\"att\""));
  EXPECT_THAT(rules(R"({"fault": "swap"})"), HasSubstr("the key \"file\" of fault \"swap\""));
  EXPECT_THAT(rules(R"({"fault": "none", "fault": "reset"})"), HasSubstr("\"fault\" twice"));
  for (const char* bad :
       {R"("at": -1)", R"("at": 1.5)", R"("at": "1")", R"("at": 99999999999999999999)",
        R"("at": 1099511627777)", R"("of": "head")", R"("path": "a")", R"("path": "/a?b")",
        R"("method": "get")", R"("ranged": 1)", R"("skip": -1)", R"("times": 0)"}) {
    const std::string key = std::string(bad).substr(1, std::string(bad).find(':') - 2);
    EXPECT_THAT(rules(R"({"fault": "reset", )" + std::string(bad) + "}"),
                HasSubstr("requests[1]." + key))
        << bad;
  }
  for (const char* bad :
       {R"({"fault": "content_length", "add": 0})", R"({"fault": "content_length", "add": "5"})",
        R"({"fault": "content_range", "shift": -9223372036854775808})",
        R"({"fault": "content_range", "shift": 18446744073709551615})",
        R"({"fault": "status", "status": 99})", R"({"fault": "status", "status": 1000})",
        R"({"fault": "status", "status": 503, "retry_after": -1})",
        R"({"fault": "drip", "bytes": 0})", R"({"fault": "drip", "every_ms": 0})",
        R"({"fault": "swap", "file": "b"})", R"({"fault": "swap", "file": "/b", "etag": "old"})",
        R"({"fault": "redirect", "to": ""})", R"({"fault": "header", "name": ""})",
        R"({"fault": "header", "name": "a", "value": 1})",
        R"({"fault": "status_line", "value": null})", R"({"fault": "bad_chunk", "size": 1})",
        R"({"fault": "endless_body", "chunked": 1})", R"({"fault": "many_headers", "count": 0})",
        R"({"fault": "huge_header", "bytes": 67108865})"}) {
    EXPECT_THAT(rules(bad), HasSubstr("requests[1].")) << bad;
  }
}

TEST(FaultScript, RefusesAnythingAroundTheRules) {
  EXPECT_THAT(Refusal("[]"), HasSubstr("\"requests\""));
  EXPECT_THAT(Refusal("{}"), HasSubstr("\"requests\""));
  EXPECT_THAT(Refusal(R"({"requests": {}})"), HasSubstr("a list of rules"));
  EXPECT_THAT(Refusal(R"({"requests": [], "request": []})"), HasSubstr("the keys"));
  EXPECT_THAT(Refusal(R"({"tls": "late"})"), HasSubstr("tls: expected one of: expired "));
  EXPECT_THAT(Refusal(R"({"tls": "expired", "tls_skip": -1})"), HasSubstr("tls_skip: expected"));
  EXPECT_THAT(Refusal(R"({"tls_skip": 1, "requests": []})"), HasSubstr("beside \"tls_skip\""));
  EXPECT_THAT(Refusal(R"({"tls": "expired", "tls_times": 0})"), HasSubstr("tls_times: expected"));
  EXPECT_THAT(Refusal(R"({"tls_times": 1, "requests": []})"), HasSubstr("beside \"tls_times\""));
  EXPECT_THAT(Refusal(std::string(500'000, '[') + std::string(500'000, ']')), HasSubstr("nesting"));
  EXPECT_THAT(Refusal(std::string((1 << 20) + 1, ' ')), HasSubstr("at most 1 MiB"));
}

TEST(FaultScript, IsReadFromAFile) {
  const TestFolder folder;
  folder.Write("s.json", R"({"requests": [{"fault": "stall"}]})");
  FaultScript script;
  EXPECT_TRUE(LoadFaultScript(folder / "s.json", script).ok());
  EXPECT_EQ(script.rules.size(), 1U);
  EXPECT_EQ(LoadFaultScript(folder / "none.json", script).status.code(), Code::kNotFound);
  EXPECT_EQ(LoadFaultScript(folder.string(), script).status.code(), Code::kNotFound);
  folder.Write("empty.json", "");
  EXPECT_EQ(LoadFaultScript(folder / "empty.json", script).status.code(), Code::kBadFormat);
}

std::string Play(FaultPlayer& player, std::string_view method, std::string_view target,
                 bool ranged = false) {
  const FaultRule* const rule = player.Next(method, target, ranged);
  return rule == nullptr ? "" : std::string(FaultName(rule->fault));
}

TEST(FaultPlayer, UsesTheFirstRuleThatFitsAndIsNotUsedUp) {
  FaultPlayer player(Parsed(R"({"requests": [
    {"path": "/a", "times": 1, "fault": "reset"},
    {"path": "/a", "skip": 1, "times": 2, "fault": "stall"},
    {"path": "/b", "fault": "drip"}]})"));
  EXPECT_EQ(Play(player, "GET", "/a"), "reset");
  EXPECT_EQ(Play(player, "GET", "/a"), "");
  EXPECT_EQ(Play(player, "GET", "/b?x=1"), "drip");
  EXPECT_EQ(Play(player, "GET", "/a?x=1"), "stall");
  EXPECT_EQ(Play(player, "GET", "/a"), "stall");
  EXPECT_EQ(Play(player, "GET", "/a"), "");
  EXPECT_EQ(Play(player, "GET", "/b"), "drip");
  EXPECT_EQ(Play(player, "GET", "/c"), "");
}

TEST(FaultPlayer, TellsMethodsAndRangesApart) {
  FaultPlayer player(Parsed(R"({"requests": [
    {"method": "HEAD", "fault": "reset"},
    {"ranged": true, "fault": "stall"},
    {"ranged": false, "fault": "truncate"}]})"));
  EXPECT_EQ(Play(player, "HEAD", "/a"), "reset");
  EXPECT_EQ(Play(player, "GET", "/a", true), "stall");
  EXPECT_EQ(Play(player, "GET", "/a", false), "truncate");
}

}  // namespace
}  // namespace updraft
