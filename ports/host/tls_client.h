// SPDX-License-Identifier: Apache-2.0
// The settings of a TLS client as OpenSSL wants them: versions, trust, the client's
// certificate. OpensslConnection makes one and keeps it.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "ports/host/connection_options.h"

namespace updraft {

struct FreeTls {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* tls) const { SSL_free(tls); }
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};

// `options` outlive it. Null: `fault` says in one line what cannot be used.
std::unique_ptr<SSL_CTX, FreeTls> MakeTlsClient(const HostConnectionOptions& options,
                                                std::string& fault);

// For keys in files and texts: given, or none; never asked on the terminal. `password`
// outlives the context.
void SetKeyPassword(SSL_CTX& context, const std::string& password);

// The oldest entry of OpenSSL's error queue in words, which is emptied; empty: none.
std::string TakeTlsError();

}  // namespace updraft
