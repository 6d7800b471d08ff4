// SPDX-License-Identifier: Apache-2.0
#include "ports/mbedtls/certificate_bundle.h"

#include <mbedtls/md.h>
#include <mbedtls/pk.h>

#include <algorithm>
#include <optional>

#include "ports/mbedtls/mbedtls_status.h"
#include "ports/mbedtls/versions.h"

namespace updraft::mbed {
namespace {

constexpr std::size_t kCountSize = 2;
constexpr std::size_t kEntryHead = 4;
constexpr std::size_t kMinRsaBits = 2048;
constexpr std::size_t kMinCurveBits = 256;

std::size_t SizeAt(Bytes bytes) { return std::size_t{bytes[0]} << 8U | bytes[1]; }

struct Entry {
  Bytes subject;
  Bytes key;
};

// Takes an entry off the front of `rest`.
std::optional<Entry> TakeEntry(Bytes& rest) {
  if (rest.size() < kEntryHead) return std::nullopt;
  const std::size_t subject = SizeAt(rest);
  const std::size_t key = SizeAt(rest.subspan(2));
  rest = rest.subspan(kEntryHead);
  if (subject == 0 || key == 0 || rest.size() < subject + key) return std::nullopt;
  const Entry entry{rest.first(subject), rest.subspan(subject, key)};
  rest = rest.subspan(subject + key);
  return entry;
}

constexpr int kNotSigned = MBEDTLS_ERR_X509_CERT_VERIFY_FAILED;

class PublicKey {
 public:
  PublicKey() { mbedtls_pk_init(&key_); }
  PublicKey(const PublicKey&) = delete;
  PublicKey& operator=(const PublicKey&) = delete;
  ~PublicKey() { mbedtls_pk_free(&key_); }
  mbedtls_pk_context* get() { return &key_; }

 private:
  mbedtls_pk_context key_{};
};

int VerifyByKey(Bytes key, const mbedtls_x509_crt& certificate) {
  PublicKey authority;
  const mbedtls_md_info_t* const kind =
      mbedtls_md_info_from_type(certificate.UPDRAFT_MBED_FIELD(sig_md));
  if (kind == nullptr) return kNotSigned;
  if (const int error = mbedtls_pk_parse_public_key(authority.get(), key.data(), key.size());
      error != 0) {
    return error;
  }
  const bool is_rsa = mbedtls_pk_can_do(authority.get(), MBEDTLS_PK_RSA) != 0;
  if (mbedtls_pk_get_bitlen(authority.get()) < (is_rsa ? kMinRsaBits : kMinCurveBits)) {
    return kNotSigned;
  }
  unsigned char digest[MBEDTLS_MD_MAX_SIZE];
  const mbedtls_x509_buf& body = certificate.tbs;
  const mbedtls_x509_buf& signature = certificate.UPDRAFT_MBED_FIELD(sig);
  if (const int error = mbedtls_md(kind, body.p, body.len, digest); error != 0) return error;
  return mbedtls_pk_verify_ext(certificate.UPDRAFT_MBED_FIELD(sig_pk),
                               certificate.UPDRAFT_MBED_FIELD(sig_opts), authority.get(),
                               certificate.UPDRAFT_MBED_FIELD(sig_md), digest,
                               mbedtls_md_get_size(kind), signature.p, signature.len);
}

}  // namespace

bool IsCertificateBundle(Bytes bundle) {
  if (bundle.size() < kCountSize) return false;
  const std::size_t count = SizeAt(bundle);
  Bytes rest = bundle.subspan(kCountSize);
  Bytes before;
  for (std::size_t i = 0; i < count; ++i) {
    const std::optional<Entry> entry = TakeEntry(rest);
    if (!entry || std::ranges::lexicographical_compare(entry->subject, before)) return false;
    before = entry->subject;
  }
  return count > 0 && rest.empty();
}

// Bundles have some hundred entries at most: a walk costs nothing beside a signature.
int VerifyByBundle(Bytes bundle, const mbedtls_x509_crt& certificate) {
  const Bytes issuer(certificate.issuer_raw.p, certificate.issuer_raw.len);
  const Bytes subject(certificate.subject_raw.p, certificate.subject_raw.len);
  const Bytes key(certificate.pk_raw.p, certificate.pk_raw.len);
  Bytes rest = bundle.subspan(kCountSize);
  while (const std::optional<Entry> entry = TakeEntry(rest)) {
    if (!std::ranges::equal(entry->subject, issuer)) continue;
    // What an authority says of itself proves nothing: it is here, or it is not.
    const bool itself = std::ranges::equal(subject, issuer) && std::ranges::equal(key, entry->key);
    const int error = itself ? 0 : VerifyByKey(entry->key, certificate);
    if (error == 0 || IsOutOfMemory(error)) return error;
  }
  return kNotSigned;
}

}  // namespace updraft::mbed
