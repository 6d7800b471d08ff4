// SPDX-License-Identifier: Apache-2.0
// Keys of encrypted images as files hold them: PEM or DER of an RSA-3072 or
// P-256 key, private or public, or the 32 raw bytes of a device's HMAC key. Read
// and made here for the tool and the virtual device.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "updraft/bytes.h"
#include "updraft/port/crypto.h"

#include "ports/host/key_pkcs11.h"
#include "ports/host/rsa_key.h"

namespace updraft {

enum class KeyKind : std::uint8_t { kRsaPrivate, kRsaPublic, kP256Private, kP256Public, kHmac };

// Why a file is no such key.
enum class KeyFault : std::uint8_t {
  kNotAKey,          // nothing that is known
  kNeedsPassphrase,  // a private key that is encrypted itself
  kWrongSize,        // RSA, but not of 3072 bits
  kWrongCurve,       // elliptic, but not P-256
  kUnsupportedType,  // a key of another algorithm
};

struct KeyFile {
  KeyKind kind{};
  std::unique_ptr<OpensslRsaKey> rsa_private;  // kRsaPrivate
  Rsa3072PublicKey rsa_public{};               // both kinds of RSA
  Secret<kP256ScalarSize> secret;              // the scalar, or the HMAC key
  std::unique_ptr<OpensslP256Key> p256_token;  // kP256Private in a token, has no scalar
  P256Point point{};                           // both kinds of P-256

  bool is_rsa() const { return kind == KeyKind::kRsaPrivate || kind == KeyKind::kRsaPublic; }
};

using KeyFileOrFault = std::variant<std::unique_ptr<KeyFile>, KeyFault>;

// 32 bytes are the HMAC key; anything else is PEM or DER: PKCS#1, PKCS#8, SEC 1
// or SubjectPublicKeyInfo.
KeyFileOrFault ParseKeyFile(Bytes file);

// The same of a key in a token; kWrongSize, kWrongCurve, kUnsupportedType.
KeyFileOrFault KeyFileOfToken(OpensslKey key);

// A new pair. `private_pem` is PKCS#1, as the original tool writes it. Empty
// when OpenSSL fails.
struct RsaPairPem {
  std::string private_pem;
  std::string public_pem;
};
std::optional<RsaPairPem> NewRsa3072Pair();

// SubjectPublicKeyInfo. Empty when the key is none.
std::optional<std::string> PublicPem(const Rsa3072PublicKey& key);
std::optional<std::string> PublicPem(const P256Point& point);

}  // namespace updraft
