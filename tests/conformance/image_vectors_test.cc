// SPDX-License-Identifier: Apache-2.0
// Images against Espressif's tools and the device's own verification.
#include <gtest/gtest.h>

#include <algorithm>

#include "updraft/image_builder.h"

#include "cli/sentence.h"
#include "cli/text.h"
#include "ports/host/crypto_openssl.h"
#include "src/image/image_proof.h"
#include "tests/conformance/vectors.h"

namespace updraft {
namespace {

using Json = nlohmann::json;

ImageKind KindOf(const Json& entry) {
  return entry.at("kind") == "bootloader_image" ? ImageKind::kBootloader : ImageKind::kApp;
}

ImageRules RulesOf(const Json& conditions, ImageKind kind, std::size_t file_length) {
  ImageRules rules;
  rules.kind = kind;
  rules.chip.family = FindChip(std::string_view(conditions.at("chip").get<std::string>()));
  rules.chip.revision = conditions.at("chip_rev");
  rules.chip.efuse_block_revision = conditions.at("efuse_blk_rev");
  rules.flash_offset = VectorNumber(conditions.at("partition_offset"));
  rules.slot_size = VectorNumber(conditions.at("partition_size"));
  rules.available = file_length;
  return rules;
}

// "accept", or the reason.
std::string Verdict(const ImageRules& rules, Bytes image) {
  OpensslCrypto crypto;
  FindingCollector findings;
  std::array<std::uint8_t, kKeptBlockSize> room{};
  ImageRecord record;
  ImageProof proof(rules, crypto, room, findings, &record);
  Status status = proof.Write(image);
  if (status.ok()) status = proof.Finish();
  return status.ok() ? "accept" : FailureOf(status, findings).reason;
}

std::vector<Json> AllImages() {
  std::vector<Json> all;
  for (const char* kind : {"app_image", "bootloader_image", "damaged_image"}) {
    for (const Json& entry : VectorsOf(kind)) all.push_back(entry);
  }
  return all;
}

TEST(ImageVectors, EveryImageGetsTheVerdictAndReasonOfTheManifest) {
  UPDRAFT_NEEDS_VECTORS();
  for (const Json& entry : AllImages()) {
    const Json& expect = entry.at("expect");
    const auto image = VectorBytes(entry.at("file"));
    const ImageRules rules = RulesOf(expect.at("conditions"), KindOf(entry), image.size());
    const bool accepted = expect.at("verdict") == "accept";
    const std::string wanted = accepted ? "accept" : expect.at("reason").get<std::string>();
    EXPECT_EQ(Verdict(rules, image), wanted) << entry.at("file");
  }
}

// The conditions of an entry with one of them changed, case by case; how many.
std::size_t JudgeCases(const std::string& cases, const std::string& condition) {
  std::size_t judged = 0;
  for (const Json& entry : AllImages()) {
    if (!entry.at("expect").contains(cases)) continue;
    const auto image = VectorBytes(entry.at("file"));
    for (const Json& one : entry.at("expect").at(cases)) {
      Json conditions = entry.at("expect").at("conditions");
      conditions[condition] = one.at(condition);
      const ImageRules rules = RulesOf(conditions, KindOf(entry), image.size());
      EXPECT_EQ(Verdict(rules, image) == "accept", one.at("verdict") == "accept")
          << entry.at("file") << " " << one;
      ++judged;
    }
  }
  return judged;
}

TEST(ImageVectors, EveryChipRevisionCaseIsJudgedAsTheDeviceDoes) {
  UPDRAFT_NEEDS_VECTORS();
  EXPECT_GT(JudgeCases("chip_rev_cases", "chip_rev"), 0U);
}

TEST(ImageVectors, EveryEfuseBlockRevisionCaseIsJudgedAsTheDeviceDoes) {
  UPDRAFT_NEEDS_VECTORS();
  EXPECT_GT(JudgeCases("efuse_blk_rev_cases", "efuse_blk_rev"), 0U);
}

TEST(ImageVectors, EveryImageFitsASlotOfItsOwnLengthAndNoneThatIsOneByteSmaller) {
  UPDRAFT_NEEDS_VECTORS();
  JudgeCases("partition_size_cases", "partition_size");
  for (const Json& entry : AllImages()) {
    if (!entry.at("expect").contains("fields")) continue;
    const auto image = VectorBytes(entry.at("file"));
    ImageRules rules = RulesOf(entry.at("expect").at("conditions"), KindOf(entry), image.size());
    rules.slot_size = entry.at("expect").at("fields").at("image_len");
    EXPECT_EQ(Verdict(rules, image), "accept") << entry.at("file");
    --rules.slot_size;
    EXPECT_EQ(Verdict(rules, image), "image_too_large") << entry.at("file");
  }
}

ImageFacts Inspected(Bytes image, ImageKind kind) {
  ImageRules rules;
  rules.kind = kind;
  rules.slot_size = image.size();
  rules.available = image.size();
  rules.inspect_only = true;
  OpensslCrypto crypto;
  std::array<std::uint8_t, kKeptBlockSize> room{};
  ImageRecord record;
  ImageProof proof(rules, crypto, room, NoObserver(), &record);
  EXPECT_EQ(proof.Write(image), kOk);
  EXPECT_EQ(proof.Finish(), kOk);
  return record.facts;
}

void ExpectHeader(const ImageHeader& header, const Json& fields) {
  EXPECT_EQ(header.chip_id, fields.at("chip_id").get<int>());
  const ChipFamily* const family = FindChip(header.chip_id);
  ASSERT_NE(family, nullptr);
  EXPECT_EQ(family->name, fields.at("chip").get<std::string>());
  EXPECT_EQ(header.entry_address, VectorNumber(fields.at("entry")));
  EXPECT_EQ(header.spi_mode, fields.at("spi_mode").get<int>());
  EXPECT_EQ((header.spi_size << 4) | header.spi_speed,
            static_cast<int>(VectorNumber(fields.at("spi_size_freq"))));
  EXPECT_EQ(header.wp_pin, fields.at("wp_pin").get<int>());
  EXPECT_EQ(header.minimum_revision_legacy, fields.at("min_chip_rev").get<int>());
  EXPECT_EQ(header.minimum_revision, fields.at("min_chip_rev_full").get<int>());
  EXPECT_EQ(header.maximum_revision, fields.at("max_chip_rev_full").get<int>());
  EXPECT_EQ(header.hash_appended != 0, fields.at("hash_appended").get<bool>());
  EXPECT_EQ(header.segment_count, fields.at("segment_count").get<int>());
}

void ExpectSegments(const ImageFacts& facts, const Json& segments) {
  ASSERT_EQ(facts.segment_count, segments.size());
  for (std::size_t i = 0; i < segments.size(); ++i) {
    EXPECT_EQ(facts.segments[i].header.load_address, VectorNumber(segments[i].at("load_addr")));
    EXPECT_EQ(facts.segments[i].header.length, segments[i].at("len").get<std::uint32_t>());
    EXPECT_EQ(facts.segments[i].data_offset, segments[i].at("data_offset").get<std::uint64_t>());
  }
}

void ExpectDescription(const AppDescription& description, const Json& fields) {
  EXPECT_TRUE(HasMagic(description));
  EXPECT_EQ(description.version(), fields.at("version").get<std::string>());
  EXPECT_EQ(description.project_name(), fields.at("project_name").get<std::string>());
  EXPECT_EQ(description.date(), fields.at("date").get<std::string>());
  EXPECT_EQ(description.time(), fields.at("time").get<std::string>());
  EXPECT_EQ(description.idf_version(), fields.at("idf_ver").get<std::string>());
  EXPECT_EQ(description.secure_version, fields.at("secure_version").get<std::uint32_t>());
  EXPECT_EQ(HexText(description.elf_sha256), fields.at("app_elf_sha256").get<std::string>());
  EXPECT_EQ(description.minimum_efuse_block_revision,
            fields.at("min_efuse_blk_rev_full").get<int>());
  EXPECT_EQ(description.maximum_efuse_block_revision,
            fields.at("max_efuse_blk_rev_full").get<int>());
  EXPECT_EQ(description.mmu_page_size, fields.at("mmu_page_size_log2").get<int>());
}

void ExpectBootloaderDescription(const BootloaderDescription& description, const Json& fields) {
  EXPECT_EQ(description.magic, fields.at("magic_byte").get<int>());
  EXPECT_EQ(description.version, fields.at("version").get<std::uint32_t>());
  EXPECT_EQ(description.idf_version(), fields.at("idf_ver").get<std::string>());
  EXPECT_EQ(description.date_time(), fields.at("date_time").get<std::string>());
  // Once a reserved byte; the vendor's tool reads three of them.
  EXPECT_EQ(description.secure_version, fields.at("reserv1").get<std::string>().at(2));
}

TEST(ImageVectors, EveryFieldIsReadAsTheVendorsToolReadsIt) {
  UPDRAFT_NEEDS_VECTORS();
  for (const Json& entry : AllImages()) {
    if (!entry.at("expect").contains("fields")) continue;
    SCOPED_TRACE(entry.at("file"));
    const Json& fields = entry.at("expect").at("fields");
    const auto image = VectorBytes(entry.at("file"));
    const ImageFacts facts = Inspected(image, KindOf(entry));
    ExpectHeader(facts.header, fields);
    ExpectSegments(facts, fields.at("segments"));
    EXPECT_EQ(facts.stored_checksum, VectorNumber(fields.at("checksum")));
    EXPECT_EQ(facts.stored_checksum == facts.computed_checksum,
              fields.at("checksum_valid").get<bool>());
    EXPECT_EQ(facts.length, fields.at("image_len").get<std::uint64_t>());
    if (fields.at("hash_appended").get<bool>()) {
      EXPECT_EQ(HexText(facts.stored_hash), fields.at("appended_sha256").get<std::string>());
      EXPECT_EQ(facts.stored_hash == facts.computed_hash,
                fields.at("appended_sha256_valid").get<bool>());
    }
    if (fields.contains("app_desc")) ExpectDescription(*facts.description, fields.at("app_desc"));
    if (fields.contains("bootloader_desc")) {
      ExpectBootloaderDescription(
          ParseBootloaderDescription(
              Bytes(image).subspan(kDescriptionOffset).first<kBootloaderDescriptionSize>()),
          fields.at("bootloader_desc"));
    }
  }
}

class VectorSink final : public Sink {
 public:
  Status Write(Bytes data) override {
    bytes.insert(bytes.end(), data.begin(), data.end());
    return kOk;
  }
  Status Finish() override { return kOk; }

  std::vector<std::uint8_t> bytes;
};

// The parts of an image, the description taken off the first segment's front.
struct Parts {
  Parts(const std::vector<std::uint8_t>& image, ImageKind kind) : facts(Inspected(image, kind)) {
    for (const Segment& segment : std::span(facts.segments).first(facts.segment_count)) {
      segments.push_back({segment.header.load_address,
                          Bytes(image).subspan(static_cast<std::size_t>(segment.data_offset),
                                               segment.header.length)});
    }
    Bytes& front = segments.front().data;
    if (kind == ImageKind::kBootloader) {
      bootloader = ParseBootloaderDescription(front.first<kBootloaderDescriptionSize>());
      front = front.subspan(kBootloaderDescriptionSize);
    } else {
      front = front.subspan(kAppDescriptionSize);
    }
  }

  ImagePlan plan() const {
    return {facts.header, segments, facts.description ? &*facts.description : nullptr,
            bootloader ? &*bootloader : nullptr};
  }

  ImageFacts facts;
  std::vector<ImageSegment> segments;
  std::optional<BootloaderDescription> bootloader;
};

TEST(ImageVectors, TheBuilderMakesTheSameBytesFromTheParts) {
  UPDRAFT_NEEDS_VECTORS();
  OpensslCrypto crypto;
  for (const Json& entry : AllImages()) {
    if (!entry.at("expect").contains("fields")) continue;
    auto image = VectorBytes(entry.at("file"));
    const Parts parts(image, KindOf(entry));
    VectorSink sink;
    ASSERT_EQ(BuildImage(parts.plan(), crypto, sink), kOk) << entry.at("file");
    image.resize(static_cast<std::size_t>(parts.facts.length));
    EXPECT_TRUE(sink.bytes == image) << entry.at("file");
  }
}

}  // namespace
}  // namespace updraft
