// SPDX-License-Identifier: Apache-2.0
// `updraft device efuse burn-key|burn-digest`: burns a key block, once.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/device_efuse.h"
#include "cli/device_folder.h"
#include "cli/files.h"
#include "cli/output.h"
#include "cli/signature_key_file.h"
#include "cli/text.h"

namespace updraft {
namespace {

constexpr std::uint64_t kLargestKeyFile = 1 << 20;

struct BurnArguments {
  DeviceToWrite device;
  std::string block;
  std::string file;
  std::string purpose;
  std::optional<std::size_t> slot;
  bool read_open = false;
  bool write_open = false;
};

std::string BlockNames() {
  std::string names;
  for (std::size_t i = 0; i < kEfuseKeyBlocks; ++i) {
    names += (i == 0 ? "" : ", ") + KeyBlockName(i);
  }
  return names;
}

std::optional<std::size_t> FindBlockName(const std::string& name) {
  for (std::size_t i = 0; i < kEfuseKeyBlocks; ++i) {
    if (name == KeyBlockName(i)) return i;
  }
  return std::nullopt;
}

std::string PurposeNames() {
  std::string names;
  for (int i = 0; i <= static_cast<int>(KeyPurpose::kSecureBootDigest2); ++i) {
    const auto purpose = static_cast<KeyPurpose>(i);
    if (purpose == KeyPurpose::kReserved) continue;
    names += (i == 0 ? "" : ", ") + std::string(KeyPurposeName(purpose));
  }
  return names;
}

// The first block of the wanted ones that is free, or why there is none.
Outcome<std::size_t> FreeBlock(Efuse& efuse, std::optional<std::size_t> wanted) {
  std::optional<std::size_t> free;
  for (std::size_t i = 0; i < kEfuseKeyBlocks; ++i) {
    const auto block = efuse.ReadKeyBlock(i);
    if (!block) return FailureOf(block.error());
    if (!block->burnt && !free) free = i;
    if (wanted != i || !block->burnt) continue;
    return Failure{
        std::string(CodeName(Code::kInvalidState)),
        fmt::format("a key block is burnt once: expected {} to be free, found it burnt with the "
                    "purpose {}; choose a free one, see 'updraft device efuse show'.",
                    KeyBlockName(i), KeyPurposeName(block->purpose))};
  }
  if (wanted) return *wanted;
  if (free) return *free;
  return Failure{std::string(CodeName(Code::kNoSpace)),
                 "expected a free key block, found all of them burnt; this device can take no "
                 "further key."};
}

bool IsFlashPurpose(KeyPurpose purpose) {
  return purpose >= KeyPurpose::kXtsAes256Key1 && purpose <= KeyPurpose::kXtsAes128Key;
}

// A key that no hardware of the chip would ever look for is burnt in vain.
std::optional<Failure> JudgeHardware(const ChipFamily& chip, KeyPurpose purpose) {
  const bool hmac = purpose >= KeyPurpose::kHmacDownAll && purpose <= KeyPurpose::kHmacUp;
  const bool short_flash_key = purpose == KeyPurpose::kXtsAes128Key;
  const bool has = hmac                      ? chip.has_hmac
                   : short_flash_key         ? chip.has_xts_aes_128
                   : IsFlashPurpose(purpose) ? chip.has_xts_aes_256
                                             : true;
  if (has) return std::nullopt;
  return Failure{
      std::string(CodeName(Code::kUnsupported)),
      fmt::format("expected a chip with {}, found {}; choose another purpose or a device of "
                  "another chip.",
                  hmac              ? "an HMAC peripheral"
                  : short_flash_key ? "flash encryption by XTS-AES-128"
                                    : "flash encryption by XTS-AES-256",
                  chip.name)};
}

// Hardware looks for these by their purpose and takes the first.
std::optional<Failure> JudgePurpose(const Device& device, KeyPurpose purpose) {
  if (auto failure = JudgeHardware(*device.chip.family, purpose)) return failure;
  const bool digest = purpose >= KeyPurpose::kSecureBootDigest0;
  const bool xts = IsFlashPurpose(purpose);
  if (digest) {
    const auto slot = static_cast<std::size_t>(purpose) -
                      static_cast<std::size_t>(KeyPurpose::kSecureBootDigest0);
    if (auto failure = JudgeDigestSlot(device, slot)) return failure;
  }
  if (!digest && !xts) return std::nullopt;
  const auto taken = FindKeyBlock(*device.efuse, purpose);
  if (!taken) {
    return taken.error().code() == Code::kNotFound
               ? std::nullopt
               : std::optional<Failure>(FailureOf(taken.error()));
  }
  return Failure{std::string(CodeName(Code::kInvalidState)),
                 fmt::format("expected no key of the purpose {} yet, found one in {}; a chip looks "
                             "at the first only: choose another purpose.",
                             KeyPurposeName(purpose), KeyBlockName(*taken))};
}

std::optional<Failure> JudgeKey(const std::string& path, Bytes key) {
  if (key.size() != kEfuseKeySize) {
    return Failure{std::string(CodeName(Code::kBadFormat)),
                   fmt::format("{}: expected a key of {} bytes, found {}; give the raw key, not a "
                               "PEM or hex.",
                               PrintableText(path), kEfuseKeySize, key.size())};
  }
  if (std::ranges::all_of(key, [](std::uint8_t byte) { return byte == 0; })) {
    return Failure{std::string(CodeName(Code::kBadFormat)),
                   fmt::format("{}: expected a key, found nothing but zeros, which burn no bit; "
                               "give the key's file.",
                               PrintableText(path))};
  }
  return std::nullopt;
}

int BurnInto(const Device& device, const std::string& folder, std::optional<std::size_t> wanted,
             EfuseKeyBurn burn) {
  if (const auto failure = JudgePurpose(device, burn.purpose)) return Fail(*failure);
  const auto block = FreeBlock(*device.efuse, wanted);
  if (!block) return Fail(block.failure());
  burn.block = *block;
  if (const Status status = device.efuse->BurnKey(burn); !status.ok()) {
    return Fail(FailureOf(status));
  }
  PrintLine(fmt::format("{}: {} is burnt with the purpose {}{}, for good", PrintableText(folder),
                        KeyBlockName(burn.block), KeyPurposeName(burn.purpose),
                        burn.read_protect ? "; only hardware reads it" : ""));
  return kExitDone;
}

int BurnKey(const BurnArguments& arguments) {
  const auto block = FindBlockName(arguments.block);
  if (!block) {
    return FailUsage(fmt::format("BLOCK: expected one of {}, found '{}'; correct the name.",
                                 BlockNames(), PrintableText(arguments.block)));
  }
  const auto purpose = FindKeyPurpose(arguments.purpose);
  if (!purpose || *purpose == KeyPurpose::kReserved) {
    return FailUsage(fmt::format("PURPOSE: expected one of {}, found '{}'; correct the name.",
                                 PurposeNames(), PrintableText(arguments.purpose)));
  }
  auto key = ReadWholeFile(arguments.file, kLargestKeyFile);
  if (!key) return Fail(key.failure());
  int exit_code = kExitFailed;
  auto opened = OpenDeviceToWrite(arguments.device);
  if (!opened) {
    exit_code = Fail(opened.failure());
  } else if (const auto failure = JudgeKey(arguments.file, *key)) {
    exit_code = Fail(*failure);
  } else {
    // As espefuse does: the cipher's hardware takes its keys backwards.
    if (IsFlashPurpose(*purpose)) std::ranges::reverse(*key);
    exit_code = BurnInto((*opened)->device(), arguments.device.folder, block,
                         {.purpose = *purpose,
                          .key = *key,
                          .read_protect = IsSecretPurpose(*purpose) && !arguments.read_open,
                          .write_protect = !arguments.write_open});
  }
  Wipe(*key);
  return exit_code;
}

// The first digest slot that nothing was burnt or revoked for.
Outcome<std::size_t> FreeDigestSlot(const Device& device) {
  const std::size_t slots = device.chip.family->signature_blocks;
  for (std::size_t slot = 0; slot < slots; ++slot) {
    const auto revoked = device.efuse->IsDigestRevoked(slot);
    const auto taken = FindKeyBlock(*device.efuse, DigestPurpose(slot));
    if (!revoked) return FailureOf(revoked.error());
    if (!taken && taken.error().code() != Code::kNotFound) return FailureOf(taken.error());
    if (!taken && !*revoked) return slot;
  }
  return Failure{std::string(CodeName(Code::kNoSpace)),
                 fmt::format("expected a free slot for a digest, found all {} burnt or revoked; "
                             "this device can trust no further key.",
                             slots)};
}

int BurnDigest(const BurnArguments& arguments) {
  std::optional<std::size_t> block;
  if (!arguments.block.empty()) {
    block = FindBlockName(arguments.block);
    if (!block) {
      return FailUsage(fmt::format("--block: expected one of {}, found '{}'; correct the name.",
                                   BlockNames(), PrintableText(arguments.block)));
    }
  }
  OpensslCrypto crypto;
  const auto digest = TrustedDigest(arguments.file, crypto);
  if (!digest) return Fail(digest.failure());
  if (const auto failure = JudgeKey(arguments.file, *digest)) return Fail(*failure);
  auto opened = OpenDeviceToWrite(arguments.device);
  if (!opened) return Fail(opened.failure());
  const Device& device = (*opened)->device();
  std::optional<std::size_t> slot = arguments.slot;
  if (!slot) {
    const auto free = FreeDigestSlot(device);
    if (!free) return Fail(free.failure());
    slot = *free;
  }
  return BurnInto(device, arguments.device.folder, block,
                  {.purpose = DigestPurpose(*slot), .key = *digest, .read_protect = false});
}

}  // namespace

int BurnTrustedDigest(const DeviceToWrite& device, const std::string& key) {
  BurnArguments arguments;
  arguments.device = device;
  arguments.file = key;
  return BurnDigest(arguments);
}

void AddEfuseBurning(CLI::App& efuse, int& exit_code) {
  CLI::App* const key =
      AddCommand(efuse, "burn-key",
                 "Burns 32 bytes into a free key block, with a purpose: " + PurposeNames() +
                     ". Keys for hardware (HMAC_*, XTS_AES_*) cannot be read back.",
                 "updraft device efuse burn-key mydevice BLOCK_KEY0 device_hmac_key.bin HMAC_UP");
  const auto key_arguments = std::make_shared<BurnArguments>();
  AddDeviceToWrite(*key, key_arguments->device);
  key->add_option("BLOCK", key_arguments->block, "BLOCK_KEY0 to BLOCK_KEY5")->required();
  key->add_option("FILE", key_arguments->file, "The key, 32 raw bytes")->required();
  key->add_option("PURPOSE", key_arguments->purpose, "What it is for")->required();
  key->add_flag("--no-read-protect", key_arguments->read_open, "Software may read the key");
  key->add_flag("--no-write-protect", key_arguments->write_open,
                "Further bits of the block may be burnt");
  key->callback([key_arguments, &exit_code] { exit_code = BurnKey(*key_arguments); });

  CLI::App* const digest = AddCommand(
      efuse, "burn-digest",
      "Burns the digest of a signature key: images signed by it are trusted from then on. With "
      "one digest burnt, only burnt digests are trusted.",
      "updraft device efuse burn-digest mydevice signing.pem\n"
      "updraft device efuse burn-digest mydevice second.pem --slot 1");
  const auto arguments = std::make_shared<BurnArguments>();
  AddDeviceToWrite(*digest, arguments->device);
  digest
      ->add_option("KEY", arguments->file,
                   "The key, PEM, private or public; or a file of its 32-byte digest")
      ->required();
  digest->add_option("--slot", arguments->slot, "The digest's slot (default: the first free)")
      ->type_name("N")
      ->check(Between(0, 2));
  digest->add_option("--block", arguments->block, "The key block (default: the first free)")
      ->type_name("BLOCK");
  digest->callback([arguments, &exit_code] { exit_code = BurnDigest(*arguments); });
}

}  // namespace updraft
