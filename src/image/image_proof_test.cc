// SPDX-License-Identifier: Apache-2.0
#include "src/image/image_proof.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "ports/host/crypto_openssl.h"
#include "testing/recording_observer.h"
#include "testing/test_image.h"

namespace updraft {
namespace {

using Image = std::vector<std::uint8_t>;

class ImageProofTest : public testing::Test {
 protected:
  ImageProofTest() {
    rules_.chip.family = FindChip("esp32c3");
    rules_.chip.revision = 4;
    rules_.chip.efuse_block_revision = 100;
    rules_.flash_offset = 0x10000;
    rules_.slot_size = 0x100000;
  }

  // "" when accepted, else the reasons of the refusal.
  std::string Judge(const Image& image, std::size_t chunk = SIZE_MAX) {
    observer_.Clear();
    std::array<std::uint8_t, kKeptBlockSize> room{};
    ImageRecord record;
    ImageProof proof(rules_, crypto_, room, observer_, &record);
    status_ = kOk;
    for (std::size_t at = 0; at < image.size() && status_.ok();
         at += std::min(chunk, image.size())) {
      status_ = proof.Write(Bytes(image).subspan(at, std::min(chunk, image.size() - at)));
    }
    if (status_.ok()) status_ = proof.Finish();
    EXPECT_EQ(status_.ok(), observer_.failed().empty());
    facts_ = record.facts;
    return observer_.failed_reasons();
  }

  std::string JudgeEdited(Image image, const std::function<void(Image&)>& edit) {
    edit(image);
    return Judge(image);
  }

  OpensslCrypto crypto_;
  RecordingObserver observer_;
  ImageRules rules_;
  Status status_;
  ImageFacts facts_;
  Image good_ = TestImage{}.WithRamSegment(1000).Build(crypto_);
};

TEST_F(ImageProofTest, AcceptsAGoodImageAndTellsItsFacts) {
  EXPECT_EQ(Judge(good_), "");
  EXPECT_EQ(facts_.length, good_.size());
  EXPECT_EQ(facts_.segment_count, 2U);
  EXPECT_EQ(facts_.segments[0].data_offset, 32U);
  EXPECT_EQ(facts_.segments[1].data_offset, 32U + 956 + 8);
  ASSERT_TRUE(facts_.description.has_value());
  EXPECT_EQ(facts_.description->version(), "1.0.0");
  EXPECT_EQ(facts_.stored_checksum, facts_.computed_checksum);
  EXPECT_EQ(facts_.stored_hash, facts_.computed_hash);
}

TEST_F(ImageProofTest, MatchesTheVectorOfTheFormatDescription) {
  TestImage image;
  image.chip_id = 0;
  image.project_name = "hello";
  image.first_load_address = 0x3F400020;
  image.first_segment_rest = 256;
  image.more.push_back({0x3FFB0000, Image(1000)});
  for (std::size_t i = 0; i < 1000; ++i) {
    image.more[0].data[i] = static_cast<std::uint8_t>(7 * i);
  }
  Image bytes = image.Build(crypto_);
  StoreLe32(&bytes[4], 0x40080000);
  const std::string date = "Jan  1 2024";
  std::copy(date.begin(), date.end(), bytes.begin() + 128);
  const std::string idf{"v5.5\0\0", 6};
  std::copy(idf.begin(), idf.end(), bytes.begin() + 144);
  StoreLe16(&bytes[210], 0);
  bytes[212] = 0;
  for (int i = 0; i < 256; ++i)
    bytes[288 + static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(i);
  RepairDigests(bytes, crypto_);
  rules_.chip.family = FindChip("esp32");
  EXPECT_EQ(Judge(bytes), "");
  EXPECT_EQ(facts_.length, 1600U);
  EXPECT_EQ(facts_.stored_checksum, 0xEB);
  EXPECT_EQ(LoadBe32(facts_.computed_hash.data()), 0x6ac00619U);
}

TEST_F(ImageProofTest, GivesTheSameResultForEveryChunking) {
  for (std::size_t chunk = 1; chunk <= good_.size();
       chunk = chunk < 64 ? chunk + 1 : chunk * 2 - 1) {
    EXPECT_EQ(Judge(good_, chunk), "") << chunk;
  }
  Image bad = good_;
  bad[40] ^= 1;
  for (std::size_t chunk = 1; chunk <= 64; ++chunk) {
    EXPECT_EQ(Judge(bad, chunk), "bad_checksum") << chunk;
  }
}

TEST_F(ImageProofTest, RefusesATruncationAtEveryLength) {
  for (std::size_t length = 0; length < good_.size(); ++length) {
    EXPECT_EQ(Judge(Image(good_.begin(), good_.begin() + static_cast<std::ptrdiff_t>(length))),
              "truncated")
        << length;
    EXPECT_EQ(status_.code(), Code::kTruncated);
  }
}

TEST_F(ImageProofTest, RefusesEveryFlippedBitThatTheHashCovers) {
  for (std::size_t at = 0; at < good_.size(); ++at) {
    Image bad = good_;
    bad[at] ^= 0x10;
    EXPECT_NE(Judge(bad), "") << at;
  }
}

TEST_F(ImageProofTest, RefusesAWrongFirstByteAtOnce) {
  EXPECT_EQ(Judge({0x3C}), "bad_magic");
  EXPECT_EQ(Judge(Image(4096, 0xFF)), "bad_magic");
}

TEST_F(ImageProofTest, RefusesADamagedChecksumAndADamagedHash) {
  EXPECT_EQ(JudgeEdited(good_, [](Image& i) { i[i.size() - 33] ^= 1; }), "bad_checksum");
  EXPECT_EQ(JudgeEdited(good_, [](Image& i) { i.back() ^= 1; }), "bad_hash");
}

TEST_F(ImageProofTest, ProvesAnImageWithoutAHashByItsChecksum) {
  TestImage image;
  image.hash_appended = false;
  const Image bytes = image.Build(crypto_);
  EXPECT_EQ(Judge(bytes), "");
  EXPECT_EQ(facts_.length, bytes.size());
  EXPECT_EQ(JudgeEdited(bytes, [](Image& i) { i[400] ^= 1; }), "bad_checksum");
}

TEST_F(ImageProofTest, RefusesAnotherChip) {
  EXPECT_EQ(JudgeEdited(good_, [](Image& i) { i[12] = 9; }), "bad_chip_id");
  EXPECT_EQ(status_.code(), Code::kIncompatible);
}

TEST_F(ImageProofTest, JudgesTheChipRevisionBothWays) {
  TestImage image;
  image.minimum_revision = 5;
  EXPECT_EQ(Judge(image.Build(crypto_)), "chip_rev_too_low");
  image.minimum_revision = 4;
  image.maximum_revision = 3;
  EXPECT_EQ(Judge(image.Build(crypto_)), "chip_rev_too_high");
  rules_.chip.ignore_maximum_revision = true;
  EXPECT_EQ(Judge(image.Build(crypto_)), "");
  rules_.chip.ignore_maximum_revision = false;
  image.maximum_revision = 0;
  EXPECT_EQ(Judge(image.Build(crypto_)), "");
}

TEST_F(ImageProofTest, JudgesTheEfuseBlockRevisionBothWays) {
  TestImage image;
  image.minimum_efuse_block_revision = 101;
  EXPECT_EQ(Judge(image.Build(crypto_)), "efuse_block_rev_too_low");
  image.minimum_efuse_block_revision = 0;
  image.maximum_efuse_block_revision = 99;
  EXPECT_EQ(Judge(image.Build(crypto_)), "efuse_block_rev_too_high");
  rules_.chip.ignore_maximum_block_revision = true;
  EXPECT_EQ(Judge(image.Build(crypto_)), "");
}

TEST_F(ImageProofTest, RefusesSegmentCountsOutOfRange) {
  EXPECT_EQ(JudgeEdited(good_, [](Image& i) { i[1] = 17; }), "too_many_segments");
  EXPECT_EQ(JudgeEdited(good_, [](Image& i) { i[1] = 255; }), "too_many_segments");
  EXPECT_EQ(JudgeEdited(good_, [](Image& i) { i[1] = 0; }), "no_segments");
}

TEST_F(ImageProofTest, RefusesSegmentLengthsThatOverflow) {
  for (const std::uint32_t length : {0xFFFFFFFCU, 0xFFFFFFFFU, 0x80000000U, 0x01000000U, 958U}) {
    EXPECT_EQ(JudgeEdited(good_, [&](Image& i) { StoreLe32(&i[28], length); }),
              "bad_segment_length")
        << length;
  }
}

TEST_F(ImageProofTest, TellsACutFileFromAFullSlotBySegmentLength) {
  const auto edit = [](Image& i) { StoreLe32(&i[28], 0x00FFFFFC); };
  EXPECT_EQ(JudgeEdited(good_, edit), "image_too_large");
  rules_.available = good_.size();
  EXPECT_EQ(JudgeEdited(good_, edit), "truncated");
}

TEST_F(ImageProofTest, RefusesAFirstSegmentWithoutRoomForTheDescription) {
  EXPECT_EQ(JudgeEdited(good_, [](Image& i) { StoreLe32(&i[28], 252); }), "segment0_too_short");
}

TEST_F(ImageProofTest, WantsMappedSegmentsAtTheirPlaceInThePage) {
  TestImage image;
  image.first_load_address = 0x3C000024;
  EXPECT_EQ(Judge(image.Build(crypto_)), "segment_misaligned");
  rules_.flash_offset = 0x10004;
  EXPECT_EQ(Judge(image.Build(crypto_)), "");
}

TEST_F(ImageProofTest, TakesThePageSizeFromTheDescriptionWhereTheChipAllowsIt) {
  rules_.chip.family = FindChip("esp32c6");
  rules_.chip.revision = 0;
  TestImage image;
  image.chip_id = 0x000D;
  image.mmu_page_size = 14;
  image.first_load_address = 0x42004020;  // 16 KiB pages: in place; 64 KiB: not
  EXPECT_EQ(Judge(image.Build(crypto_)), "");
  image.mmu_page_size = 0;
  EXPECT_EQ(Judge(image.Build(crypto_)), "segment_misaligned");
  image.spi_size = 0;  // 1 MB of flash: 16 KiB pages
  EXPECT_EQ(Judge(image.Build(crypto_)), "");
  image.description_magic = 1;
  EXPECT_EQ(Judge(image.Build(crypto_)), "bad_app_desc_magic");
}

TEST_F(ImageProofTest, RefusesAnImageThatDoesNotFitItsSlot) {
  rules_.slot_size = good_.size();
  EXPECT_EQ(Judge(good_), "");
  rules_.slot_size = good_.size() - 1;
  EXPECT_EQ(Judge(good_), "image_too_large");
  EXPECT_EQ(status_.code(), Code::kNoSpace);
}

TEST_F(ImageProofTest, RefusesAnOlderSecureVersion) {
  TestImage image;
  image.secure_version = 2;
  rules_.minimum_secure_version = 2;
  EXPECT_EQ(Judge(image.Build(crypto_)), "");
  rules_.minimum_secure_version = 3;
  EXPECT_EQ(Judge(image.Build(crypto_)), "secure_version_too_low");
  EXPECT_EQ(status_.code(), Code::kDowngrade);
  image.description_magic = 0;
  EXPECT_EQ(Judge(image.Build(crypto_)), "bad_app_desc_magic");
}

TEST_F(ImageProofTest, IgnoresWhatFollowsTheImage) {
  EXPECT_EQ(JudgeEdited(good_, [](Image& i) { i.insert(i.end(), 5000, 0x55); }), "");
  EXPECT_EQ(facts_.length, good_.size());
}

TEST_F(ImageProofTest, AcceptsSegmentsWithoutData) {
  TestImage image;
  image.more.push_back({0x3FC90000, {}});
  image.WithRamSegment(16);
  image.more.push_back({0x3FC90000, {}});
  EXPECT_EQ(Judge(image.Build(crypto_)), "");
  EXPECT_EQ(facts_.segment_count, 4U);
}

TEST_F(ImageProofTest, ProvesABootloaderByItsChecksumOnly) {
  rules_.kind = ImageKind::kBootloader;
  EXPECT_EQ(JudgeEdited(good_, [](Image& i) { i.back() ^= 1; }), "");
  EXPECT_EQ(JudgeEdited(good_, [](Image& i) { i[400] ^= 1; }), "bad_checksum");
  TestImage image;
  image.maximum_revision = 3;
  EXPECT_EQ(Judge(image.Build(crypto_)), "");
}

TEST_F(ImageProofTest, InspectsAnImageThatItWouldRefuse) {
  rules_.inspect_only = true;
  rules_.chip = {};
  EXPECT_EQ(JudgeEdited(good_,
                        [](Image& i) {
                          i[12] = 9;
                          i[400] ^= 1;
                        }),
            "");
  EXPECT_NE(facts_.stored_checksum, facts_.computed_checksum);
  EXPECT_NE(facts_.stored_hash, facts_.computed_hash);
  EXPECT_EQ(facts_.header.chip_id, 9);
}

}  // namespace
}  // namespace updraft
