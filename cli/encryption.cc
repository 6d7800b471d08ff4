// SPDX-License-Identifier: Apache-2.0
#include "cli/encryption.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <system_error>
#include <vector>

#include "updraft/key_derivation.h"

#include "cli/files.h"
#include "cli/sentence.h"
#include "cli/streams.h"
#include "cli/text.h"
#include "cli/token_key.h"
#include "ports/host/crypto_openssl.h"
#include "ports/host/header_signing.h"

namespace updraft {
namespace {

constexpr std::uint64_t kLargestKeyFile = 64 << 10;
constexpr std::size_t kWorkSize = 64 << 10;
using HeaderBytes = std::array<std::uint8_t, kEncryptedHeaderSize>;

Failure TooLong() {
  return {"no_space", fmt::format("the input is too long for an encrypted image: expected at most "
                                  "{} bytes, found more; the format cannot hold it.",
                                  kMaxEncryptedBody)};
}

Status StartFor(Encryptor& encryptor, const KeyFile& key, const P256Point& point) {
  return key.is_rsa() ? encryptor.StartFor(key.rsa_public) : encryptor.StartFor(point);
}

// The header that belongs in front of a body.
struct SealedHeader {
  HeaderBytes bytes{};
  std::uint64_t body_size = 0;
};

Failure NotSigned() {
  return {"invalid_state",
          "cannot sign the header: expected the key to sign, found that it failed; check the key "
          "or its token."};
}

Outcome<SealedHeader> Seal(const EncryptedHeader& header, Hash& body, const EncryptionJob& job,
                           Crypto& crypto) {
  SealedHeader sealed;
  sealed.body_size = header.body_size;
  StoreEncryptedHeader(header, sealed.bytes);
  if (job.signer == nullptr) return sealed;
  Sha256Digest digest{};
  Status status = body.Finish(digest);
  if (status.ok()) status = SignHeader(crypto, *job.signer, digest, sealed.bytes);
  if (!status.ok()) return NotSigned();
  return sealed;
}

// Through the encryptor into `body`.
Outcome<SealedHeader> EncryptInto(Sink& body, const KeyFile& key, InputFile& input,
                                  const EncryptionJob& job) {
  OpensslCrypto crypto;
  P256Point point{};
  if (!key.is_rsa()) {
    const auto receiver = PointOf(key, crypto);
    if (!receiver) return receiver.failure();
    point = *receiver;
  }
  std::vector<std::uint8_t> work(kWorkSize);
  std::vector<std::uint8_t> piece(kWorkSize);
  Encryptor encryptor(crypto, body, work);
  Hash plain(crypto);
  Status status = StartFor(encryptor, key, point);
  if (status.ok() && job.signer != nullptr) status = plain.Start(HashKind::kSha256);
  while (status.ok()) {
    const auto count = input.Read(piece);
    if (!count) return input.FailureOf(count.error());
    if (*count == 0) {
      status = encryptor.Finish();
      break;
    }
    status = encryptor.Write(Bytes(piece).first(*count));
    if (status.ok() && plain.running()) status = plain.Update(Bytes(piece).first(*count));
  }
  if (status == Status(Code::kNoSpace, Stage::kEncrypted)) return TooLong();
  if (!status.ok()) return FailureOf(status);
  return Seal(encryptor.header(), plain, job, crypto);
}

// Errors of the output are kept apart from those of the rooms before it.
class Watched final : public Sink {
 public:
  explicit Watched(Sink& sink) : sink_(&sink) {}
  Status Write(Bytes data) override { return failed_ = sink_->Write(data); }
  Status Finish() override { return kOk; }
  const Status& failed() const { return failed_; }

 private:
  Sink* sink_;
  Status failed_{};
};

// Straight into the file; the header is put in its place at the end.
Outcome<SealedHeader> EncryptToFile(NewFile& output, const KeyFile& key, InputFile& input,
                                    const EncryptionJob& job) {
  Status written = output.Write(HeaderBytes{});
  if (!written.ok()) return output.FailureOf(written);
  Watched body(output);
  auto header = EncryptInto(body, key, input, job);
  if (!body.failed().ok()) return output.FailureOf(body.failed());
  if (!header) return header.failure();
  written = output.Rewrite(0, header->bytes);
  if (!written.ok()) return output.FailureOf(written);
  return header;
}

// The tag stands in front of the body, so the body waits on disk.
Outcome<SealedHeader> EncryptToStream(NewFile& output, const KeyFile& key, InputFile& input,
                                      const EncryptionJob& job) {
  Spool spool(job.spool_folder);
  Watched body(spool);
  auto header = EncryptInto(body, key, input, job);
  if (!body.failed().ok()) return spool.FailureOf(body.failed());
  if (!header) return header.failure();
  Status written = output.Write(header->bytes);
  if (written.ok()) written = spool.CopyTo(output);
  if (!written.ok()) return output.FailureOf(written);
  return header;
}

std::optional<Failure> NotPrivate(const KeyFile& key) {
  if (key.kind != KeyKind::kRsaPublic && key.kind != KeyKind::kP256Public) return std::nullopt;
  return Failure{"invalid_argument",
                 "cannot decrypt: expected a private key or the HMAC key, found a public key; "
                 "give the key that the image was encrypted for."};
}

Outcome<EncryptionFacts> DecryptAll(Decryptor& decryptor, InputFile& input,
                                    const FindingCollector& findings, const EncryptionJob& job) {
  EncryptionFacts facts;
  bool opened = false;
  std::vector<std::uint8_t> piece(kWorkSize);
  Status status{};
  while (status.ok()) {
    const auto count = input.Read(piece);
    if (!count) return input.FailureOf(count.error());
    if (*count == 0) {
      status = decryptor.Finish();
      break;
    }
    status = decryptor.WriteInPlace(MutableBytes(piece).first(*count));
    if (!opened && decryptor.opened()) {
      opened = true;
      facts = {decryptor.scheme(), decryptor.body_size()};
      if (job.opened) job.opened(facts);
    }
  }
  if (!status.ok()) return FailureOf(status, findings);
  return facts;
}

Outcome<EncryptionFacts> DecryptInto(Sink& sink, const KeyFile& key, InputFile& input,
                                     const EncryptionJob& job) {
  OpensslCrypto crypto;
  PrivateKeys keys(key, crypto);
  if (!keys.status().ok()) return FailureOf(keys.status());
  FindingCollector findings;
  EncryptedRules rules;
  rules.available = input.size();
  rules.trust = job.trust;
  std::array<std::uint8_t, kEncryptedHeaderSize> header{};
  Decryptor decryptor(crypto, keys.keys(), rules, sink, header, findings);
  return DecryptAll(decryptor, input, findings, job);
}

Outcome<EncryptionFacts> DecryptTo(NewFile& output, const KeyFile& key, InputFile& input,
                                   const EncryptionJob& job) {
  const auto can_rewrite = output.CanRewrite();
  if (!can_rewrite) return output.FailureOf(can_rewrite.error());
  if (*can_rewrite || job.unsafe_stream) {
    Watched body(output);
    auto facts = DecryptInto(body, key, input, job);
    if (!body.failed().ok()) return output.FailureOf(body.failed());
    return facts;
  }
  Spool spool(job.spool_folder);
  Watched body(spool);
  auto facts = DecryptInto(body, key, input, job);
  if (!body.failed().ok()) return spool.FailureOf(body.failed());
  if (!facts) return facts;
  const Status written = spool.CopyTo(output);
  if (!written.ok()) return output.FailureOf(written);
  return facts;
}

}  // namespace

Failure FailureOf(KeyFault fault, const std::string& path) {
  const auto words = [&](std::string_view reason, std::string_view found, std::string_view advice) {
    return Failure{std::string(reason),
                   fmt::format("{}: expected an RSA-3072 or P-256 key (PEM or DER) or the 32 bytes "
                               "of an HMAC key, found {}; {}.",
                               KeyNameText(path), found, advice)};
  };
  switch (fault) {
    case KeyFault::kNeedsPassphrase:
      return words("unsupported", "a key that is protected by a passphrase",
                   "decrypt it first, with openssl pkey");
    case KeyFault::kWrongSize:
      return words("unsupported", "an RSA key that has not 3072 bits",
                   "make one with 'updraft key new rsa-3072'");
    case KeyFault::kWrongCurve:
      return words("unsupported", "a key on another curve",
                   "make one with 'updraft key new ecies'");
    case KeyFault::kUnsupportedType:
      return words("unsupported", "a key of another algorithm", "make one with 'updraft key new'");
    case KeyFault::kNotAKey: break;
  }
  return words("bad_format", "neither", "check that the right file was given");
}

Outcome<std::unique_ptr<KeyFile>> LoadKeyFile(const std::string& path) {
  auto parsed = KeyFileOrFault(KeyFault::kNotAKey);
  if (IsTokenUri(path)) {
    auto key = OpenTokenKey(path);
    if (!key) return key.failure();
    parsed = KeyFileOfToken(std::move(*key));
  } else {
    auto bytes = ReadWholeFile(path, kLargestKeyFile);
    if (!bytes) return bytes.failure();
    parsed = ParseKeyFile(*bytes);
    Wipe(*bytes);
  }
  if (const auto* const fault = std::get_if<KeyFault>(&parsed)) return FailureOf(*fault, path);
  return std::move(std::get<std::unique_ptr<KeyFile>>(parsed));
}

Outcome<P256Point> PointOf(const KeyFile& key, Crypto& crypto) {
  if (key.kind != KeyKind::kHmac) return key.point;
  HmacSha256 hmac(crypto);
  HmacDerivedKey derived(crypto, hmac);
  P256Point point{};
  Status status = hmac.SetKey(key.secret.bytes());
  if (status.ok()) status = derived.PublicKey(point);
  if (status.ok()) return point;
  return Failure{"bad_format",
                 "the HMAC key gives no device key: expected one that derives a scalar of P-256, "
                 "found one in four billion that does not; make another."};
}

Outcome<EncryptionFacts> EncryptFile(const KeyFile& key, const EncryptionJob& job) {
  if (const auto failure = JudgeNotKey(job.output, job.key)) return *failure;
  InputFile input(job.input);
  if (const Status opened = input.Open(); !opened.ok()) return input.FailureOf(opened);
  if (input.size().value_or(0) > kMaxEncryptedBody) return TooLong();
  NewFile output(job.output);
  const auto can_rewrite = output.CanRewrite();
  if (!can_rewrite) return output.FailureOf(can_rewrite.error());
  const auto header = *can_rewrite ? EncryptToFile(output, key, input, job)
                                   : EncryptToStream(output, key, input, job);
  if (!header) return header.failure();
  if (const Status finished = output.Finish(); !finished.ok()) return output.FailureOf(finished);
  return EncryptionFacts{key.is_rsa() ? EncryptionScheme::kRsa3072 : EncryptionScheme::kEciesP256,
                         header->body_size};
}

Outcome<EncryptionFacts> DecryptFile(const KeyFile& key, const EncryptionJob& job) {
  if (const auto failure = JudgeNotKey(job.output, job.key)) return *failure;
  if (const auto failure = NotPrivate(key)) return *failure;
  InputFile input(job.input);
  if (const Status opened = input.Open(); !opened.ok()) return input.FailureOf(opened);
  NewFile output(job.output);
  auto facts = DecryptTo(output, key, input, job);
  if (!facts) {
    RemoveStaleOutput(job);
    return facts;
  }
  if (const Status finished = output.Finish(); !finished.ok()) return output.FailureOf(finished);
  return facts;
}

void RemoveStaleOutput(const EncryptionJob& job) {
  if (job.output == "-") return;
  if (IsSameFile(job.output, job.input) || IsSameFile(job.output, job.key)) return;
  std::error_code error;
  if (std::filesystem::is_regular_file(job.output, error)) {
    std::filesystem::remove(job.output, error);
  }
}

PrivateKeys::PrivateKeys(const KeyFile& key, Crypto& crypto)
    : hmac_(crypto),
      derived_(crypto, hmac_),
      scalar_(crypto, key.secret.bytes().first<kP256ScalarSize>()),
      status_(hmac_.SetKey(key.secret.bytes())) {
  keys_.rsa = key.rsa_private.get();
  if (key.kind == KeyKind::kHmac) keys_.ecies = &derived_;
  if (key.kind == KeyKind::kP256Private) keys_.ecies = &scalar_;
  if (key.p256_token != nullptr) keys_.ecies = key.p256_token.get();
}

}  // namespace updraft
