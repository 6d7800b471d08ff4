// SPDX-License-Identifier: Apache-2.0
// TLS as a script wants it broken: the certificate and the context. Called by the
// file server when it is given a script.
#pragma once

#include "server/asio.h"
#include "server/certificate.h"
#include "server/explained_status.h"
#include "server/fault_script.h"
#include "server/tls_identity.h"

namespace updraft {

// Sets `context` up for `fault`, which has to do with TLS. `honest` and `hosts` are
// the server's own; `authority` is whom clients trust.
ExplainedStatus ConfigureFaultyTls(TlsFault fault, const CertificateAuthority& authority,
                                   const CertificateOptions& hosts, const TlsIdentity& honest,
                                   asio::ssl::context& context);

}  // namespace updraft
