// SPDX-License-Identifier: Apache-2.0
// Who a TLS server is: its certificate (with the chain) and its private key.
// Loaded by the tool, made by certificate.h, given to the file server.
#pragma once

#include <string>

#include "server/explained_status.h"

namespace updraft {

struct TlsIdentity {
  std::string certificate_pem;  // the server's first, then what leads to the root
  std::string key_pem;          // without a passphrase

  bool empty() const { return certificate_pem.empty() && key_pem.empty(); }
};

// kNotFound when a file cannot be read, kBadFormat when it holds no certificate
// or key, kInvalidArgument when the key does not belong to the certificate.
ExplainedStatus LoadTlsIdentity(const std::string& certificate_path, const std::string& key_path,
                                TlsIdentity& identity);

// The same checks for PEM text; `certificate_name` and `key_name` are for the
// sentence.
ExplainedStatus CheckTlsIdentity(const TlsIdentity& identity, const std::string& certificate_name,
                                 const std::string& key_name);

}  // namespace updraft
