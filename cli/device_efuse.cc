// SPDX-License-Identifier: Apache-2.0
// `updraft device efuse`: the group; showing the one-time-programmable bits of a
// device, raising its secure version, revoking a digest. Burning keys:
// device_efuse_burn.cc. What is burnt stays burnt.
#include "cli/device_efuse.h"

#include <fmt/format.h>

#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "updraft/slot_prover.h"

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/device_commands.h"
#include "cli/device_folder.h"
#include "cli/output.h"
#include "cli/text.h"

namespace updraft {
namespace {

using Json = nlohmann::ordered_json;

struct EfuseArguments {
  DeviceToWrite device;
  bool json = false;
  bool force = false;
  std::uint64_t number = 0;
};

struct EfuseContent {
  std::uint32_t secure_version = 0;
  std::array<EfuseKeyBlock, kEfuseKeyBlocks> blocks{};
  std::array<bool, kEfuseDigests> revoked{};
};

Result<EfuseContent> ReadContent(Efuse& efuse) {
  EfuseContent content;
  UPDRAFT_TRY_ASSIGN(content.secure_version, efuse.ReadSecureVersion());
  for (std::size_t i = 0; i < content.blocks.size(); ++i) {
    UPDRAFT_TRY_ASSIGN(content.blocks[i], efuse.ReadKeyBlock(i));
  }
  for (std::size_t i = 0; i < content.revoked.size(); ++i) {
    UPDRAFT_TRY_ASSIGN(content.revoked[i], efuse.IsDigestRevoked(i));
  }
  return content;
}

// A secret that nobody has protected is no secret to the chip; it is still none
// of the terminal's business.
bool ShowsKey(const EfuseKeyBlock& block) {
  return block.burnt && !block.read_protected && !IsSecretPurpose(block.purpose);
}

Json BlockJson(const EfuseKeyBlock& block, std::size_t index) {
  return {{"name", KeyBlockName(index)},
          {"burnt", block.burnt},
          {"purpose", block.burnt ? Json(KeyPurposeName(block.purpose)) : Json(nullptr)},
          {"read_protected", block.read_protected},
          {"write_protected", block.write_protected},
          {"key", ShowsKey(block) ? Json(HexText(block.key)) : Json(nullptr)}};
}

Json DigestJson(const EfuseContent& content, std::size_t slot) {
  Json json{{"slot", slot}, {"block", nullptr}, {"digest", nullptr}};
  for (std::size_t i = 0; i < content.blocks.size(); ++i) {
    const EfuseKeyBlock& block = content.blocks[i];
    if (!block.burnt || block.purpose != DigestPurpose(slot)) continue;
    json["block"] = KeyBlockName(i);
    if (ShowsKey(block)) json["digest"] = HexText(block.key);
    break;
  }
  json["revoked"] = content.revoked[slot];
  return json;
}

Json ContentJson(const Device& device, const EfuseContent& content) {
  const ChipFamily& chip = *device.chip.family;
  Json json{{"chip", chip.name},
            {"chip_revision", device.chip.revision},
            {"efuse_block_revision", device.chip.efuse_block_revision},
            {"secure_version", content.secure_version},
            {"secure_version_bits", chip.secure_version_bits},
            {"key_blocks", Json::array()},
            {"digests", Json::array()}};
  for (std::size_t i = 0; i < content.blocks.size(); ++i) {
    json["key_blocks"].push_back(BlockJson(content.blocks[i], i));
  }
  for (std::size_t slot = 0; slot < chip.signature_blocks; ++slot) {
    json["digests"].push_back(DigestJson(content, slot));
  }
  return json;
}

void PrintContent(const Device& device, const EfuseContent& content) {
  const ChipFamily& chip = *device.chip.family;
  PrintLine(fmt::format("{} {}, eFuse block {}", chip.name, RevisionText(device.chip.revision),
                        RevisionText(device.chip.efuse_block_revision)));
  PrintLine(
      fmt::format("secure version {} of {}", content.secure_version, chip.secure_version_bits));
  for (std::size_t i = 0; i < content.blocks.size(); ++i) {
    const EfuseKeyBlock& block = content.blocks[i];
    if (!block.burnt) {
      PrintLine(fmt::format("{}  free", KeyBlockName(i)));
      continue;
    }
    PrintLine(fmt::format("{}  {:<27} {}, {}{}{}", KeyBlockName(i), KeyPurposeName(block.purpose),
                          block.read_protected ? "only hardware reads it" : "software reads it",
                          block.write_protected ? "write-protected" : "not write-protected",
                          ShowsKey(block) ? "\n            " : "",
                          ShowsKey(block) ? HexText(block.key) : ""));
  }
  for (std::size_t slot = 0; slot < kEfuseDigests; ++slot) {
    if (content.revoked[slot]) PrintLine(fmt::format("digest {} is revoked", slot));
  }
}

int Show(const EfuseArguments& arguments) {
  auto opened = OpenDevice(arguments.device.folder);
  if (!opened) return Fail(opened.failure(), arguments.json);
  const Device& device = (*opened)->device();
  const auto content = ReadContent(*device.efuse);
  if (!content) return Fail(FailureOf(content.error()), arguments.json);
  if (arguments.json) {
    PrintJson(ContentJson(device, *content));
  } else {
    PrintContent(device, *content);
  }
  return kExitDone;
}

Outcome<std::string> RaiseSecureVersion(Device& device, std::uint64_t number) {
  const auto burnt = device.efuse->ReadSecureVersion();
  if (!burnt) return FailureOf(burnt.error());
  const std::uint8_t width = device.chip.family->secure_version_bits;
  if (number > width) {
    return Failure{std::string(CodeName(Code::kInvalidArgument)),
                   fmt::format("the {} counts secure versions in {} bits: expected a number from "
                               "{} to {}, found {}; give one of them.",
                               device.chip.family->name, width, *burnt, width, number)};
  }
  if (number < *burnt) {
    return Failure{std::string(CodeName(Code::kDowngrade)),
                   fmt::format("eFuse bits are never cleared: expected a secure version from {} "
                               "on, found {}; keep the one that is burnt.",
                               *burnt, number)};
  }
  if (number == *burnt) {
    return fmt::format("secure version {} was burnt already; nothing is changed", number);
  }
  const Status status = device.efuse->BurnSecureVersion(static_cast<std::uint32_t>(number));
  if (!status.ok()) return FailureOf(status);
  return fmt::format("secure version {} is burnt", number);
}

// Whether the application that runs would still be taken for signed.
bool StaysTrusted(const Device& device, std::size_t slot) {
  if (device.policy.signature == SignaturePolicy::kNone || !device.running) return true;
  std::vector<std::uint8_t> buffer(kProofBuffer);
  const auto trusted = [&](const Device& asked) {
    return SlotProver(asked, buffer).IsBootable(*asked.running);
  };
  Device after = device;
  return !trusted(device) || (after.trusted_keys.Revoke(slot).ok() && trusted(after));
}

Outcome<std::string> Revoke(Device& device, const EfuseArguments& arguments) {
  const auto slot = static_cast<std::size_t>(arguments.number);
  if (const auto failure = JudgeDigestSlot(device, slot)) return *failure;
  if (device.chip.family->signature_blocks == 1) {
    return Failure{std::string(CodeName(Code::kUnsupported)),
                   fmt::format("expected a chip whose eFuse can revoke a digest, found {}, which "
                               "has a single one for good; make a device with another chip.",
                               device.chip.family->name)};
  }
  const auto revoked = device.efuse->IsDigestRevoked(slot);
  if (!revoked) return FailureOf(revoked.error());
  if (*revoked) return fmt::format("digest {} was revoked already; nothing is changed", slot);
  AssumeRunning(device);
  if (!arguments.force && !StaysTrusted(device, slot)) {
    return Failure{std::string(CheckReason(Check::kSignatureTrusted)),
                   fmt::format("expected the running application to be signed by another trusted "
                               "key too, found digest {} to be the only one; install one that is, "
                               "or give --force.",
                               slot)};
  }
  const Status status = device.efuse->RevokeDigest(slot);
  if (!status.ok()) return FailureOf(status);
  return fmt::format("digest {} is revoked: what its key signed is refused from now on", slot);
}

template <typename Act>
int Burn(const EfuseArguments& arguments, const Act& act) {
  auto opened = OpenDeviceToWrite(arguments.device);
  if (!opened) return Fail(opened.failure());
  const Outcome<std::string> done = act((*opened)->device());
  if (!done) return Fail(done.failure());
  PrintLine(fmt::format("{}: {}", PrintableText(arguments.device.folder), *done));
  return kExitDone;
}

void AddShow(CLI::App& group, int& exit_code) {
  CLI::App* const show =
      AddCommand(group, "show",
                 "Prints what is burnt: secure version, key blocks, digests. A key that software "
                 "may not read, or that is a secret, is never printed.",
                 "updraft device efuse show mydevice\nupdraft device efuse show mydevice --json");
  const auto arguments = std::make_shared<EfuseArguments>();
  show->add_option("DIR", arguments->device.folder, "The device folder")->required();
  show->add_flag("--json", arguments->json, "Print one JSON object");
  show->callback([arguments, &exit_code] { exit_code = Show(*arguments); });
}

void AddRevoke(CLI::App& group, int& exit_code) {
  CLI::App* const revoke = AddCommand(
      group, "revoke",
      "Revokes the digest of a signature key, for good. Refused when the running application "
      "would no longer be trusted.",
      "updraft device efuse revoke mydevice 0");
  const auto arguments = std::make_shared<EfuseArguments>();
  AddDeviceToWrite(*revoke, arguments->device);
  revoke->add_option("SLOT", arguments->number, "The digest's slot: 0, 1 or 2")
      ->required()
      ->check(Between(0, 2));
  revoke->add_flag("--force", arguments->force, "Even when nothing signed is left to run");
  revoke->callback([arguments, &exit_code] {
    exit_code = Burn(*arguments, [&](Device& device) { return Revoke(device, *arguments); });
  });
}

void AddSetSecureVersion(CLI::App& group, int& exit_code) {
  CLI::App* const set = AddCommand(
      group, "set-secure-version",
      "Burns the secure version, for good: images below it are refused where anti-rollback is "
      "on.",
      "updraft device efuse set-secure-version mydevice 3");
  const auto arguments = std::make_shared<EfuseArguments>();
  AddDeviceToWrite(*set, arguments->device);
  set->add_option("N", arguments->number, "The secure version")
      ->required()
      ->check(Between(0, 0xFFFF));
  set->callback([arguments, &exit_code] {
    exit_code = Burn(*arguments,
                     [&](Device& device) { return RaiseSecureVersion(device, arguments->number); });
  });
}

}  // namespace

std::string KeyBlockName(std::size_t block) { return fmt::format("BLOCK_KEY{}", block); }

std::optional<Failure> JudgeDigestSlot(const Device& device, std::size_t slot) {
  const std::size_t slots = device.chip.family->signature_blocks;
  if (slot < slots) return std::nullopt;
  return Failure{std::string(CodeName(Code::kUnsupported)),
                 fmt::format("expected a digest slot below {}, as many as the {} has, found {}; "
                             "give another.",
                             slots, device.chip.family->name, slot)};
}

void AddDeviceEfuse(CLI::App& group, int& exit_code) {
  CLI::App* const efuse = AddCommand(
      group, "efuse", "The one-time-programmable bits of a device: what is burnt stays burnt.",
      "updraft device efuse show mydevice\n"
      "updraft device efuse burn-key mydevice BLOCK_KEY0 hmac_key.bin HMAC_UP");
  efuse->require_subcommand(1);
  AddShow(*efuse, exit_code);
  AddEfuseBurning(*efuse, exit_code);
  AddRevoke(*efuse, exit_code);
  AddSetSecureVersion(*efuse, exit_code);
}

}  // namespace updraft
