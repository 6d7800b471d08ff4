// SPDX-License-Identifier: Apache-2.0
// The vendor's images made anew from ELF files: the vectors hold no ELF, so one
// is laid from each image's segments, joined where esptool had split them.
// `image make --elf` has to split and place them as it did.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "testing/hex.h"
#include "testing/test_elf.h"
#include "tests/cli/run_tool.h"
#include "tests/conformance/vectors.h"

namespace updraft {
namespace {

using Json = nlohmann::json;

class ElfVectors : public testing::Test {
 protected:
  void SetUp() override { UPDRAFT_NEEDS_VECTORS(); }

  static constexpr std::size_t kElfHash = 144;  // in the description

  // What the linker had made: no padding, nothing split, no hash yet.
  static TestElf ElfOf(const Json& fields, const std::vector<std::uint8_t>& image) {
    const std::string chip = fields.at("chip").get<std::string>();
    const bool xtensa = chip == "esp32" || chip == "esp32s2" || chip == "esp32s3";
    TestElf elf;
    elf.machine = xtensa ? 94 : 243;
    elf.entry = static_cast<std::uint32_t>(VectorNumber(fields.at("entry")));
    for (const Json& row : fields.at("segments")) {
      const auto address = static_cast<std::uint32_t>(VectorNumber(row.at("load_addr")));
      if (address == 0) continue;
      const auto begin =
          image.begin() + static_cast<std::ptrdiff_t>(VectorNumber(row.at("data_offset")));
      TestElf::Segment segment{address, {begin, begin + row.at("len").get<std::ptrdiff_t>()}};
      auto front = elf.segments.begin();
      while (front != elf.segments.end() && front->address + front->data.size() != address) {
        ++front;
      }
      if (front == elf.segments.end()) {
        elf.segments.push_back(std::move(segment));
      } else {
        front->data.insert(front->data.end(), segment.data.begin(), segment.data.end());
      }
    }
    return elf;
  }

  // The options of esptool's elf2image as ours.
  static std::vector<std::string> OptionsOf(const std::string& made_by) {
    const std::map<std::string, std::string> same{
        {"--flash-mode", "--flash-mode"},     {"--flash-freq", "--flash-freq"},
        {"--flash-size", "--flash-size"},     {"--min-rev", "--min-rev"},
        {"--min-rev-full", "--min-rev-full"}, {"--max-rev-full", "--max-rev-full"},
        {"--pad-to-size", "--pad-to-size"}};
    std::istringstream words(made_by.substr(made_by.find("elf2image")));
    std::vector<std::string> options;
    for (std::string word; words >> word;) {
      if (word == "--dont-append-digest") options.emplace_back("--no-hash");
      if (word == "--secure-pad-v2") options.push_back(word);
      const auto found = same.find(word);
      if (found == same.end()) continue;
      options.push_back(found->second);
      words >> word;
      options.push_back(word);
    }
    return options;
  }

  void ExpectSameBytes(const Json& entry) {
    const auto image = VectorBytes(entry.at("file").get<std::string>());
    const Json& fields = entry.at("expect").at("fields");
    TestElf elf = ElfOf(fields, image);
    std::vector<std::string> options = OptionsOf(entry.at("made_by").get<std::string>());
    if (entry.at("kind") == "bootloader_image") {
      options.emplace_back("--bootloader");
    } else {
      auto& first = elf.segments.front().data;
      options.emplace_back("--elf-sha256");
      options.push_back(ToHex(Bytes(first).subspan(kElfHash, 32)));
      std::fill_n(first.begin() + kElfHash, 32, std::uint8_t{0});
    }
    std::rotate(elf.segments.begin(), elf.segments.begin() + 1, elf.segments.end());
    const auto file = elf.Build();
    WriteText(folder_ / "app.elf", {file.begin(), file.end()});
    std::vector<std::string> arguments{"image",
                                       "make",
                                       folder_ / "app.bin",
                                       "--chip",
                                       fields.at("chip").get<std::string>(),
                                       "--elf",
                                       folder_ / "app.elf"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const ToolRun run = RunTool(arguments);
    ASSERT_EQ(run.exit_code, 0) << run.err;
    EXPECT_TRUE(FileText(folder_ / "app.bin") == std::string(image.begin(), image.end()))
        << testing::PrintToString(arguments);
  }

  TemporaryFolder folder_;
};

TEST_F(ElfVectors, BecomeTheImagesOfElf2imageByteForByte) {
  int cases = 0;
  for (const char* const kind : {"app_image", "bootloader_image"}) {
    for (const Json& entry : VectorsOf(kind)) {
      const std::string made_by = entry.at("made_by").get<std::string>();
      if (made_by.find("elf2image") == std::string::npos) continue;
      SCOPED_TRACE(entry.at("file").get<std::string>());
      ExpectSameBytes(entry);
      ++cases;
    }
  }
  RecordProperty("cases", cases);
  EXPECT_GE(cases, 25);
}

}  // namespace
}  // namespace updraft
