// SPDX-License-Identifier: Apache-2.0
// The SlotJudge over real slots: what the bootloader, confirming and rolling
// back ask whether an image would start.
#pragma once

#include "updraft/device.h"
#include "updraft/image.h"
#include "updraft/observer.h"
#include "updraft/slots.h"

namespace updraft {

// Who asks what a device demands of an image: its policy may tell them apart.
enum class AskedBy : std::uint8_t { kApplication, kBootloader };

// What a device demands of an image in that partition: anti-rollback, and
// signatures by its policy. kBadSignature, with one Finding, where they are
// demanded and nobody is trusted; errors of eFuse and flash.
Result<ImageRules> RulesFor(const Device& device, const Partition& partition,
                            AskedBy asked_by = AskedBy::kApplication,
                            Observer& observer = NoObserver());

// Whose signatures of encrypted headers a device takes, and whether it demands
// one. Errors of flash and crypto.
Result<HeaderTrust> HeaderTrustFor(const Device& device);

class SlotProver final : public SlotJudge {  // Reads a slot whenever it is asked.
 public:
  // `buffer` is the size of one read. All outlive the prover.
  SlotProver(const Device& device, MutableBytes buffer, Observer& observer = NoObserver(),
             AskedBy asked_by = AskedBy::kApplication)
      : device_(&device), buffer_(buffer), observer_(&observer), asked_by_(asked_by) {}

  bool IsBootable(const Partition& slot) override { return Prove(slot).has_value(); }
  // From the description alone; kBadFormat without its magic.
  Result<std::uint32_t> SecureVersion(const Partition& slot) override;

  // The whole image, proven. The codes of ProveSlot().
  Result<ImageFacts> Prove(const Partition& slot);
  // Its structure alone is judged, for any chip's image; what checksum and hash
  // are and should be stands in the facts.
  Result<ImageFacts> Inspect(const Partition& slot);
  // 256 bytes at the description's place; nothing else is looked at.
  // kBadFormat without its magic.
  Result<AppDescription> ReadDescription(const Partition& slot);

 private:
  const Device* device_;
  MutableBytes buffer_;
  Observer* observer_;
  AskedBy asked_by_;
};

}  // namespace updraft
