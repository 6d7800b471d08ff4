// SPDX-License-Identifier: Apache-2.0
#include "ports/host/key_file.h"

#include <openssl/core_names.h>
#include <openssl/decoder.h>
#include <openssl/ec.h>
#include <openssl/encoder.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <cstring>

#include "ports/host/openssl_status.h"

namespace updraft {
namespace {

struct Free {
  void operator()(OSSL_DECODER_CTX* context) const { OSSL_DECODER_CTX_free(context); }
  void operator()(OSSL_ENCODER_CTX* context) const { OSSL_ENCODER_CTX_free(context); }
  void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
  void operator()(OSSL_PARAM* parameters) const { OSSL_PARAM_free(parameters); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

// There is nobody to ask; only that it was needed is remembered.
int RefusePassphrase(char* /*passphrase*/, std::size_t /*size*/, std::size_t* /*length*/,
                     const OSSL_PARAM* /*parameters*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return 0;
}

// Of a block that names the type of its key: OpenSSL looks for no other then, which takes
// half the time. Null: it does not say.
const char* NamedType(Bytes file) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  if (text.starts_with("-----BEGIN RSA ")) return "RSA";
  return text.starts_with("-----BEGIN EC ") ? "EC" : nullptr;
}

OpensslKey DecodeOne(Bytes file, int selection, bool& asked_passphrase) {
  EVP_PKEY* key = nullptr;
  const Owned<OSSL_DECODER_CTX> context(OSSL_DECODER_CTX_new_for_pkey(
      &key, nullptr, nullptr, NamedType(file), selection, nullptr, nullptr));
  if (!context) return nullptr;
  OSSL_DECODER_CTX_set_passphrase_cb(context.get(), &RefusePassphrase, &asked_passphrase);
  const unsigned char* data = file.data();
  std::size_t left = file.size();
  const bool decoded = OSSL_DECODER_from_data(context.get(), &data, &left) == 1;
  ERR_clear_error();
  OpensslKey owned(key);
  return decoded ? std::move(owned) : nullptr;
}

// OpenSSL looks at the first block of a PEM file only, which may be parameters.
OpensslKey Decode(Bytes file, int selection, bool& asked_passphrase) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  OpensslKey key = DecodeOne(file, selection, asked_passphrase);
  while (!key && !file.empty()) {
    const auto next = std::search(file.begin() + 1, file.end(), kBegin.begin(), kBegin.end());
    file = Bytes(next, file.end());
    if (!file.empty()) key = DecodeOne(file, selection, asked_passphrase);
  }
  return key;
}

bool PadNumber(const EVP_PKEY& key, const char* name, MutableBytes out) {
  BIGNUM* raw = nullptr;
  const bool there = EVP_PKEY_get_bn_param(&key, name, &raw) == 1;
  const Number number(raw);
  const int size = static_cast<int>(out.size());
  const bool done = there && BN_bn2binpad(number.get(), out.data(), size) == size;
  if (!done) ERR_clear_error();
  return done;
}

KeyFileOrFault RsaFile(OpensslKey key, bool has_private) {
  auto file = std::make_unique<KeyFile>();
  const auto half = RsaPublicHalf(*key);
  if (!half) return KeyFault::kWrongSize;
  file->rsa_public = *half;
  file->kind = has_private ? KeyKind::kRsaPrivate : KeyKind::kRsaPublic;
  if (has_private) file->rsa_private = std::make_unique<OpensslRsaKey>(std::move(key));
  return file;
}

KeyFileOrFault P256File(const EVP_PKEY& key, bool has_private) {
  std::array<char, 32> curve{};
  std::size_t length = 0;
  const bool named = EVP_PKEY_get_utf8_string_param(&key, OSSL_PKEY_PARAM_GROUP_NAME, curve.data(),
                                                    curve.size(), &length) == 1;
  ERR_clear_error();
  if (!named || std::string_view(curve.data(), length) != "prime256v1") {
    return KeyFault::kWrongCurve;
  }
  auto file = std::make_unique<KeyFile>();
  const MutableBytes point(file->point);
  const bool whole =
      PadNumber(key, OSSL_PKEY_PARAM_EC_PUB_X, point.first(kP256ScalarSize)) &&
      PadNumber(key, OSSL_PKEY_PARAM_EC_PUB_Y, point.last(kP256ScalarSize)) &&
      (!has_private || PadNumber(key, OSSL_PKEY_PARAM_PRIV_KEY, file->secret.mutable_bytes()));
  if (!whole) return KeyFault::kNotAKey;
  file->kind = has_private ? KeyKind::kP256Private : KeyKind::kP256Public;
  return file;
}

std::optional<std::string> Encoded(const EVP_PKEY& key, int selection, const char* structure) {
  const Owned<OSSL_ENCODER_CTX> context(
      OSSL_ENCODER_CTX_new_for_pkey(&key, selection, "PEM", structure, nullptr));
  unsigned char* text = nullptr;
  std::size_t length = 0;
  if (!context || OSSL_ENCODER_to_data(context.get(), &text, &length) != 1) {
    ERR_clear_error();
    return std::nullopt;
  }
  std::string pem(reinterpret_cast<const char*>(text), length);
  OPENSSL_clear_free(text, length);
  return pem;
}

constexpr const char* kSubjectPublicKeyInfo = "SubjectPublicKeyInfo";

std::optional<std::string> PublicPemOf(const char* type, OSSL_PARAM_BLD* builder) {
  const Owned<OSSL_PARAM> parameters(OSSL_PARAM_BLD_to_param(builder));
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  const bool made =
      parameters && context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) == 1;
  const OpensslKey owned(key);
  ERR_clear_error();
  if (!made) return std::nullopt;
  return Encoded(*owned, EVP_PKEY_PUBLIC_KEY, kSubjectPublicKeyInfo);
}

}  // namespace

KeyFileOrFault ParseKeyFile(Bytes file) {
  if (file.size() == kP256ScalarSize) {
    auto hmac = std::make_unique<KeyFile>();
    hmac->kind = KeyKind::kHmac;
    std::ranges::copy(file, hmac->secret.mutable_bytes().begin());
    return hmac;
  }
  bool asked_passphrase = false;
  OpensslKey key = Decode(file, EVP_PKEY_KEYPAIR, asked_passphrase);
  const bool has_private = key != nullptr;
  if (!key && !asked_passphrase) key = Decode(file, EVP_PKEY_PUBLIC_KEY, asked_passphrase);
  if (!key) return asked_passphrase ? KeyFault::kNeedsPassphrase : KeyFault::kNotAKey;
  if (EVP_PKEY_is_a(key.get(), "RSA") == 1) return RsaFile(std::move(key), has_private);
  if (EVP_PKEY_is_a(key.get(), "EC") == 1) return P256File(*key, has_private);
  return KeyFault::kUnsupportedType;
}

KeyFileOrFault KeyFileOfToken(OpensslKey key) {
  OpensslKey half = PublicHalfOf(*key);
  if (!half) return KeyFault::kUnsupportedType;
  const bool is_rsa = EVP_PKEY_is_a(half.get(), "RSA") == 1;
  if (!is_rsa && EVP_PKEY_is_a(half.get(), "EC") != 1) return KeyFault::kUnsupportedType;
  auto parsed = is_rsa ? RsaFile(std::move(half), false) : P256File(*half, false);
  if (std::holds_alternative<KeyFault>(parsed)) return parsed;
  KeyFile& file = *std::get<std::unique_ptr<KeyFile>>(parsed);
  if (is_rsa) {
    file.kind = KeyKind::kRsaPrivate;
    file.rsa_private = std::make_unique<OpensslRsaKey>(std::move(key));
  } else {
    file.kind = KeyKind::kP256Private;
    file.p256_token = std::make_unique<OpensslP256Key>(std::move(key), file.point);
  }
  return parsed;
}

std::optional<RsaPairPem> NewRsa3072Pair() {
  const OpensslKey key(EVP_RSA_gen(kRsa3072Size * 8));
  if (!key) {
    ERR_clear_error();
    return std::nullopt;
  }
  auto private_pem = Encoded(*key, EVP_PKEY_KEYPAIR, "type-specific");
  auto public_pem = Encoded(*key, EVP_PKEY_PUBLIC_KEY, kSubjectPublicKeyInfo);
  if (!private_pem || !public_pem) return std::nullopt;
  return RsaPairPem{std::move(*private_pem), std::move(*public_pem)};
}

std::optional<std::string> PublicPem(const Rsa3072PublicKey& key) {
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  const Number modulus(BN_bin2bn(key.modulus.data(), kRsa3072Size, nullptr));
  if (!builder || !modulus ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_uint32(builder.get(), OSSL_PKEY_PARAM_RSA_E, key.exponent) != 1) {
    return std::nullopt;
  }
  return PublicPemOf("RSA", builder.get());
}

std::optional<std::string> PublicPem(const P256Point& point) {
  std::array<std::uint8_t, 1 + kP256PointSize> encoded{POINT_CONVERSION_UNCOMPRESSED};
  std::ranges::copy(point, encoded.begin() + 1);
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  if (!builder ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) !=
          1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, encoded.data(),
                                       encoded.size()) != 1) {
    return std::nullopt;
  }
  return PublicPemOf("EC", builder.get());
}

}  // namespace updraft
