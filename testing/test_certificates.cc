// SPDX-License-Identifier: Apache-2.0
#include "testing/test_certificates.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <stdexcept>

namespace updraft {
namespace {

struct OpensslDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
template <typename T>
using Owned = std::unique_ptr<T, OpensslDeleter>;

template <typename T>
T Checked(T result, const char* what) {
  if (!result) throw std::runtime_error(std::string("OpenSSL: ") + what);
  return result;
}

// Not EVP_EC_gen(): its macro casts const away.
Owned<EVP_PKEY> NewKey() {
  return Owned<EVP_PKEY>(Checked(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), "no key"));
}

template <typename Write>
std::string Pem(Write write) {
  const Owned<BIO> memory(Checked(BIO_new(BIO_s_mem()), "no memory"));
  Checked(write(memory.get()) == 1, "no PEM");
  char* text = nullptr;
  const long length = BIO_get_mem_data(memory.get(), &text);
  return {text, static_cast<std::size_t>(length)};
}

std::string CertificatePem(X509* certificate) {
  return Pem([&](BIO* out) { return PEM_write_bio_X509(out, certificate); });
}

std::string KeyPem(EVP_PKEY* key) {
  return Pem([&](BIO* out) {
    return PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

void AddExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION> extension(
      Checked(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()), value.c_str()));
  Checked(X509_add_ext(certificate, extension.get(), -1) == 1, "extension");
}

// Unsigned as yet.
Owned<X509> NewCertificate(const CertificateRequest& request, EVP_PKEY* key) {
  Owned<X509> certificate(Checked(X509_new(), "no certificate"));
  std::uint32_t serial = 0;
  Checked(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1, "no random");
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial | 1U);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), request.valid_from);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), request.valid_until);
  Checked(X509_set_pubkey(certificate.get(), key) == 1, "public key");
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  const auto* name = reinterpret_cast<const unsigned char*>(request.common_name.c_str());
  Checked(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, name, -1, -1, 0) == 1, "name");
  return certificate;
}

void AddNames(X509* certificate, X509* issuer, const CertificateRequest& request) {
  std::string names;
  for (const std::string& name : request.names) names += (names.empty() ? "" : ",") + name;
  if (!names.empty()) AddExtension(certificate, issuer, NID_subject_alt_name, names);
}

void Sign(X509* certificate, X509* issuer, EVP_PKEY* key) {
  Checked(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1, "issuer");
  Checked(X509_sign(certificate, key, EVP_sha256()) > 0, "signature");
}

}  // namespace

struct TestAuthority::Keys {
  Owned<EVP_PKEY> key;
  Owned<X509> certificate;
};

TestAuthority::TestAuthority(const std::string& name) : keys_(std::make_unique<Keys>()) {
  CertificateRequest request;
  request.common_name = name;
  keys_->key = NewKey();
  keys_->certificate = NewCertificate(request, keys_->key.get());
  X509* own = keys_->certificate.get();
  AddExtension(own, own, NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(own, own, NID_key_usage, "critical,keyCertSign,cRLSign");
  AddExtension(own, own, NID_subject_key_identifier, "hash");
  Sign(own, own, keys_->key.get());
  certificate_pem_ = CertificatePem(own);
}

TestAuthority::~TestAuthority() = default;

CertifiedKey TestAuthority::Issue(const CertificateRequest& request) const {
  const Owned<EVP_PKEY> key = NewKey();
  const Owned<X509> certificate = NewCertificate(request, key.get());
  AddNames(certificate.get(), keys_->certificate.get(), request);
  Sign(certificate.get(), keys_->certificate.get(), keys_->key.get());
  return {CertificatePem(certificate.get()), KeyPem(key.get())};
}

CertifiedKey SelfSigned(const CertificateRequest& request) {
  const Owned<EVP_PKEY> key = NewKey();
  const Owned<X509> certificate = NewCertificate(request, key.get());
  AddNames(certificate.get(), certificate.get(), request);
  Sign(certificate.get(), certificate.get(), key.get());
  return {CertificatePem(certificate.get()), KeyPem(key.get())};
}

}  // namespace updraft
