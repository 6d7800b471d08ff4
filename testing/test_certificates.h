// SPDX-License-Identifier: Apache-2.0
// A certificate authority for tests: issues certificates, good and bad, as PEM.
// Tests of TLS use it; nothing it makes is trusted by anybody else.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace updraft {

struct CertifiedKey {
  std::string certificate_pem;
  std::string key_pem;
};

struct CertificateRequest {
  std::string common_name = "localhost";
  // Subject alternative names as OpenSSL writes them: "DNS:a", "IP:127.0.0.1".
  std::vector<std::string> names = {"DNS:localhost", "IP:127.0.0.1", "IP:::1"};
  // Seconds from now; both may be negative.
  long valid_from = -3600;
  long valid_until = 86400;
};

// P-256 throughout. OpenSSL's failures are exceptions (std::runtime_error).
class TestAuthority {
 public:
  explicit TestAuthority(const std::string& name = "Updraft test CA");
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;
  ~TestAuthority();

  const std::string& certificate_pem() const { return certificate_pem_; }
  CertifiedKey Issue(const CertificateRequest& request) const;

 private:
  struct Keys;
  std::unique_ptr<Keys> keys_;
  std::string certificate_pem_;
};

// Signed by itself.
CertifiedKey SelfSigned(const CertificateRequest& request);

}  // namespace updraft
