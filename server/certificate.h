// SPDX-License-Identifier: Apache-2.0
// Certificates for a development server: a self-made authority (ECDSA P-256)
// and the server certificates that it issues, good and deliberately bad ones.
// Called by the file server, the tool and tests; owns keys as PEM text.
#pragma once

#include <string>
#include <vector>

#include "server/explained_status.h"
#include "server/tls_identity.h"

namespace updraft {

struct CertificateOptions {
  // Names and addresses for the subjectAltName; what reads as an IP address
  // becomes one.
  std::vector<std::string> hosts = {"localhost", "127.0.0.1", "::1"};
  // The first day of validity, counted from now, and for how many days.
  int first_day = -1;
  int days = 825;
};

class CertificateAuthority {
 public:
  // A new key and a self-signed certificate; the hosts do not matter.
  ExplainedStatus Create(const CertificateOptions& options = {});

  // A new key and a certificate for a server, signed by this authority.
  // kInvalidArgument: no host, or one that is neither a name nor an address.
  ExplainedStatus Issue(const CertificateOptions& options, TlsIdentity& server) const;

  // What clients are to trust, and its key.
  const TlsIdentity& identity() const { return identity_; }

 private:
  TlsIdentity identity_;
};

// A server's certificate that nobody but itself has signed. As Issue().
ExplainedStatus MakeSelfSigned(const CertificateOptions& options, TlsIdentity& server);

// Names and addresses under which this machine can be reached from outside:
// for the certificate of a server that listens on every interface.
std::vector<std::string> HostsOfThisMachine();

}  // namespace updraft
