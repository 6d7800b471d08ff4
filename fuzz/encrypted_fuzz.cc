// SPDX-License-Identifier: Apache-2.0
// Encrypted images: the header with its signature, whatever key it asks for, and a
// body that is opened in any pieces. What is opened wholly was sealed with that key.
#include <array>
#include <memory>

#include "updraft/encrypted_image.h"

#include "fuzz/fuzz.h"
#include "ports/host/crypto_openssl.h"
#include "ports/host/key_file.h"
#include "testing/encryption_keys.h"
#include "testing/failing_crypto.h"
#include "testing/memory_sink.h"
#include "testing/recording_observer.h"
#include "testing/test_encryption.h"

namespace updraft {
namespace {

using fuzz::Require;
using File = std::vector<std::uint8_t>;

struct Keys {
  OpensslCrypto crypto;
  std::unique_ptr<KeyFile> rsa = Parse(kTestRsaKeyPem);
  std::unique_ptr<KeyFile> ec = Parse(kTestEcKeyPem);
  ScalarKey scalar{crypto, ec->secret.bytes().first<kP256ScalarSize>()};

  static std::unique_ptr<KeyFile> Parse(std::string_view pem) {
    return std::move(std::get<0>(ParseKeyFile(AsBytes(pem))));
  }
};

Keys& Test() {
  static Keys keys;
  return keys;
}

struct Opened {
  Status status;
  std::vector<Check> failed;
  File plain;
  bool finished = false;
  bool operator==(const Opened&) const = default;
};

Opened Open(Bytes file, const DecryptionKeys& keys, const EncryptedRules& rules,
            fuzz::Chunking chunking, bool in_place) {
  MemorySink sink;
  File work(kEncryptedHeaderSize);
  RecordingObserver observer;
  Decryptor decryptor(Test().crypto, keys, rules, sink, work, observer);
  Opened opened;
  chunking.Feed(file, [&](Bytes piece) {
    File copy(piece.begin(), piece.end());
    opened.status = in_place ? decryptor.WriteInPlace(copy) : decryptor.Write(copy);
    return opened.status.ok();
  });
  if (opened.status.ok()) opened.status = decryptor.Finish();
  opened.failed = observer.failed();
  opened.plain = sink.bytes();
  opened.finished = sink.finished();
  return opened;
}

// A file whose body is the input's, for the key that the input says; the same one
// for the same input.
File Seal(fuzz::Input& input, bool rsa) {
  FailingCrypto crypto(Test().crypto);
  crypto.ScriptRandom(File(512, 0x5A));
  return rsa ? EncryptForTest(crypto, Test().rsa->rsa_public, input.rest())
             : EncryptForTest(crypto, Test().ec->point, input.rest());
}

void TryHeader(EncryptedHeaderBytes bytes) {
  const EncryptedHeader header = ParseEncryptedHeader(bytes);
  std::array<std::uint8_t, kEncryptedHeaderSize> stored{};
  StoreEncryptedHeader(header, stored);
  const EncryptedHeader again = ParseEncryptedHeader(stored);
  Require(again.key_block == header.key_block && again.iv == header.iv &&
              again.body_size == header.body_size && again.tag == header.tag,
          "a header is kept whole");
  if (!HasHeaderSignature(bytes)) return;
  HeaderKeys keys;
  Require(keys.Add(Test().ec->point).ok(), "there is room for a key");
  Require(!VerifyHeaderSignature(Test().crypto, keys, bytes).ok(), "nobody signed this");
}

void Run(fuzz::Input input) {
  const std::uint8_t flags = input.Byte();
  const fuzz::Chunking chunking(input.Byte());
  std::array<std::uint8_t, 256> patches{};
  std::ranges::copy(input.Take(input.Byte()), patches.begin());
  const bool seals = (flags & 1) != 0;
  const File sealed =
      seals ? Seal(input, (flags & 2) != 0) : File(input.rest().begin(), input.rest().end());
  File file = sealed;
  fuzz::Input patch(patches.data(), patches.size());
  if (!file.empty()) fuzz::Patch(patch, file);
  if (seals && (flags & 4) != 0) {
    const Bytes shorter =
        Bytes(file).first(file.size() - std::min<std::size_t>(file.size(), patch.Byte()));
    file = File(shorter.begin(), shorter.end());
  }

  DecryptionKeys keys;
  if ((flags & 8) == 0) keys.rsa = Test().rsa->rsa_private.get();
  if ((flags & 16) == 0) keys.ecies = &Test().scalar;
  EncryptedRules rules;
  if ((flags & 32) != 0) rules.available = file.size();
  rules.holds_image = (flags & 64) != 0;
  if ((flags & 128) != 0) {
    rules.trust.demanded = true;
    Require(rules.trust.keys.Add(Test().ec->point).ok(), "there is room for a key");
  }

  const Opened whole = Open(file, keys, rules, fuzz::Chunking(0), true);
  Opened pieces = Open(file, keys, rules, chunking, (flags & 2) != 0);
  Require(pieces.status == whole.status, "pieces change no status");
  // What was passed on before a fault in the tag may end elsewhere.
  if (whole.status.ok()) Require(pieces == whole, "pieces change nothing");
  Require(whole.finished == whole.status.ok(), "only a whole body is finished");
  Require(whole.status.ok() || !whole.failed.empty() || whole.status.code() == Code::kUnsupported,
          "a refusal is told");
  Require(!whole.status.ok() || (seals && !rules.trust.demanded), "only what was sealed is opened");
  if (whole.status.ok()) {
    const Bytes body = input.rest();
    Require(std::equal(body.begin(), body.end(), whole.plain.begin(), whole.plain.end()),
            "what is opened is what was sealed");
  }
  const bool sealed_well = seals && file == sealed && !rules.trust.demanded && !rules.holds_image;
  const bool has_key = (flags & 2) != 0 ? keys.rsa != nullptr : keys.ecies != nullptr;
  if (sealed_well && has_key) Require(whole.status.ok(), "what was sealed is opened");
  if (file.size() >= kEncryptedHeaderSize) {
    TryHeader(EncryptedHeaderBytes(file.data(), kEncryptedHeaderSize));
  }
}

}  // namespace
}  // namespace updraft

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::Run({data, size});
  return 0;
}
