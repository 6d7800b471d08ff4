// SPDX-License-Identifier: Apache-2.0
// The 1216 bytes of a signature block, field by field. Numbers in it are
// little-endian, each reversed on its own; the port takes them big-endian.
#include <algorithm>

#include "updraft/signature.h"

#include "src/image/signature_fields.h"

namespace updraft {
namespace {

constexpr std::uint8_t kMagic = 0xE7;
constexpr std::uint8_t kVersionRsa = 2;
constexpr std::uint8_t kVersionEcdsa = 3;
constexpr std::size_t kDigestOffset = 4;
constexpr std::size_t kCrcOffset = kBlockCrcOffset;
constexpr std::size_t kModulusSize = kRsa3072Size;

// Where the fields of a scheme are. ECDSA keys begin with their curve id; a
// coordinate shorter than the room for it leaves zeros at the end of the field.
struct Layout {
  SignatureScheme scheme;
  std::string_view name;
  std::uint8_t curve_id;  // 0: RSA
  SignatureCurve curve;
  std::size_t digest_size;
  std::size_t key_offset;
  std::size_t key_size;
  std::size_t signature_offset;
};

constexpr std::array<Layout, 4> kLayouts{{
    {SignatureScheme::kRsa3072, "rsa3072-pss-sha256", 0, {}, 32, 36, 776, 812},
    {SignatureScheme::kEcdsaP192, "ecdsa-p192-sha256", 1, SignatureCurve::kP192, 32, 36, 65, 101},
    {SignatureScheme::kEcdsaP256, "ecdsa-p256-sha256", 2, SignatureCurve::kP256, 32, 36, 65, 101},
    {SignatureScheme::kEcdsaP384, "ecdsa-p384-sha384", 3, SignatureCurve::kP384, 48, 52, 97, 149},
}};

const Layout& LayoutOf(SignatureScheme scheme) {
  return kLayouts[static_cast<std::size_t>(scheme)];
}

void CopyReversed(Bytes from, std::uint8_t* to) { std::reverse_copy(from.begin(), from.end(), to); }

// Of a block; its front up to the key's first byte is enough.
std::optional<SignatureScheme> SchemeOf(Bytes block) {
  for (const Layout& layout : kLayouts) {
    const bool rsa = layout.curve_id == 0;
    if (block[1] != (rsa ? kVersionRsa : kVersionEcdsa)) continue;
    if (rsa) return layout.scheme;
    const std::uint8_t digest_kind = layout.digest_size == kSha384Size ? 1 : 0;
    if (block[2] == digest_kind && block[layout.key_offset] == layout.curve_id) {
      return layout.scheme;
    }
  }
  return std::nullopt;
}

// Two numbers side by side, each reversed on its own.
void CopyPairReversed(Bytes from, std::size_t size, std::uint8_t* to) {
  CopyReversed(from.first(size), to);
  CopyReversed(from.subspan(size, size), to + size);
}

}  // namespace

std::string_view SignatureSchemeName(SignatureScheme scheme) { return LayoutOf(scheme).name; }

std::optional<SignatureScheme> FindSignatureScheme(std::string_view name) {
  for (const Layout& layout : kLayouts) {
    if (layout.name == name) return layout.scheme;
  }
  return std::nullopt;
}

std::size_t SignatureKeySize(SignatureScheme scheme) { return LayoutOf(scheme).key_size; }

std::size_t SignatureSize(SignatureScheme scheme) {
  const Layout& layout = LayoutOf(scheme);
  return layout.curve_id == 0 ? kRsa3072Size : 2 * CoordinateSize(layout.curve);
}

bool SignatureBlock::has_magic() const { return bytes_[0] == kMagic; }

bool SignatureBlock::crc_valid() const {
  return LoadLe32(&bytes_[kCrcOffset]) == Crc32(bytes_.first<kCrcOffset>());
}

std::optional<SignatureScheme> SignatureBlock::scheme() const { return SchemeOf(bytes_); }

Bytes SignatureBlock::digest() const {
  return Bytes(bytes_).subspan(kDigestOffset, LayoutOf(*scheme()).digest_size);
}

Bytes SignatureBlock::key() const {
  const Layout& layout = LayoutOf(*scheme());
  return Bytes(bytes_).subspan(layout.key_offset, layout.key_size);
}

Bytes SignatureBlock::signature() const {
  const Layout& layout = LayoutOf(*scheme());
  return Bytes(bytes_).subspan(layout.signature_offset, SignatureSize(layout.scheme));
}

Result<Sha256Digest> KeyDigest(Crypto& crypto, Bytes key) { return Sha256(crypto, key); }

Result<P256Point> P256PointOf(Bytes key) {
  if (key.size() != LayoutOf(SignatureScheme::kEcdsaP256).key_size) {
    return Status(Code::kInvalidArgument, Stage::kImage);
  }
  P256Point point{};
  CopyPairReversed(key.subspan(1), kP256ScalarSize, point.data());
  return point;
}

Status VerifySignature(Crypto& crypto, const SignatureBlock& block, Bytes digest) {
  return VerifyParts(crypto, *block.scheme(), block.key(), block.signature(), digest);
}

Status VerifyParts(Crypto& crypto, SignatureScheme scheme, Bytes key, Bytes signature,
                   Bytes digest) {
  const Layout& layout = LayoutOf(scheme);
  std::array<std::uint8_t, kRsa3072Size> number{};
  if (layout.curve_id == 0) {
    std::array<std::uint8_t, kModulusSize> modulus{};
    CopyReversed(key.first(kModulusSize), modulus.data());
    CopyReversed(signature, number.data());
    return crypto.VerifyRsaPss(modulus, LoadLe32(&key[kModulusSize]), digest, number);
  }
  const std::size_t size = CoordinateSize(layout.curve);
  std::array<std::uint8_t, 2 * kSha384Size> point{};
  CopyPairReversed(key.subspan(1), size, point.data());
  CopyPairReversed(signature, size, number.data());
  return crypto.VerifyEcdsa(layout.curve, Bytes(point).first(2 * size), digest,
                            Bytes(number).first(2 * size));
}

bool KeptBlock::has_magic() const { return bytes_[0] == kMagic; }

std::optional<SignatureScheme> KeptBlock::scheme() const { return SchemeOf(bytes_); }

Bytes KeptBlock::digest() const {
  return bytes_.subspan(kDigestOffset, LayoutOf(*scheme()).digest_size);
}

Bytes KeptBlock::key() const {
  const Layout& layout = LayoutOf(*scheme());
  return bytes_.subspan(layout.key_offset,
                        std::min(layout.key_size, kKeyTailAt - layout.key_offset));
}

Bytes KeptBlock::signature() const {
  const Layout& layout = LayoutOf(*scheme());
  const std::size_t at = layout.signature_offset;
  return bytes_.subspan(at < kKeyTailEnd ? at : at - kKeyTailSize, SignatureSize(layout.scheme));
}

Status StoreSignatureBlock(SignatureScheme scheme, Bytes digest, Bytes key, Bytes signature,
                           std::span<std::uint8_t, kSignatureBlockSize> block) {
  const Layout& layout = LayoutOf(scheme);
  if (digest.size() != layout.digest_size || key.size() != layout.key_size ||
      signature.size() != SignatureSize(scheme)) {
    return {Code::kInvalidArgument, Stage::kImage};
  }
  std::fill(block.begin(), block.end(), std::uint8_t{0});
  block[0] = kMagic;
  block[1] = layout.curve_id == 0 ? kVersionRsa : kVersionEcdsa;
  block[2] = layout.digest_size == kSha384Size ? 1 : 0;
  std::copy(digest.begin(), digest.end(), &block[kDigestOffset]);
  std::copy(key.begin(), key.end(), &block[layout.key_offset]);
  std::uint8_t* const at = &block[layout.signature_offset];
  if (layout.curve_id == 0) {
    CopyReversed(signature, at);
  } else {
    CopyPairReversed(signature, CoordinateSize(layout.curve), at);
  }
  StoreLe32(&block[kCrcOffset], Crc32(block.first<kCrcOffset>()));
  return kOk;
}

}  // namespace updraft
