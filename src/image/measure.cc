// SPDX-License-Identifier: Apache-2.0
// How long an image is, by its headers alone.
#include <array>

#include "updraft/image.h"

namespace updraft {

Result<std::uint64_t> MeasureImage(Flash& flash, std::uint64_t offset, std::uint64_t size) {
  constexpr Status kNoImage{Code::kNotFound, Stage::kImage};
  std::array<std::uint8_t, kImageHeaderSize> bytes{};
  if (size < bytes.size()) return kNoImage;
  UPDRAFT_TRY(flash.Read(offset, bytes));
  const ImageHeader header = ParseImageHeader(bytes);
  if (header.magic != kImageMagic || header.segment_count > kMaxSegments) return kNoImage;
  std::uint64_t end = kImageHeaderSize;
  for (std::size_t i = 0; i < header.segment_count; ++i) {
    std::array<std::uint8_t, kSegmentHeaderSize> segment{};
    if (end + segment.size() > size) return kNoImage;
    UPDRAFT_TRY(flash.Read(offset + end, segment));
    end += segment.size() + ParseSegmentHeader(segment).length;
  }
  end = AlignUp(end + 1, kImagePadding) + (header.hash_appended != 0 ? kSha256Size : 0);
  if (end > size) return kNoImage;
  return end;
}

}  // namespace updraft
