// SPDX-License-Identifier: Apache-2.0
// `updraft device new`: makes a device folder.
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/device_commands.h"
#include "cli/device_efuse.h"
#include "cli/device_folder.h"
#include "cli/files.h"
#include "cli/image_commands.h"
#include "cli/output.h"
#include "cli/partition_binary.h"
#include "cli/partition_csv.h"
#include "cli/partition_rules.h"
#include "cli/project_build.h"
#include "cli/sentence.h"
#include "cli/signature_key_file.h"
#include "cli/stop_signal.h"
#include "cli/text.h"
#include "ports/host/default_table.h"
#include "ports/host/device_settings.h"
#include "ports/host/host_device.h"

namespace updraft {
namespace {

constexpr std::uint64_t kLargestKeyFile = 4096;

struct NewArguments {
  std::string folder;
  std::string chip = "native";
  std::string partitions;
  std::string dump;
  std::string project;
  std::uint64_t table_offset = kPartitionTableOffset;
  std::optional<std::uint64_t> chip_revision;
  std::optional<std::uint64_t> block_revision;
  std::optional<std::uint64_t> flash_size;
  bool rollback = false;
  bool anti_rollback = false;
  TrialArguments trial;
  std::optional<std::string> signature;
  bool signed_header = false;
  std::vector<std::string> header_keys;
  std::string flash_encryption = "none";
  std::string flash_encryption_key;
};

// CSV or binary, as the generator takes it.
Outcome<std::vector<std::uint8_t>> ReadTable(const std::string& path, std::uint64_t flash_size,
                                             std::uint64_t table_offset) {
  auto file = ReadTableFile(path);
  if (!file) return file.failure();
  if (file->size() >= 2 && (*file)[0] == 0xAA && (*file)[1] == 0x50) return std::move(*file);
  PartitionOptions options;
  options.flash_size = flash_size;
  options.table_offset = table_offset;
  std::vector<std::string> warnings;
  const auto rows = ParsePartitionCsv(*file, options, ProcessEnvironment, warnings);
  if (!rows) return InFile(path, rows.failure());
  if (rows->empty()) {
    return InFile(path, {"bad_partition_table",
                         "expected rows of a partition table, found none; a device needs slots."});
  }
  const std::vector<Failure> failures = JudgePartitions(*rows, options, warnings);
  if (!failures.empty()) return InFile(path, failures.front());
  if (const auto failure = JudgeFlashSize(*rows, options)) return InFile(path, *failure);
  for (const std::string& warning : warnings) PrintWarning(warning);
  OpensslCrypto crypto;
  return BuildPartitionTable(*rows, options, crypto);
}

// What the device is made of; the views of NewDevice point here.
struct FlashContent {
  std::vector<std::uint8_t> dump;
  std::vector<std::uint8_t> table;
};

// Sets the size of the flash, where its table lies, and what it holds.
std::optional<Failure> ReadContent(const NewArguments& arguments, HostDevice::NewDevice& device,
                                   FlashContent& content) {
  device.partition_table_offset = arguments.table_offset;
  device.flash_size = arguments.flash_size.value_or(DefaultFlashSize(*device.chip));
  if (!arguments.dump.empty()) {
    auto dump = ReadWholeFile(arguments.dump, kLargestFlash);
    if (!dump) return dump.failure();
    content.dump = std::move(*dump);
    device.flash_dump = content.dump;
    device.flash_size = arguments.flash_size.value_or(content.dump.size());
  }
  if (!arguments.partitions.empty()) {
    auto table = ReadTable(arguments.partitions, device.flash_size, arguments.table_offset);
    if (!table) return table.failure();
    content.table = std::move(*table);
    device.partition_table = content.table;
  }
  return std::nullopt;
}

// What a project was built for, where the command line says nothing else.
Failure TakeProject(const std::string& folder, NewArguments& arguments, ProjectBuild& project) {
  const auto build = ReadProjectBuild(folder);
  if (!build) return build.failure();
  arguments.chip = build->chip;
  if (arguments.partitions.empty()) {
    arguments.partitions = build->partition_table;
    arguments.table_offset = build->partition_table_offset;
  }
  if (!arguments.flash_size) arguments.flash_size = build->flash_size;
  arguments.rollback = arguments.rollback || build->rollback;
  arguments.anti_rollback = arguments.anti_rollback || build->anti_rollback;
  if (!arguments.signature) arguments.signature = build->signature;
  project = *build;
  return {};
}

// As the first start of a board whose bootloader verifies signatures: the key that
// signed becomes the one that it trusts.
int InstallProject(const std::string& folder, const ProjectBuild& project) {
  const std::string& image = project.image;
  if (project.signature == SignaturePolicyName(SignaturePolicy::kOnBoot) &&
      !project.signing_key.empty()) {
    const int exit_code = BurnTrustedDigest({.folder = folder}, project.signing_key);
    if (exit_code != kExitDone) return exit_code;
  }
  const auto installed = Install({.folder = folder}, image, {});
  if (!installed) return Fail(installed.failure());
  PrintLine(fmt::format("{}: {} in {}", PrintableText(folder), PrintableText(image),
                        PrintableText(std::string(installed->partition.label()))));
  return kExitDone;
}

// Ends in good order when a signal asks for it.
class Making final : public Observer {
 public:
  explicit Making(FindingCollector& findings) : findings_(findings) {}
  void OnFinding(const Finding& finding) override { findings_.OnFinding(finding); }
  bool OnProgress(const Progress&) override { return !StopAsked(); }

 private:
  FindingCollector& findings_;
};

int New(NewArguments arguments) {
  if (arguments.flash_size == 0U) {
    return FailUsage(
        "--flash-size: expected the size of a flash such as 4MB, found 0; correct it.");
  }
  ProjectBuild project;
  if (!arguments.project.empty()) {
    const Failure failure = TakeProject(arguments.project, arguments, project);
    if (!failure.reason.empty()) return Fail(failure);
  }
  const auto chip = ChipOfName(arguments.chip);
  if (!chip) return FailUsage(chip.failure().message);
  HostDevice::NewDevice device;
  device.folder = arguments.folder;
  device.chip = *chip;
  device.chip_revision = static_cast<std::uint16_t>(arguments.chip_revision.value_or(0));
  device.efuse_block_revision = static_cast<std::uint16_t>(arguments.block_revision.value_or(0));
  FlashContent content;
  if (const auto failure = ReadContent(arguments, device, content)) return Fail(*failure);
  device.policy.rollback = arguments.rollback || arguments.anti_rollback || arguments.trial.given();
  device.policy.trial = arguments.trial.Over({});
  device.policy.anti_rollback = arguments.anti_rollback;
  device.policy.signature =
      FindSignaturePolicy(arguments.signature.value_or("none")).value_or(SignaturePolicy::kNone);
  device.policy.signed_header = arguments.signed_header;
  for (const std::string& path : arguments.header_keys) {
    const auto key = ReadHeaderKey(path);
    if (!key) return Fail(key.failure());
    if (!device.header_keys.Add(*key).ok()) {
      return FailUsage("--header-key: expected at most three keys, found a fourth; give fewer.");
    }
  }
  device.flash_encryption = *FindFlashEncryption(arguments.flash_encryption);
  std::vector<std::uint8_t> flash_key;
  if (!arguments.flash_encryption_key.empty()) {
    if (device.flash_encryption == FlashEncryption::kNone) {
      return FailUsage(
          "--flash-encryption-key: expected --flash-encryption beside it, found none; give both.");
    }
    auto read = ReadWholeFile(arguments.flash_encryption_key, kLargestKeyFile);
    if (!read) return Fail(read.failure());
    flash_key = std::move(*read);
    device.flash_encryption_key = flash_key;
  }
  StopOnSignals();  // a large flash takes its time
  StopOnHangUp();
  FindingCollector findings;
  Making making(findings);
  const Status status = HostDevice::Create(device, making);
  Wipe(flash_key);
  if (!status.ok()) {
    const Failure failure = FailureOf(status, findings);
    if (status.code() == Code::kCancelled) {
      PrintError(failure.message);
      return EndAsAsked();
    }
    return Fail(!device.flash_dump ? failure : InFile(arguments.dump, failure));
  }
  const bool signs = device.policy.signature != SignaturePolicy::kNone;
  PrintLine(fmt::format("{}: a device with {} and {} of flash{}{}", PrintableText(arguments.folder),
                        (*chip)->name, SizeText(device.flash_size),
                        device.policy.rollback ? ", with rollback" : "",
                        signs ? ", signatures " + *arguments.signature : ""));
  return project.image.empty() ? kExitDone : InstallProject(arguments.folder, project);
}

}  // namespace

void AddDeviceNew(CLI::App& group, int& exit_code) {
  CLI::App* const command = AddCommand(
      group, "new",
      "Makes a device folder: flash.bin (a flash dump), efuse.bin, device.json. Without "
      "--partitions or --from-dump: a factory slot and two OTA slots that fill the flash. What "
      "was dumped comes out again with 'device read DIR OUT'.",
      "updraft device new gateway --rollback\n"
      "updraft device new board --chip esp32c3 --flash-size 4MB --partitions partitions.csv\n"
      "updraft device new board --chip esp32 --from-dump flash_4MB.bin\n"
      "updraft device new board --project build\n"
      "updraft device new lock --rollback --signature on-boot");
  const auto arguments = std::make_shared<NewArguments>();
  command->add_option("DIR", arguments->folder, "The folder to make")->required();
  command->add_option("--chip", arguments->chip, "esp32, esp32c3, ..., native (default)")
      ->type_name("NAME");
  AddNumber(*command, "--chip-revision", arguments->chip_revision,
            "Revision, major * 100 + minor (default 0)", 0xFFFF);
  AddNumber(*command, "--efuse-block-revision", arguments->block_revision,
            "eFuse block revision, major * 100 + minor (default 0)", 0xFFFF);
  AddSize(*command, "--flash-size", arguments->flash_size,
          "Size of the flash (default the dump's, or 64MB on linux chips, else 4MB)");
  CLI::Option* const partitions =
      command->add_option("--partitions", arguments->partitions, "Partition table, CSV or binary")
          ->type_name("FILE");
  command
      ->add_option("--from-dump", arguments->dump,
                   "What the whole flash holds, as read from a board; - for standard input")
      ->type_name("FILE")
      ->excludes(partitions);
  command
      ->add_option("--project", arguments->project,
                   "The build folder of an ESP-IDF project: its chip, flash, partition table and "
                   "policy; its image is installed")
      ->type_name("DIR")
      ->excludes("--from-dump", "--chip");
  AddSize(*command, "--partition-table-offset", arguments->table_offset,
          "Where the partition table lies (default 0x8000)");
  command->add_flag("--rollback", arguments->rollback,
                    "New images boot on trial until they confirm themselves");
  command->add_flag("--anti-rollback", arguments->anti_rollback,
                    "Refuse images with a secure version below the eFuse's; turns rollback on");
  AddTrialTerms(*command, arguments->trial);
  command
      ->add_option("--signature", arguments->signature,
                   "When images must be signed: none (default), on-update, or on-boot too, which "
                   "needs a digest in eFuse before anything boots")
      ->type_name("WHEN")
      ->check(OneOf({"none", "on-update", "on-boot"}));
  command
      ->add_option("--header-key", arguments->header_keys,
                   "Who may sign headers of encrypted images, P-256; may be given three times")
      ->type_name("PEM")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      ->add_option("--flash-encryption", arguments->flash_encryption,
                   "none (default), xts-aes-128 or xts-aes-256: flash.bin holds ciphertext, the "
                   "key is burnt into eFuse")
      ->check(OneOf({"none", "xts-aes-128", "xts-aes-256"}))
      ->type_name("KIND");
  command
      ->add_option("--flash-encryption-key", arguments->flash_encryption_key,
                   "The key, 32 or 64 bytes as espsecure makes it (default: a new one)")
      ->type_name("FILE");
  command->add_flag("--demand-signed-header", arguments->signed_header,
                    "Take updates only as encrypted images whose header is signed");
  command->callback([arguments, &exit_code] { exit_code = New(*arguments); });
}

}  // namespace updraft
