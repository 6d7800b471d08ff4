// SPDX-License-Identifier: Apache-2.0
// A second reading of an image, as plain as can be: all bytes are there, nothing is
// judged but what makes it an image. What fuzz targets hold the project's against.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "updraft/bytes.h"
#include "updraft/port/crypto.h"

namespace updraft::fuzz {

struct PlainImage {
  std::uint64_t length = 0;
  bool checksum_right = false;
  bool hash_right = true;  // also where there is none
  bool intact() const { return checksum_right && hash_right; }
};

// Empty where the bytes are no whole image.
std::optional<PlainImage> ReadPlainImage(Bytes bytes, Crypto& crypto);

// Makes checksum and SHA-256 of an image right where its structure is; nothing else.
void RepairPlainImage(MutableBytes bytes, Crypto& crypto);

}  // namespace updraft::fuzz
