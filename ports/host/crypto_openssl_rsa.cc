// SPDX-License-Identifier: Apache-2.0
// The raw RSA public operation of the OpenSSL port. The private one belongs to
// the key (rsa_key.h).
#include "ports/host/crypto_openssl.h"
#include "ports/host/openssl_status.h"

namespace updraft {
namespace {

constexpr Status kBadArgument{Code::kInvalidArgument, Stage::kDevice};
constexpr int kModulusBits = 3072;

Number FromBytes(Bytes bytes) {
  return Number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
}

}  // namespace

Status OpensslCrypto::RsaPublic(const Rsa3072PublicKey& key,
                                std::span<const std::uint8_t, kRsa3072Size> in,
                                std::span<std::uint8_t, kRsa3072Size> out) {
  const NumberContext context(BN_CTX_new());
  const Number modulus = FromBytes(key.modulus);
  const Number base = FromBytes(in);
  const Number exponent(BN_new());
  const Number power(BN_new());
  if (!context || !modulus || !base || !exponent || !power) return kNoMemory;
  const bool sound = BN_num_bits(modulus.get()) == kModulusBits && BN_is_odd(modulus.get()) == 1 &&
                     key.exponent >= 3 && key.exponent % 2 == 1 &&
                     BN_ucmp(base.get(), modulus.get()) < 0;
  if (!sound) return kBadArgument;
  const bool done =
      BN_set_word(exponent.get(), key.exponent) == 1 &&
      BN_mod_exp(power.get(), base.get(), exponent.get(), modulus.get(), context.get()) == 1 &&
      BN_bn2binpad(power.get(), out.data(), kRsa3072Size) == kRsa3072Size;
  return done ? kOk : OpensslFailed();
}

}  // namespace updraft
