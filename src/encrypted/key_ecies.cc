// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "updraft/key_derivation.h"

#include "src/encrypted/key_wrap.h"

namespace updraft {
namespace {

constexpr std::size_t kSaltSize = 32;
constexpr std::string_view kInfo = "_esp_enc_img_ecc";

// Fixed by the format.
constexpr std::array<std::uint8_t, 32> kDeviceKeySalt{
    0x0E, 0x21, 0x60, 0x64, 0x2D, 0xAE, 0x76, 0xD3, 0x34, 0x48, 0xE4, 0x3D, 0x77, 0x20, 0x12, 0x3D,
    0x9F, 0x3B, 0x1E, 0xCE, 0xB8, 0x8E, 0x57, 0x3A, 0x4E, 0x8F, 0x7F, 0xB9, 0x4F, 0xF0, 0xC8, 0x69};
constexpr std::uint32_t kDeviceKeyIterations = 2048;

using Scalar = std::span<std::uint8_t, kP256ScalarSize>;

Scalar Mutable(Secret<kP256ScalarSize>& scalar) {
  return scalar.mutable_bytes().first<kP256ScalarSize>();
}

std::span<const std::uint8_t, kP256ScalarSize> Look(const Secret<kP256ScalarSize>& scalar) {
  return scalar.bytes().first<kP256ScalarSize>();
}

Status AesKeyOf(Crypto& crypto, const Secret<kP256ScalarSize>& shared, ConstKeyBlock block,
                AesKey aes_key) {
  return HkdfSha256(crypto, block.subspan<kP256PointSize, kSaltSize>(), shared.bytes(),
                    AsBytes(kInfo), aes_key);
}

// One scalar in 2^32 is none: another is drawn.
Status FreshKey(Crypto& crypto, Secret<kP256ScalarSize>& scalar, P256Point& point) {
  Status status{};
  for (int draw = 0; draw < 8; ++draw) {
    UPDRAFT_TRY(crypto.Random(scalar.mutable_bytes()));
    status = crypto.P256PublicKey(Look(scalar), point);
    if (status.code() != Code::kInvalidArgument) return status;
  }
  return status;
}

}  // namespace

Status UnwrapEcies(P256PrivateKey& key, Crypto& crypto, ConstKeyBlock block, AesKey aes_key) {
  Secret<kP256ScalarSize> shared;
  UPDRAFT_TRY(key.Agree(SenderPoint(block), Mutable(shared)));
  return AesKeyOf(crypto, shared, block, aes_key);
}

Status WrapEcies(const P256Point& receiver, Crypto& crypto, AesKey aes_key, KeyBlock block) {
  Secret<kP256ScalarSize> scalar;
  Secret<kP256ScalarSize> shared;
  P256Point sender{};
  UPDRAFT_TRY(FreshKey(crypto, scalar, sender));
  UPDRAFT_TRY(crypto.P256Agree(Look(scalar), receiver, Mutable(shared)));
  std::ranges::fill(block, std::uint8_t{0});
  std::ranges::copy(sender, block.begin());
  UPDRAFT_TRY(crypto.Random(block.subspan<kP256PointSize, kSaltSize>()));
  return AesKeyOf(crypto, shared, block, aes_key);
}

ScalarKey::ScalarKey(Crypto& crypto, std::span<const std::uint8_t, kP256ScalarSize> scalar)
    : crypto_(&crypto) {
  std::ranges::copy(scalar, scalar_.mutable_bytes().begin());
}

Status ScalarKey::PublicKey(P256Point& point) {
  return crypto_->P256PublicKey(Look(scalar_), point);
}

Status ScalarKey::Agree(const P256Point& peer, Scalar secret) {
  return crypto_->P256Agree(Look(scalar_), peer, secret);
}

Status HmacDerivedKey::PublicKey(P256Point& point) {
  Secret<kP256ScalarSize> scalar;
  UPDRAFT_TRY(Pbkdf2Sha256(*key_, kDeviceKeySalt, kDeviceKeyIterations, Mutable(scalar)));
  return crypto_->P256PublicKey(Look(scalar), point);
}

Status HmacDerivedKey::Agree(const P256Point& peer, Scalar secret) {
  Secret<kP256ScalarSize> scalar;
  UPDRAFT_TRY(Pbkdf2Sha256(*key_, kDeviceKeySalt, kDeviceKeyIterations, Mutable(scalar)));
  return crypto_->P256Agree(Look(scalar), peer, secret);
}

}  // namespace updraft
