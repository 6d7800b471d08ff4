// SPDX-License-Identifier: Apache-2.0
// The SlotJudge over real slots: what the bootloader, confirming and rolling
// back ask whether an image would start.
#pragma once

#include "updraft/device.h"
#include "updraft/image.h"
#include "updraft/observer.h"
#include "updraft/slots.h"

namespace updraft {

// What a device demands of an image in that partition, anti-rollback included
// when its eFuse can be read.
Result<ImageRules> RulesFor(const Device& device, const Partition& partition);

class SlotProver final : public SlotJudge {
 public:
  // `buffer` is the size of one read. All outlive the prover.
  SlotProver(const Device& device, MutableBytes buffer, Observer& observer = NoObserver())
      : device_(&device), buffer_(buffer), observer_(&observer) {}

  bool IsBootable(const Partition& slot) override { return Prove(slot).has_value(); }
  // From the description alone; kBadFormat without its magic.
  Result<std::uint32_t> SecureVersion(const Partition& slot) override;

  // The whole image, proven. The codes of ProveSlot().
  Result<ImageFacts> Prove(const Partition& slot);
  // 256 bytes at the description's place; nothing else is looked at.
  // kBadFormat without its magic.
  Result<AppDescription> ReadDescription(const Partition& slot);

 private:
  const Device* device_;
  MutableBytes buffer_;
  Observer* observer_;
};

}  // namespace updraft
