// SPDX-License-Identifier: Apache-2.0
#include "cli/signature_key_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/files.h"
#include "cli/sentence.h"
#include "cli/text.h"
#include "ports/host/header_signing.h"

namespace updraft {
namespace {

constexpr std::uint64_t kLargestKeyFile = 1 << 20;

Outcome<SignatureKey> KeyIn(const std::string& path, Bytes pem) {
  auto key = SignatureKey::FromPem(pem);
  if (key) return std::move(*key);
  const bool unsupported = key.error().code() == Code::kUnsupported;
  return Failure{std::string(CodeName(key.error().code())),
                 fmt::format("{}: expected {}, found {}; {}.", PrintableText(path),
                             "a key that signs images: RSA-3072, P-256, P-384 or P-192, in PEM",
                             unsupported ? "a key of another kind" : "no PEM, or an encrypted one",
                             unsupported ? "make one with 'updraft key new'"
                                         : "give the key as it is without a passphrase")};
}

}  // namespace

Outcome<SignatureKey> ReadSignatureKey(const std::string& path) {
  const auto file = ReadWholeFile(path, kLargestKeyFile);
  if (!file) return file.failure();
  return KeyIn(path, *file);
}

Outcome<SignatureKey> ReadPrivateSignatureKey(const std::string& path) {
  auto key = ReadSignatureKey(path);
  if (!key || key->is_private()) return key;
  return Failure{std::string(CodeName(Code::kInvalidArgument)),
                 fmt::format("{}: expected a private key, found a public one; give the private "
                             "key, or --pub-key with --signature.",
                             PrintableText(path))};
}

Outcome<P256Point> ReadHeaderKey(const std::string& path) {
  const auto key = ReadSignatureKey(path);
  if (!key) return key.failure();
  const auto point = HeaderKeyOf(*key);
  if (point) return *point;
  return Failure{std::string(CodeName(Code::kUnsupported)),
                 fmt::format("{}: expected a key on P-256, which signs headers of encrypted "
                             "images, found {}; make one with 'updraft key new sign-p256'.",
                             PrintableText(path), SignatureSchemeName(key->scheme()))};
}

Outcome<Sha256Digest> TrustedDigest(const std::string& path, Crypto& crypto) {
  const auto file = ReadWholeFile(path, kLargestKeyFile);
  if (!file) return file.failure();
  Sha256Digest digest{};
  if (file->size() == digest.size()) {
    std::copy(file->begin(), file->end(), digest.begin());
    return digest;
  }
  const auto key = KeyIn(path, *file);
  if (!key) return key.failure();
  const auto computed = KeyDigest(crypto, key->block_key());
  if (!computed) return FailureOf(computed.error());
  return *computed;
}

}  // namespace updraft
