// SPDX-License-Identifier: Apache-2.0
// Partition tables against Espressif's generator and bootloader.
#include <gtest/gtest.h>

#include "cli/partition_binary.h"
#include "cli/partition_csv.h"
#include "cli/partition_rules.h"
#include "ports/host/crypto_openssl.h"
#include "tests/conformance/vectors.h"

namespace updraft {
namespace {

using Json = nlohmann::json;

struct Given {
  PartitionOptions options;
  bool verify = true;
};

std::uint64_t FlashSize(const std::string& text) {
  return std::stoull(text, nullptr, 0) << (text.ends_with("MB") ? 20 : 0);
}

// The generator's options of an entry.
Given GivenBy(const Json& entry) {
  Given given;
  given.verify = !entry.at("made_by").get<std::string>().ends_with("--no-verify") &&
                 entry.at("made_by").get<std::string>().find("--no-verify ") == std::string::npos;
  const auto flags = entry.at("inputs").value("flags", std::vector<std::string>());
  for (std::size_t i = 0; i < flags.size(); ++i) {
    PartitionOptions& options = given.options;
    const std::string& flag = flags[i];
    if (flag == "--disable-md5sum") {
      options.md5 = false;
    } else if (flag == "--offset") {
      options.table_offset = FlashSize(flags.at(++i));
    } else if (flag == "--primary-bootloader-offset") {
      options.primary_bootloader_offset = FlashSize(flags.at(++i));
    } else if (flag == "--recovery-bootloader-offset") {
      options.recovery_bootloader_offset = FlashSize(flags.at(++i));
    } else if (flag == "--flash-size") {
      options.flash_size = FlashSize(flags.at(++i));
    } else if (flag == "--secure") {
      options.secure = flags.at(++i) == "v1" ? SecureBootScheme::kV1 : SecureBootScheme::kV2;
    } else if (flag == "--extra-partition-subtypes") {
      while (flags.at(++i) != "--") EXPECT_FALSE(options.names.AddSubtype(flags.at(i)));
    } else {
      ADD_FAILURE() << "unknown option " << flag;
    }
  }
  return given;
}

Outcome<std::vector<std::uint8_t>> Make(const std::string& csv, const Given& given, Crypto& crypto,
                                        std::vector<std::string>& warnings) {
  const auto rows =
      ParsePartitionCsv(VectorBytes(csv), given.options, ProcessEnvironment, warnings);
  if (!rows) return rows.failure();
  const auto failures = JudgePartitions(*rows, given.options, warnings);
  if (given.verify && !failures.empty()) return failures.front();
  if (const auto failure = JudgeFlashSize(*rows, given.options)) return *failure;
  return BuildPartitionTable(*rows, given.options, crypto);
}

TEST(PartitionVectors, EveryCsvGivesTheGeneratorsBytesAndWarnings) {
  UPDRAFT_NEEDS_VECTORS();
  OpensslCrypto crypto;
  for (const Json& entry : VectorsOf("partition_table")) {
    const std::string name = entry.at("file");
    std::vector<std::string> warnings;
    const auto table = Make(entry.at("inputs").at("csv"), GivenBy(entry), crypto, warnings);
    ASSERT_TRUE(table) << name << ": " << table.failure().message;
    EXPECT_EQ(*table, VectorBytes(name)) << name;
    const bool cut = name.find("name_17") != std::string::npos;  // we say so, the tool does not
    if (entry.at("expect").contains("warnings") && !cut) {
      EXPECT_EQ(warnings.size(), entry.at("expect").at("warnings").size()) << name;
    }
  }
}

TEST(PartitionVectors, EveryTableIsPrintedAsTheGeneratorPrintsIt) {
  UPDRAFT_NEEDS_VECTORS();
  OpensslCrypto crypto;
  for (const Json& entry : VectorsOf("partition_table")) {
    if (!entry.at("expect").contains("roundtrip_csv")) continue;
    const Json& device = entry.at("expect").at("device_check");
    const auto rows = ReadPartitionTable(VectorBytes(entry.at("file")),
                                         VectorNumber(device.at("flash_size")), crypto);
    ASSERT_TRUE(rows) << entry.at("file") << ": " << rows.failure().message;
    const auto expected = VectorBytes(entry.at("expect").at("roundtrip_csv"));
    EXPECT_EQ(PartitionCsv(*rows, PartitionNames()), std::string(expected.begin(), expected.end()))
        << entry.at("file");
  }
}

TEST(PartitionVectors, EveryInvalidCsvIsRefusedAtTheLineThatTheGeneratorNames) {
  UPDRAFT_NEEDS_VECTORS();
  OpensslCrypto crypto;
  for (const Json& entry : VectorsOf("partition_csv_invalid")) {
    const std::string name = entry.at("file");
    std::vector<std::string> warnings;
    const auto table = Make(name, GivenBy(entry), crypto, warnings);
    ASSERT_FALSE(table) << name;
    const std::string message = table.failure().message;
    EXPECT_EQ(table.failure().reason, "bad_partition_table") << name;
    EXPECT_NE(message.find("expected "), std::string::npos) << name << ": " << message;
    EXPECT_NE(message.find("found "), std::string::npos) << name << ": " << message;
    EXPECT_NE(message.find("field "), std::string::npos) << name << ": " << message;
    const Json& error = entry.at("expect").at("error");
    const std::string said = error.is_array() ? error.at(0) : error;
    const std::size_t line = said.find("line ");
    if (line == std::string::npos) continue;
    const std::string place = said.substr(line, said.find(':', line) - line);
    EXPECT_NE(message.find(place + ","), std::string::npos) << name << ": " << message;
  }
}

TEST(PartitionVectors, EveryBinaryGetsTheBootloadersVerdict) {
  UPDRAFT_NEEDS_VECTORS();
  OpensslCrypto crypto;
  for (const Json& entry : VectorsOf("partition_table_binary")) {
    const std::string name = entry.at("file");
    const Json& device = entry.at("expect").at("device_check");
    const auto file = VectorBytes(name);
    const auto rows = ReadPartitionTable(file, VectorNumber(device.at("flash_size")), crypto);
    for (const auto& [version, verdict] : device.at("result").items()) {
      EXPECT_EQ(bool(rows), verdict.at("err") == "ESP_OK") << name << " " << version;
      EXPECT_EQ(rows ? rows->size() : 0, verdict.at("entries").get<std::size_t>()) << name;
    }
    if (!rows) continue;
    const bool tool_is_content = entry.at("expect").at("tool").at("warnings").empty() &&
                                 entry.at("expect").at("tool").at("verdict") == "accept";
    EXPECT_EQ(GeneratorWarnings(file, *rows, {}).empty(), tool_is_content) << name;
  }
}

}  // namespace
}  // namespace updraft
