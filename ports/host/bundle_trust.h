// SPDX-License-Identifier: Apache-2.0
// Trust in authorities of which only subject and public key are known, beside
// OpenSSL's own store of certificates. The connections of a host call it.
#pragma once

#include <cstdint>
#include <vector>

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace updraft {

// As an entry of a certificate bundle (docs/formats.md).
struct TrustedAuthority {
  std::vector<std::uint8_t> subject{};  // the name, DER
  std::vector<std::uint8_t> key{};      // SubjectPublicKeyInfo, DER
};

// A chain whose topmost certificate was signed by one of them is accepted, too. Names,
// dates and the signatures below are checked as ever. They outlive `context`. False:
// no memory.
bool TrustAuthorities(ssl_ctx_st& context, const std::vector<TrustedAuthority>& authorities);

}  // namespace updraft
