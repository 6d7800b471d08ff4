// SPDX-License-Identifier: Apache-2.0
// The vendor's vectors through the tool's own command lines, as scripts give them:
// verdict, reason and exit code; bytes and CSV of partition tables; what boots.
#include "tests/conformance/vectors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/run_tool.h"

namespace updraft {
namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

std::string PathOf(const json& name) { return VectorsFolder() + "/" + name.get<std::string>(); }

void Add(Words& words, const Words& more) { words.insert(words.end(), more.begin(), more.end()); }

std::string Decimal(const json& number) { return std::to_string(VectorNumber(number)); }

class ToolVectors : public testing::Test {
 protected:
  void SetUp() override { UPDRAFT_NEEDS_VECTORS(); }

  static json Parsed(const ToolRun& run) {
    json said = json::parse(run.out, nullptr, false);
    EXPECT_FALSE(said.is_discarded()) << run.out << run.err;
    return said.is_object() ? said : json::object();
  }

  static Words Conditions(const json& conditions) {
    Words words{"--chip",
                conditions.at("chip"),
                "--chip-revision",
                Decimal(conditions.at("chip_rev")),
                "--efuse-block-revision",
                Decimal(conditions.at("efuse_blk_rev")),
                "--slot-size",
                Decimal(conditions.at("partition_size")),
                "--slot-offset",
                Decimal(conditions.at("partition_offset"))};
    if (VectorNumber(conditions.at("partition_offset")) == 0) words.emplace_back("--bootloader");
    return words;
  }

  static void ExpectVerdict(const json& entry, const Words& more, const json& verdict,
                            const json& reason = nullptr) {
    Words words{"image", "verify", PathOf(entry.at("file")), "--json"};
    Add(words, Conditions(entry.at("expect").at("conditions")));
    Add(words, more);
    const ToolRun run = RunTool(words);
    const json said = Parsed(run);
    EXPECT_EQ(said.value("verdict", json()), verdict) << entry.at("file") << run.err;
    EXPECT_EQ(run.exit_code, verdict == "accept" ? 0 : 1) << entry.at("file");
    EXPECT_EQ(said.at("reason").is_null(), verdict == "accept") << entry.at("file");
    if (verdict == "reject" && !reason.is_null()) {
      EXPECT_EQ(said.at("reason"), reason) << entry.at("file");
    }
  }

  static std::string KeyPath(const std::string& name) {
    const std::string path = VectorsFolder() + "/keys/" + name;
    return std::filesystem::exists(path) ? path : VectorsFolder() + "/more/keys/" + name;
  }

  TemporaryFolder folder_;
};

TEST_F(ToolVectors, ImagesGetTheVerdictAndTheReasonOfTheManifest) {
  for (const char* const kind : {"app_image", "bootloader_image", "damaged_image"}) {
    for (const json& entry : VectorsOf(kind)) {
      const json& expect = entry.at("expect");
      ExpectVerdict(entry, {}, expect.at("verdict"), expect.value("reason", json()));
    }
  }
}

TEST_F(ToolVectors, SignedImagesAreTrustedAsTheDeviceTrustsThem) {
  int cases = 0;
  for (const json& entry : VectorsOf("signed_image")) {
    for (const json& trust : entry.at("expect").at("trust_cases")) {
      Words words;
      for (const json& key : trust.at("trusted")) {
        // In turn a digest and a public key.
        const char* const kind = ++cases % 2 == 0 ? ".digest.bin" : ".pub.pem";
        Add(words, {"--trust", key.is_null() ? "none" : KeyPath(key.get<std::string>() + kind)});
      }
      if (trust.at("trusted").empty()) Add(words, {"--trust", "none"});
      for (const json& index : trust.at("revoked")) Add(words, {"--revoke", Decimal(index)});
      ExpectVerdict(entry, words, trust.at("verdict"));
    }
  }
  EXPECT_GT(cases, 80);
}

// Also of a sector that lies where no device looks: the tool says so of it.
TEST_F(ToolVectors, InfoListsTheSignatureBlocksThatTheSigningToolFinds) {
  int misplaced = 0;
  for (const json& entry : VectorsOf("signed_image")) {
    SCOPED_TRACE(entry.at("file"));
    const json& expect = entry.at("expect");
    const json& blocks = expect.at("blocks");
    const json said = Parsed(RunTool({"image", "info", PathOf(entry.at("file")), "--json"}))
                          .value("signature_blocks", json());
    ASSERT_EQ(said.size(), blocks.size());
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      EXPECT_EQ(said[i].at("index"), blocks[i].at("index"));
      EXPECT_EQ(said[i].at("crc_valid"), blocks[i].at("crc_ok"));
      EXPECT_EQ(said[i].at("offset"), expect.at("signature_sector_offset").get<int>() +
                                          1216 * blocks[i].at("index").get<int>());
      if (said[i].at("misplaced") == true) ++misplaced;
    }
  }
  EXPECT_EQ(misplaced, 2);
}

TEST_F(ToolVectors, KeysHaveTheDigestOfTheSigningTool) {
  for (const json& entry : VectorsOf("key_digest")) {
    const ToolRun run = RunTool({"key", "digest", PathOf(entry.at("inputs").at("keyfile"))});
    EXPECT_EQ(run.out, entry.at("expect").at("digest").get<std::string>() + "\n");
  }
}

TEST_F(ToolVectors, PartitionTablesAreMadeAndShownByteForByte) {
  for (const json& entry : VectorsOf("partition_table")) {
    SCOPED_TRACE(entry.at("file"));
    const std::string made = folder_ / "made.bin";
    Words make{"partitions", "make", PathOf(entry.at("inputs").at("csv")), made};
    if (entry.at("made_by").get<std::string>().find("--no-verify") != std::string::npos) {
      make.emplace_back("--no-verify");
    }
    Add(make, entry.at("inputs").value("flags", Words()));
    const ToolRun run = RunTool(make);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    EXPECT_TRUE(FileText(made) == FileText(PathOf(entry.at("file"))));
    const json& expect = entry.at("expect");
    if (!expect.contains("roundtrip_csv")) continue;
    const json& device = expect.at("device_check");
    const ToolRun shown = RunTool({"partitions", "show", PathOf(entry.at("file")), "--flash-size",
                                   Decimal(device.at("flash_size"))});
    bool accepted = true;
    for (const json& result : device.at("result")) accepted &= result.at("err") == "ESP_OK";
    EXPECT_EQ(shown.exit_code, accepted ? 0 : 1) << shown.err;
    if (accepted) {
      EXPECT_EQ(shown.out, FileText(PathOf(expect.at("roundtrip_csv"))));
    }
  }
}

TEST_F(ToolVectors, TablesThatTheGeneratorRefusesAreRefusedAndLeaveNoFile) {
  for (const json& entry : VectorsOf("partition_csv_invalid")) {
    Words make{"partitions", "make", PathOf(entry.at("file")), folder_ / "made.bin"};
    Add(make, entry.at("inputs").at("flags").get<Words>());
    EXPECT_EQ(RunTool(make).exit_code, 1) << entry.at("file");
    EXPECT_FALSE(std::filesystem::exists(folder_ / "made.bin")) << entry.at("file");
  }
}

// selected, boots, try_order and otadata_after as the vector has them.
void ExpectChoice(const Words& words, const json& expected, const json& before) {
  const ToolRun run = RunTool(words);
  const json said = json::parse(run.out, nullptr, false);
  ASSERT_TRUE(said.is_object()) << run.out << run.err;
  EXPECT_EQ(said.at("boots"), expected.at("boots"));
  EXPECT_EQ(run.exit_code, expected.at("boots").is_null() ? 1 : 0);
  if (expected.contains("selected")) {
    const std::map<json, json> names{{"factory_index", "factory"}, {"INVALID_INDEX", nullptr}};
    const auto name = names.find(expected.at("selected"));
    EXPECT_EQ(said.at("selected"), name == names.end() ? expected.at("selected") : name->second);
    if (said.at("selected").is_null()) return;
    EXPECT_EQ(said.at("try_order"), expected.at("try_order"));
  }
  if (said.at("otadata_after").is_null()) return;  // a table without otadata
  EXPECT_EQ(said.at("otadata_after"),
            expected.contains("otadata_after") ? expected.at("otadata_after") : before);
}

std::string HexOf(const std::string& bytes) {
  std::string text;
  for (const char byte : bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    text += kDigits[static_cast<unsigned char>(byte) >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

TEST_F(ToolVectors, SlotsAreChosenAsTheBootloaderChoosesThem) {
  const std::map<std::string, Words> configs{
      {"rollback_off", {}},
      {"rollback_on", {"--rollback"}},
      {"rollback_off+rollback_on", {"--rollback"}},
      {"anti_rollback", {"--rollback", "--secure-version", "0"}}};
  int cases = 0;
  for (const json& entry : VectorsOf("otadata")) {
    const std::string otadata = FileText(PathOf(entry.at("file")));
    const json before{HexOf(otadata.substr(0, 32)), HexOf(otadata.substr(4096, 32))};
    std::map<std::string, std::string> layouts;
    for (const json& layout : entry.at("inputs").at("layouts")) {
      const std::string name = std::filesystem::path(layout.get<std::string>()).stem();
      layouts[name.substr(name.find('_') + 1)] = PathOf(layout);
    }
    const auto words = [&](const std::string& layout, const Words& more) {
      Words all{
          "slots", "choose", "--table", layouts.at(layout), "--otadata", PathOf(entry.at("file")),
          "--json"};
      Add(all, more);
      return all;
    };
    const json& expect = entry.at("expect");
    for (const auto& [layout, by_config] : expect.at("boot").items()) {
      for (const auto& [config, expected] : by_config.items()) {
        // A third of them: OtadataVectors has them all, without a process each.
        if (++cases % 3 != 0) continue;
        SCOPED_TRACE(entry.at("file").get<std::string>() + " " + layout + " " + config);
        ASSERT_TRUE(configs.contains(config));
        ExpectChoice(words(layout, configs.at(config)), expected, before);
      }
    }
    for (const json& one : expect.value("invalid_image_cases", json::array())) {
      SCOPED_TRACE(entry.at("file").get<std::string>() + " " + one.dump());
      Words more = configs.at(one.at("config"));
      for (const json& name : one.at("invalid_images")) Add(more, {"--invalid", name});
      ExpectChoice(words(one.at("layout"), more), one, before);
    }
    for (const json& one : expect.value("anti_rollback_cases", json::array())) {
      SCOPED_TRACE(entry.at("file").get<std::string>() + " " + one.dump());
      Words more{"--rollback", "--secure-version", Decimal(one.at("efuse_secure_version"))};
      for (const auto& [name, version] : one.at("image_secure_versions").items()) {
        Add(more, {"--image-secure-version", name + "=" + Decimal(version)});
      }
      ExpectChoice(words(one.at("layout"), more), one, before);
    }
  }
}

}  // namespace
}  // namespace updraft
