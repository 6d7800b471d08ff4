// SPDX-License-Identifier: Apache-2.0
#include "ports/host/bundle_trust.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <memory>

namespace updraft {
namespace {

using Authorities = std::vector<TrustedAuthority>;

struct Freed {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

int AuthoritiesIndex() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

bool IsName(const std::vector<std::uint8_t>& der, const X509_NAME* name) {
  const unsigned char* bytes = nullptr;
  std::size_t size = 0;
  return X509_NAME_get0_der(name, &bytes, &size) == 1 &&
         std::equal(der.begin(), der.end(), bytes, bytes + size);
}

bool HasSigned(const TrustedAuthority& authority, X509* certificate) {
  const unsigned char* bytes = authority.key.data();
  const std::unique_ptr<EVP_PKEY, Freed> key(
      d2i_PUBKEY(nullptr, &bytes, static_cast<long>(authority.key.size())));
  return key != nullptr && X509_verify(certificate, key.get()) == 1;
}

// What OpenSSL complains of when the chain ends in what it does not know.
bool IsUnknownIssuer(int error) {
  return error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
         error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
         error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE ||
         error == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
         error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT;
}

int Verify(int good, X509_STORE_CTX* store) {
  if (good == 1 || !IsUnknownIssuer(X509_STORE_CTX_get_error(store))) return good;
  const auto* const tls = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const auto* const authorities = static_cast<const Authorities*>(
      SSL_CTX_get_ex_data(SSL_get_SSL_CTX(tls), AuthoritiesIndex()));
  X509* const certificate = X509_STORE_CTX_get_current_cert(store);
  if (authorities == nullptr || certificate == nullptr) return 0;
  const X509_NAME* const issuer = X509_get_issuer_name(certificate);
  const bool trusted = std::ranges::any_of(*authorities, [&](const TrustedAuthority& authority) {
    return IsName(authority.subject, issuer) && HasSigned(authority, certificate);
  });
  if (!trusted) return 0;
  X509_STORE_CTX_set_error(store, X509_V_OK);
  return 1;
}

}  // namespace

bool TrustAuthorities(SSL_CTX& context, const Authorities& authorities) {
  void* const kept = const_cast<Authorities*>(&authorities);
  if (SSL_CTX_set_ex_data(&context, AuthoritiesIndex(), kept) != 1) return false;
  SSL_CTX_set_verify(&context, SSL_VERIFY_PEER, &Verify);
  return true;
}

}  // namespace updraft
