// SPDX-License-Identifier: Apache-2.0
// `updraft device read|write|erase`: the bytes of a partition, or of the whole
// flash, as a programmer reads and writes them.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/device_commands.h"
#include "cli/device_folder.h"
#include "cli/files.h"
#include "cli/flash_range.h"
#include "cli/output.h"
#include "cli/sentence.h"
#include "cli/text.h"

namespace updraft {
namespace {

constexpr std::size_t kPiece = 1 << 20;

struct FlashArguments {
  DeviceToWrite device;
  std::string file;
  std::string partition;  // empty: the whole flash
  std::optional<std::uint64_t> offset;
  std::optional<std::uint64_t> size;
  bool all = false;
  bool force = false;
  bool json = false;
};

// A partition as its firmware sees it; the whole flash as the part holds it, which
// is ciphertext where it is encrypted.
Flash& FlashOf(const FlashArguments& arguments, HostDevice& device) {
  return arguments.partition.empty() ? device.raw_flash() : *device.device().flash;
}

Outcome<FlashRange> Asked(const FlashArguments& arguments, const Device& device,
                          std::optional<std::uint64_t> size) {
  const auto range = FindRange(device, arguments.partition);
  if (!range) return range.failure();
  return PartOf(*range, arguments.offset.value_or(0), size);
}

int Done(const FlashArguments& arguments, const FlashRange& range, const char* what) {
  if (arguments.json) {
    using Json = nlohmann::ordered_json;
    PrintJson(
        {{"partition", arguments.partition.empty() ? Json(nullptr) : Json(arguments.partition)},
         {"offset", range.address},
         {"size", range.size}});
  } else {
    PrintLine(fmt::format("{}: {} {} at {:#x} ({})", PrintableText(arguments.device.folder),
                          ExactSizeText(range.size), what, range.address, range.name));
  }
  return kExitDone;
}

Status Copy(Flash& flash, FlashRange range, Sink& out) {
  std::vector<std::uint8_t> buffer(kPiece);
  while (range.size > 0) {
    const MutableBytes piece =
        MutableBytes(buffer).first(std::min<std::uint64_t>(range.size, kPiece));
    UPDRAFT_TRY(flash.Read(range.address, piece));
    UPDRAFT_TRY(out.Write(piece));
    range.address += piece.size();
    range.size -= piece.size();
  }
  return out.Finish();
}

int Read(const FlashArguments& arguments) {
  auto opened = OpenDevice(arguments.device.folder);
  if (!opened) return Fail(opened.failure(), arguments.json);
  const auto range = Asked(arguments, (*opened)->device(), arguments.size);
  if (!range) return Fail(range.failure(), arguments.json);
  NewFile out(arguments.file);
  const Status status = Copy(FlashOf(arguments, **opened), *range, out);
  if (status.stage() == Stage::kFlash) return Fail(FailureOf(status), arguments.json);
  if (!status.ok()) return Fail(out.FailureOf(status), arguments.json);
  return arguments.file == "-" ? kExitDone : Done(arguments, *range, "read");
}

// The range that a command may change: as asked, and not of what runs.
Outcome<FlashRange> ToChange(const FlashArguments& arguments, Device& device,
                             std::optional<std::uint64_t> size) {
  const auto range = Asked(arguments, device, size);
  if (!range || arguments.force) return range;
  AssumeRunning(device);
  if (auto refused = JudgeNotRunning(device, *range)) return std::move(*refused);
  return range;
}

int Write(const FlashArguments& arguments) {
  // Before the device is locked; of a pipe that never ends no more than fits.
  const auto seen = OpenDevice(arguments.device.folder);
  if (!seen) return Fail(seen.failure(), arguments.json);
  const std::uint64_t flash_size = (*seen)->device().flash->geometry().size;
  const auto file = ReadWholeFile(arguments.file, flash_size);
  if (!file) return Fail(file.failure(), arguments.json);
  auto opened = OpenDeviceToWrite(arguments.device);
  if (!opened) return Fail(opened.failure(), arguments.json);
  Device& device = (*opened)->device();
  const auto range = ToChange(arguments, device, file->size());
  if (!range) return Fail(range.failure(), arguments.json);
  const Status status = ReplaceBytes(FlashOf(arguments, **opened), range->address, *file);
  if (!status.ok()) return Fail(FailureOf(status), arguments.json);
  return Done(arguments, *range, "written");
}

int Erase(const FlashArguments& arguments) {
  auto opened = OpenDeviceToWrite(arguments.device);
  if (!opened) return Fail(opened.failure(), arguments.json);
  Device& device = (*opened)->device();
  const auto range = ToChange(arguments, device, arguments.size);
  if (!range) return Fail(range.failure(), arguments.json);
  const Status status = EraseBytes(FlashOf(arguments, **opened), range->address, range->size);
  if (!status.ok()) return Fail(FailureOf(status), arguments.json);
  return Done(arguments, *range, "erased");
}

void AddRange(CLI::App& command, FlashArguments& arguments, bool with_size) {
  command
      .add_option("--partition", arguments.partition, "The partition; without it the whole flash")
      ->type_name("NAME");
  AddSize(command, "--offset", arguments.offset,
          "Where to begin, from the start of the partition or flash (default 0)");
  if (with_size) AddSize(command, "--size", arguments.size, "How many bytes (default: the rest)");
  command.add_flag("--json", arguments.json, "Print one JSON object");
}

void AddRead(CLI::App& group, int& exit_code) {
  CLI::App* const command = AddCommand(
      group, "read",
      "Reads a partition, or the whole flash: what 'device new --from-dump' takes, and what a "
      "programmer writes to a board. Where flash is encrypted, a partition is read in clear and "
      "the whole flash as it is stored. Never waits for a writer.",
      "updraft device read mydevice dump.bin\n"
      "updraft device read mydevice nvs.bin --partition nvs\n"
      "updraft device read mydevice - --partition otadata --size 32 | xxd");
  const auto arguments = std::make_shared<FlashArguments>();
  command->add_option("DIR", arguments->device.folder, "The device folder")->required();
  command->add_option("OUT", arguments->file, "The file to write, - for standard output")
      ->required();
  AddRange(*command, *arguments, true);
  command->callback([arguments, &exit_code] {
    if (arguments->json && arguments->file == "-") {
      throw CLI::ValidationError("--json: expected a file for OUT, found standard output");
    }
    exit_code = Read(*arguments);
  });
}

void AddWrite(CLI::App& group, int& exit_code) {
  CLI::App* const command = AddCommand(
      group, "write",
      "Writes a file's bytes into a partition, or anywhere into the flash, as they are: the "
      "sectors they touch are erased and programmed anew, the rest of these is kept. Nothing is "
      "proven or selected; for images see 'device install'.",
      "updraft device write mydevice nvs.bin --partition nvs\n"
      "updraft device write mydevice table.bin --offset 0x8000");
  const auto arguments = std::make_shared<FlashArguments>();
  AddDeviceToWrite(*command, arguments->device);
  command->add_option("FILE", arguments->file, "The bytes, - for standard input")->required();
  AddRange(*command, *arguments, false);
  command->add_flag("--force", arguments->force, "Change the running slot too");
  command->callback([arguments, &exit_code] {
    if (arguments->partition.empty() && !arguments->offset) {
      throw CLI::ValidationError("expected --partition or --offset, found neither");
    }
    exit_code = Write(*arguments);
  });
}

void AddErase(CLI::App& group, int& exit_code) {
  CLI::App* const command = AddCommand(
      group, "erase",
      "Erases a partition, part of one, or the whole flash. What shares a sector with it is kept.",
      "updraft device erase mydevice --partition nvs\n"
      "updraft device erase mydevice --offset 0x110000 --size 64K");
  const auto arguments = std::make_shared<FlashArguments>();
  AddDeviceToWrite(*command, arguments->device);
  AddRange(*command, *arguments, true);
  command->add_flag("--all", arguments->all, "The whole flash, partition table included");
  command->add_flag("--force", arguments->force, "Change the running slot too");
  command->callback([arguments, &exit_code] {
    const bool range = !arguments->partition.empty() || (arguments->offset && arguments->size);
    if (range == arguments->all) {
      throw CLI::ValidationError(
          "expected --partition, --offset with --size, or --all, and one of them only");
    }
    exit_code = Erase(*arguments);
  });
}

}  // namespace

void AddDeviceFlash(CLI::App& group, int& exit_code) {
  AddRead(group, exit_code);
  AddWrite(group, exit_code);
  AddErase(group, exit_code);
}

}  // namespace updraft
