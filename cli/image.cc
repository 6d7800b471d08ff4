// SPDX-License-Identifier: Apache-2.0
// `updraft image`: the group, and what its commands share.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/image_commands.h"
#include "cli/text.h"

namespace updraft {
namespace {

#if defined(__aarch64__)
constexpr std::uint16_t kNativeChip = kChipIdLinuxAarch64;
#else
constexpr std::uint16_t kNativeChip = kChipIdLinuxX8664;
#endif

}  // namespace

void AddImageCommands(CLI::App& app, int& exit_code) {
  CLI::App* const group = AddCommand(app, "image", "Application and bootloader images.",
                                     "updraft image info firmware.bin");
  group->require_subcommand(1);
  AddImageMake(*group, exit_code);
  AddImageInfo(*group, exit_code);
  AddImageVerify(*group, exit_code);
  AddImageExtract(*group, exit_code);
  AddImageExplain(*group, exit_code);
  AddImageEncrypt(*group, exit_code);
  AddImageDecrypt(*group, exit_code);
  AddImageSign(*group, exit_code);
}

std::string AllChipNames() {
  std::string names;
  for (const ChipFamily& family : AllChips()) {
    if (!names.empty()) names += ", ";
    names += family.name;
  }
  return names;
}

Outcome<const ChipFamily*> ChipOfName(const std::string& name) {
  if (name == "native") return FindChip(kNativeChip);
  if (const ChipFamily* const family = FindChip(std::string_view(name))) return family;
  return Failure{"invalid_argument",
                 fmt::format("--chip: expected one of {} or native, found '{}'; correct the name.",
                             AllChipNames(), PrintableText(name))};
}

std::string ChipText(std::uint16_t id) {
  const ChipFamily* const family = FindChip(id);
  return family != nullptr ? std::string(family->name) : fmt::format("{:#06x}", id);
}

Failure InFile(const std::string& path, const Failure& failure) {
  return {failure.reason, fmt::format("{}: {}", PrintableText(path), failure.message)};
}

ImageKind KindOf(Bytes image) {
  if (image.size() < kDescriptionOffset + 4) return ImageKind::kApp;
  const Bytes front = image.subspan(kDescriptionOffset, 4);
  const bool bootloader = front[0] == kBootloaderDescriptionMagic && front[1] == 0 && front[2] == 0;
  return bootloader ? ImageKind::kBootloader : ImageKind::kApp;
}

}  // namespace updraft
