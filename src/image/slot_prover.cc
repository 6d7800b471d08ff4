// SPDX-License-Identifier: Apache-2.0
#include "updraft/slot_prover.h"

#include "src/image/slot_proof.h"

namespace updraft {
namespace {

bool DemandsSignature(SignaturePolicy policy, AskedBy asked_by) {
  return policy == SignaturePolicy::kOnBoot ||
         (policy == SignaturePolicy::kOnUpdate && asked_by == AskedBy::kApplication);
}

Status NobodyTrusted(std::string_view found, Observer& observer) {
  return Judge(observer, Stage::kImage, Code::kBadSignature,
               {Check::kSignatureTrusted, false, {}, Value::Text(found)});
}

// By the digests in eFuse; without any, an application trusts its own signer.
Result<SignatureRules> WhoIsTrusted(const Device& device, AskedBy asked_by, Observer& observer) {
  SignatureRules rules;
  rules.blocks = device.chip.family->signature_blocks;
  if (!device.trusted_keys.empty()) {
    rules.trusted = device.trusted_keys;
  } else if (asked_by == AskedBy::kBootloader || !device.running.has_value()) {
    return NobodyTrusted("a device that trusts no key yet", observer);
  } else {
    const auto signer = TrustSignerOf(*device.flash, *device.crypto, *device.running);
    if (signer.error().code() == Code::kNotFound) {
      return NobodyTrusted("a device that trusts no key: the running image is not signed",
                           observer);
    }
    if (!signer) return signer.error();
    rules = *signer;
  }
  rules.digest_bytes = device.chip.family->key_digest_bytes;
  if (device.policy.signature_scheme.has_value()) rules.scheme = device.policy.signature_scheme;
  return rules;
}

}  // namespace

Result<ImageRules> RulesFor(const Device& device, const Partition& partition, AskedBy asked_by,
                            Observer& observer) {
  ImageRules rules;
  rules.kind =
      partition.type == PartitionType::kBootloader ? ImageKind::kBootloader : ImageKind::kApp;
  rules.chip = device.chip;
  rules.flash_offset = partition.offset;
  rules.slot_size = partition.size;
  if (device.policy.anti_rollback && rules.kind == ImageKind::kApp) {
    UPDRAFT_TRY_ASSIGN(rules.minimum_secure_version, device.efuse->ReadSecureVersion());
  }
  if (DemandsSignature(device.policy.signature, asked_by)) {
    UPDRAFT_TRY_ASSIGN(rules.signature, WhoIsTrusted(device, asked_by, observer));
  }
  return rules;
}

Result<HeaderTrust> HeaderTrustFor(const Device& device) {
  HeaderTrust trust{.keys = device.header_keys, .demanded = device.policy.signed_header};
  const bool trusts_signers =
      !device.trusted_keys.empty() || device.policy.signature != SignaturePolicy::kNone;
  if (!trust.keys.empty() || !device.running.has_value() || !trusts_signers) return trust;
  const auto rules = WhoIsTrusted(device, AskedBy::kApplication, NoObserver());
  if (rules.error().code() == Code::kBadSignature) return trust;
  if (!rules) return rules.error();
  UPDRAFT_TRY_ASSIGN(trust.keys,
                     TrustedHeaderKeys(*device.flash, *device.crypto, *device.running, *rules));
  return trust;
}

Result<ImageFacts> SlotProver::Prove(const Partition& slot) {
  UPDRAFT_TRY_ASSIGN(const ImageRules rules, RulesFor(*device_, slot, asked_by_, *observer_));
  return ProveSlot(*device_->flash, rules, *device_->crypto, buffer_, *observer_);
}

Result<ImageFacts> SlotProver::Inspect(const Partition& slot) {
  ImageRules rules;
  rules.kind = slot.type == PartitionType::kBootloader ? ImageKind::kBootloader : ImageKind::kApp;
  rules.chip = device_->chip;
  rules.flash_offset = slot.offset;
  rules.slot_size = slot.size;
  rules.inspect_only = true;
  return ProveSlot(*device_->flash, rules, *device_->crypto, buffer_, *observer_);
}

Result<AppDescription> SlotProver::ReadDescription(const Partition& slot) {
  std::array<std::uint8_t, kAppDescriptionSize> bytes{};
  UPDRAFT_TRY(device_->flash->Read(slot.offset + kDescriptionOffset, bytes));
  const AppDescription description = ParseAppDescription(bytes);
  if (!HasMagic(description)) return Status(Code::kBadFormat, Stage::kImage);
  return description;
}

Result<std::uint32_t> SlotProver::SecureVersion(const Partition& slot) {
  UPDRAFT_TRY_ASSIGN(const AppDescription description, ReadDescription(slot));
  return description.secure_version;
}

}  // namespace updraft
