// SPDX-License-Identifier: Apache-2.0
// The proof of one image, whoever brings its bytes: structure, chip, checksum
// and appended SHA-256. SlotProof feeds it from flash, the tool from a file.
#pragma once

#include "updraft/image.h"
#include "updraft/observer.h"
#include "updraft/port/crypto.h"
#include "updraft/status.h"

#include "src/image/image_parser.h"

namespace updraft {

class ImageProof {
 public:
  // Crypto and observer outlive the proof.
  ImageProof(const ImageRules& rules, Crypto& crypto, Observer& observer)
      : parser_(rules, observer), hash_(crypto), observer_(&observer) {}

  // Any chunking; what lies behind the image is ignored. The codes of judge.h,
  // and kBadChecksum.
  Status Write(Bytes data);
  // No more bytes will come: kTruncated unless the image was whole.
  Status Finish() { return parser_.Finish(); }

  // The image is whole and, unless only inspected, all of it is proven.
  bool complete() const { return parser_.complete(); }
  const ImageFacts& facts() const { return parser_.facts(); }

 private:
  Status Take(const ImagePiece& piece);
  Status JudgeDigests();

  ImageParser parser_;
  Hash hash_;
  Observer* observer_;
  std::uint8_t checksum_ = kChecksumSeed;
};

}  // namespace updraft
