// SPDX-License-Identifier: Apache-2.0
#include "ports/host/efuse_hmac_key.h"

#include <gtest/gtest.h>

#include <vector>

#include "updraft/encrypted_image.h"

#include "ports/host/crypto_openssl.h"
#include "testing/hex.h"
#include "testing/temporary_folder.h"

namespace updraft {
namespace {

class EfuseHmacKeyTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(FileEfuse::Create(path_), kOk);
    efuse_ = std::move(*FileEfuse::Open(path_, 16, FileEfuse::Mode::kReadWrite));
    for (std::size_t i = 0; i < key_.size(); ++i) key_[i] = static_cast<std::uint8_t>(i);
  }
  void Burn(std::size_t block, KeyPurpose purpose) {
    ASSERT_EQ(
        efuse_->BurnKey({.block = block, .purpose = purpose, .key = key_, .read_protect = true}),
        kOk);
  }
  Code MacCode(std::size_t block) {
    Sha256Digest mac{};
    return EfuseHmacKey(*efuse_, crypto_, block).Hmac(AsBytes("message"), mac).code();
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "efuse.bin";
  OpensslCrypto crypto_;
  std::unique_ptr<FileEfuse> efuse_;
  std::vector<std::uint8_t> key_ = std::vector<std::uint8_t>(kEfuseKeySize);
};

// The vector of the encrypted image format: the key 00..1f has this point.
TEST_F(EfuseHmacKeyTest, GivesTheDeviceKeyOfTheFormatsVector) {
  Burn(3, KeyPurpose::kHmacUp);
  EfuseHmacKey hmac(*efuse_, crypto_, 3);
  HmacDerivedKey key(crypto_, hmac);
  P256Point point{};
  ASSERT_EQ(key.PublicKey(point), kOk);
  EXPECT_EQ(ToHex(point),
            "b4cd4644bb80dd7710a492e6bb986f785fe2ec1267b8d52328110c1e81a6eff0"
            "dcf55c0f46950c2444196cea7ae152db76dd51204c697c406e4585a86ae1ac89");
}

TEST_F(EfuseHmacKeyTest, IsNotThereInAnEmptyBlockOrForAnotherPurpose) {
  EXPECT_EQ(MacCode(0), Code::kNotFound);
  Burn(0, KeyPurpose::kHmacDownAll);
  EXPECT_EQ(MacCode(0), Code::kNotFound);
  Burn(1, KeyPurpose::kUser);
  EXPECT_EQ(MacCode(1), Code::kNotFound);
  EXPECT_EQ(MacCode(6), Code::kNotFound);
  Burn(2, KeyPurpose::kHmacUp);
  EXPECT_EQ(MacCode(2), Code::kOk);
}

TEST_F(EfuseHmacKeyTest, SaysThatTheFileIsGone) {
  Burn(0, KeyPurpose::kHmacUp);
  EfuseHmacKey used(*efuse_, crypto_, 0);
  Sha256Digest mac{};
  ASSERT_EQ(used.Hmac(AsBytes("message"), mac), kOk);
  std::filesystem::remove(path_);
  EXPECT_EQ(used.Hmac(AsBytes("message"), mac), kOk) << "it has its key";
  EXPECT_EQ(MacCode(0), Code::kNotFound);
}

}  // namespace
}  // namespace updraft
