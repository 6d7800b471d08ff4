// SPDX-License-Identifier: Apache-2.0
#include "esp/src/trailing_proof.h"

#include <algorithm>

#include "updraft/slot_prover.h"

namespace updraft::esp {

std::unique_ptr<TrailingProof> TrailingProof::Begin(BoundDevice& device, const Partition& slot) {
  const auto rules = RulesFor(*device, slot);
  if (!rules) return nullptr;
  return std::unique_ptr<TrailingProof>(new TrailingProof(device, slot, *rules));
}

TrailingProof::TrailingProof(BoundDevice& device, const Partition& slot, const ImageRules& rules)
    : slot_(slot),
      rules_(rules),
      buffer_(kBuffer),
      proof_(*device->flash, rules_, *device->crypto, buffer_, signature_room_, NoObserver(),
             &record_),
      read_(device.flash().Watch(slot.offset)) {}

bool TrailingProof::Follow(std::uint64_t stored) {
  while (!proof_.complete() && stored >= proof_.position() + kBuffer) {
    if (!Advance(proof_.position() + kBuffer)) return false;
  }
  return true;
}

// A proof that begins a second pass is back at the first byte: what it read before
// stays watched.
bool TrailingProof::Advance(std::uint64_t end) {
  const Status status = proof_.Advance(end);
  read_->end = std::max(read_->end, slot_.offset + proof_.position());
  return status.ok();
}

std::optional<ImageFacts> TrailingProof::Finish(BoundDevice& device) {
  const auto rules = RulesFor(*device, slot_);
  // The keys that are trusted change with the running image or a new binding only.
  if (!rules || rules->minimum_secure_version != rules_.minimum_secure_version) {
    return std::nullopt;
  }
  if (!Advance(rules_.slot_size) || read_->changed || !proof_.Finish().ok()) return std::nullopt;
  return record_.facts;
}

}  // namespace updraft::esp
