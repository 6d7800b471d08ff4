// SPDX-License-Identifier: Apache-2.0
// Flash dumps laid by hand from the vendor's table, otadata and images: a device
// made of one boots as the vendor's bootloader does, told by the tool.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "testing/hex.h"
#include "tests/cli/run_tool.h"
#include "tests/conformance/vectors.h"

namespace updraft {
namespace {

using Json = nlohmann::json;

class DumpVectors : public testing::Test {
 protected:
  void SetUp() override { UPDRAFT_NEEDS_VECTORS(); }

  // Table, otadata and an image in each slot, each of another version.
  std::string Dump(const std::string& layout, const std::vector<std::uint8_t>& otadata) {
    std::string dump(4 << 20, '\xFF');
    const auto lay = [&dump](std::size_t offset, const std::vector<std::uint8_t>& bytes) {
      dump.replace(offset, bytes.size(), std::string(bytes.begin(), bytes.end()));
    };
    const std::vector<std::uint8_t> table = VectorBytes(layout);
    lay(0x8000, table);
    std::size_t slots = 0;
    for (std::size_t at = 0; table[at] == 0xAA; at += 32) {
      const std::size_t offset = LoadLe32(table.data() + at + 4);
      const std::size_t size = LoadLe32(table.data() + at + 8);
      while (offset + size > dump.size()) dump.append(dump.size(), '\xFF');
      if (table[at + 2] == 0) lay(offset, VectorBytes(images_.at(slots++ % images_.size())));
      if (table[at + 2] == 1 && table[at + 3] == 0) {
        lay(offset, {otadata.begin(), otadata.begin() + static_cast<std::ptrdiff_t>(
                                                            std::min(otadata.size(), size))});
        otadata_offset_ = offset;
      }
    }
    return dump;
  }

  ToolRun NewDevice(const std::string& dump, bool rollback) {
    std::filesystem::remove_all(device_);
    WriteText(folder_ / "dump.bin", dump);
    std::vector<std::string> arguments{
        "device", "new",     device_,           "--from-dump", folder_ / "dump.bin",
        "--chip", "esp32c3", "--chip-revision", "4",           "--efuse-block-revision",
        "100"};
    if (rollback) arguments.emplace_back("--rollback");
    return RunTool(arguments);
  }

  // One dump, as the vendor's code boots it; the dump is given back unchanged.
  void ExpectBoots(const std::string& layout, const std::vector<std::uint8_t>& otadata,
                   bool rollback, const Json& expected) {
    const std::string dump = Dump(layout, otadata);
    const ToolRun made = NewDevice(dump, rollback);
    ASSERT_EQ(made.exit_code, 0) << made.err;
    const ToolRun run = RunTool({"boot", device_, "--dry-run", "--json"});
    const Json json = Json::parse(run.out, nullptr, false);
    ASSERT_FALSE(json.is_discarded()) << run.out;
    EXPECT_TRUE(FileText(folder_ / "device/flash.bin") == dump);
    EXPECT_EQ(run.exit_code, expected.at("boots").is_null() ? 1 : 0);
    if (expected.at("boots").is_null()) return;
    EXPECT_EQ(json.at("boots").get<std::string>(), expected.at("boots").get<std::string>());
    EXPECT_EQ(json.at("selected").get<std::string>(),
              expected.at("selected") == "factory_index"
                  ? "factory"
                  : expected.at("selected").get<std::string>());
    const bool has_otadata = layout.find("no_otadata") == std::string::npos;
    EXPECT_EQ(json.at("otadata_after").is_null(), !has_otadata);
    for (std::size_t i = 0; has_otadata && i < 2; ++i) {
      const std::string before =
          ToHex(Bytes(reinterpret_cast<const std::uint8_t*>(dump.data()), dump.size())
                    .subspan(otadata_offset_ + i * 4096, 32));
      const std::string after = expected.contains("otadata_after")
                                    ? expected.at("otadata_after").at(i).get<std::string>()
                                    : before;
      EXPECT_EQ(json.at("otadata_after").at(i).get<std::string>(), after);
    }
  }

  const std::vector<std::string> images_{"images/app_c3_small_v1.0.0.bin",
                                         "images/app_c3_small_v1.1.0.bin",
                                         "images/app_c3_small_v2.0.0.bin"};
  TemporaryFolder folder_;
  std::string device_ = folder_ / "device";
  std::size_t otadata_offset_ = 0;
};

TEST_F(DumpVectors, BootAsTheVendorsBootloaderDoesAndComeBackUnchanged) {
  int cases = 0;
  int seen = 0;
  for (const Json& entry : VectorsOf("otadata")) {
    const std::string file = entry.at("file").get<std::string>();
    for (const Json& layout : entry.at("inputs").at("layouts")) {
      const std::string path = layout.get<std::string>();
      const std::size_t at = path.find("layout_") + 7;
      const std::string name = path.substr(at, path.size() - at - 4);
      const Json& boot = entry.at("expect").at("boot");
      if (!boot.contains(name)) continue;
      for (const auto& [config, expected] : boot.at(name).items()) {
        const bool off = config.find("rollback_off") != std::string::npos;
        const bool on = config.find("rollback_on") != std::string::npos;
        if (!off && !on) continue;
        // All of the second batch would take long; OtadataVectors judges the rest.
        if (file.starts_with("more/") && ++seen % 8 != 0) continue;
        SCOPED_TRACE(file + " " + name + " " + config);
        // Where both do the same, they take turns.
        ExpectBoots(path, VectorBytes(file), on && (!off || cases % 2 == 1), expected);
        ++cases;
      }
    }
  }
  RecordProperty("cases", cases);
  EXPECT_GT(cases, 50);
}

}  // namespace
}  // namespace updraft
