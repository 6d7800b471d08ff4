// SPDX-License-Identifier: Apache-2.0
// The 512 bytes in front of an encrypted image, field by field.
#include <algorithm>

#include "updraft/encrypted_image.h"

#include "src/encrypted/key_wrap.h"

namespace updraft {
P256Point SenderPoint(ConstKeyBlock block) {
  P256Point point{};
  std::ranges::copy(block.first<kP256PointSize>(), point.begin());
  return point;
}

EncryptedHeader ParseEncryptedHeader(std::span<const std::uint8_t, kEncryptedHeaderSize> bytes) {
  EncryptedHeader header;
  std::ranges::copy(bytes.subspan<kKeyBlockAt, kKeyBlockSize>(), header.key_block.begin());
  std::ranges::copy(bytes.subspan<kIvAt, kGcmIvSize>(), header.iv.begin());
  header.body_size = LoadLe32(bytes.data() + kBodySizeAt);
  std::ranges::copy(bytes.subspan<kTagAt, kGcmTagSize>(), header.tag.begin());
  return header;
}

void StoreEncryptedHeader(const EncryptedHeader& header,
                          std::span<std::uint8_t, kEncryptedHeaderSize> bytes) {
  std::ranges::fill(bytes, std::uint8_t{0});
  StoreLe32(bytes.data(), kEncryptedMagic);
  std::ranges::copy(header.key_block, bytes.subspan<kKeyBlockAt>().begin());
  std::ranges::copy(header.iv, bytes.subspan<kIvAt>().begin());
  StoreLe32(bytes.data() + kBodySizeAt, header.body_size);
  std::ranges::copy(header.tag, bytes.subspan<kTagAt>().begin());
}

std::string_view SchemeName(EncryptionScheme scheme) {
  return scheme == EncryptionScheme::kRsa3072 ? "rsa-3072" : "ecies-p256";
}

Result<EncryptionScheme> SchemeOf(const EncryptedHeader& header, Crypto& crypto) {
  return SchemeOf(ConstKeyBlock(header.key_block), crypto);
}

Result<EncryptionScheme> SchemeOf(ConstKeyBlock block, Crypto& crypto) {
  UPDRAFT_TRY_ASSIGN(const bool on_curve, crypto.P256IsOnCurve(SenderPoint(block)));
  return on_curve ? EncryptionScheme::kEciesP256 : EncryptionScheme::kRsa3072;
}

}  // namespace updraft
