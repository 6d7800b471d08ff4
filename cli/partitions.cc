// SPDX-License-Identifier: Apache-2.0
// `updraft partitions make|show`: partition tables from CSV and back.
#include <fmt/format.h>

#include <memory>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/output.h"
#include "cli/partition_binary.h"
#include "cli/partition_csv.h"
#include "cli/partition_rules.h"
#include "cli/text.h"
#include "ports/host/crypto_openssl.h"

namespace updraft {
namespace {

constexpr std::uint64_t kLargestFile = 16 << 20;

struct MakeArguments {
  std::string csv;
  std::string bin;
  std::string secure;
  std::vector<std::string> extra_subtypes;
  bool disable_md5 = false;
  bool no_verify = false;
  bool quiet = false;
  PartitionOptions options;
};

bool IsBinaryTable(Bytes file) { return file.size() >= 2 && file[0] == 0xAA && file[1] == 0x50; }

// What a rule or the CSV says, with the file that it says it of.
Failure Of(const std::string& path, const Failure& failure) {
  return {failure.reason, fmt::format("{}: {}", PrintableText(path), failure.message)};
}

Outcome<std::vector<std::uint8_t>> Made(const MakeArguments& arguments,
                                        std::vector<std::string>& warnings) {
  const Outcome<std::vector<std::uint8_t>> csv = ReadWholeFile(arguments.csv, kLargestFile);
  if (!csv) return csv.failure();
  if (IsBinaryTable(*csv)) {
    return Failure{
        "bad_format",
        fmt::format("{}: expected a partition table as CSV, found a binary one; print it "
                    "with 'updraft partitions show'.",
                    PrintableText(arguments.csv))};
  }
  const PartitionOptions& options = arguments.options;
  const auto rows = ParsePartitionCsv(*csv, options, ProcessEnvironment, warnings);
  if (!rows) return Of(arguments.csv, rows.failure());
  if (rows->empty()) {  // the generator takes it
    warnings.push_back(fmt::format(
        "{}: expected rows of a partition table, found none; nothing boots from such a table.",
        PrintableText(arguments.csv)));
  }
  if (!arguments.no_verify) {
    const std::vector<Failure> failures = JudgePartitions(*rows, options, warnings);
    if (!failures.empty()) return Of(arguments.csv, failures.front());
  }
  if (const auto failure = JudgeFlashSize(*rows, options)) return Of(arguments.csv, *failure);
  OpensslCrypto crypto;
  auto table = BuildPartitionTable(*rows, options, crypto);
  if (!table) return Of(arguments.csv, table.failure());
  if (!arguments.quiet && arguments.bin != "-") {
    PrintLine(fmt::format("{}: {} partitions, {} bytes", PrintableText(arguments.bin), rows->size(),
                          table->size()));
  }
  return table;
}

std::optional<Failure> Complete(MakeArguments& arguments) {
  PartitionOptions& options = arguments.options;
  options.md5 = !arguments.disable_md5;
  if (arguments.secure == "v1") options.secure = SecureBootScheme::kV1;
  if (arguments.secure == "v2") options.secure = SecureBootScheme::kV2;
  for (const std::string& triple : arguments.extra_subtypes) {
    if (auto failure = options.names.AddSubtype(triple)) return failure;
  }
  return std::nullopt;
}

int Make(MakeArguments& arguments) {
  if (const auto failure = Complete(arguments)) return Fail(*failure);
  std::vector<std::string> warnings;
  const auto table = Made(arguments, warnings);
  for (const std::string& warning : warnings) PrintWarning(warning);
  if (!table) return Fail(table.failure());
  if (const auto failure = WriteWholeFile(arguments.bin, *table)) return Fail(*failure);
  return kExitDone;
}

void AddMake(CLI::App& group, int& exit_code) {
  CLI::App* const make =
      AddCommand(group, "make",
                 "Makes a binary partition table from a CSV, byte for byte as ESP-IDF's "
                 "gen_esp32part.py does.",
                 "updraft partitions make partitions.csv partitions.bin --flash-size 4MB");
  const auto arguments = std::make_shared<MakeArguments>();
  PartitionOptions& options = arguments->options;
  make->add_option("CSV", arguments->csv, "The table as text, - for standard input")->required();
  make->add_option("BIN", arguments->bin, "The file to write, - for standard output")->required();
  AddSize(*make, "--flash-size", options.flash_size, "Refuse a table that does not fit");
  AddSize(*make, "--offset", options.table_offset, "Where the table lies (default 0x8000)");
  AddSize(*make, "--primary-bootloader-offset", options.primary_bootloader_offset,
          "Where the bootloader lies, for its row");
  AddSize(*make, "--recovery-bootloader-offset", options.recovery_bootloader_offset,
          "Where the recovery bootloader lies, for its row");
  make->add_flag("--disable-md5,--disable-md5sum", arguments->disable_md5, "Leave the MD5 row out");
  make->add_flag("--no-verify", arguments->no_verify,
                 "Do not judge alignment, names, overlaps and otadata");
  make->add_flag("-q,--quiet", arguments->quiet, "Print nothing but errors and warnings");
  make->add_option("--secure", arguments->secure,
                   "Size rules of signed apps: v1 or v2 (default v1)")
      ->expected(0, 1)
      ->default_str("v1")
      ->check(OneOf({"v1", "v2"}));
  make->add_option("--extra-partition-subtypes", arguments->extra_subtypes,
                   "\"TYPE, NAME, VALUE\"..., the value in hexadecimal; -- ends them")
      ->expected(1, 1 << 20);
  make->callback([arguments, &exit_code] { exit_code = Make(*arguments); });
}

struct ShowArguments {
  std::string bin;
  std::uint64_t flash_size = 4 << 20;
  bool json = false;
};

nlohmann::ordered_json RowJson(const PartitionRow& row, const PartitionNames& names) {
  return {{"name", row.name},
          {"type", row.type},
          {"subtype", row.subtype},
          {"offset", row.offset},
          {"size", row.size},
          {"flags", row.flags},
          {"type_name", names.TypeText(row.type)},
          {"subtype_name", names.SubtypeText(row.type, row.subtype)},
          {"encrypted", row.encrypted()},
          {"readonly", row.readonly()}};
}

int Show(const ShowArguments& arguments) {
  const auto file = ReadTableFile(arguments.bin);
  if (!file) return Fail(file.failure(), arguments.json);
  OpensslCrypto crypto;
  const auto rows = ReadPartitionTable(*file, arguments.flash_size, crypto);
  if (!rows) return Fail(Of(arguments.bin, rows.failure()), arguments.json);
  const PartitionOptions options;
  for (const std::string& warning : GeneratorWarnings(*file, *rows, options)) {
    PrintWarning(fmt::format("{}: {}", PrintableText(arguments.bin), warning));
  }
  if (!arguments.json) {
    std::string csv = PartitionCsv(*rows, options.names);
    csv.pop_back();
    PrintLine(csv);
    return kExitDone;
  }
  auto partitions = nlohmann::ordered_json::array();
  for (const PartitionRow& row : *rows) partitions.push_back(RowJson(row, options.names));
  PrintJson({{"partitions", partitions}});
  return kExitDone;
}

void AddShow(CLI::App& group, int& exit_code) {
  CLI::App* const show =
      AddCommand(group, "show",
                 "Prints a binary partition table as CSV, if the bootloader would accept it; "
                 "what only the generator refuses is a warning.",
                 "updraft partitions show partitions.bin --flash-size 8MB");
  const auto arguments = std::make_shared<ShowArguments>();
  show->add_option("BIN", arguments->bin, "The binary table, - for standard input")->required();
  AddSize(*show, "--flash-size", arguments->flash_size, "The flash it lies in (default 4MB)");
  show->add_flag("--json", arguments->json, "Print one JSON object");
  show->callback([arguments, &exit_code] { exit_code = Show(*arguments); });
}

}  // namespace

void AddPartitionsCommands(CLI::App& app, int& exit_code) {
  CLI::App* const group = AddCommand(app, "partitions", "Partition tables, CSV and binary.",
                                     "updraft partitions show partitions.bin");
  group->require_subcommand(1);
  AddMake(*group, exit_code);
  AddShow(*group, exit_code);
}

}  // namespace updraft
