// SPDX-License-Identifier: Apache-2.0
// OpenSSL objects that free themselves, and the reason of its last error.
// Internal to the server's room.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

namespace updraft {

template <auto kFree>
struct OpensslFree {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};

using BioHandle = std::unique_ptr<BIO, OpensslFree<BIO_free_all>>;
using KeyHandle = std::unique_ptr<EVP_PKEY, OpensslFree<EVP_PKEY_free>>;
using CertificateHandle = std::unique_ptr<X509, OpensslFree<X509_free>>;
using ExtensionHandle = std::unique_ptr<X509_EXTENSION, OpensslFree<X509_EXTENSION_free>>;
using NamesHandle = std::unique_ptr<GENERAL_NAMES, OpensslFree<GENERAL_NAMES_free>>;

inline BioHandle ReadBio(std::string_view text) {
  return BioHandle(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// OpenSSL would ask for a passphrase on the terminal; a server must not.
inline int RefusePassphrase(char*, int, int, void*) { return -1; }

inline KeyHandle ParseKey(std::string_view pem) {
  return KeyHandle(PEM_read_bio_PrivateKey(ReadBio(pem).get(), nullptr, RefusePassphrase, nullptr));
}

inline CertificateHandle ParseCertificate(std::string_view pem) {
  return CertificateHandle(
      PEM_read_bio_X509(ReadBio(pem).get(), nullptr, RefusePassphrase, nullptr));
}

// The oldest error of this thread, in OpenSSL's words; clears the others.
inline std::string TakeOpensslReason() {
  const unsigned long error = ERR_get_error();
  ERR_clear_error();
  const char* reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  return reason == nullptr ? "unknown reason" : reason;
}

}  // namespace updraft
