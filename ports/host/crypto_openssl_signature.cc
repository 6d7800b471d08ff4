// SPDX-License-Identifier: Apache-2.0
// The part of OpensslCrypto that verifies signatures: a public key is built of
// its numbers for each call, since each image brings its own.
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <memory>
#include <vector>

#include "ports/host/crypto_openssl.h"

namespace updraft {
namespace {

constexpr Status kNoMemory{Code::kNoSpace, Stage::kDevice};
constexpr Status kNotOffered{Code::kUnsupported, Stage::kDevice};
constexpr Status kWrongLength{Code::kInvalidArgument, Stage::kDevice};

template <auto kFree>
struct Freer {
  template <typename T>
  void operator()(T* pointer) const {
    kFree(pointer);
  }
};
using Number = std::unique_ptr<BIGNUM, Freer<BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freer<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Freer<OSSL_PARAM_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freer<EVP_PKEY_CTX_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Freer<ECDSA_SIG_free>>;

// Leaves no stale entry for the next user of this thread's error queue.
Status NoSignature() {
  ERR_clear_error();
  return {Code::kBadSignature, Stage::kDevice};
}

Number NumberOf(Bytes bytes) {
  return Number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
}

// nullptr where the numbers are no key.
Key PublicKeyOf(const char* algorithm, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, algorithm, nullptr));
  if (parameters == nullptr || context == nullptr) return nullptr;
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  return Key(key);
}

Status Verify(EVP_PKEY_CTX* context, Bytes digest, Bytes signature) {
  if (EVP_PKEY_verify(context, signature.data(), signature.size(), digest.data(), digest.size()) !=
      1) {
    return NoSignature();
  }
  return kOk;
}

const char* CurveName(SignatureCurve curve) {
  switch (curve) {
    case SignatureCurve::kP192: return "prime192v1";
    case SignatureCurve::kP256: return "prime256v1";
    case SignatureCurve::kP384: return "secp384r1";
  }
  return "";
}

bool OffersCurve(SignatureCurve curve) {
  const int id = OBJ_sn2nid(CurveName(curve));
  const std::unique_ptr<EC_GROUP, Freer<EC_GROUP_free>> group(EC_GROUP_new_by_curve_name(id));
  return group != nullptr;
}

// r and s as OpenSSL takes them: a DER sequence of two integers.
std::vector<std::uint8_t> DerOf(Bytes signature) {
  const EcdsaSignature pair(ECDSA_SIG_new());
  Number r = NumberOf(signature.first(signature.size() / 2));
  Number s = NumberOf(signature.subspan(signature.size() / 2));
  if (pair == nullptr || r == nullptr || s == nullptr) return {};
  if (ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return {};
  static_cast<void>(r.release());
  static_cast<void>(s.release());
  unsigned char* bytes = nullptr;
  const int length = i2d_ECDSA_SIG(pair.get(), &bytes);
  if (length <= 0) return {};
  const std::vector<std::uint8_t> der(bytes, bytes + length);
  OPENSSL_free(bytes);
  return der;
}

}  // namespace

Status OpensslCrypto::VerifyRsaPss(Bytes modulus, std::uint32_t exponent, Bytes digest,
                                   Bytes signature) {
  if (modulus.size() != kRsa3072Size || signature.size() != kRsa3072Size ||
      digest.size() != kSha256Size) {
    return kWrongLength;
  }
  const Number n = NumberOf(modulus);
  const Number e(BN_new());
  const Builder builder(OSSL_PARAM_BLD_new());
  if (n == nullptr || e == nullptr || builder == nullptr) return kNoMemory;
  // Even or short numbers are no RSA-3072 keys; OpenSSL need not see them.
  if (BN_is_odd(n.get()) != 1 || BN_num_bits(n.get()) != kRsa3072Size * 8) return NoSignature();
  if (BN_set_word(e.get(), exponent) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return kNoMemory;
  }
  const Key key = PublicKeyOf("RSA", builder.get());
  if (key == nullptr) return NoSignature();
  const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  if (context == nullptr) return kNoMemory;
  if (EVP_PKEY_verify_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PSS_PADDING) != 1 ||
      EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) != 1 ||
      EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), EVP_sha256()) != 1 ||
      EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), kSha256Size) != 1) {
    return NoSignature();
  }
  return Verify(context.get(), digest, signature);
}

Status OpensslCrypto::VerifyEcdsa(SignatureCurve curve, Bytes point, Bytes digest,
                                  Bytes signature) {
  if (point.size() != 2 * CoordinateSize(curve) || signature.size() != 2 * CoordinateSize(curve) ||
      digest.empty()) {
    return kWrongLength;
  }
  std::vector<std::uint8_t> encoded{POINT_CONVERSION_UNCOMPRESSED};
  encoded.insert(encoded.end(), point.begin(), point.end());
  const Builder builder(OSSL_PARAM_BLD_new());
  if (builder == nullptr ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, CurveName(curve),
                                      0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, encoded.data(),
                                       encoded.size()) != 1) {
    return kNoMemory;
  }
  const Key key = PublicKeyOf("EC", builder.get());
  if (key == nullptr) {
    ERR_clear_error();
    const bool offered = OffersCurve(curve);
    ERR_clear_error();
    return offered ? NoSignature() : kNotOffered;
  }
  const std::vector<std::uint8_t> der = DerOf(signature);
  const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  if (der.empty() || context == nullptr) return kNoMemory;
  if (EVP_PKEY_verify_init(context.get()) != 1) return NoSignature();
  return Verify(context.get(), digest, der);
}

}  // namespace updraft
