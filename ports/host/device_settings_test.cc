// SPDX-License-Identifier: Apache-2.0
#include "ports/host/device_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "testing/recording_observer.h"
#include "testing/temporary_folder.h"

namespace updraft {
namespace {

using testing::HasSubstr;

class DeviceSettingsTest : public testing::Test {
 protected:
  Result<DeviceSettings> Load(std::string_view text) {
    std::ofstream(path_) << text;
    observer_.Clear();
    return LoadDeviceSettings(path_, observer_);
  }
  void ExpectRefused(std::string_view text, std::string_view expected, std::string_view found) {
    EXPECT_EQ(Load(text).error().code(), Code::kBadFormat) << text;
    ASSERT_EQ(observer_.findings().size(), 1U) << text;
    EXPECT_EQ(observer_.failed_reasons(), "bad_device");
    EXPECT_THAT(observer_.findings()[0].expected.text, HasSubstr(expected));
    EXPECT_THAT(observer_.findings()[0].expected.text, HasSubstr(path_.string()));
    EXPECT_THAT(observer_.findings()[0].found.text, HasSubstr(found)) << text;
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "device.json";
  RecordingObserver observer_;
};

TEST_F(DeviceSettingsTest, ReadsWhatItWrote) {
  DeviceSettings settings;
  settings.chip = {.family = FindChip("esp32s3"), .revision = 102, .efuse_block_revision = 3};
  settings.policy = {.rollback = true, .anti_rollback = true};
  settings.policy.trial = {.attempts = 5, .deadline_seconds = 90};
  settings.partition_table_offset = 0x10000;
  ASSERT_EQ(StoreDeviceSettings(path_, settings), kOk);
  const auto found = LoadDeviceSettings(path_);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->chip.family, FindChip("esp32s3"));
  EXPECT_EQ(found->chip.revision, 102);
  EXPECT_EQ(found->chip.efuse_block_revision, 3);
  EXPECT_TRUE(found->policy.rollback);
  EXPECT_TRUE(found->policy.anti_rollback);
  EXPECT_EQ(found->policy.trial, (TrialTerms{.attempts = 5, .deadline_seconds = 90}));
  EXPECT_EQ(found->partition_table_offset, 0x10000U);
}

TEST_F(DeviceSettingsTest, ReadsWhoMaySignHeaders) {
  DeviceSettings settings;
  settings.chip.family = FindChip("esp32c3");
  settings.policy.signed_header = true;
  P256Point key{};
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i + 0xA0);
  ASSERT_EQ(settings.header_keys.Add({}), kOk);
  ASSERT_EQ(settings.header_keys.Add(key), kOk);
  ASSERT_EQ(StoreDeviceSettings(path_, settings), kOk);
  const auto found = LoadDeviceSettings(path_);
  ASSERT_TRUE(found.has_value());
  EXPECT_TRUE(found->policy.signed_header);
  ASSERT_EQ(found->header_keys.keys().size(), 2U);
  EXPECT_EQ(found->header_keys.keys()[0], P256Point{});
  EXPECT_EQ(found->header_keys.keys()[1], key);
  const std::string good = "04" + std::string(128, 'a');
  const auto with = [](const std::string& keys) {
    return R"({"chip": "esp32", "header_keys": )" + keys + "}";
  };
  EXPECT_TRUE(Load(with("[]")).has_value());
  EXPECT_TRUE(Load(with("[\"" + good + "\"]")).has_value());
  for (const std::string& bad :
       {std::string("7"), std::string("[7]"), "\"" + good + "\"", "[\"03" + good.substr(2) + "\"]",
        "[\"" + good + "a\"]", "[\"" + good.substr(0, 129) + "\"]",
        "[\"" + good.substr(0, 129) + "g\"]", "[\"" + good.substr(0, 128) + "-1\"]"}) {
    ExpectRefused(with(bad), "points of P-256", bad);
  }
  std::string four = "[\"" + good + "\"";
  for (int i = 0; i < 3; ++i) four += ",\"" + good + "\"";
  ExpectRefused(with(four + "]"), "up to three", good);
}

TEST_F(DeviceSettingsTest, NeedsTheChipOnlyAndIgnoresWhatItDoesNotKnow) {
  const auto settings = Load(R"({"chip": "esp32", "colour": [1, {"deep": null}]})");
  ASSERT_TRUE(settings.has_value());
  EXPECT_EQ(settings->chip.family, FindChip("esp32"));
  EXPECT_EQ(settings->chip.revision, 0);
  EXPECT_FALSE(settings->policy.rollback);
  EXPECT_EQ(settings->partition_table_offset, 0x8000U);
}

TEST_F(DeviceSettingsTest, NamesTheKeyThatIsWrong) {
  ExpectRefused("{}", "\"chip\"", "no such key");
  ExpectRefused(R"({"chip": 5})", "\"chip\"", "5");
  ExpectRefused(R"({"chip": "esp8266"})", "\"chip\"", "esp8266");
  ExpectRefused(R"({"chip": "esp32", "chip_revision": "v1"})", "\"chip_revision\"", "v1");
  ExpectRefused(R"({"chip": "esp32", "chip_revision": -1})", "\"chip_revision\"", "-1");
  ExpectRefused(R"({"chip": "esp32", "chip_revision": 65536})", "0 to 65535", "65536");
  ExpectRefused(R"({"chip": "esp32", "chip_revision": 1.5})", "\"chip_revision\"", "1.5");
  ExpectRefused(R"({"chip": "esp32", "efuse_block_revision": []})", "\"efuse_block_revision\"",
                "[]");
  ExpectRefused(R"({"chip": "esp32", "rollback": 1})", "true or false for \"rollback\"", "1");
  ExpectRefused(R"({"chip": "esp32", "rollback": true, "anti_rollback": "yes"})",
                "\"anti_rollback\"", "yes");
  ExpectRefused(R"({"chip": "esp32", "anti_rollback": true})", "\"rollback\" true", "false");
  ExpectRefused(R"({"chip": "esp32", "rollback": true, "boot_attempts": 0})", "at least 1", "0");
  ExpectRefused(R"({"chip": "esp32", "rollback": true, "boot_attempts": 256})", "0 to 255", "256");
  ExpectRefused(R"({"chip": "esp32", "rollback": true, "boot_deadline": -1})", "0 to 65535", "-1");
  ExpectRefused(R"({"chip": "esp32", "boot_attempts": 2})", "\"rollback\" true", "false");
  ExpectRefused(R"({"chip": "esp32", "partition_table_offset": 32769})", "multiple of 4096",
                "32769");
  ExpectRefused(R"({"chip": "esp32", "partition_table_offset": 4294967296})",
                "\"partition_table_offset\"", "4294967296");
}

TEST_F(DeviceSettingsTest, SaysThatTheFileIsNoJsonObject) {
  ExpectRefused("", "JSON", "parse error");
  ExpectRefused(R"({"chip": "esp32")", "JSON", "line 1, column");
  ExpectRefused("[1]", "a JSON object", "array");
  ExpectRefused("{\"chip\": \"\xFF\"}", "JSON", "UTF-8");
}

TEST_F(DeviceSettingsTest, SaysThatTheFileIsMissing) {
  EXPECT_EQ(LoadDeviceSettings(path_, observer_).error().code(), Code::kNotFound);
  EXPECT_EQ(observer_.failed_reasons(), "bad_device");
  EXPECT_THAT(observer_.findings()[0].expected.text, HasSubstr(path_.string()));
}

TEST_F(DeviceSettingsTest, SurvivesJsonOfManyLevels) {
  EXPECT_FALSE(Load(std::string(200'000, '[')).has_value());
}

TEST_F(DeviceSettingsTest, RefusesAValueOfManyLevelsAndOneOfGreatLength) {
  const std::string deep = std::string(400'000, '[') + std::string(400'000, ']');
  for (const std::string key :
       {"chip", "rollback", "chip_revision", "signature", "flash_encryption"}) {
    ExpectRefused(R"({"chip": "esp32", ")" + key + "\": " + deep + "}", key,
                  "an array with others");
  }
  ExpectRefused(R"({"chip": "esp32", "header_keys": {"a": )" + deep + "}}", "header_keys",
                "an object with others");
  ASSERT_FALSE(Load(R"({"chip": ")" + std::string(500'000, 'x') + "\"}").has_value());
  EXPECT_LT(observer_.findings()[0].found.text.size(), 1000U);
}

TEST_F(DeviceSettingsTest, RemembersTheSlotThatRuns) {
  const auto path = folder_ / "boot.json";
  EXPECT_EQ(LoadRunningLabel(path), "");
  ASSERT_EQ(StoreRunningLabel(path, "ota_0"), kOk);
  EXPECT_EQ(LoadRunningLabel(path), "ota_0");
  ASSERT_EQ(StoreRunningLabel(path, "factory"), kOk);
  EXPECT_EQ(LoadRunningLabel(path), "factory");
  EXPECT_THAT(folder_.names(), testing::ElementsAre("boot.json"));
}

TEST_F(DeviceSettingsTest, TakesADamagedBootFileForNone) {
  const auto path = folder_ / "boot.json";
  for (const char* text : {"", "{", "[]", "{\"running\": 5}", "{\"other\": \"ota_0\"}"}) {
    std::ofstream(path) << text;
    EXPECT_EQ(LoadRunningLabel(path), "") << text;
  }
}

}  // namespace
}  // namespace updraft
