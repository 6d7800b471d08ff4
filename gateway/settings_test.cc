// SPDX-License-Identifier: Apache-2.0
#include "gateway/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "testing/temporary_folder.h"

namespace updraft {
namespace {

using testing::HasSubstr;

class Words final : public Observer {
 public:
  void OnFinding(const Finding& finding) override {
    text += std::string(finding.expected.text) + "; found " + std::string(finding.found.text);
  }
  std::string text;
};

class GatewaySettingsFile : public testing::Test {
 protected:
  Result<GatewaySettings> Load(const std::string& text) {
    std::ofstream(folder_ / "app.json") << text;
    words_.text.clear();
    return LoadGatewaySettings(folder_ / "app.json", words_);
  }
  void ExpectRefused(const std::string& text, const std::string& words) {
    const auto settings = Load(text);
    ASSERT_FALSE(settings) << text;
    EXPECT_EQ(settings.error().code(), Code::kBadFormat);
    EXPECT_THAT(words_.text, HasSubstr(words)) << text;
  }

  TemporaryFolder folder_;
  Words words_;
};

TEST_F(GatewaySettingsFile, TakesPathsFromItsOwnFolder) {
  std::ofstream(folder_ / "password") << "secret\n";
  const auto settings = Load(R"({"url": "https://h/x", "ca": "ca.pem", "state": "state",
    "slots": ["a", "/dev/b"], "health": ["true"], "user": "gw", "password_file": "password",
    "headers": {"X-Site": "7"}, "interval": 60, "jitter": 0, "window": "02:00-03:00",
    "policy": ["on-mains"], "policy_interval": 5, "command_timeout": 9})");
  ASSERT_TRUE(settings) << words_.text;
  EXPECT_EQ(settings->download.connection.ca_file, folder_ / "ca.pem");
  EXPECT_EQ(settings->state, folder_ / "state");
  EXPECT_EQ(settings->slots[0], folder_ / "a");
  EXPECT_EQ(settings->slots[1], "/dev/b");
  EXPECT_EQ(settings->download.password, "secret");
  EXPECT_EQ(settings->download.headers.at(0).second, "7");
  EXPECT_EQ(settings->schedule.interval.count(), 60);
  EXPECT_TRUE(settings->schedule.window.has_value());
  EXPECT_EQ(settings->restraint.command, std::vector<std::string>{"on-mains"});
  EXPECT_EQ(settings->restraint.interval.count(), 5);
  EXPECT_EQ(settings->restraint.timeout.count(), 9000);
}

TEST_F(GatewaySettingsFile, RefusesWhatIsMissingUnknownOrWrong) {
  const std::string good = R"("url": "https://h/x", "state": "s", "health": ["true"])";
  ExpectRefused("{}", "\"url\"");
  ExpectRefused("[]", "a JSON object");
  ExpectRefused("{\"url\": ", "a JSON object");
  ExpectRefused("{" + good + "}", "neither");
  ExpectRefused("{" + good + R"(, "slots": ["a", "b"], "device": "d"})", "both");
  ExpectRefused("{" + good + R"(, "slots": ["a"]})", "two paths");
  ExpectRefused("{" + good + R"(, "slots": ["a", "./a"]})", "two different paths");
  ExpectRefused("{" + good + R"(, "slots": ["a", "b"], "intervall": 3})", "\"intervall\"");
  ExpectRefused("{" + good + R"(, "slots": ["a", "b"], "interval": 0})", "from 1 to");
  ExpectRefused("{" + good + R"(, "slots": ["a", "b"], "interval": -1})", "from 1 to");
  ExpectRefused("{" + good + R"(, "slots": ["a", "b"], "window": "2-4"})", "02:00-04:30");
  ExpectRefused("{" + good + R"(, "slots": ["a", "b"], "restart": "reboot"})", "a list of texts");
  ExpectRefused("{" + good + R"(, "slots": ["a", "b"], "policy": "true"})", "a list of texts");
  ExpectRefused("{" + good + R"(, "slots": ["a", "b"], "header_keys": ["k.pem"]})", "\"key\"");
  ExpectRefused("{" + good + R"(, "slots": ["a", "b"], "certificate": "c.pem"})", "both or none");
  ExpectRefused("{" + good + R"(, "slots": ["a", "b"], "password_file": "none"})", "No such file");
  ExpectRefused(R"({"url": "https://h/x", "state": "s", "slots": ["a", "b"]})", "\"health\"");
  const std::string rest = R"("state": "s", "slots": ["a", "b"], "health": ["true"]})";
  ExpectRefused(R"({"url": "ftp://me:secret@h/x", )" + rest, "found 'ftp://...@h/x'");
  ExpectRefused(R"({"url": "https://h/a b", )" + rest, "for \"url\"");
  ExpectRefused(R"({"url": "https://h/x", "headers": {"Range": "bytes=0-"}, )" + rest,
                "for \"headers\"");
}

TEST_F(GatewaySettingsFile, SaysWhenThereIsNone) {
  const auto settings = LoadGatewaySettings(folder_ / "none.json", words_);
  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().code(), Code::kNotFound);
}

}  // namespace
}  // namespace updraft
