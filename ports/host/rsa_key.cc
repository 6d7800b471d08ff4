// SPDX-License-Identifier: Apache-2.0
#include "ports/host/rsa_key.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "ports/host/openssl_status.h"

namespace updraft {
namespace {

constexpr Status kNotSuch{Code::kInvalidArgument, Stage::kDevice};

struct FreeKeyContext {
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, FreeKeyContext>;

Number NumberOf(const EVP_PKEY& key, const char* name, bool secret) {
  BIGNUM* number = secret ? BN_secure_new() : nullptr;
  EVP_PKEY_get_bn_param(&key, name, &number);
  return Number(number);
}

}  // namespace

void FreeOpensslKey::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

Status OpensslRsaKey::RawDecrypt(std::span<const std::uint8_t, kRsa3072Size> in,
                                 std::span<std::uint8_t, kRsa3072Size> out) {
  const auto half = RsaPublicHalf(*key_);
  if (!half) return half.error();
  // The numbers are big-endian and of one length: as numbers, so as bytes.
  if (!std::lexicographical_compare(in.begin(), in.end(), half->modulus.begin(),
                                    half->modulus.end())) {
    return kNotSuch;
  }
  const KeyContext context(EVP_PKEY_CTX_new(key_.get(), nullptr));
  if (!context) return kNoMemory;
  Rsa3072Block result{};
  std::size_t length = result.size();
  const bool done =
      EVP_PKEY_decrypt_init(context.get()) == 1 &&
      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING) == 1 &&
      EVP_PKEY_decrypt(context.get(), result.data(), &length, in.data(), in.size()) == 1 &&
      length == kRsa3072Size;
  if (done) std::ranges::copy(result, out.begin());
  Wipe(result);
  return done ? kOk : OpensslFailed();
}

Status OpensslRsaKey::RejectionSecret(std::span<std::uint8_t, kSha256Size> secret) {
  Secret<kRsa3072Size> seed;
  const auto bytes = seed.mutable_bytes().first<kRsa3072Size>();
  const Number exponent = NumberOf(*key_, OSSL_PKEY_PARAM_RSA_D, true);
  if (exponent && BN_is_zero(exponent.get()) == 0) {
    if (BN_bn2binpad(exponent.get(), bytes.data(), kRsa3072Size) < 0) return OpensslFailed();
  } else {
    ERR_clear_error();
    constexpr std::string_view kLabel = "updraft: what stands in for a key that does not unwrap";
    Rsa3072Block block{};
    std::ranges::copy(AsBytes(kLabel), block.end() - static_cast<std::ptrdiff_t>(kLabel.size()));
    UPDRAFT_TRY(RawDecrypt(block, bytes));
  }
  unsigned int length = 0;
  const bool done =
      EVP_Digest(bytes.data(), bytes.size(), secret.data(), &length, EVP_sha256(), nullptr) == 1;
  return done ? kOk : OpensslFailed();
}

Result<Rsa3072PublicKey> RsaPublicHalf(const evp_pkey_st& key) {
  const Number modulus = NumberOf(key, OSSL_PKEY_PARAM_RSA_N, false);
  const Number exponent = NumberOf(key, OSSL_PKEY_PARAM_RSA_E, false);
  ERR_clear_error();
  constexpr int kModulusBits = 3072;
  if (!modulus || !exponent || BN_num_bits(modulus.get()) != kModulusBits ||
      BN_num_bits(exponent.get()) > 32) {
    return kNotSuch;
  }
  Rsa3072PublicKey half;
  half.exponent = static_cast<std::uint32_t>(BN_get_word(exponent.get()));
  if (BN_bn2binpad(modulus.get(), half.modulus.data(), kRsa3072Size) < 0) return OpensslFailed();
  return half;
}

}  // namespace updraft
