// SPDX-License-Identifier: Apache-2.0
// The vendor's encrypted images: what its device code decrypts comes out with
// the same SHA-256, what it refuses is refused for the stated reason, in each of
// several chunk sizes; and what its keys derive.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "updraft/encrypted_image.h"
#include "updraft/key_derivation.h"

#include "ports/host/crypto_openssl.h"
#include "ports/host/key_file.h"
#include "testing/hex.h"
#include "testing/memory_sink.h"
#include "testing/recording_observer.h"
#include "tests/conformance/vectors.h"

namespace updraft {
namespace {

using Json = nlohmann::json;
using Buffer = std::vector<std::uint8_t>;

class EncryptedVectors : public testing::Test {
 protected:
  void SetUp() override { UPDRAFT_NEEDS_VECTORS(); }

  struct Outcome {
    Status status;
    std::string reasons;
    Buffer plain;
  };

  Outcome Decrypt(const Buffer& file, const std::string& key_name, std::size_t chunk) {
    const auto key = Key(key_name);
    HmacSha256 hmac(crypto_);
    EXPECT_EQ(hmac.SetKey(key->secret.bytes()), kOk);
    HmacDerivedKey derived(crypto_, hmac);
    ScalarKey scalar(crypto_, key->secret.bytes().first<kP256ScalarSize>());
    DecryptionKeys keys;
    keys.rsa = key->rsa_private.get();
    if (key->kind == KeyKind::kHmac) keys.ecies = &derived;
    if (key->kind == KeyKind::kP256Private) keys.ecies = &scalar;
    RecordingObserver observer;
    MemorySink sink;
    Buffer work(1024);
    Decryptor decryptor(crypto_, keys, {}, sink, work, observer);
    Status status{};
    for (Bytes rest(file); status.ok() && !rest.empty();) {
      const Bytes some = rest.first(std::min(rest.size(), chunk));
      status = decryptor.Write(some);
      rest = rest.subspan(some.size());
    }
    if (status.ok()) status = decryptor.Finish();
    EXPECT_EQ(sink.finished(), status.ok());
    return {status, observer.failed_reasons(), sink.bytes()};
  }

  static std::unique_ptr<KeyFile> Key(const std::string& name) {
    auto parsed = ParseKeyFile(VectorBytes(name));
    EXPECT_TRUE(std::holds_alternative<std::unique_ptr<KeyFile>>(parsed)) << name;
    return std::move(std::get<std::unique_ptr<KeyFile>>(parsed));
  }

  // Of one of the samples only the scalar is there, as a PEM.
  static std::string DeviceKey(const Json& entry) {
    const Json& expect = entry.at("expect");
    return expect.contains("device_key") ? expect.at("device_key") : entry.at("inputs").at("key");
  }

  void ExpectAsVendor(const Json& entry) {
    const std::string file = entry.at("file");
    const Json& expect = entry.at("expect");
    const Buffer bytes = VectorBytes(file);
    const bool accept = expect.at("verdict") == "accept";
    for (const std::size_t chunk :
         {std::size_t{1}, std::size_t{512}, std::size_t{1024}, SIZE_MAX}) {
      SCOPED_TRACE(file + " in chunks of " + std::to_string(chunk));
      const Outcome outcome = Decrypt(bytes, DeviceKey(entry), chunk);
      EXPECT_EQ(outcome.status.ok(), accept) << outcome.reasons;
      if (!accept) {
        EXPECT_EQ(outcome.reasons, Reason(entry, bytes));
        continue;
      }
      EXPECT_EQ(ToHex(*Sha256(crypto_, outcome.plain)),
                expect.at("plaintext_sha256").get<std::string>());
      EXPECT_EQ(outcome.plain.size(), expect.at("plaintext_len").get<std::size_t>());
    }
  }

  // What the vendor says was edited, as a reason of ours.
  static std::string Reason(const Json& entry, const Buffer& bytes) {
    const std::string edit = std::string(entry.at("made_by"));
    const auto says = [&](std::string_view words) { return edit.find(words) != std::string::npos; };
    if (bytes.size() < kEncryptedHeaderSize) {
      return bytes.size() >= 4 && LoadLe32(bytes.data()) != kEncryptedMagic ? "bad_encrypted_magic"
                                                                            : "length_mismatch";
    }
    if (LoadLe32(bytes.data()) != kEncryptedMagic) return "bad_encrypted_magic";
    const std::string key = DeviceKey(entry);
    OpensslCrypto crypto;
    const EncryptedHeader header = ParseEncryptedHeader(Bytes(bytes).first<kEncryptedHeaderSize>());
    const bool rsa_key = key.ends_with(".pem") && key.find("rsa") != std::string::npos;
    const bool point = *SchemeOf(header, crypto) == EncryptionScheme::kEciesP256;
    if (point && rsa_key) return "key_missing";
    if (!point && !rsa_key) return "key_mismatch";
    if (bytes.size() != kEncryptedHeaderSize + std::uint64_t{header.body_size}) {
      return "length_mismatch";
    }
    EXPECT_FALSE(says("appended")) << edit;
    return "bad_tag";
  }

  OpensslCrypto crypto_;
};

TEST_F(EncryptedVectors, DecryptToTheirPlaintext) {
  std::map<EncryptionScheme, int> seen;
  for (const Json& entry : VectorsOf("encrypted_image")) {
    ExpectAsVendor(entry);
    const Buffer bytes = VectorBytes(entry.at("file"));
    const bool rsa = std::string(entry.at("expect").at("scheme")).starts_with("rsa");
    const auto scheme =
        SchemeOf(ParseEncryptedHeader(Bytes(bytes).first<kEncryptedHeaderSize>()), crypto_);
    EXPECT_EQ(*scheme, rsa ? EncryptionScheme::kRsa3072 : EncryptionScheme::kEciesP256);
    ++seen[*scheme];
  }
  EXPECT_GE(seen[EncryptionScheme::kRsa3072], 10);
  EXPECT_GE(seen[EncryptionScheme::kEciesP256], 10);
}

TEST_F(EncryptedVectors, AreRefusedWhenDamaged) {
  int seen = 0;
  for (const Json& entry : VectorsOf("damaged_encrypted_image")) {
    ExpectAsVendor(entry);
    ++seen;
  }
  EXPECT_GE(seen, 50);
}

TEST_F(EncryptedVectors, HaveHeadersThatStoreBackToTheirBytes) {
  for (const Json& entry : VectorsOf("encrypted_image")) {
    const Buffer bytes = VectorBytes(entry.at("file"));
    const EncryptedHeader header = ParseEncryptedHeader(Bytes(bytes).first<kEncryptedHeaderSize>());
    const Json& expect = entry.at("expect").at("header");
    EXPECT_EQ(ToHex(header.iv), expect.at("iv").get<std::string>());
    EXPECT_EQ(ToHex(header.tag), expect.at("auth_tag").get<std::string>());
    EXPECT_EQ(header.body_size, expect.at("bin_size").get<std::uint32_t>());
    std::array<std::uint8_t, kEncryptedHeaderSize> stored{};
    StoreEncryptedHeader(header, stored);
    EXPECT_TRUE(std::equal(stored.begin(), stored.end(), bytes.begin())) << entry.at("file");
  }
}

TEST_F(EncryptedVectors, DeriveTheDeviceKeysPublicHalf) {
  int seen = 0;
  for (const Json& entry : VectorsOf("test_key")) {
    const Json& expect = entry.at("expect");
    if (!expect.contains("derived_private_scalar")) continue;
    const auto key = Key(entry.at("file"));
    ASSERT_EQ(key->kind, KeyKind::kHmac);
    HmacSha256 hmac(crypto_);
    ASSERT_EQ(hmac.SetKey(key->secret.bytes()), kOk);
    HmacDerivedKey derived(crypto_, hmac);
    P256Point point{};
    ASSERT_EQ(derived.PublicKey(point), kOk);
    P256Point expected{};
    const Buffer scalar = FromHex(std::string(expect.at("derived_private_scalar")));
    ASSERT_EQ(crypto_.P256PublicKey(Bytes(scalar).first<32>(), expected), kOk);
    EXPECT_EQ(point, expected) << entry.at("file");
    EXPECT_EQ(point, Key(expect.at("public"))->point);
    ++seen;
  }
  EXPECT_GE(seen, 2);
}

}  // namespace
}  // namespace updraft
