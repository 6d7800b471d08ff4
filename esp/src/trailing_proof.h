// SPDX-License-Identifier: Apache-2.0
// The proof of an image that esp_ota_write stores, read back from flash while it
// comes. Only a shortcut: where it does not end well, esp_ota_end proves the slot as
// a whole, and tells why. Owned by an OtaOperation.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "updraft/image.h"

#include "esp/src/bound_device.h"
#include "src/image/slot_proof.h"

namespace updraft::esp {

class TrailingProof {
 public:
  // None where it is not known what the device demands.
  static std::unique_ptr<TrailingProof> Begin(BoundDevice& device, const Partition& slot);

  // So many bytes of the slot can be read back. False: the image is refused.
  bool Follow(std::uint64_t stored);
  // What is proven, if the image is whole, nothing that was read has changed since,
  // and the device demands what it demanded at the begin.
  std::optional<ImageFacts> Finish(BoundDevice& device);

 private:
  static constexpr std::size_t kBuffer = 65536;

  TrailingProof(BoundDevice& device, const Partition& slot, const ImageRules& rules);

  bool Advance(std::uint64_t end);

  Partition slot_;
  ImageRules rules_;
  std::vector<std::uint8_t> buffer_;
  std::array<std::uint8_t, kKeptBlockSize> signature_room_{};
  ImageRecord record_;
  SlotProof proof_;
  std::shared_ptr<GuardedFlash::Watched> read_;
};

}  // namespace updraft::esp
