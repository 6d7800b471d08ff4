// SPDX-License-Identifier: Apache-2.0
#include "src/image/judge.h"

#include <algorithm>

namespace updraft {
namespace {

constexpr std::uint64_t kNarrowFlashLimit = 16ULL << 20;
constexpr std::uint32_t kLinuxSegmentLimit = 1U << 30;
constexpr std::uint16_t kNoRevision = 0xFFFF;

[[gnu::always_inline]] inline Status JudgeImage(Observer& observer, Code code,
                                                const Finding& finding) {
  return Judge(observer, Stage::kImage, code, finding);
}

std::string_view ChipName(std::uint16_t id) {
  const ChipFamily* family = FindChip(id);
  return family != nullptr ? family->name : std::string_view("unknown");
}

bool IsMapped(const ChipFamily& family, std::uint32_t address) {
  return std::any_of(std::begin(family.mapped), std::end(family.mapped), [&](AddressRange range) {
    return address >= range.low && address < range.high;
  });
}

std::uint64_t SlotLimit(const ImageRules& rules) {
  if (rules.chip.family == nullptr || rules.chip.family->wide_flash_address) return rules.slot_size;
  return std::min(rules.slot_size, kNarrowFlashLimit);
}

// An end that the file does not have is reported before one that the slot does
// not have: a cut file is the likelier reason of both.
Status JudgeEnd(std::uint64_t end, const ImageRules& rules, Observer& observer) {
  if (rules.available.has_value() && end > *rules.available) {
    return JudgeImage(
        observer, Code::kTruncated,
        {Check::kImageComplete, false, Value::Size(end), Value::Size(*rules.available)});
  }
  if (end > SlotLimit(rules)) {
    return JudgeImage(
        observer, Code::kNoSpace,
        {Check::kImageFitsSlot, false, Value::Size(SlotLimit(rules)), Value::Size(end)});
  }
  return kOk;
}

Status JudgeChip(const ImageHeader& header, const ImageRules& rules, Observer& observer) {
  const Chip& chip = rules.chip;
  UPDRAFT_TRY(JudgeImage(observer, Code::kIncompatible,
                         {Check::kChipId, header.chip_id == chip.family->id,
                          Value::Text(chip.family->name), Value::Text(ChipName(header.chip_id))}));
  UPDRAFT_TRY(
      JudgeImage(observer, Code::kIncompatible,
                 {Check::kChipRevisionMinimum, chip.revision >= header.minimum_revision,
                  Value::Revision(header.minimum_revision), Value::Revision(chip.revision)}));
  const bool has_maximum = rules.kind == ImageKind::kApp && header.maximum_revision != 0 &&
                           header.maximum_revision != kNoRevision && !chip.ignore_maximum_revision;
  return JudgeImage(
      observer, Code::kIncompatible,
      {Check::kChipRevisionMaximum, !has_maximum || chip.revision <= header.maximum_revision,
       Value::Revision(header.maximum_revision), Value::Revision(chip.revision)});
}

Status JudgeBlockRevision(const DescribedNeeds& description, const Chip& chip, Observer& observer) {
  const std::uint16_t minimum = description.minimum_efuse_block_revision;
  const std::uint16_t maximum = description.maximum_efuse_block_revision;
  const bool has_minimum = minimum != 0 && minimum != kNoRevision;
  const bool has_maximum =
      maximum != 0 && maximum != kNoRevision && !chip.ignore_maximum_block_revision;
  UPDRAFT_TRY(JudgeImage(
      observer, Code::kIncompatible,
      {Check::kEfuseBlockRevisionMinimum, !has_minimum || chip.efuse_block_revision >= minimum,
       Value::Revision(minimum), Value::Revision(chip.efuse_block_revision)}));
  return JudgeImage(
      observer, Code::kIncompatible,
      {Check::kEfuseBlockRevisionMaximum, !has_maximum || chip.efuse_block_revision <= maximum,
       Value::Revision(maximum), Value::Revision(chip.efuse_block_revision)});
}

}  // namespace

bool SegmentLengthAllowed(std::uint32_t length, const ChipFamily* family) {
  if (length % 4 != 0) return false;
  if (family == nullptr) return true;  // inspection of an unknown chip's image
  if (!family->wide_flash_address) return length < kNarrowFlashLimit;
  return !family->runs_linux || length <= kLinuxSegmentLimit;
}

Status JudgeMagic(std::uint8_t magic, Observer& observer) {
  return JudgeImage(
      observer, Code::kBadFormat,
      {Check::kImageMagic, magic == kImageMagic, Value::Hex(kImageMagic), Value::Hex(magic)});
}

Status JudgeHeader(const ImageHeader& header, const ImageRules& rules, Observer& observer) {
  if (!rules.inspect_only && rules.chip.family != nullptr) {
    UPDRAFT_TRY(JudgeChip(header, rules, observer));
  }
  UPDRAFT_TRY(JudgeImage(observer, Code::kBadFormat,
                         {Check::kSegmentCount, header.segment_count <= kMaxSegments,
                          Value::Number(kMaxSegments), Value::Number(header.segment_count)}));
  const bool needs_segments = rules.kind == ImageKind::kApp && !rules.inspect_only;
  return JudgeImage(observer, Code::kBadFormat,
                    {Check::kSegmentPresent, !needs_segments || header.segment_count > 0,
                     Value::Number(1), Value::Number(header.segment_count)});
}

Status JudgeSegment(const SegmentHeader& segment, std::size_t index, std::uint64_t data_offset,
                    const ImageRules& rules, Observer& observer) {
  UPDRAFT_TRY(JudgeImage(
      observer, Code::kBadFormat,
      {Check::kSegmentLength, SegmentLengthAllowed(segment.length, rules.chip.family),
       Value::Text("a multiple of 4 within the chip's limit"), Value::Hex(segment.length)}));
  if (index == 0 && rules.kind == ImageKind::kApp && !rules.inspect_only) {
    UPDRAFT_TRY(JudgeImage(observer, Code::kBadFormat,
                           {Check::kFirstSegmentLength, segment.length >= kAppDescriptionSize,
                            Value::Size(kAppDescriptionSize), Value::Size(segment.length)}));
  }
  return JudgeEnd(data_offset + segment.length, rules, observer);
}

Status JudgeAlignment(const SegmentHeader& segment, std::uint64_t data_offset,
                      std::uint64_t page_size, const ImageRules& rules, Observer& observer) {
  const ChipFamily* family = rules.chip.family;
  if (rules.inspect_only || family == nullptr || !IsMapped(*family, segment.load_address)) {
    return kOk;
  }
  const std::uint64_t expected = segment.load_address & (page_size - 1);
  const std::uint64_t found = (rules.flash_offset + data_offset) & (page_size - 1);
  return JudgeImage(
      observer, Code::kBadFormat,
      {Check::kSegmentAlignment, expected == found, Value::Hex(expected), Value::Hex(found)});
}

Status JudgeDescription(const DescribedNeeds& description, const ImageRules& rules,
                        Observer& observer) {
  if (rules.inspect_only) return kOk;
  const Chip& chip = rules.chip;
  const bool needs_magic = rules.minimum_secure_version.has_value() ||
                           (chip.family != nullptr && chip.family->configurable_mmu_page);
  UPDRAFT_TRY(JudgeImage(
      observer, Code::kBadFormat,
      {Check::kDescriptionMagic, !needs_magic || description.magic == kAppDescriptionMagic,
       Value::Hex(kAppDescriptionMagic), Value::Hex(description.magic)}));
  if (chip.family != nullptr && chip.family->has_efuse_block_revision) {
    UPDRAFT_TRY(JudgeBlockRevision(description, chip, observer));
  }
  if (!rules.minimum_secure_version.has_value()) return kOk;
  return JudgeImage(
      observer, Code::kDowngrade,
      {Check::kSecureVersion, description.secure_version >= *rules.minimum_secure_version,
       Value::Number(*rules.minimum_secure_version), Value::Number(description.secure_version)});
}

Status JudgeLength(std::uint64_t length, const ImageRules& rules, Observer& observer) {
  UPDRAFT_TRY(JudgeEnd(length, rules, observer));
  const bool sector = rules.signature.has_value();
  const std::uint64_t end =
      sector ? AlignUp(length, kSignatureAlignment) + kSignatureSectorSize : length;
  UPDRAFT_TRY(JudgeImage(observer, Code::kNoSpace,
                         {Check::kImageFitsSlot, end <= SlotLimit(rules),
                          Value::Size(SlotLimit(rules)), Value::Size(end)}));
  if (sector && rules.available.has_value() && *rules.available < end) {
    return RefuseCutSignature(observer);
  }
  return kOk;
}

Status RefuseCutSignature(Observer& observer) {
  return JudgeImage(
      observer, Code::kBadSignature,
      {Check::kSignaturePresent, false, {}, Value::Text("a file that ends too early")});
}

std::uint64_t MmuPageSize(std::uint8_t spi_size, std::uint8_t page_size_log2,
                          const ImageRules& rules) {
  constexpr std::uint64_t kKibibyte = 1024;
  constexpr std::uint64_t kDefault = 64 * kKibibyte;
  if (rules.chip.family == nullptr || !rules.chip.family->configurable_mmu_page) return kDefault;
  if (page_size_log2 >= 13 && page_size_log2 <= 18) return 1ULL << page_size_log2;
  if (spi_size == 0) return 16 * kKibibyte;
  if (spi_size == 1) return 32 * kKibibyte;
  return kDefault;
}

}  // namespace updraft
