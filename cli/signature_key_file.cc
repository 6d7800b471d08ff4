// SPDX-License-Identifier: Apache-2.0
#include "cli/signature_key_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "cli/files.h"
#include "cli/sentence.h"
#include "cli/text.h"
#include "cli/token_key.h"
#include "ports/host/header_signing.h"

namespace updraft {
namespace {

constexpr std::uint64_t kLargestKeyFile = 1 << 20;
constexpr std::string_view kKindsOfKeys =
    "a key that signs images: RSA-3072, P-256, P-384 or P-192";

Outcome<SignatureKey> KeyIn(const std::string& path, Bytes pem) {
  auto key = SignatureKey::FromPem(pem);
  if (key) return std::move(*key);
  const bool unsupported = key.error().code() == Code::kUnsupported;
  return Failure{std::string(CodeName(key.error().code())),
                 fmt::format("{}: expected {}, found {}; {}.", KeyNameText(path),
                             fmt::format("{}, in PEM", kKindsOfKeys),
                             unsupported ? "a key of another kind" : "no PEM, or an encrypted one",
                             unsupported ? "make one with 'updraft key new'"
                                         : "give the key as it is without a passphrase")};
}

Outcome<SignatureKey> KeyInToken(const std::string& uri) {
  auto opened = OpenTokenKey(uri);
  if (!opened) return opened.failure();
  auto key = SignatureKey::FromToken(std::move(*opened));
  if (key) return std::move(*key);
  return Failure{std::string(CodeName(Code::kUnsupported)),
                 fmt::format("{}: expected {}, found a key of another kind; name another.",
                             KeyNameText(uri), kKindsOfKeys)};
}

}  // namespace

Outcome<SignatureKey> ReadSignatureKey(const std::string& path) {
  if (IsTokenUri(path)) return KeyInToken(path);
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
                             KeyNameText(path))};
}

Outcome<P256Point> ReadHeaderKey(const std::string& path) {
  const auto key = ReadSignatureKey(path);
  if (!key) return key.failure();
  const auto point = HeaderKeyOf(*key);
  if (point) return *point;
  return Failure{std::string(CodeName(Code::kUnsupported)),
                 fmt::format("{}: expected a key on P-256, which signs headers of encrypted "
                             "images, found {}; make one with 'updraft key new sign-p256'.",
                             KeyNameText(path), SignatureSchemeName(key->scheme()))};
}

Outcome<Sha256Digest> TrustedDigest(const std::string& path, Crypto& crypto) {
  std::vector<std::uint8_t> bytes;
  if (!IsTokenUri(path)) {
    auto file = ReadWholeFile(path, kLargestKeyFile);
    if (!file) return file.failure();
    bytes = std::move(*file);
  }
  Sha256Digest digest{};
  if (bytes.size() == digest.size()) {
    std::copy(bytes.begin(), bytes.end(), digest.begin());
    return digest;
  }
  const auto key = IsTokenUri(path) ? KeyInToken(path) : KeyIn(path, bytes);
  if (!key) return key.failure();
  const auto computed = KeyDigest(crypto, key->block_key());
  if (!computed) return FailureOf(computed.error());
  return *computed;
}

}  // namespace updraft
