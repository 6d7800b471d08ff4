// SPDX-License-Identifier: Apache-2.0
#include "updraft/slot_prover.h"

#include "src/image/slot_proof.h"
#include "src/image/trust.h"

namespace updraft {
namespace {

bool DemandsSignature(SignaturePolicy policy, AskedBy asked_by) {
  return policy == SignaturePolicy::kOnBoot ||
         (policy == SignaturePolicy::kOnUpdate && asked_by == AskedBy::kApplication);
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
    UPDRAFT_TRY(DemandSignature(device, asked_by, observer, rules));
  }
  return rules;
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
