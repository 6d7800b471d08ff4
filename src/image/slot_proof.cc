// SPDX-License-Identifier: Apache-2.0
#include "src/image/slot_proof.h"

#include <algorithm>

namespace updraft {

Status SlotProof::Advance(std::uint64_t stored) {
  const std::uint64_t end = std::min(stored, proof_.rules().slot_size);
  while (position_ < end && !proof_.complete()) {
    if (position_ < withheld_.size()) {
      const std::uint64_t count = std::min<std::uint64_t>(withheld_.size(), end) - position_;
      UPDRAFT_TRY(Prove(
          withheld_.subspan(static_cast<std::size_t>(position_), static_cast<std::size_t>(count))));
      continue;
    }
    const MutableBytes buffer = BufferHere();
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), end - position_));
    UPDRAFT_TRY(flash_->Read(proof_.rules().flash_offset + position_, buffer.first(count)));
    UPDRAFT_TRY(Prove(buffer.first(count)));
  }
  return kOk;
}

// For the next read. A block is gathered from the first byte of the signature sector on.
MutableBytes SlotProof::BufferHere() const {
  if (!shares_room_ || !proof_.rules().signature.has_value()) return buffer_;
  if (proof_.in_signature()) return buffer_.subspan(kKeptBlockSize);
  const auto to_boundary =
      static_cast<std::size_t>(kSignatureAlignment - position_ % kSignatureAlignment);
  return buffer_.first(std::min(buffer_.size(), to_boundary));
}

Status SlotProof::Prove(Bytes bytes) {
  UPDRAFT_TRY(proof_.Write(bytes));
  position_ += bytes.size();
  if (!proof_.wants_again()) return kOk;
  position_ = 0;
  return proof_.StartAgain();
}

Result<ImageFacts> ProveSlot(Flash& flash, const ImageRules& rules, Crypto& crypto,
                             MutableBytes buffer, Observer& observer) {
  std::array<std::uint8_t, kKeptBlockSize> room{};
  ImageRecord record;
  SlotProof proof(flash, rules, crypto, buffer, room, observer, &record);
  UPDRAFT_TRY(proof.Advance(rules.slot_size));
  UPDRAFT_TRY(proof.Finish());
  return record.facts;
}

}  // namespace updraft
