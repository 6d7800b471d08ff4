// SPDX-License-Identifier: Apache-2.0
#include "ports/host/authority_bundle.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <set>
#include <utility>

namespace updraft {
namespace {

constexpr std::size_t kMost = 0xFFFF;
constexpr int kMinRsaBits = 2048;
constexpr int kMinCurveBits = 256;

using Der = std::vector<std::uint8_t>;

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
};

template <typename T, typename Encode>
Der DerOf(const T* part, Encode encode) {
  unsigned char* bytes = nullptr;
  const int size = encode(part, &bytes);
  if (size <= 0) return {};
  Der der(bytes, bytes + size);
  OPENSSL_free(bytes);
  return der;
}

std::string SubjectText(const X509* certificate) {
  std::string text(256, '\0');
  X509_NAME_oneline(X509_get_subject_name(certificate), text.data(), static_cast<int>(text.size()));
  text.resize(text.find('\0'));
  return text;
}

bool IsKeyAccepted(const X509* certificate) {
  const EVP_PKEY* const key = X509_get0_pubkey(certificate);
  if (key == nullptr) return false;
  const int bits = EVP_PKEY_get_bits(key);
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA: return bits >= kMinRsaBits;
    case EVP_PKEY_EC: return bits >= kMinCurveBits;
    default: return false;
  }
}

void Append(Der& bytes, std::size_t number) {
  bytes.push_back(static_cast<std::uint8_t>(number >> 8U));
  bytes.push_back(static_cast<std::uint8_t>(number));
}

}  // namespace

Result<AuthorityBundle> MakeAuthorityBundle(std::string_view pem, std::string& fault) {
  const std::unique_ptr<BIO, Free> text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (text == nullptr) return Status(Code::kNoSpace, Stage::kDevice);
  std::set<std::pair<Der, Der>> entries;  // by subject, then key
  while (const std::unique_ptr<X509, Free> certificate{
      PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)}) {
    Der subject = DerOf(X509_get_subject_name(certificate.get()), &i2d_X509_NAME);
    Der key = DerOf(X509_get_X509_PUBKEY(certificate.get()), &i2d_X509_PUBKEY);
    fault = SubjectText(certificate.get());
    if (subject.size() > kMost || key.size() > kMost) return Status(Code::kNoSpace, Stage::kDevice);
    if (!IsKeyAccepted(certificate.get()) || subject.empty()) {
      return Status(Code::kUnsupported, Stage::kDevice);
    }
    entries.emplace(std::move(subject), std::move(key));
  }
  const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  fault.clear();
  if (!ended) return Status(Code::kBadFormat, Stage::kDevice);
  if (entries.empty()) return Status(Code::kNotFound, Stage::kDevice);
  if (entries.size() > kMost) return Status(Code::kNoSpace, Stage::kDevice);
  AuthorityBundle bundle;
  bundle.count = entries.size();
  Append(bundle.bytes, entries.size());
  for (const auto& [subject, key] : entries) {
    Append(bundle.bytes, subject.size());
    Append(bundle.bytes, key.size());
    bundle.bytes.insert(bundle.bytes.end(), subject.begin(), subject.end());
    bundle.bytes.insert(bundle.bytes.end(), key.begin(), key.end());
  }
  return bundle;
}

}  // namespace updraft
