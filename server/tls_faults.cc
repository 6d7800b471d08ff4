// SPDX-License-Identifier: Apache-2.0
#include "server/tls_faults.h"

#include <openssl/ssl.h>

#include "server/tls_context.h"

namespace updraft {
namespace {

ExplainedStatus IdentityFor(TlsFault fault, const CertificateAuthority& authority,
                            CertificateOptions options, TlsIdentity& identity) {
  switch (fault) {
    case TlsFault::kExpired:
      options.first_day = -30;
      options.days = 10;
      return authority.Issue(options, identity);
    case TlsFault::kNotYetValid: options.first_day = 10; return authority.Issue(options, identity);
    case TlsFault::kWrongHost:
      options.hosts = {"elsewhere.example"};
      return authority.Issue(options, identity);
    case TlsFault::kSelfSigned: return MakeSelfSigned(options, identity);
    case TlsFault::kUnknownAuthority: {
      CertificateAuthority stranger;
      if (ExplainedStatus created = stranger.Create(); !created.ok()) return created;
      return stranger.Issue(options, identity);
    }
    default: return {};
  }
}

}  // namespace

ExplainedStatus ConfigureFaultyTls(TlsFault fault, const CertificateAuthority& authority,
                                   const CertificateOptions& hosts, const TlsIdentity& honest,
                                   asio::ssl::context& context) {
  TlsIdentity identity = honest;
  if (ExplainedStatus made = IdentityFor(fault, authority, hosts, identity); !made.ok()) {
    return made;
  }
  if (ExplainedStatus configured = ConfigureTls(identity, context); !configured.ok()) {
    return configured;
  }
  SSL_CTX* const native = context.native_handle();
  if (fault == TlsFault::kVersion11) {
    // OpenSSL takes it for too weak otherwise.
    SSL_CTX_set_security_level(native, 0);
    SSL_CTX_set_min_proto_version(native, TLS1_1_VERSION);
    SSL_CTX_set_max_proto_version(native, TLS1_1_VERSION);
  }
  if (fault == TlsFault::kRenegotiate) {
    SSL_CTX_set_max_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_clear_options(native, SSL_OP_NO_RENEGOTIATION);
  }
  return {};
}

}  // namespace updraft
