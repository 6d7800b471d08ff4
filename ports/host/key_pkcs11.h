// SPDX-License-Identifier: Apache-2.0
// Private keys that stay in a token (a smart card, an HSM), named by a PKCS#11 URI
// (RFC 7512) and reached through OpenSSL's engine "pkcs11". Used by the tool to
// sign and to decrypt.
#pragma once

#include <memory>
#include <string_view>
#include <variant>

#include "updraft/port/private_key.h"

#include "ports/host/rsa_key.h"

namespace updraft {

enum class TokenFault : std::uint8_t {
  kBadUri,    // not pkcs11: with attributes
  kNoEngine,  // this OpenSSL has no engine of that name
  kNoPin,     // neither in the URI, nor where it points, nor in the environment
  kNoToken,   // no module, or no token that fits
  kWrongPin,  // or one that is locked
  kNoKey,     // the token has no such private key
};

// "pkcs11:..." names a key in a token, anything else a file.
bool IsTokenUri(std::string_view name);
// The URI without what may be secret in it, for people.
std::string_view TokenName(std::string_view uri);

// Where the PIN comes from, in this order: "pin-value" of the URI (which others may
// see), the first line of the file that its "pin-source" names, this variable.
inline constexpr const char* kPinVariable = "UPDRAFT_PKCS11_PIN";
// The module is "module-path" of the URI, else PKCS11_MODULE_PATH of the
// environment, else p11-kit's. The first one used in a process stays.
std::variant<OpensslKey, TokenFault> LoadTokenKey(std::string_view uri);

// The same key without its private half, as one from a file. nullptr on failure.
OpensslKey PublicHalfOf(const evp_pkey_st& key);

// A P-256 key that OpenSSL holds. May be used by one thread at a time.
class OpensslP256Key final : public P256PrivateKey {
 public:
  OpensslP256Key(OpensslKey key, const P256Point& point) : key_(std::move(key)), point_(point) {}

  Status PublicKey(P256Point& point) override;
  Status Agree(const P256Point& peer, std::span<std::uint8_t, kP256ScalarSize> secret) override;

 private:
  OpensslKey key_;
  P256Point point_;
};

}  // namespace updraft
