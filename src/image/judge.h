// SPDX-License-Identifier: Apache-2.0
// Each rule that an image is judged by, once: the gate, the proof and through
// them the bootloader all ask here. Every rule reports one Finding.
#pragma once

#include <cstdint>

#include "updraft/image.h"
#include "updraft/observer.h"
#include "updraft/status.h"

namespace updraft {

// The first byte, as soon as it is there. kBadFormat.
Status JudgeMagic(std::uint8_t magic, Observer& observer);

// Chip, revisions, number of segments; in the order of ESP-IDF.
// kBadFormat, kIncompatible.
Status JudgeHeader(const ImageHeader& header, const ImageRules& rules, Observer& observer);

// Whether a loader takes a segment of that length; any chip's when `family` is
// nullptr.
bool SegmentLengthAllowed(std::uint32_t length, const ChipFamily* family);

// Length of the segment whose data starts at `data_offset`, and that it fits.
// kBadFormat, kTruncated, kNoSpace.
Status JudgeSegment(const SegmentHeader& segment, std::size_t index, std::uint64_t data_offset,
                    const ImageRules& rules, Observer& observer);

// A flash-mapped segment must lie at its address modulo the MMU page. kBadFormat.
Status JudgeAlignment(const SegmentHeader& segment, std::uint64_t data_offset,
                      std::uint64_t page_size, const ImageRules& rules, Observer& observer);

// What a description demands of a device.
struct DescribedNeeds {
  std::uint32_t magic = 0;
  std::uint32_t secure_version = 0;
  std::uint16_t minimum_efuse_block_revision = 0;
  std::uint16_t maximum_efuse_block_revision = 0;
};

// Magic where the chip or anti-rollback needs it, eFuse block revision, secure
// version. kBadFormat, kIncompatible, kDowngrade.
Status JudgeDescription(const DescribedNeeds& description, const ImageRules& rules,
                        Observer& observer);

// That `length` bytes, the whole image, fit, with the signature sector where one
// is demanded. kTruncated, kNoSpace; kBadSignature for a file without the sector.
Status JudgeLength(std::uint64_t length, const ImageRules& rules, Observer& observer);

// The file ends before its signature sector does. kBadSignature.
Status RefuseCutSignature(Observer& observer);

// The size of an MMU page, bytes, a power of two. `spi_size` is the header's,
// `page_size_log2` the description's; 0 without one.
std::uint64_t MmuPageSize(std::uint8_t spi_size, std::uint8_t page_size_log2,
                          const ImageRules& rules);

}  // namespace updraft
