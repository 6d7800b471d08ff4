// SPDX-License-Identifier: Apache-2.0
#include "cli/image_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "cli/elf.h"
#include "cli/elf_layout.h"
#include "cli/files.h"
#include "cli/image_commands.h"
#include "cli/sentence.h"
#include "cli/spi_fields.h"
#include "cli/text.h"
#include "ports/host/crypto_openssl.h"

namespace updraft {
namespace {

constexpr std::uint64_t kLargestPadding = 128 << 20;  // no flash is larger

using Problem = std::optional<PlanFailure>;

PlanFailure Wrong(std::string_view option, std::string_view expected, std::string_view found) {
  return {{"invalid_argument", fmt::format("{}: expected {}, found '{}'; correct the value.",
                                           option, expected, PrintableText(found))},
          true};
}

// Fills header and descriptions; stops at the first value that is wrong.
class PlanFiller {
 public:
  PlanFiller(const ImageArguments& arguments, OwnedImagePlan& plan)
      : arguments_(arguments), plan_(plan) {}

  Problem Run() {
    FillHeader();
    if (plan_.app_description) FillAppDescription(*plan_.app_description);
    if (plan_.bootloader_description) FillBootloaderDescription(*plan_.bootloader_description);
    if (!arguments_.no_description) return problem_;
    RefuseDescriptionOptions();
    return problem_;
  }

 private:
  void Refuse(std::string_view option, std::string_view expected, std::string_view found) {
    if (!problem_) problem_ = Wrong(option, expected, found);
  }

  template <typename Field>
  void SetNumber(const std::optional<std::uint64_t>& value, Field& field) {
    if (value) field = static_cast<Field>(*value);
  }

  template <typename Field>
  void SetWord(std::string_view option, const std::optional<std::string>& text, Field& field,
               const std::optional<std::uint8_t>& parsed, std::string_view expected) {
    if (!text) return;
    if (!parsed) return Refuse(option, expected, *text);
    field = *parsed;
  }

  // Tools always leave room for a terminator.
  template <std::size_t N>
  void SetText(std::string_view option, const std::optional<std::string>& text,
               std::array<char, N>& field) {
    if (!text) return;
    if (text->size() >= N) {
      return Refuse(option, fmt::format("at most {} bytes", N - 1), *text);
    }
    field = {};
    std::copy(text->begin(), text->end(), field.begin());
  }

  void FillHeader() {
    ImageHeader& header = plan_.header;
    const auto& a = arguments_;
    header.chip_id = plan_.family->id;
    header.hash_appended = a.no_hash ? 0 : 1;
    SetNumber(a.entry, header.entry_address);
    SetNumber(a.wp_pin, header.wp_pin);
    SetNumber(a.minimum_revision_legacy, header.minimum_revision_legacy);
    SetNumber(a.minimum_revision, header.minimum_revision);
    SetNumber(a.maximum_revision, header.maximum_revision);
    SetWord("--flash-mode", a.flash_mode, header.spi_mode, ParseSpiMode(a.flash_mode.value_or("")),
            "qio, qout, dio, dout, fast_read, slow_read or a number");
    SetWord("--flash-freq", a.flash_frequency, header.spi_speed,
            ParseSpiSpeed(a.flash_frequency.value_or(""), *plan_.family),
            fmt::format("{} or a number below 16", SpiSpeeds(*plan_.family)));
    SetWord("--flash-size", a.flash_size, header.spi_size, ParseSpiSize(a.flash_size.value_or("")),
            "a power of two from 1MB to 128MB");
    if (a.pin_drive) FillPinDrive(*a.pin_drive);
    if (a.pad_to_size && (*a.pad_to_size == 0 || *a.pad_to_size > kLargestPadding)) {
      Refuse("--pad-to-size", "a size from 1 to 128MB", fmt::format("{}", *a.pad_to_size));
    }
  }

  void FillPinDrive(const std::string& text) {
    std::string_view rest = text;
    for (std::uint8_t& pin : plan_.header.spi_pin_drive) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      const auto number = ParseNumber(rest.substr(0, comma));
      if (!number || *number > 0xFF) return Refuse("--pin-drive", "three bytes: A,B,C", text);
      pin = static_cast<std::uint8_t>(*number);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    if (!rest.empty()) Refuse("--pin-drive", "three bytes: A,B,C", text);
  }

  void FillAppDescription(AppDescription& description) {
    const auto& a = arguments_;
    SetText("--version", a.version, description.version_field);
    SetText("--project-name", a.project_name, description.project_name_field);
    SetText("--date", a.date, description.date_field);
    SetText("--time", a.time, description.time_field);
    SetText("--idf-version", a.idf_version, description.idf_version_field);
    SetNumber(a.secure_version, description.secure_version);
    SetNumber(a.minimum_block_revision, description.minimum_efuse_block_revision);
    SetNumber(a.maximum_block_revision, description.maximum_efuse_block_revision);
    SetWord("--description-flash-mode", a.description_flash_mode, description.spi_flash_mode,
            ParseDescriptionSpiMode(a.description_flash_mode.value_or("")),
            "unknown, qio, qout, dio, dout, opi or a number");
    SetWord("--mmu-page-size", a.mmu_page_size, description.mmu_page_size,
            PageSizePower(a.mmu_page_size.value_or("")), "0 or a power of two up to 256K");
    if (a.elf_sha256) FillElfHash(*a.elf_sha256, description);
  }

  static std::optional<std::uint8_t> PageSizePower(const std::string& text) {
    const auto size = ParseSize(text);
    if (!size || *size > (256U << 10)) return std::nullopt;
    if (*size == 0) return std::uint8_t{0};
    if (!std::has_single_bit(*size)) return std::nullopt;
    return static_cast<std::uint8_t>(std::countr_zero(*size));
  }

  void FillElfHash(const std::string& text, AppDescription& description) {
    const auto digest = ParseHex(text);
    if (!digest || digest->size() != kSha256Size) {
      return Refuse("--elf-sha256", "64 hexadecimal digits", text);
    }
    std::copy(digest->begin(), digest->end(), description.elf_sha256.begin());
  }

  void FillBootloaderDescription(BootloaderDescription& description) {
    const auto& a = arguments_;
    if (a.version) {
      const auto number = ParseNumber(*a.version);
      if (!number || *number > 0xFFFFFFFF) {
        return Refuse("--version", "a number, as bootloaders have", *a.version);
      }
      description.version = static_cast<std::uint32_t>(*number);
    }
    if (a.secure_version && *a.secure_version > 0xFF) {
      return Refuse("--secure-version", "at most 255 in a bootloader",
                    fmt::format("{}", *a.secure_version));
    }
    SetNumber(a.secure_version, description.secure_version);
    SetText("--idf-version", a.idf_version, description.idf_version_field);
    if (a.date || a.time) {
      const std::string both = fmt::format("{} {}", a.date.value_or(""), a.time.value_or(""));
      SetText("--date and --time", both, description.date_time_field);
    }
    RefuseAppOptions("an app, not --bootloader");
  }

  void RefuseAppOptions(std::string_view expected) {
    const auto& a = arguments_;
    if (a.project_name) Refuse("--project-name", expected, *a.project_name);
    if (a.elf_sha256) Refuse("--elf-sha256", expected, *a.elf_sha256);
    if (a.mmu_page_size) Refuse("--mmu-page-size", expected, *a.mmu_page_size);
    if (a.description_flash_mode) {
      Refuse("--description-flash-mode", expected, *a.description_flash_mode);
    }
    const auto refuse_number = [&](std::string_view option, const auto& value) {
      if (value) Refuse(option, expected, fmt::format("{}", *value));
    };
    refuse_number("--min-efuse-block-revision", a.minimum_block_revision);
    refuse_number("--max-efuse-block-revision", a.maximum_block_revision);
  }

  void RefuseDescriptionOptions() {
    const auto& a = arguments_;
    constexpr std::string_view kExpected = "a description, not --no-description";
    RefuseAppOptions(kExpected);
    if (a.version) Refuse("--version", kExpected, *a.version);
    if (a.secure_version) {
      Refuse("--secure-version", kExpected, fmt::format("{}", *a.secure_version));
    }
    if (a.date) Refuse("--date", kExpected, *a.date);
    if (a.time) Refuse("--time", kExpected, *a.time);
    if (a.idf_version) Refuse("--idf-version", kExpected, *a.idf_version);
  }

  const ImageArguments& arguments_;
  OwnedImagePlan& plan_;
  Problem problem_;
};

Problem AddFile(std::uint32_t address, const std::string& path, OwnedImagePlan& plan) {
  std::vector<std::uint8_t> data;
  if (!path.empty()) {
    auto file = ReadWholeFile(path, kLargestImageFile);
    if (!file) return PlanFailure{file.failure(), false};
    data = std::move(*file);
  }
  data.resize(AlignUp(data.size(), 4));
  plan.data.push_back(std::move(data));
  plan.segments.push_back({address, {}});
  return std::nullopt;
}

Problem AddSegment(const std::string& text, OwnedImagePlan& plan) {
  const std::size_t colon = text.find(':');
  const auto address = ParseNumber(std::string_view(text).substr(0, colon));
  if (colon == std::string::npos || !address || *address > 0xFFFFFFFF) {
    return Wrong("--segment", "ADDRESS:FILE with an address of 32 bits", text);
  }
  return AddFile(static_cast<std::uint32_t>(*address), text.substr(colon + 1), plan);
}

bool BeginsWithAppDescription(Bytes data) {
  return data.size() >= kAppDescriptionSize && LoadLe32(data.data()) == kAppDescriptionMagic;
}

bool BeginsWithBootloaderDescription(Bytes data) {
  return data.size() >= kBootloaderDescriptionSize && data[0] == kBootloaderDescriptionMagic &&
         data[1] == 0 && data[2] == 0;
}

// The description has to be linked in: one that is added would move all behind it.
Problem JudgeElfDescription(const ImageArguments& arguments, const OwnedImagePlan& plan) {
  const bool there = arguments.bootloader ? BeginsWithBootloaderDescription(plan.data.front())
                                          : BeginsWithAppDescription(plan.data.front());
  if (there || arguments.no_description) return std::nullopt;
  return PlanFailure{
      InFile(arguments.elf,
             {"bad_app_desc_magic",
              fmt::format("expected {} description at the front of the first segment, at {:#x}, "
                          "found none; link one there, or leave it out with --no-description.",
                          arguments.bootloader ? "a bootloader" : "an application",
                          plan.segments.front().load_address)}),
      false};
}

Problem AddElf(const ImageArguments& arguments, OwnedImagePlan& plan) {
  const auto file = ReadWholeFile(arguments.elf, kLargestImageFile);
  if (!file) return PlanFailure{file.failure(), false};
  const auto program = ParseElf(*file);
  if (!program) return PlanFailure{InFile(arguments.elf, program.failure()), false};
  ElfLayoutOptions options{.family = plan.family, .page_size = MmuPageSize(*program, *plan.family)};
  if (arguments.mmu_page_size && plan.family->configurable_mmu_page) {
    const auto size = ParseSize(*arguments.mmu_page_size);
    // What is no page size is refused with the other fields.
    if (size && std::has_single_bit(*size) && *size <= (64U << 10)) {
      options.page_size = static_cast<std::uint32_t>(*size);
    }
  }
  plan.page_size = options.page_size;
  auto segments = LayOutElf(*program, options);
  if (!segments) return PlanFailure{InFile(arguments.elf, segments.failure()), false};
  for (LaidSegment& segment : *segments) {
    plan.segments.push_back({segment.address, {}});
    plan.data.push_back(std::move(segment.data));
  }
  plan.header.entry_address = program->entry;
  OpensslCrypto crypto;
  const auto digest = Sha256(crypto, *file);
  if (!digest) return PlanFailure{FailureOf(digest.error()), false};
  plan.elf_sha256 = *digest;
  return JudgeElfDescription(arguments, plan);
}

Problem AddSegments(const ImageArguments& arguments, OwnedImagePlan& plan) {
  const bool others = !arguments.segments.empty() || !arguments.executable.empty();
  if (others == !arguments.elf.empty()) {
    return PlanFailure{
        {"invalid_argument", fmt::format("expected --elf FILE, or --segment ADDRESS:FILE or "
                                         "--executable FILE, found {}; give what is to go into the "
                                         "image.",
                                         others ? "both" : "neither")},
        true};
  }
  if (!arguments.elf.empty()) return AddElf(arguments, plan);
  for (const std::string& text : arguments.segments) {
    if (auto problem = AddSegment(text, plan)) return problem;
  }
  if (arguments.executable.empty()) return std::nullopt;
  // The first segment is for the description alone, at an address not loaded.
  if (plan.segments.empty()) {
    plan.data.emplace_back();
    plan.segments.push_back({0, {}});
  }
  return AddFile(kExecutableLoadAddress, arguments.executable, plan);
}

// Takes an existing description off the data, or begins a new one.
void TakeDescription(const ImageArguments& arguments, OwnedImagePlan& plan) {
  if (arguments.no_description) return;
  std::vector<std::uint8_t>& data = plan.data.front();
  std::size_t taken = 0;
  if (arguments.bootloader) {
    plan.bootloader_description.emplace();
    if (BeginsWithBootloaderDescription(data)) {
      taken = kBootloaderDescriptionSize;
      plan.bootloader_description =
          ParseBootloaderDescription(Bytes(data).first<kBootloaderDescriptionSize>());
    }
  } else {
    plan.app_description.emplace();
    if (BeginsWithAppDescription(data)) {
      taken = kAppDescriptionSize;
      plan.app_description = ParseAppDescription(Bytes(data).first<kAppDescriptionSize>());
    }
  }
  data.erase(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(taken));
}

// A last segment of zeros, so that image and hash fill pages of the MMU: what is
// mapped is signed then, and the signature begins a page.
Problem AddSecurePad(const ImageArguments& arguments, OwnedImagePlan& plan) {
  if (!arguments.secure_pad) return std::nullopt;
  if (arguments.no_hash) return Wrong("--secure-pad-v2", "a hash, not --no-hash", "both");
  constexpr std::uint64_t kChecksumBlock = 16;
  std::uint64_t length = kImageHeaderSize;
  for (const auto& data : plan.data) length += kSegmentHeaderSize + data.size();
  if (plan.app_description) length += kAppDescriptionSize;
  if (plan.bootloader_description) length += kBootloaderDescriptionSize;
  length += kSegmentHeaderSize + kChecksumBlock + kSha256Size;
  plan.segments.push_back({0, {}});
  plan.data.emplace_back(AlignUp(length, plan.page_size) - length);
  return std::nullopt;
}

}  // namespace

ImagePlan OwnedImagePlan::plan() const {
  return {header, segments, app_description ? &*app_description : nullptr,
          bootloader_description ? &*bootloader_description : nullptr};
}

Problem PlanImage(const ImageArguments& arguments, OwnedImagePlan& plan) {
  const auto family = ChipOfName(arguments.chip);
  if (!family) return PlanFailure{family.failure(), true};
  plan.family = *family;
  if (auto problem = AddSegments(arguments, plan)) return problem;
  if (arguments.elf.empty()) plan.header.entry_address = plan.segments.front().load_address;
  TakeDescription(arguments, plan);
  if (plan.elf_sha256 && plan.app_description) {
    std::copy(plan.elf_sha256->begin(), plan.elf_sha256->end(),
              plan.app_description->elf_sha256.begin());
  }
  if (auto problem = AddSecurePad(arguments, plan)) return problem;
  for (std::size_t i = 0; i < plan.data.size(); ++i) plan.segments[i].data = plan.data[i];
  return PlanFiller(arguments, plan).Run();
}

}  // namespace updraft
