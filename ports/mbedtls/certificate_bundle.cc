// SPDX-License-Identifier: Apache-2.0
#include "ports/mbedtls/certificate_bundle.h"

#include <mbedtls/md.h>
#include <mbedtls/pk.h>

#include <algorithm>
#include <optional>

#include "ports/mbedtls/versions.h"

namespace updraft::mbed {
namespace {

constexpr std::size_t kCountSize = 2;
constexpr std::size_t kEntryHead = 4;
constexpr std::size_t kMinRsaBits = 2048;
constexpr std::size_t kMinCurveBits = 256;

std::size_t Number(Bytes bytes) { return std::size_t{bytes[0]} << 8U | bytes[1]; }

struct Entry {
  Bytes subject;
  Bytes key;
};

// Takes an entry off the front of `rest`.
std::optional<Entry> TakeEntry(Bytes& rest) {
  if (rest.size() < kEntryHead) return std::nullopt;
  const std::size_t subject = Number(rest);
  const std::size_t key = Number(rest.subspan(2));
  rest = rest.subspan(kEntryHead);
  if (subject == 0 || key == 0 || rest.size() < subject + key) return std::nullopt;
  const Entry entry{rest.first(subject), rest.subspan(subject, key)};
  rest = rest.subspan(subject + key);
  return entry;
}

bool KeySigned(Bytes key, const mbedtls_x509_crt& certificate) {
  mbedtls_pk_context authority;
  mbedtls_pk_init(&authority);
  bool good = false;
  const mbedtls_md_info_t* const kind =
      mbedtls_md_info_from_type(certificate.UPDRAFT_MBED_FIELD(sig_md));
  if (kind != nullptr && mbedtls_pk_parse_public_key(&authority, key.data(), key.size()) == 0) {
    const bool is_rsa = mbedtls_pk_can_do(&authority, MBEDTLS_PK_RSA) != 0;
    unsigned char digest[MBEDTLS_MD_MAX_SIZE];
    const mbedtls_x509_buf& body = certificate.tbs;
    const mbedtls_x509_buf& signature = certificate.UPDRAFT_MBED_FIELD(sig);
    good = mbedtls_pk_get_bitlen(&authority) >= (is_rsa ? kMinRsaBits : kMinCurveBits) &&
           mbedtls_md(kind, body.p, body.len, digest) == 0 &&
           mbedtls_pk_verify_ext(certificate.UPDRAFT_MBED_FIELD(sig_pk),
                                 certificate.UPDRAFT_MBED_FIELD(sig_opts), &authority,
                                 certificate.UPDRAFT_MBED_FIELD(sig_md), digest,
                                 mbedtls_md_get_size(kind), signature.p, signature.len) == 0;
  }
  mbedtls_pk_free(&authority);
  return good;
}

}  // namespace

bool IsCertificateBundle(Bytes bundle) {
  if (bundle.size() < kCountSize) return false;
  const std::size_t count = Number(bundle);
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
bool BundleSigned(Bytes bundle, const mbedtls_x509_crt& certificate) {
  const Bytes issuer(certificate.issuer_raw.p, certificate.issuer_raw.len);
  const Bytes subject(certificate.subject_raw.p, certificate.subject_raw.len);
  const Bytes key(certificate.pk_raw.p, certificate.pk_raw.len);
  Bytes rest = bundle.subspan(kCountSize);
  while (const std::optional<Entry> entry = TakeEntry(rest)) {
    if (!std::ranges::equal(entry->subject, issuer)) continue;
    // What an authority says of itself proves nothing: it is here, or it is not.
    const bool itself = std::ranges::equal(subject, issuer) && std::ranges::equal(key, entry->key);
    if (itself || KeySigned(entry->key, certificate)) return true;
  }
  return false;
}

}  // namespace updraft::mbed
