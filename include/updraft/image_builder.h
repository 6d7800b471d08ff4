// SPDX-License-Identifier: Apache-2.0
// Makes an ESP application or bootloader image, byte for byte, from segments
// that the caller holds. Format: docs/formats.md, "Image".
#pragma once

#include <cstdint>
#include <span>

#include "updraft/bytes.h"
#include "updraft/image.h"
#include "updraft/port/crypto.h"
#include "updraft/status.h"
#include "updraft/stream.h"

namespace updraft {

struct ImageSegment {
  std::uint32_t load_address = 0;  // in the chip's memory
  Bytes data{};                    // its length is a multiple of 4
};

// What goes into an image. Everything pointed to outlives the call.
//
// Example, examples/api/make_image.cc:
//   Status MakeImage(Bytes rodata, Sink& out) {
//     AppDescription description;
//     description.version_field = {"1.0.0"};
//     const ImageSegment segments[] = {{.load_address = 0x3C000020, .data = rodata}};
//     ImagePlan plan;
//     plan.header.chip_id = FindChip("esp32c3")->id;
//     plan.header.entry_address = 0x3C000120;
//     plan.segments = segments;
//     plan.app_description = &description;
//     OpensslCrypto crypto;
//     UPDRAFT_TRY(BuildImage(plan, crypto, out));
//     return out.Finish();
//   }
struct ImagePlan {
  // As it is to be stored, but for segment_count, which follows from the
  // segments. hash_appended decides whether a SHA-256 follows.
  ImageHeader header{};
  // 1 to kMaxSegments, in the order of the image.
  std::span<const ImageSegment> segments{};
  // At most one of these; it comes before the data of the first segment, which
  // becomes longer by it and keeps its load address.
  const AppDescription* app_description = nullptr;
  const BootloaderDescription* bootloader_description = nullptr;
};

// Bytes of the whole image.
//   kInvalidArgument  no or too many segments, a length that is no multiple of
//                     4, two descriptions
//   kNoSpace          a segment longer than the chip of the header can load
Result<std::uint64_t> ImageLength(const ImagePlan& plan);

// Writes the image to `sink`, front to back in one pass, and leaves Finish() to
// the caller, who may have more to append. The codes of ImageLength (nothing is
// written then), of the sink and of Crypto.
Status BuildImage(const ImagePlan& plan, Crypto& crypto, Sink& sink);

}  // namespace updraft
