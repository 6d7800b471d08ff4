// SPDX-License-Identifier: Apache-2.0
// Signed images, keys and digests as the vendor's tools made them: each verdict
// of its device code, and blocks that ours must equal but for the signature.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "updraft/image.h"
#include "updraft/signature.h"

#include "ports/host/crypto_openssl.h"
#include "ports/host/signer_openssl.h"
#include "src/image/slot_proof.h"
#include "testing/ram_flash.h"
#include "testing/recording_observer.h"
#include "testing/test_device.h"
#include "tests/conformance/vectors.h"

namespace updraft {
namespace {

using nlohmann::json;
using File = std::vector<std::uint8_t>;

File KeyFile(const std::string& name) {
  for (const std::string folder : {"keys/", "more/keys/"}) {
    if (std::filesystem::exists(VectorsFolder() + "/" + folder + name)) {
      return VectorBytes(folder + name);
    }
  }
  ADD_FAILURE() << "no key " << name;
  return {};
}

Sha256Digest DigestFile(const std::string& key) {
  const File file = KeyFile(key + ".digest.bin");
  Sha256Digest digest{};
  EXPECT_EQ(file.size(), digest.size());
  std::copy_n(file.begin(), std::min(file.size(), digest.size()), digest.begin());
  return digest;
}

class SignatureVectors : public testing::Test {
 protected:
  void SetUp() override { UPDRAFT_NEEDS_VECTORS(); }

  // "" when accepted, else the reasons.
  std::string Judge(const json& entry, const SignatureRules& signature) {
    const json& conditions = entry.at("expect").at("conditions");
    const File file = VectorBytes(entry.at("file"));
    ImageRules rules;
    rules.chip.family = FindChip(conditions.at("chip").get<std::string>());
    rules.chip.revision = conditions.at("chip_rev");
    rules.chip.efuse_block_revision = conditions.at("efuse_blk_rev");
    rules.flash_offset = VectorNumber(conditions.at("partition_offset"));
    rules.slot_size = VectorNumber(conditions.at("partition_size"));
    rules.kind = rules.flash_offset == 0 ? ImageKind::kBootloader : ImageKind::kApp;
    rules.signature = signature;
    RamFlash flash({.size = rules.flash_offset + rules.slot_size});
    flash.Load(rules.flash_offset, file);
    RecordingObserver observer;
    File buffer(5000);
    const auto facts = ProveSlot(flash, rules, crypto_, buffer, observer);
    EXPECT_EQ(facts.has_value(), observer.failed().empty());
    if (facts.has_value()) {
      EXPECT_EQ(facts->signed_length, entry.at("expect").at("signed_len").get<std::uint64_t>());
      EXPECT_EQ(facts->length, facts->signed_length + kSignatureSectorSize);
    }
    return observer.failed_reasons();
  }

  OpensslCrypto crypto_;
};

TEST_F(SignatureVectors, JudgeEveryTrustCaseAsTheDeviceCode) {
  int cases = 0;
  std::map<std::string, int> reasons;
  for (const json& entry : VectorsOf("signed_image")) {
    for (const json& trust : entry.at("expect").value("trust_cases", json::array())) {
      SCOPED_TRACE(entry.at("file").get<std::string>() + " " + trust.dump());
      SignatureRules rules;
      std::size_t slot = 0;
      for (const json& key : trust.at("trusted")) {
        if (!key.is_null()) {
          ASSERT_TRUE(rules.trusted.Set(slot, DigestFile(key)).ok());
        }
        ++slot;
      }
      for (const json& index : trust.at("revoked")) ASSERT_TRUE(rules.trusted.Revoke(index).ok());
      const std::string reason = Judge(entry, rules);
      EXPECT_EQ(reason.empty() ? "accept" : "reject", trust.at("verdict")) << reason;
      ++cases;
      ++reasons[reason];
    }
  }
  EXPECT_GT(cases, 80);
  for (const auto& [reason, count] : reasons) {
    std::printf("%s: %d\n", reason.empty() ? "accepted" : reason.c_str(), count);
  }
}

TEST_F(SignatureVectors, TrustTheSignerOfTheRunningApplication) {
  int cases = 0;
  for (const json& entry : VectorsOf("signed_image")) {
    const json& expect = entry.at("expect");
    if (!expect.contains("signed_update_without_secure_boot")) continue;
    for (const json& update : expect.at("signed_update_without_secure_boot").at("cases")) {
      SCOPED_TRACE(entry.at("file").get<std::string>() + " over " + update.dump());
      const File running = VectorBytes(update.at("running"));
      RamFlash flash({.size = 0x100000});
      flash.Load(0x10000, running);
      const auto rules = TrustSignerOf(
          flash, crypto_, MakePartition("ota_0", PartitionType::kApp, 0x10, 0x10000, 0xF0000));
      ASSERT_TRUE(rules.has_value());
      const std::string reason = Judge(entry, *rules);
      EXPECT_EQ(reason.empty() ? "accept" : "reject", update.at("verdict")) << reason;
      ++cases;
    }
  }
  EXPECT_GT(cases, 30);
}

TEST_F(SignatureVectors, DigestKeysAsTheSigningTool) {
  int keys = 0;
  for (const json& entry : VectorsOf("key_digest")) {
    const std::string public_file = entry.at("inputs").at("keyfile");
    SCOPED_TRACE(public_file);
    std::string private_file = public_file;
    private_file.erase(private_file.find(".pub"), 4);
    const File expected = VectorBytes(entry.at("file"));
    for (const std::string& file : {public_file, private_file}) {
      const auto key = SignatureKey::FromPem(VectorBytes(file));
      ASSERT_TRUE(key.has_value());
      EXPECT_EQ(key->is_private(), file == private_file);
      const auto digest = KeyDigest(crypto_, key->block_key());
      EXPECT_TRUE(std::equal(digest->begin(), digest->end(), expected.begin(), expected.end()));
    }
    ++keys;
  }
  EXPECT_GE(keys, 17);
}

TEST_F(SignatureVectors, ReadEveryBlockAsTheManifestTellsIt) {
  int blocks = 0;
  for (const json& entry : VectorsOf("signed_image")) {
    SCOPED_TRACE(entry.at("file").get<std::string>());
    const json& expect = entry.at("expect");
    const File file = VectorBytes(entry.at("file"));
    const std::uint64_t sector = expect.at("signature_sector_offset");
    for (const json& told : expect.at("blocks")) {
      const std::uint64_t at = sector + told.at("index").get<std::uint64_t>() * kSignatureBlockSize;
      if (at + kSignatureBlockSize > file.size()) continue;
      const SignatureBlock block(std::span<const std::uint8_t, kSignatureBlockSize>(
          file.data() + at, kSignatureBlockSize));
      if (block.has_magic() != (told.at("magic") == "0xe7")) continue;  // the sector is elsewhere
      EXPECT_EQ(block.crc_valid(), told.at("crc_ok").get<bool>());
      const auto scheme = FindSignatureScheme(told.at("scheme").get<std::string>());
      EXPECT_EQ(block.scheme(), scheme);
      ++blocks;
      if (!scheme.has_value() || !told.contains("key") || !told.at("key").is_string()) continue;
      const auto digest = KeyDigest(crypto_, block.key());
      EXPECT_EQ(*digest, DigestFile(told.at("key")));
    }
  }
  EXPECT_GT(blocks, 50);
}

// All that a signature does not decide: padding, digests, key fields, layout.
TEST_F(SignatureVectors, SignToTheBytesOfTheSigningTool) {
  int images = 0;
  for (const json& entry : VectorsOf("signed_image")) {
    const json& inputs = entry.at("inputs");
    if (!inputs.contains("keys")) continue;
    SCOPED_TRACE(entry.at("file").get<std::string>());
    auto signing = ImageSigning::Open(VectorBytes(inputs.at("image")),
                                      ImageSigning::Existing::kRefuse, crypto_);
    ASSERT_TRUE(signing.has_value());
    for (const json& name : inputs.at("keys")) {
      const auto key = SignatureKey::FromPem(KeyFile(name.get<std::string>() + ".pem"));
      ASSERT_TRUE(key.has_value());
      ASSERT_TRUE(signing->Add(*key).ok());
    }
    File ours = signing->Finish();
    File theirs = VectorBytes(entry.at("file"));
    ASSERT_EQ(ours.size(), theirs.size());
    // Signatures are random: theirs goes into ours, and the CRC anew.
    const std::uint64_t sector = entry.at("expect").at("signature_sector_offset");
    for (std::size_t i = 0; i < inputs.at("keys").size(); ++i) {
      std::uint8_t* const our_block = ours.data() + sector + i * kSignatureBlockSize;
      const std::uint8_t* const their_block = theirs.data() + sector + i * kSignatureBlockSize;
      const SignatureBlock block(
          std::span<const std::uint8_t, kSignatureBlockSize>(our_block, kSignatureBlockSize));
      const auto at = static_cast<std::size_t>(block.signature().data() - our_block);
      std::copy_n(their_block + at, block.signature().size(), our_block + at);
      StoreLe32(our_block + 1196, Crc32(Bytes(our_block, 1196)));
    }
    EXPECT_TRUE(ours == theirs);
    ++images;
  }
  EXPECT_GE(images, 20);
}

}  // namespace
}  // namespace updraft
