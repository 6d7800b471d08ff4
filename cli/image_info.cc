// SPDX-License-Identifier: Apache-2.0
// `updraft image info`: what an image says of itself, and whether checksum and
// hash agree. Nothing is judged but its structure.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "updraft/encrypted_image.h"

#include "cli/commands.h"
#include "cli/files.h"
#include "cli/image_commands.h"
#include "cli/output.h"
#include "cli/sentence.h"
#include "cli/text.h"
#include "ports/host/crypto_openssl.h"
#include "src/image/image_proof.h"

namespace updraft {
namespace {

using Json = nlohmann::ordered_json;

// Secure Boot v2: a sector of blocks behind the padded image.
constexpr std::uint64_t kSignatureAlignment = 4096;

struct InfoArguments {
  std::string file;
  bool json = false;
};

bool IsEncrypted(Bytes file) {
  return file.size() >= 4 && LoadLe32(file.data()) == kEncryptedMagic;
}

Outcome<Json> EncryptedInfo(Bytes file) {
  if (file.size() < kEncryptedHeaderSize) {
    FindingCollector findings;
    const Status status = Judge(findings, Stage::kEncrypted, Code::kTruncated,
                                {Check::kImageComplete, false, Value::Size(kEncryptedHeaderSize),
                                 Value::Size(file.size())});
    return FailureOf(status, findings);
  }
  OpensslCrypto crypto;
  const EncryptedHeader header = ParseEncryptedHeader(file.first<kEncryptedHeaderSize>());
  const auto scheme = SchemeOf(header, crypto);
  if (!scheme) return FailureOf(scheme.error());
  Json json{
      {"kind", "encrypted"}, {"scheme", SchemeName(*scheme)}, {"body_length", header.body_size}};
  const auto bytes = file.first<kEncryptedHeaderSize>();
  json["header_signature"] = nullptr;
  if (HasHeaderSignature(bytes)) {
    json["header_signature"] = {{"body_digest", HexText(BodyDigest(bytes))},
                                {"signature", HexText(HeaderSignature(bytes))}};
  }
  return json;
}

struct Inspected {
  ImageKind kind = ImageKind::kApp;
  ImageFacts facts;
  std::uint64_t file_length = 0;
  Json signature_blocks = Json::array();
  std::optional<BootloaderDescription> bootloader;
};

// The blocks of the sector at that offset; none of them is judged.
Json BlocksOfSector(Bytes file, std::uint64_t sector, bool misplaced, Crypto& crypto) {
  Json blocks = Json::array();
  for (std::size_t i = 0; i < kMaxSignatureBlocks; ++i) {
    const std::uint64_t at = sector + i * kSignatureBlockSize;
    if (at + kSignatureBlockSize > file.size()) break;
    const SignatureBlock block(
        file.subspan(static_cast<std::size_t>(at)).first<kSignatureBlockSize>());
    if (!block.has_magic() && !block.crc_valid()) continue;
    const auto scheme = block.scheme();
    const auto digest = scheme ? KeyDigest(crypto, block.key())
                               : Result<Sha256Digest>(Status(Code::kBadFormat, Stage::kImage));
    Json json;
    json["index"] = i;
    json["magic_valid"] = block.has_magic();
    json["crc_valid"] = block.crc_valid();
    json["scheme"] = scheme ? Json(SignatureSchemeName(*scheme)) : Json(nullptr);
    json["key_digest"] = digest ? Json(HexText(*digest)) : Json(nullptr);
    json["image_digest"] = scheme ? Json(HexText(block.digest())) : Json(nullptr);
    json["offset"] = at;
    json["misplaced"] = misplaced;
    blocks.push_back(std::move(json));
  }
  return blocks;
}

// The blocks where devices look for them, behind the padded image; without any there,
// those at the file's end, where signing tools put them whatever lies in between.
Json SignatureBlocksJson(Bytes file, std::uint64_t image_length, Crypto& crypto) {
  const std::uint64_t sector = AlignUp(image_length, kSignatureAlignment);
  Json blocks = BlocksOfSector(file, sector, false, crypto);
  const bool has_end = file.size() >= image_length + kSignatureAlignment;
  if (!blocks.empty() || !has_end) return blocks;
  return BlocksOfSector(file, file.size() - kSignatureAlignment, true, crypto);
}

Outcome<Inspected> Inspect(Bytes file) {
  Inspected inspected;
  inspected.kind = KindOf(file);
  inspected.file_length = file.size();
  ImageRules rules;
  rules.kind = inspected.kind;
  rules.slot_size = ~std::uint64_t{0};
  rules.available = file.size();
  rules.inspect_only = true;
  OpensslCrypto crypto;
  FindingCollector findings;
  std::array<std::uint8_t, kKeptBlockSize> room{};
  ImageRecord record;
  ImageProof proof(rules, crypto, room, findings, &record);
  Status status = proof.Write(file);
  if (status.ok()) status = proof.Finish();
  if (!status.ok()) return FailureOf(status, findings);
  inspected.facts = record.facts;
  inspected.signature_blocks = SignatureBlocksJson(file, inspected.facts.length, crypto);
  const bool has_description =
      inspected.kind == ImageKind::kBootloader && inspected.facts.segment_count > 0 &&
      inspected.facts.segments[0].header.length >= kBootloaderDescriptionSize;
  if (has_description) {
    inspected.bootloader =
        ParseBootloaderDescription(file.subspan<kDescriptionOffset, kBootloaderDescriptionSize>());
  }
  return inspected;
}

Json AppDescriptionJson(const AppDescription& description) {
  return {{"version", description.version()},
          {"project_name", description.project_name()},
          {"secure_version", description.secure_version},
          {"idf_version", description.idf_version()},
          {"date", description.date()},
          {"time", description.time()},
          {"elf_sha256", HexText(description.elf_sha256)},
          {"minimum_efuse_block_revision", description.minimum_efuse_block_revision},
          {"maximum_efuse_block_revision", description.maximum_efuse_block_revision},
          {"mmu_page_size_log2", description.mmu_page_size},
          {"spi_flash_mode", description.spi_flash_mode}};
}

Json DescriptionJson(const Inspected& image) {
  if (image.bootloader) {
    return {{"version", image.bootloader->version},
            {"secure_version", image.bootloader->secure_version},
            {"idf_version", image.bootloader->idf_version()},
            {"date_time", image.bootloader->date_time()}};
  }
  const auto& description = image.facts.description;
  if (!description || !HasMagic(*description)) return nullptr;
  return AppDescriptionJson(*description);
}

Json HeaderJson(const ImageHeader& header) {
  return {{"entry_address", header.entry_address},
          {"spi_mode", header.spi_mode},
          {"spi_speed", header.spi_speed},
          {"spi_size", header.spi_size},
          {"wp_pin", header.wp_pin},
          {"spi_pin_drive", header.spi_pin_drive},
          {"minimum_revision_legacy", header.minimum_revision_legacy},
          {"minimum_revision", header.minimum_revision},
          {"maximum_revision", header.maximum_revision}};
}

Json SegmentsJson(const ImageFacts& facts) {
  Json segments = Json::array();
  for (const Segment& segment : std::span(facts.segments).first(facts.segment_count)) {
    segments.push_back({{"load_address", segment.header.load_address},
                        {"offset", segment.data_offset},
                        {"length", segment.header.length}});
  }
  return segments;
}

Json ImageJson(const Inspected& image) {
  const ImageFacts& facts = image.facts;
  const ChipFamily* const family = FindChip(facts.header.chip_id);
  const bool hashed = facts.header.hash_appended != 0;
  Json json;
  json["kind"] = image.kind == ImageKind::kApp ? "app" : "bootloader";
  json["chip"] = family != nullptr ? Json(family->name) : Json(nullptr);
  json["chip_id"] = facts.header.chip_id;
  json["header"] = HeaderJson(facts.header);
  json["segments"] = SegmentsJson(facts);
  json["checksum"] = facts.stored_checksum;
  json["checksum_valid"] = facts.stored_checksum == facts.computed_checksum;
  json["sha256"] = hashed ? Json(HexText(facts.stored_hash)) : Json(nullptr);
  json["sha256_valid"] = hashed ? Json(facts.stored_hash == facts.computed_hash) : Json(nullptr);
  json["image_length"] = facts.length;
  json["file_length"] = image.file_length;
  json["description"] = DescriptionJson(image);
  json["signature_blocks"] = image.signature_blocks;
  return json;
}

void PrintFact(std::string_view name, std::string_view value) {
  PrintLine(fmt::format("{:<16}{}", name, value.empty() ? "-" : value));
}

std::string RevisionsText(const ImageHeader& header) {
  const bool open = header.maximum_revision == 0 || header.maximum_revision == 0xFFFF;
  return fmt::format("{} to {}", RevisionText(header.minimum_revision),
                     open ? "any" : RevisionText(header.maximum_revision));
}

void PrintDescription(const Inspected& image) {
  if (image.bootloader) {
    PrintFact("version", fmt::format("{}", image.bootloader->version));
    PrintFact("ESP-IDF", PrintableText(image.bootloader->idf_version()));
    PrintFact("built", PrintableText(image.bootloader->date_time()));
    PrintFact("secure version", fmt::format("{}", image.bootloader->secure_version));
    return;
  }
  const auto& description = image.facts.description;
  if (!description || !HasMagic(*description)) {
    PrintFact("description", "none");
    return;
  }
  PrintFact("project", PrintableText(description->project_name()));
  PrintFact("version", PrintableText(description->version()));
  PrintFact("ESP-IDF", PrintableText(description->idf_version()));
  const bool dated = !description->date().empty() || !description->time().empty();
  PrintFact("built", dated ? fmt::format("{} {}", PrintableText(description->date()),
                                         PrintableText(description->time()))
                           : std::string());
  PrintFact("secure version", fmt::format("{}", description->secure_version));
  const bool of_an_elf =
      std::ranges::any_of(description->elf_sha256, [](auto b) { return b != 0; });
  PrintFact("ELF SHA-256", of_an_elf ? HexText(description->elf_sha256) : std::string());
}

// Where in the image the segment lies: at least one cell, so that small ones show.
std::string SegmentBar(const Segment& segment, std::uint64_t image_length) {
  constexpr std::uint64_t kCells = 60;
  const std::uint64_t length = std::max<std::uint64_t>(image_length, 1);
  const auto cell = [length](std::uint64_t offset) {
    return std::min(offset * kCells / length, kCells - 1);
  };
  const std::uint64_t first = cell(segment.data_offset);
  const std::uint64_t last = cell(segment.data_offset + segment.header.length);
  std::string bar(kCells, '.');
  for (std::uint64_t i = first; i <= std::max(first, last); ++i) bar[i] = '#';
  return "[" + bar + "]";
}

void PrintImage(const Inspected& image) {
  const ImageFacts& facts = image.facts;
  PrintFact("kind", image.kind == ImageKind::kApp ? "application" : "bootloader");
  PrintFact("chip", fmt::format("{}, revision {}", ChipText(facts.header.chip_id),
                                RevisionsText(facts.header)));
  PrintFact("entry", fmt::format("{:#010x}", facts.header.entry_address));
  PrintDescription(image);
  for (std::size_t i = 0; i < facts.segment_count; ++i) {
    const Segment& segment = facts.segments[i];
    PrintFact(fmt::format("segment {}", i),
              fmt::format("{:#010x}, {} at {:#x}", segment.header.load_address,
                          ExactSizeText(segment.header.length), segment.data_offset));
    if (IsTerminal(STDOUT_FILENO)) PrintFact("", SegmentBar(segment, facts.length));
  }
  const bool checksum_valid = facts.stored_checksum == facts.computed_checksum;
  PrintFact("checksum", fmt::format("{:#04x}, {}", facts.stored_checksum,
                                    checksum_valid ? "valid" : "not valid"));
  const bool hash_valid = facts.stored_hash == facts.computed_hash;
  PrintFact("SHA-256", facts.header.hash_appended == 0
                           ? "none appended"
                           : fmt::format("{}, {}", HexText(facts.stored_hash),
                                         hash_valid ? "valid" : "not valid"));
  for (const Json& block : image.signature_blocks) {
    const auto text = [&](const char* key) {
      return block.at(key).is_string() ? block.at(key).get<std::string>() : std::string("unknown");
    };
    PrintFact(fmt::format("signature {}", block.at("index").get<int>()),
              fmt::format("{}, key {}, CRC {}", text("scheme"), text("key_digest"),
                          block.at("crc_valid").get<bool>() ? "valid" : "not valid"));
    if (block.at("misplaced").get<bool>()) {
      PrintFact("", fmt::format("at {:#x}, where no device looks: expected at {:#x}; sign the "
                                "image as it was built",
                                block.at("offset").get<std::uint64_t>(),
                                AlignUp(facts.length, kSignatureAlignment)));
    }
  }
  PrintFact("length",
            fmt::format("{} of {} in the file", ExactSizeText(facts.length), image.file_length));
}

int InfoOfEncrypted(const InfoArguments& arguments, Bytes file) {
  const auto json = EncryptedInfo(file);
  if (!json) return Fail(InFile(arguments.file, json.failure()), arguments.json);
  if (arguments.json) {
    PrintJson(*json);
    return kExitDone;
  }
  PrintFact("kind", "encrypted");
  PrintFact("scheme", json->at("scheme").get<std::string>());
  PrintFact("body", ExactSizeText(json->at("body_length").get<std::uint64_t>()));
  const Json& signature = json->at("header_signature");
  PrintFact("header", signature.is_null() ? std::string("not signed")
                                          : "signed, for the body " +
                                                signature.at("body_digest").get<std::string>());
  return kExitDone;
}

int Info(const InfoArguments& arguments) {
  const auto file = ReadWholeFile(arguments.file, kLargestImageFile);
  if (!file) return Fail(file.failure(), arguments.json);
  if (IsEncrypted(*file)) return InfoOfEncrypted(arguments, *file);
  const auto image = Inspect(*file);
  if (!image) return Fail(InFile(arguments.file, image.failure()), arguments.json);
  if (arguments.json) {
    PrintJson(ImageJson(*image));
  } else {
    PrintImage(*image);
  }
  return kExitDone;
}

}  // namespace

void AddImageInfo(CLI::App& group, int& exit_code) {
  CLI::App* const info =
      AddCommand(group, "info", "Prints header, segments, description, checksum and hash.",
                 "updraft image info firmware.bin --json");
  const auto arguments = std::make_shared<InfoArguments>();
  info->add_option("FILE", arguments->file, "The image, - for standard input")->required();
  info->add_flag("--json", arguments->json, "Print one JSON object");
  info->callback([arguments, &exit_code] { exit_code = Info(*arguments); });
}

}  // namespace updraft
