// SPDX-License-Identifier: Apache-2.0
// Descriptions field by field, with texts that fill their fields, and what a slot
// holds without being judged.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "updraft/image.h"
#include "updraft/slot_prover.h"

#include "ports/host/crypto_openssl.h"
#include "testing/test_device.h"
#include "testing/test_image.h"

namespace updraft {
namespace {

TEST(ImageFormat, KeepsABootloadersDescription) {
  BootloaderDescription description;
  description.secure_version = 3;
  description.version = 0x01020304;
  std::ranges::copy(std::string_view("v5.5.4"), description.idf_version_field.begin());
  std::ranges::fill(description.date_time_field, 'd');
  std::array<std::uint8_t, kBootloaderDescriptionSize> bytes{};
  StoreBootloaderDescription(description, bytes);
  EXPECT_EQ(bytes[0], kBootloaderDescriptionMagic);
  const BootloaderDescription read = ParseBootloaderDescription(bytes);
  EXPECT_EQ(read.magic, kBootloaderDescriptionMagic);
  EXPECT_EQ(read.secure_version, 3);
  EXPECT_EQ(read.version, 0x01020304U);
  EXPECT_EQ(read.idf_version(), "v5.5.4");
  EXPECT_EQ(read.date_time(), std::string(24, 'd')) << "a full field ends where it ends";
}

TEST(ImageFormat, TakesAnApplicationsTextsWholeWhereNothingEndsThem) {
  AppDescription description;
  std::ranges::fill(description.version_field, 'v');
  std::ranges::fill(description.project_name_field, 'p');
  std::ranges::fill(description.time_field, 't');
  std::ranges::fill(description.date_field, 'd');
  std::ranges::fill(description.idf_version_field, 'i');
  std::array<std::uint8_t, kAppDescriptionSize> bytes{};
  StoreAppDescription(description, bytes);
  const AppDescription read = ParseAppDescription(bytes);
  EXPECT_EQ(read.version(), std::string(32, 'v'));
  EXPECT_EQ(read.project_name(), std::string(32, 'p'));
  EXPECT_EQ(read.time(), std::string(16, 't'));
  EXPECT_EQ(read.date(), std::string(16, 'd'));
  EXPECT_EQ(read.idf_version(), std::string(32, 'i'));
}

class SlotProverTest : public testing::Test {
 protected:
  OpensslCrypto crypto_;
  TestDevice device_{crypto_};
  std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(1024);
  SlotProver prover_{device_.device(), buffer_};
};

TEST_F(SlotProverTest, InspectsWhatItWouldNotStart) {
  std::vector<std::uint8_t> image = TestImage{.chip_id = 0x0009, .version = "7"}.Build(crypto_);
  image[image.size() - 1] ^= 1;
  device_.Install("ota_0", image);
  const Partition slot = device_.Find("ota_0");
  EXPECT_EQ(prover_.Prove(slot).error().code(), Code::kIncompatible);
  const auto facts = prover_.Inspect(slot);
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(facts->header.chip_id, 0x0009);
  EXPECT_EQ(facts->description->version(), "7");
  EXPECT_EQ(facts->length, image.size());
  EXPECT_EQ(facts->stored_checksum, facts->computed_checksum);
  EXPECT_NE(facts->stored_hash, facts->computed_hash);
}

TEST_F(SlotProverTest, InspectsNothingWhereThereIsNoImage) {
  EXPECT_EQ(prover_.Inspect(device_.Find("ota_1")).error().code(), Code::kBadFormat);
  EXPECT_EQ(prover_.ReadDescription(device_.Find("ota_1")).error().code(), Code::kBadFormat);
}

}  // namespace
}  // namespace updraft
