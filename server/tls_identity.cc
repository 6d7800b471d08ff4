// SPDX-License-Identifier: Apache-2.0
#include "server/tls_identity.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "server/openssl_handle.h"

namespace updraft {
namespace {

ExplainedStatus ReadText(const std::string& path, const char* what, std::string& text) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  if (file && (file.peek() == std::ifstream::traits_type::eof() || content << file.rdbuf())) {
    text = content.str();
    if (!file.bad() && errno == 0) return {};
  }
  const int error = errno != 0 ? errno : EIO;
  return {Code::kNotFound,
          fmt::format("{} should be a readable PEM file with {}, but cannot be read ({}); check "
                      "the path and its permissions.",
                      path, what, std::strerror(error)),
          error};
}

}  // namespace

ExplainedStatus CheckTlsIdentity(const TlsIdentity& identity, const std::string& certificate_name,
                                 const std::string& key_name) {
  ERR_clear_error();
  const CertificateHandle certificate = ParseCertificate(identity.certificate_pem);
  if (!certificate) {
    return {Code::kBadFormat,
            fmt::format("{} should hold a certificate in PEM form, but none can be read from it "
                        "({}).",
                        certificate_name, TakeOpensslReason())};
  }
  const KeyHandle key = ParseKey(identity.key_pem);
  if (!key) {
    return {Code::kBadFormat,
            fmt::format("{} should hold a private key in PEM form without a passphrase, but none "
                        "can be read from it ({}).",
                        key_name, TakeOpensslReason())};
  }
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    ERR_clear_error();
    return {Code::kInvalidArgument,
            fmt::format("{} should be the private key of the certificate in {}, but belongs to "
                        "another one; give a pair that was made together.",
                        key_name, certificate_name)};
  }
  return {};
}

ExplainedStatus LoadTlsIdentity(const std::string& certificate_path, const std::string& key_path,
                                TlsIdentity& identity) {
  if (ExplainedStatus read =
          ReadText(certificate_path, "the server's certificate", identity.certificate_pem);
      !read.ok())
    return read;
  if (ExplainedStatus read = ReadText(key_path, "the server's private key", identity.key_pem);
      !read.ok())
    return read;
  return CheckTlsIdentity(identity, certificate_path, key_path);
}

}  // namespace updraft
