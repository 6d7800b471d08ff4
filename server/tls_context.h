// SPDX-License-Identifier: Apache-2.0
// The TLS settings of the server: 1.2 and later, http/1.1, one identity. Called
// by the file server when it starts.
#pragma once

#include "server/asio.h"
#include "server/explained_status.h"
#include "server/tls_identity.h"

namespace updraft {

// kBadFormat or kInvalidArgument when `identity` cannot be used.
ExplainedStatus ConfigureTls(const TlsIdentity& identity, asio::ssl::context& context);

}  // namespace updraft
