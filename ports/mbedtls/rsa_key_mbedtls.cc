// SPDX-License-Identifier: Apache-2.0
#include "ports/mbedtls/rsa_key_mbedtls.h"

#include <algorithm>

#include "ports/mbedtls/mbedtls_status.h"
#include "ports/mbedtls/versions.h"

namespace updraft {
namespace {

constexpr Status kNoKey{Code::kNotFound, Stage::kDevice};

}  // namespace

MbedtlsRsaKey::MbedtlsRsaKey(MbedtlsRandom& random) : random_(&random) { mbedtls_pk_init(&key_); }

MbedtlsRsaKey::~MbedtlsRsaKey() { mbedtls_pk_free(&key_); }

Status MbedtlsRsaKey::Load(Bytes key) {
  mbedtls_pk_free(&key_);
  const int error =
      mbed::ParseKey(&key_, key.data(), key.size(), &MbedtlsRandom::Generate, random_);
  if (error == MBEDTLS_ERR_PK_ALLOC_FAILED) return mbed::kNoMemory;
  if (error != 0) return {Code::kBadFormat, Stage::kDevice};
  if (mbedtls_pk_can_do(&key_, MBEDTLS_PK_RSA) != 0 &&
      mbedtls_pk_get_bitlen(&key_) == kRsa3072Size * 8) {
    return kOk;
  }
  mbedtls_pk_free(&key_);
  return mbed::kBadArgument;
}

Status MbedtlsRsaKey::RawDecrypt(std::span<const std::uint8_t, kRsa3072Size> in,
                                 std::span<std::uint8_t, kRsa3072Size> out) {
  if (mbedtls_pk_get_type(&key_) == MBEDTLS_PK_NONE) return kNoKey;
  mbedtls_rsa_context* const rsa = mbedtls_pk_rsa(key_);
  Rsa3072Block modulus{};
  if (mbedtls_rsa_export_raw(rsa, modulus.data(), modulus.size(), nullptr, 0, nullptr, 0, nullptr,
                             0, nullptr, 0) != 0) {
    return mbed::StatusOf(-1);
  }
  if (!std::ranges::lexicographical_compare(in, modulus)) return mbed::kBadArgument;
  // With a generator the library blinds the base, and verifies the result.
  const int error =
      mbedtls_rsa_private(rsa, &MbedtlsRandom::Generate, random_, in.data(), out.data());
  return error == 0 ? kOk : mbed::StatusOf(-1);
}

Status MbedtlsRsaKey::RejectionSecret(std::span<std::uint8_t, kSha256Size> secret) {
  if (mbedtls_pk_get_type(&key_) == MBEDTLS_PK_NONE) return kNoKey;
  Secret<kRsa3072Size> seed;
  const MutableBytes exponent = seed.mutable_bytes();
  const int error = mbedtls_rsa_export_raw(mbedtls_pk_rsa(key_), nullptr, 0, nullptr, 0, nullptr, 0,
                                           exponent.data(), exponent.size(), nullptr, 0);
  if (error != 0) return mbed::StatusOf(-1);
  mbedtls_sha256_context hash;
  mbedtls_sha256_init(&hash);
  int hashed = mbed::Sha256Starts(&hash);
  if (hashed == 0) hashed = mbed::Sha256Update(&hash, exponent.data(), exponent.size());
  if (hashed == 0) hashed = mbed::Sha256Finish(&hash, secret.data());
  mbedtls_sha256_free(&hash);
  return mbed::StatusOf(hashed);
}

}  // namespace updraft
