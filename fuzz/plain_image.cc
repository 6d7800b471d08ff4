// SPDX-License-Identifier: Apache-2.0
#include "fuzz/plain_image.h"

#include <algorithm>

#include "fuzz/fuzz.h"

namespace updraft::fuzz {
namespace {

struct Layout {
  std::size_t checksum_at = 0;
  std::uint8_t checksum = 0;
  std::size_t hash_at = 0;  // 0: none
  std::size_t length = 0;
};

std::optional<Layout> LayoutOf(Bytes bytes) {
  if (bytes.size() < 24 || bytes[0] != 0xE9) return std::nullopt;
  Layout layout{.checksum = 0xEF};
  std::size_t at = 24;
  for (int left = bytes[1]; left > 0; --left) {
    if (bytes.size() - at < 8) return std::nullopt;
    const std::size_t size = LoadLe32(&bytes[at + 4]);
    at += 8;
    if (bytes.size() - at < size) return std::nullopt;
    for (const std::uint8_t byte : bytes.subspan(at, size)) layout.checksum ^= byte;
    at += size;
  }
  layout.checksum_at = at | 15;
  layout.length = layout.checksum_at + 1;
  if (bytes[23] != 0) {
    layout.hash_at = layout.length;
    layout.length += 32;
  }
  if (layout.length > bytes.size()) return std::nullopt;
  return layout;
}

Sha256Digest HashOf(Bytes bytes, Crypto& crypto) {
  const auto digest = Sha256(crypto, bytes);
  Require(digest.has_value(), "hashing works");
  return *digest;
}

}  // namespace

std::optional<PlainImage> ReadPlainImage(Bytes bytes, Crypto& crypto) {
  const auto layout = LayoutOf(bytes);
  if (!layout) return std::nullopt;
  PlainImage image{.length = layout->length};
  image.checksum_right = bytes[layout->checksum_at] == layout->checksum;
  if (layout->hash_at != 0) {
    const Sha256Digest digest = HashOf(bytes.first(layout->hash_at), crypto);
    image.hash_right = std::equal(digest.begin(), digest.end(), &bytes[layout->hash_at]);
  }
  return image;
}

void RepairPlainImage(MutableBytes bytes, Crypto& crypto) {
  const auto layout = LayoutOf(bytes);
  if (!layout) return;
  bytes[layout->checksum_at] = layout->checksum;
  if (layout->hash_at == 0) return;
  const Sha256Digest digest = HashOf(bytes.first(layout->hash_at), crypto);
  std::copy(digest.begin(), digest.end(), &bytes[layout->hash_at]);
}

}  // namespace updraft::fuzz
