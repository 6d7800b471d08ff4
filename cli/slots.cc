// SPDX-License-Identifier: Apache-2.0
// `updraft slots choose`: what the bootloader would choose from a table and
// otadata given as files, by the bootloader's own code.
#include <fmt/format.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "updraft/boot.h"

#include "cli/arguments.h"
#include "cli/boot_words.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/image_commands.h"
#include "cli/output.h"
#include "cli/partition_binary.h"
#include "cli/read_only_flash.h"
#include "cli/sentence.h"
#include "cli/text.h"
#include "ports/host/crypto_openssl.h"

namespace updraft {
namespace {

constexpr std::uint64_t kLargestFile = 16 << 20;
constexpr std::uint64_t kWholeAddressSpace = std::uint64_t{1} << 32;

struct ChooseArguments {
  std::string table;
  std::string otadata;
  bool rollback = false;
  bool json = false;
  std::optional<std::uint64_t> secure_version;
  std::vector<std::string> image_secure_versions;
  std::vector<std::string> invalid;
};

// An eFuse that only says its secure version.
class GivenEfuse final : public Efuse {
 public:
  explicit GivenEfuse(std::uint32_t version) : version_(version) {}
  Result<std::uint32_t> ReadSecureVersion() override { return version_; }
  Status BurnSecureVersion(std::uint32_t) override { return kNone; }
  Result<EfuseKeyBlock> ReadKeyBlock(std::size_t) override { return kNone; }
  Status BurnKey(const EfuseKeyBurn&) override { return kNone; }
  Result<bool> IsDigestRevoked(std::size_t) override { return kNone; }
  Status RevokeDigest(std::size_t) override { return kNone; }

 private:
  static constexpr Status kNone{Code::kUnsupported, Stage::kBoot};
  std::uint32_t version_;
};

// What the command line says of the images; there are none to prove.
class GivenJudge final : public SlotJudge {
 public:
  bool IsBootable(const Partition& slot) override {
    return !invalid.contains(std::string(slot.label()));
  }
  Result<std::uint32_t> SecureVersion(const Partition& slot) override {
    const auto found = secure_versions.find(std::string(slot.label()));
    return found == secure_versions.end() ? 0U : found->second;
  }

  std::set<std::string> invalid;
  std::map<std::string, std::uint32_t> secure_versions;
};

std::optional<Failure> FillJudge(const ChooseArguments& arguments, GivenJudge& judge) {
  judge.invalid.insert(arguments.invalid.begin(), arguments.invalid.end());
  for (const std::string& given : arguments.image_secure_versions) {
    const std::size_t at = given.rfind('=');
    const auto version = at == std::string::npos
                             ? std::nullopt
                             : ParseNumber(std::string_view(given).substr(at + 1));
    if (!version || *version > 0xFFFFFFFF) {
      return Failure{"invalid_argument",
                     fmt::format("--image-secure-version: expected NAME=NUMBER, found '{}'; give "
                                 "for instance ota_0=3.",
                                 PrintableText(given))};
    }
    judge.secure_versions[given.substr(0, at)] = static_cast<std::uint32_t>(*version);
  }
  return std::nullopt;
}

// A slip of the pen would otherwise look like an answer.
void WarnOfNamesWithoutSlot(const PartitionTable& table, const GivenJudge& judge) {
  const auto warn = [&](const char* option, const std::string& name) {
    const auto row = table.FindLabel(name);
    if (row && row->is_slot()) return;
    PrintWarning(
        fmt::format("{}: expected the name of a slot in the table, found '{}'; it counts "
                    "for nothing.",
                    option, PrintableText(name)));
  };
  for (const std::string& name : judge.invalid) warn("--invalid", name);
  for (const auto& [name, version] : judge.secure_versions) warn("--image-secure-version", name);
}

int Choose(const ChooseArguments& arguments) {
  GivenJudge judge;
  if (const auto failure = FillJudge(arguments, judge)) {
    return FailUsage(failure->message, arguments.json);
  }
  auto table = ReadTableFile(arguments.table);
  if (!table) return NothingBoots(table.failure(), arguments.json);
  auto otadata = ReadWholeFile(arguments.otadata, kLargestFile);
  if (!otadata) return NothingBoots(otadata.failure(), arguments.json);

  OpensslCrypto crypto;
  GivenEfuse efuse(static_cast<std::uint32_t>(arguments.secure_version.value_or(0)));
  ReadOnlyFlash flash(kWholeAddressSpace);
  flash.Show(kPartitionTableOffset, *table);
  Device device;
  device.flash = &flash;
  device.crypto = &crypto;
  device.efuse = &efuse;
  device.policy.anti_rollback = arguments.secure_version.has_value();
  device.policy.rollback = arguments.rollback || device.policy.anti_rollback;

  FindingCollector findings;
  const auto rows = PartitionTable::Load(flash, kPartitionTableOffset, crypto, findings);
  if (!rows) {
    return NothingBoots(InFile(arguments.table, FailureOf(rows.error(), findings)), arguments.json);
  }
  WarnOfNamesWithoutSlot(*rows, judge);
  if (const auto row = rows->Find(PartitionType::kData, kSubtypeOtadata)) {
    flash.Show(row->offset,
               Bytes(*otadata).first(std::min<std::size_t>(otadata->size(), row->size)));
  }
  const auto view = ViewForBoot(device, findings);
  if (!view) return NothingBoots(FailureOf(view.error(), findings), arguments.json);
  const BootDecision decision = updraft::Choose(*view, judge);
  if (arguments.json) {
    PrintJson(DecisionJson(*view, decision));
  } else {
    for (const std::string& line : DecisionLines(*view, decision)) PrintLine(line);
  }
  return decision.boots.has_value() ? kExitDone : kExitFailed;
}

}  // namespace

void AddSlotsCommands(CLI::App& app, int& exit_code) {
  CLI::App* const group =
      AddCommand(app, "slots", "Slots and what the bootloader makes of them.",
                 "updraft slots choose --table table.bin --otadata otadata.bin --rollback");
  group->require_subcommand(1);
  CLI::App* const choose = AddCommand(
      *group, "choose",
      "Tells which slot the bootloader would start, in which order it tries them, and what it "
      "writes. Exit code 1 when nothing boots.",
      "updraft slots choose --table table.bin --otadata otadata.bin --rollback --invalid ota_1");
  const auto arguments = std::make_shared<ChooseArguments>();
  choose->add_option("--table", arguments->table, "The partition table, binary")->required();
  choose->add_option("--otadata", arguments->otadata, "The content of the otadata partition")
      ->required();
  choose->add_flag("--rollback", arguments->rollback, "The bootloader knows trial boots");
  AddNumber(*choose, "--secure-version", arguments->secure_version,
            "The eFuse's secure version; turns anti-rollback (and rollback) on");
  choose
      ->add_option("--image-secure-version", arguments->image_secure_versions,
                   "NAME=N: the secure version of the image in a slot (default 0)")
      ->allow_extra_args(false);
  choose->add_option("--invalid", arguments->invalid, "NAME: a slot whose image fails")
      ->allow_extra_args(false);
  choose->add_flag("--json", arguments->json, "Print one JSON object");
  choose->callback([arguments, &exit_code] { exit_code = Choose(*arguments); });
}

}  // namespace updraft
