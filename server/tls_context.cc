// SPDX-License-Identifier: Apache-2.0
#include "server/tls_context.h"

#include <openssl/ssl.h>

#include "server/openssl_handle.h"

namespace updraft {
namespace {

// A client that offers no http/1.1 is served all the same: it may mean nothing.
int ChooseProtocol(SSL*, const unsigned char** chosen, unsigned char* chosen_length,
                   const unsigned char* offered, unsigned int offered_length, void*) {
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  unsigned char* match = nullptr;
  if (SSL_select_next_proto(&match, chosen_length, kHttp11, sizeof(kHttp11) - 1, offered,
                            offered_length) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *chosen = match;
  return SSL_TLSEXT_ERR_OK;
}

bool AddChain(SSL_CTX* context, const std::string& pem) {
  const BioHandle bio = ReadBio(pem);
  bool first = true;
  while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, RefusePassphrase, nullptr)) {
    const CertificateHandle certificate(next);
    const long added = first ? SSL_CTX_use_certificate(context, certificate.get())
                             : SSL_CTX_add1_chain_cert(context, certificate.get());
    if (added != 1) return false;
    first = false;
  }
  ERR_clear_error();
  return !first;
}

}  // namespace

ExplainedStatus ConfigureTls(const TlsIdentity& identity, asio::ssl::context& context) {
  if (ExplainedStatus check = CheckTlsIdentity(identity, "The given certificate", "The given key");
      !check.ok())
    return check;
  SSL_CTX* native = context.native_handle();
  const KeyHandle key = ParseKey(identity.key_pem);
  if (!AddChain(native, identity.certificate_pem) ||
      SSL_CTX_use_PrivateKey(native, key.get()) != 1) {
    return {Code::kBadFormat,
            "The given certificate and key should suit a TLS server, but "
            "OpenSSL refuses them (" +
                TakeOpensslReason() + ")."};
  }
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(native, ChooseProtocol, nullptr);
  return {};
}

}  // namespace updraft
