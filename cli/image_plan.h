// SPDX-License-Identifier: Apache-2.0
// From the arguments of `updraft image make` to what the core's builder takes:
// files read and padded, header and description filled in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "updraft/chip.h"
#include "updraft/image_builder.h"

#include "cli/failure.h"

namespace updraft {

// As given on the command line; what is absent keeps its default.
struct ImageArguments {
  std::string chip;
  std::vector<std::string> segments;  // ADDRESS:FILE
  std::string executable;             // a Linux program, for the virtual device
  std::string elf;                    // a linked program for an ESP chip
  bool bootloader = false;
  bool no_hash = false;
  bool secure_pad = false;                   // for a signature of Secure Boot v2
  std::optional<std::uint64_t> pad_to_size;  // the file becomes a multiple of it
  bool no_description = false;

  std::optional<std::uint64_t> entry;
  std::optional<std::string> flash_mode;
  std::optional<std::string> flash_frequency;
  std::optional<std::string> flash_size;
  std::optional<std::uint64_t> wp_pin;
  std::optional<std::string> pin_drive;  // A,B,C
  std::optional<std::uint64_t> minimum_revision_legacy;
  std::optional<std::uint64_t> minimum_revision;
  std::optional<std::uint64_t> maximum_revision;

  std::optional<std::string> version;
  std::optional<std::string> project_name;
  std::optional<std::uint64_t> secure_version;
  std::optional<std::string> date;
  std::optional<std::string> time;
  std::optional<std::string> idf_version;
  std::optional<std::string> elf_sha256;
  std::optional<std::uint64_t> minimum_block_revision;
  std::optional<std::uint64_t> maximum_block_revision;
  std::optional<std::string> mmu_page_size;
  std::optional<std::string> description_flash_mode;
};

// A plan with all that it points to.
struct OwnedImagePlan {
  const ChipFamily* family = nullptr;
  ImageHeader header;
  std::vector<std::vector<std::uint8_t>> data;
  std::vector<ImageSegment> segments;
  std::optional<AppDescription> app_description;
  std::optional<BootloaderDescription> bootloader_description;
  std::optional<Sha256Digest> elf_sha256;
  std::uint32_t page_size = 64 << 10;  // of the MMU

  // Valid as long as this object, which must not move meanwhile.
  ImagePlan plan() const;
};

// Whether it was the command line or a file that is wrong decides the exit code.
struct PlanFailure {
  Failure failure;
  bool usage = false;
};

// With an ELF file the segments, the entry and the description's hash are its
// own. A first segment that begins with a description already gives the defaults of
// its fields, and is not given another one.
std::optional<PlanFailure> PlanImage(const ImageArguments& arguments, OwnedImagePlan& plan);

}  // namespace updraft
