// SPDX-License-Identifier: Apache-2.0
// The keys: reading them from PEM, the numbers that a block wants of them, and
// the signature itself. The sector is in image_signing.cc.
#include "ports/host/signer_openssl.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/decoder.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "ports/host/key_pkcs11.h"

namespace updraft {
namespace {

template <auto kFree>
struct Freer {
  template <typename T>
  void operator()(T* pointer) const {
    kFree(pointer);
  }
};
using Number = std::unique_ptr<BIGNUM, Freer<BN_clear_free>>;
using NumberContext = std::unique_ptr<BN_CTX, Freer<BN_CTX_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freer<EVP_PKEY_CTX_free>>;
using Decoder = std::unique_ptr<OSSL_DECODER_CTX, Freer<OSSL_DECODER_CTX_free>>;
using Stream = std::unique_ptr<BIO, Freer<BIO_free_all>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Freer<ECDSA_SIG_free>>;

struct Curve {
  SignatureScheme scheme;
  std::string_view name;  // as OpenSSL's keys tell it
  std::string_view other_name;
  std::uint8_t id;
  std::size_t size;
};
constexpr std::array<Curve, 3> kCurves{{
    {SignatureScheme::kEcdsaP192, "prime192v1", "P-192", 1, 24},
    {SignatureScheme::kEcdsaP256, "prime256v1", "P-256", 2, 32},
    {SignatureScheme::kEcdsaP384, "secp384r1", "P-384", 3, 48},
}};

const Curve* FindCurve(SignatureScheme scheme) {
  const auto curve = std::find_if(kCurves.begin(), kCurves.end(),
                                  [&](const Curve& each) { return each.scheme == scheme; });
  return curve == kCurves.end() ? nullptr : &*curve;
}

// Leaves no stale entry for the next user of this thread's error queue.
Status Failed(Code code) {
  ERR_clear_error();
  return {code, Stage::kDevice};
}

Number GetNumber(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &number) != 1) return nullptr;
  return Number(number);
}

// `size` bytes, little-endian.
bool AppendLittleEndian(const BIGNUM* number, std::size_t size, std::vector<std::uint8_t>* out) {
  const std::size_t at = out->size();
  out->resize(at + size);
  return BN_bn2lebinpad(number, out->data() + at, static_cast<int>(size)) == static_cast<int>(size);
}

// 2^(2 * 3072) mod n, which the chips' multiplier wants.
Number MontgomeryHelper(const BIGNUM* n, BN_CTX* context) {
  Number helper(BN_new());
  if (helper == nullptr || BN_set_bit(helper.get(), 2 * kRsa3072Size * 8) != 1 ||
      BN_mod(helper.get(), helper.get(), n, context) != 1) {
    return nullptr;
  }
  return helper;
}

// -(1 / n) mod 2^32.
Number NegatedInverse(const BIGNUM* n, BN_CTX* context) {
  const Number modulus(BN_new());
  Number inverse(BN_new());
  if (modulus == nullptr || inverse == nullptr || BN_set_bit(modulus.get(), 32) != 1 ||
      BN_mod_inverse(inverse.get(), n, modulus.get(), context) == nullptr ||
      BN_sub(inverse.get(), modulus.get(), inverse.get()) != 1) {
    return nullptr;
  }
  return inverse;
}

// r and s, each big-endian and of full length.
Result<std::vector<std::uint8_t>> PairOf(const ECDSA_SIG* signature, std::size_t size) {
  std::vector<std::uint8_t> pair(2 * size);
  const int width = static_cast<int>(size);
  if (BN_bn2binpad(ECDSA_SIG_get0_r(signature), pair.data(), width) != width ||
      BN_bn2binpad(ECDSA_SIG_get0_s(signature), pair.data() + size, width) != width) {
    return Failed(Code::kBadFormat);
  }
  return pair;
}

// The whole of `der`, or nothing.
EcdsaSignature FromDer(Bytes der) {
  const unsigned char* at = der.data();
  EcdsaSignature signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  if (at != der.data() + der.size()) return nullptr;
  return signature;
}

std::string TextOf(BIO* stream) {
  char* text = nullptr;
  const long length = BIO_get_mem_data(stream, &text);
  return {text, static_cast<std::size_t>(length)};
}

}  // namespace

void SignatureKey::FreeKey::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

Result<SignatureKey> SignatureKey::FromPem(Bytes pem) {
  const unsigned char* data = pem.data();
  std::size_t size = pem.size();
  Status failure = Failed(Code::kBadFormat);
  // What stands before a key may be its parameters, which are none.
  while (size > 0) {
    EVP_PKEY* key = nullptr;
    // Asks nobody for a passphrase: without one set, an encrypted key is no key.
    const Decoder decoder(
        OSSL_DECODER_CTX_new_for_pkey(&key, "PEM", nullptr, nullptr, 0, nullptr, nullptr));
    if (decoder == nullptr || OSSL_DECODER_from_data(decoder.get(), &data, &size) != 1) break;
    auto result = Of(Key(key));
    if (result) return result;
    failure = result.error();
  }
  ERR_clear_error();
  return failure;
}

// What a token's key is can only be read of its public half.
Result<SignatureKey> SignatureKey::FromToken(OpensslKey key) {
  OpensslKey half = PublicHalfOf(*key);
  if (half == nullptr) return Failed(Code::kUnsupported);
  UPDRAFT_TRY_ASSIGN(SignatureKey result, Of(Key(half.release())));
  result.key_ = Key(key.release());
  result.private_ = true;
  return result;
}

Result<SignatureKey> SignatureKey::Generate(SignatureScheme scheme) {
  const Curve* const curve = FindCurve(scheme);
  EVP_PKEY* const key = curve == nullptr
                            ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", kRsa3072Size * 8)
                            : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve->name.data());
  if (key == nullptr) return Failed(Code::kUnsupported);
  return Of(Key(key));
}

Result<SignatureKey> SignatureKey::Of(Key key) {
  SignatureKey result;
  result.key_ = std::move(key);
  if (EVP_PKEY_is_a(result.key_.get(), "RSA") == 1) {
    UPDRAFT_TRY(result.ReadRsa());
  } else if (EVP_PKEY_is_a(result.key_.get(), "EC") == 1) {
    UPDRAFT_TRY(result.ReadEcdsa());
  } else {
    return Failed(Code::kUnsupported);
  }
  ERR_clear_error();
  return result;
}

Status SignatureKey::ReadRsa() {
  const Number n = GetNumber(key_.get(), OSSL_PKEY_PARAM_RSA_N);
  const Number e = GetNumber(key_.get(), OSSL_PKEY_PARAM_RSA_E);
  const NumberContext context(BN_CTX_new());
  if (n == nullptr || e == nullptr || context == nullptr) return Failed(Code::kBadFormat);
  if (BN_num_bits(n.get()) != kRsa3072Size * 8 || BN_is_odd(n.get()) != 1 ||
      BN_num_bits(e.get()) > 32) {
    return Failed(Code::kUnsupported);
  }
  const Number helper = MontgomeryHelper(n.get(), context.get());
  const Number inverse = NegatedInverse(n.get(), context.get());
  if (helper == nullptr || inverse == nullptr ||
      !AppendLittleEndian(n.get(), kRsa3072Size, &block_key_) ||
      !AppendLittleEndian(e.get(), 4, &block_key_) ||
      !AppendLittleEndian(helper.get(), kRsa3072Size, &block_key_) ||
      !AppendLittleEndian(inverse.get(), 4, &block_key_)) {
    return Failed(Code::kBadFormat);
  }
  scheme_ = SignatureScheme::kRsa3072;
  private_ = GetNumber(key_.get(), OSSL_PKEY_PARAM_RSA_D) != nullptr;
  return kOk;
}

Status SignatureKey::ReadEcdsa() {
  std::array<char, 64> name{};
  std::size_t length = 0;
  if (EVP_PKEY_get_group_name(key_.get(), name.data(), name.size(), &length) != 1) {
    return Failed(Code::kUnsupported);
  }
  const std::string_view group(name.data(), length);
  const auto curve = std::find_if(kCurves.begin(), kCurves.end(), [&](const Curve& each) {
    return each.name == group || each.other_name == group;
  });
  if (curve == kCurves.end()) return Failed(Code::kUnsupported);
  const Number x = GetNumber(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X);
  const Number y = GetNumber(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y);
  block_key_.push_back(curve->id);
  if (x == nullptr || y == nullptr || !AppendLittleEndian(x.get(), curve->size, &block_key_) ||
      !AppendLittleEndian(y.get(), curve->size, &block_key_)) {
    return Failed(Code::kBadFormat);
  }
  scheme_ = curve->scheme;
  // A shorter curve leaves zeros at the end of the field.
  block_key_.resize(SignatureKeySize(scheme_));
  private_ = GetNumber(key_.get(), OSSL_PKEY_PARAM_PRIV_KEY) != nullptr;
  return kOk;
}

Result<std::vector<std::uint8_t>> SignatureKey::Sign(Bytes digest) const {
  if (!private_) return Status(Code::kInvalidState, Stage::kDevice);
  const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
  if (context == nullptr || EVP_PKEY_sign_init(context.get()) != 1) {
    return Failed(Code::kInvalidState);
  }
  if (scheme_ == SignatureScheme::kRsa3072 &&
      (EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PSS_PADDING) != 1 ||
       EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) != 1 ||
       EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), EVP_sha256()) != 1 ||
       EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), kSha256Size) != 1)) {
    return Failed(Code::kInvalidState);
  }
  std::vector<std::uint8_t> signature(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())));
  std::size_t size = signature.size();
  if (EVP_PKEY_sign(context.get(), signature.data(), &size, digest.data(), digest.size()) != 1) {
    return Failed(Code::kInvalidState);
  }
  signature.resize(size);
  return Import(signature);
}

Result<std::vector<std::uint8_t>> SignatureKey::Import(Bytes signature) const {
  const Curve* const curve = FindCurve(scheme_);
  if (curve != nullptr) {
    const EcdsaSignature pair = FromDer(signature);
    ERR_clear_error();
    if (pair != nullptr) return PairOf(pair.get(), curve->size);
  }
  if (signature.size() != SignatureSize(scheme_)) return Status(Code::kBadFormat, Stage::kDevice);
  return std::vector<std::uint8_t>(signature.begin(), signature.end());
}

std::string SignatureKey::PrivatePem() const {
  const Stream stream(BIO_new(BIO_s_mem()));
  const bool written = private_ && stream != nullptr &&
                       PEM_write_bio_PrivateKey(stream.get(), key_.get(), nullptr, nullptr, 0,
                                                nullptr, nullptr) == 1;
  ERR_clear_error();
  return written ? TextOf(stream.get()) : std::string();
}

std::string SignatureKey::PublicPem() const {
  const Stream stream(BIO_new(BIO_s_mem()));
  const bool written = stream != nullptr && PEM_write_bio_PUBKEY(stream.get(), key_.get()) == 1;
  ERR_clear_error();
  return written ? TextOf(stream.get()) : std::string();
}

}  // namespace updraft
