// SPDX-License-Identifier: Apache-2.0
#include "updraft/image_builder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "ports/host/crypto_openssl.h"
#include "src/image/image_proof.h"

namespace updraft {
namespace {

class VectorSink final : public Sink {
 public:
  Status Write(Bytes data) override {
    if (bytes.size() + data.size() > limit) return {Code::kNoSpace, Stage::kFlash};
    bytes.insert(bytes.end(), data.begin(), data.end());
    return kOk;
  }
  Status Finish() override {
    finished = true;
    return kOk;
  }

  std::vector<std::uint8_t> bytes;
  std::size_t limit = 1 << 30;
  bool finished = false;
};

template <std::size_t N>
void SetText(std::array<char, N>& field, std::string_view text) {
  std::copy(text.begin(), text.end(), field.begin());
}

class ImageBuilderTest : public testing::Test {
 protected:
  std::vector<std::uint8_t> Built(const ImagePlan& plan) {
    VectorSink sink;
    EXPECT_EQ(BuildImage(plan, crypto_, sink), kOk);
    EXPECT_FALSE(sink.finished);
    const auto length = ImageLength(plan);
    EXPECT_TRUE(length.has_value());
    EXPECT_EQ(*length, sink.bytes.size());
    return sink.bytes;
  }

  Status Proven(Bytes image, ImageKind kind, const char* chip) {
    ImageRules rules;
    rules.kind = kind;
    rules.chip.family = FindChip(std::string_view(chip));
    rules.flash_offset = 0x10000;
    rules.slot_size = 1 << 20;
    std::array<std::uint8_t, kKeptBlockSize> room{};
    ImageProof proof(rules, crypto_, room, NoObserver());
    UPDRAFT_TRY(proof.Write(image));
    return proof.Finish();
  }

  OpensslCrypto crypto_;
  std::vector<std::uint8_t> zeros_ = std::vector<std::uint8_t>(4096);
};

// The image of the format's specification, section 9.
struct SpecifiedImage {
  SpecifiedImage() {
    for (std::size_t i = 0; i < first.size(); ++i) first[i] = static_cast<std::uint8_t>(i);
    for (std::size_t i = 0; i < second.size(); ++i) second[i] = static_cast<std::uint8_t>(7 * i);
    SetText(description.version_field, "1.0.0");
    SetText(description.project_name_field, "hello");
    SetText(description.time_field, "12:34:56");
    SetText(description.date_field, "Jan  1 2024");
    SetText(description.idf_version_field, "v5.5");
    for (std::size_t i = 0; i < 32; ++i) {
      description.elf_sha256[i] = static_cast<std::uint8_t>(i);
    }
    description.maximum_efuse_block_revision = 0;
    description.mmu_page_size = 0;
    plan.header.entry_address = 0x40080000;
    plan.segments = segments;
    plan.app_description = &description;
  }
  SpecifiedImage(const SpecifiedImage&) = delete;
  SpecifiedImage& operator=(const SpecifiedImage&) = delete;

  std::array<std::uint8_t, 256> first{};
  std::array<std::uint8_t, 1000> second{};
  AppDescription description;
  std::array<ImageSegment, 2> segments{{{0x3F400020, first}, {0x3FFB0000, second}}};
  ImagePlan plan;
};

TEST_F(ImageBuilderTest, BuildsTheImageOfTheSpecificationByteForByte) {
  const SpecifiedImage specified;
  const auto image = Built(specified.plan);
  ASSERT_EQ(image.size(), 1600U);
  EXPECT_EQ(image[1567], 0xEB);
  const std::array<std::uint8_t, 28> front{0xE9, 2, 2, 0x20, 0,    0, 8,    0x40, 0xEE, 0,
                                           0,    0, 0, 0,    0,    0, 0,    0xFF, 0xFF, 0,
                                           0,    0, 0, 1,    0x20, 0, 0x40, 0x3F};
  EXPECT_TRUE(std::equal(front.begin(), front.end(), image.begin()));
  // 2f4750100c483a16a90cc3ee20986df1f616c2d89948513d408bdc2d3ea91264
  const Sha256Digest expected{0x2f, 0x47, 0x50, 0x10, 0x0c, 0x48, 0x3a, 0x16, 0xa9, 0x0c, 0xc3,
                              0xee, 0x20, 0x98, 0x6d, 0xf1, 0xf6, 0x16, 0xc2, 0xd8, 0x99, 0x48,
                              0x51, 0x3d, 0x40, 0x8b, 0xdc, 0x2d, 0x3e, 0xa9, 0x12, 0x64};
  const auto digest = Sha256(crypto_, image);
  ASSERT_TRUE(digest.has_value());
  EXPECT_EQ(*digest, expected);
}

TEST_F(ImageBuilderTest, BuildsWhatTheProofAccepts) {
  const SpecifiedImage specified;
  EXPECT_EQ(Proven(Built(specified.plan), ImageKind::kApp, "esp32"), kOk);
}

TEST_F(ImageBuilderTest, ABootloaderCarriesItsOwnDescription) {
  BootloaderDescription description;
  description.version = 7;
  description.secure_version = 3;
  SetText(description.idf_version_field, "v6.0.2");
  const std::array<ImageSegment, 1> segments{{{0x4086B000, Bytes(zeros_).first(1000)}}};
  ImagePlan plan;
  plan.header.chip_id = 0x000D;
  plan.segments = segments;
  plan.bootloader_description = &description;
  const auto image = Built(plan);
  EXPECT_EQ(LoadLe32(&image[28]), 1080U);
  EXPECT_EQ(image[32], 80);
  EXPECT_EQ(image[35], 3);
  EXPECT_EQ(LoadLe32(&image[36]), 7U);
  EXPECT_EQ(Proven(image, ImageKind::kBootloader, "esp32c6"), kOk);
}

TEST_F(ImageBuilderTest, PadsSoThatTheChecksumEndsOnSixteenBytes) {
  // Header and segment header are 32 bytes: a length of 16 n leaves a whole block.
  for (std::size_t length = 0; length <= 64; length += 4) {
    const std::array<ImageSegment, 1> segments{{{0x40380000, Bytes(zeros_).first(length)}}};
    ImagePlan plan;
    plan.segments = segments;
    plan.header.hash_appended = 0;
    const auto image = Built(plan);
    EXPECT_EQ(image.size() % 16, 0U);
    EXPECT_EQ(image.size(), (32 + length + 16) / 16 * 16) << length;
    EXPECT_EQ(image.back(), kChecksumSeed);
  }
}

TEST_F(ImageBuilderTest, TakesOneToSixteenSegments) {
  std::vector<ImageSegment> segments(17, {0, Bytes(zeros_).first(4)});
  VectorSink sink;
  ImagePlan plan;
  EXPECT_EQ(BuildImage(plan, crypto_, sink).code(), Code::kInvalidArgument);
  plan.segments = segments;
  EXPECT_EQ(BuildImage(plan, crypto_, sink).code(), Code::kInvalidArgument);
  EXPECT_TRUE(sink.bytes.empty());
  plan.segments = std::span(segments).first(16);
  EXPECT_EQ(Built(plan)[1], 16);
}

TEST_F(ImageBuilderTest, RefusesALengthThatIsNoMultipleOfFour) {
  const std::array<ImageSegment, 1> segments{{{0, Bytes(zeros_).first(5)}}};
  ImagePlan plan;
  plan.segments = segments;
  VectorSink sink;
  EXPECT_EQ(BuildImage(plan, crypto_, sink).code(), Code::kInvalidArgument);
  EXPECT_TRUE(sink.bytes.empty());
}

TEST_F(ImageBuilderTest, RefusesTwoDescriptions) {
  const std::array<ImageSegment, 1> segments{{{0, Bytes(zeros_)}}};
  const AppDescription app;
  const BootloaderDescription bootloader;
  ImagePlan plan;
  plan.segments = segments;
  plan.app_description = &app;
  plan.bootloader_description = &bootloader;
  EXPECT_EQ(ImageLength(plan).error().code(), Code::kInvalidArgument);
}

TEST_F(ImageBuilderTest, RefusesASegmentThatTheChipCannotLoad) {
  const std::vector<std::uint8_t> data(16 << 20);
  const std::array<ImageSegment, 1> segments{{{0, data}}};
  ImagePlan plan;
  plan.segments = segments;
  plan.header.chip_id = 0x0005;  // esp32c3: less than 16 MiB
  EXPECT_EQ(ImageLength(plan).error().code(), Code::kNoSpace);
  plan.header.chip_id = 0x0009;  // esp32s3
  EXPECT_TRUE(ImageLength(plan).has_value());
}

TEST_F(ImageBuilderTest, ReportsWhatTheSinkReports) {
  const SpecifiedImage specified;
  VectorSink sink;
  sink.limit = 700;
  EXPECT_EQ(BuildImage(specified.plan, crypto_, sink).code(), Code::kNoSpace);
}

}  // namespace
}  // namespace updraft
