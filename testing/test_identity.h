// SPDX-License-Identifier: Apache-2.0
// The authority that the tests of a program share, and certificates of it: making keys
// takes time, so each is made once.
#pragma once

#include <cstdlib>

#include "testing/test_certificates.h"

namespace updraft {

inline const TestAuthority& Authority() {
  static const TestAuthority authority;
  return authority;
}

// For localhost and 127.0.0.1.
inline const CertifiedKey& GoodIdentity() {
  static const CertifiedKey identity = Authority().Issue({});
  return identity;
}

// Outside of templates: GCC 12 fails over the defaults of a request in one.
inline CertifiedKey IdentityOfDevice(const TestAuthority& authority) {
  return authority.Issue({.common_name = "device 7"});
}

// A proxy of the machine that runs the tests is not theirs.
inline void ForgetProxies() {
  for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
                           "no_proxy", "NO_PROXY"}) {
    unsetenv(name);
  }
}

}  // namespace updraft
