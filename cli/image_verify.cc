// SPDX-License-Identifier: Apache-2.0
// `updraft image verify`: would a device with these properties start the image?
// Judged by the core's proof, as updater and bootloader do.
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <vector>

#include "updraft/encrypted_image.h"

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/image_commands.h"
#include "cli/output.h"
#include "cli/sentence.h"
#include "cli/signature_key_file.h"
#include "cli/text.h"
#include "ports/host/crypto_openssl.h"
#include "src/image/image_proof.h"

namespace updraft {
namespace {

constexpr std::uint64_t kNoLimit = 1ULL << 40;
constexpr std::uint64_t kHighestRevision = 0xFFFF;

struct VerifyArguments {
  std::string file;
  std::string chip;
  std::optional<std::uint64_t> chip_revision;
  std::optional<std::uint64_t> block_revision;
  std::optional<std::uint64_t> slot_size;
  std::optional<std::uint64_t> slot_offset;
  std::optional<std::uint64_t> secure_version;
  std::vector<std::string> trusted;
  std::vector<std::uint64_t> revoked;
  bool bootloader = false;
  bool json = false;
};

std::optional<ImageHeader> HeaderOf(Bytes image) {
  if (image.size() < kImageHeaderSize) return std::nullopt;
  return ParseImageHeader(image.first<kImageHeaderSize>());
}

// What is not given must not refuse: the chip is the image's own, of a revision
// that fits.
Outcome<Chip> ChipOf(const VerifyArguments& arguments, Bytes image) {
  Chip chip;
  const std::optional<ImageHeader> header = HeaderOf(image);
  if (!arguments.chip.empty()) {
    const auto family = ChipOfName(arguments.chip);
    if (!family) return family.failure();
    chip.family = *family;
  } else if (header) {
    chip.family = FindChip(header->chip_id);
  }
  const auto given = [](const std::optional<std::uint64_t>& revision, std::uint16_t otherwise) {
    return revision ? static_cast<std::uint16_t>(*revision) : otherwise;
  };
  chip.revision = given(arguments.chip_revision, header ? header->minimum_revision : 0);
  chip.ignore_maximum_revision = !arguments.chip_revision.has_value();
  std::uint16_t block_minimum = 0;
  if (image.size() >= kDescriptionOffset + kAppDescriptionSize) {
    block_minimum = ParseAppDescription(image.subspan<kDescriptionOffset, kAppDescriptionSize>())
                        .minimum_efuse_block_revision;
  }
  chip.efuse_block_revision = given(arguments.block_revision, block_minimum);
  chip.ignore_maximum_block_revision = !arguments.block_revision.has_value();
  return chip;
}

ImageRules RulesOf(const VerifyArguments& arguments, const Chip& chip, Bytes image) {
  ImageRules rules;
  rules.kind = arguments.bootloader ? ImageKind::kBootloader : ImageKind::kApp;
  rules.chip = chip;
  const bool at_bootloader = arguments.bootloader && chip.family != nullptr;
  rules.flash_offset = arguments.slot_offset.value_or(at_bootloader ? chip.family->bootloader_offset
                                                                    : kUsualSlotOffset);
  rules.slot_size = arguments.slot_size.value_or(kNoLimit);
  rules.available = image.size();
  if (arguments.secure_version) {
    rules.minimum_secure_version = static_cast<std::uint32_t>(*arguments.secure_version);
  }
  return rules;
}

// The digest slots in the order of the keys.
Outcome<std::optional<SignatureRules>> TrustOf(const VerifyArguments& arguments, const Chip& chip) {
  if (arguments.trusted.empty()) return std::optional<SignatureRules>();
  OpensslCrypto crypto;
  SignatureRules rules;
  for (std::size_t slot = 0; slot < arguments.trusted.size(); ++slot) {
    if (arguments.trusted[slot] == "none") continue;
    const auto digest = TrustedDigest(arguments.trusted[slot], crypto);
    if (!digest) return digest.failure();
    const Status status = rules.trusted.Set(slot, *digest);
    if (!status.ok()) return FailureOf(status);
  }
  for (const std::uint64_t slot : arguments.revoked) {
    const Status status = rules.trusted.Revoke(static_cast<std::size_t>(slot));
    if (!status.ok()) return FailureOf(status);
  }
  if (chip.family != nullptr) {
    rules.blocks = chip.family->signature_blocks;
    rules.digest_bytes = chip.family->key_digest_bytes;
  }
  return std::optional<SignatureRules>(rules);
}

// An image for a chip that nobody knows can be judged for no chip at all.
std::optional<Failure> JudgeKnownChip(const Chip& chip, Bytes image) {
  const std::optional<ImageHeader> header = HeaderOf(image);
  if (chip.family != nullptr || !header || header->magic != kImageMagic) return std::nullopt;
  const std::string expected = "one of " + AllChipNames();
  const std::string found = fmt::format("the id {:#06x}", header->chip_id);
  FindingCollector findings;
  const Status status = Judge(findings, Stage::kImage, Code::kIncompatible,
                              {Check::kChipId, false, Value::Text(expected), Value::Text(found)});
  return FailureOf(status, findings);
}

std::optional<Failure> Judged(const ImageRules& rules, Bytes image) {
  OpensslCrypto crypto;
  FindingCollector findings;
  std::array<std::uint8_t, kKeptBlockSize> room{};
  ImageProof proof(rules, crypto, room, findings);
  Status status = proof.Write(image);
  if (status.ok() && proof.wants_again()) {
    status = proof.StartAgain();
    if (status.ok()) status = proof.Write(image);
  }
  if (status.ok()) status = proof.Finish();
  if (status.ok()) return std::nullopt;
  return FailureOf(status, findings);
}

// Of what is not an image, or not the file of one: `failure` names it.
int RejectNamed(const VerifyArguments& arguments, const Failure& failure) {
  PrintError(failure.message);
  if (arguments.json) {
    PrintJson({{"verdict", "reject"}, {"reason", failure.reason}, {"message", failure.message}});
  }
  return kExitFailed;
}

int Reject(const VerifyArguments& arguments, const Failure& failure) {
  return RejectNamed(arguments, InFile(arguments.file, failure));
}

// It is one kind of what does not begin like an image.
std::optional<Failure> JudgeNotEncrypted(Bytes image) {
  if (image.size() < 4 || LoadLe32(image.data()) != kEncryptedMagic) return std::nullopt;
  return Failure{
      std::string(CheckReason(Check::kImageMagic)),
      fmt::format("the image is encrypted: expected the byte {:#04x}, found the magic "
                  "of an encrypted image; decrypt it first with 'updraft image decrypt'.",
                  kImageMagic)};
}

int Accept(const VerifyArguments& arguments, const Chip& chip) {
  const std::string message =
      fmt::format("{}: accepted as {} for {}.", PrintableText(arguments.file),
                  arguments.bootloader ? "a bootloader" : "an application", chip.family->name);
  if (arguments.json) {
    PrintJson({{"verdict", "accept"}, {"reason", nullptr}, {"message", message}});
  } else {
    PrintLine(message);
  }
  return kExitDone;
}

int Verify(const VerifyArguments& arguments) {
  if (arguments.trusted.size() > TrustedKeys::kSlots) {
    return FailUsage(fmt::format("--trust: expected at most 3 keys, found {}; see --help.",
                                 arguments.trusted.size()),
                     arguments.json);
  }
  const auto file = ReadWholeFile(arguments.file, kLargestImageFile);
  if (!file) return RejectNamed(arguments, file.failure());
  const auto chip = ChipOf(arguments, *file);
  if (!chip) return FailUsage(chip.failure().message, arguments.json);
  if (const auto failure = JudgeKnownChip(*chip, *file)) return Reject(arguments, *failure);
  ImageRules rules = RulesOf(arguments, *chip, *file);
  const auto trust = TrustOf(arguments, *chip);
  if (!trust) return RejectNamed(arguments, trust.failure());
  rules.signature = *trust;
  if (const auto failure = JudgeNotEncrypted(*file)) return Reject(arguments, *failure);
  if (const auto failure = Judged(rules, *file)) return Reject(arguments, *failure);
  return Accept(arguments, *chip);
}

}  // namespace

void AddImageVerify(CLI::App& group, int& exit_code) {
  CLI::App* const verify = AddCommand(
      group, "verify",
      "Tells whether a device would accept the image. What is not given does not "
      "refuse it.",
      "updraft image verify firmware.bin --chip esp32c3 --chip-revision 4 --slot-size 1MB");
  const auto arguments = std::make_shared<VerifyArguments>();
  verify->add_option("FILE", arguments->file, "The image, - for standard input")->required();
  verify->add_option("--chip", arguments->chip, "The device's chip, default: the image's")
      ->type_name("NAME");
  AddNumber(*verify, "--chip-revision", arguments->chip_revision,
            "The chip's revision, major * 100 + minor", kHighestRevision);
  AddNumber(*verify, "--efuse-block-revision", arguments->block_revision,
            "The eFuse block's revision, major * 100 + minor", kHighestRevision);
  AddSize(*verify, "--slot-size", arguments->slot_size, "How much the slot holds");
  AddSize(*verify, "--slot-offset", arguments->slot_offset,
          "Where the slot lies in flash (default 0x10000)");
  AddNumber(*verify, "--secure-version", arguments->secure_version,
            "The lowest secure version that the device accepts");
  verify
      ->add_option("--trust", arguments->trusted,
                   "Demand a signature by this key, a PEM or a 32-byte digest; up to three times, "
                   "in the order of the digest slots; none leaves a slot empty")
      ->type_name("KEY")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  verify->add_option("--revoke", arguments->revoked, "Revoke the digest slot 0, 1 or 2")
      ->type_name("INDEX")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->check(Between(0, 2));
  verify->add_flag("--bootloader", arguments->bootloader, "Judge it as a bootloader");
  verify->add_flag("--json", arguments->json, "Print one JSON object");
  verify->callback([arguments, &exit_code] { exit_code = Verify(*arguments); });
}

}  // namespace updraft
