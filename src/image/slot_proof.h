// SPDX-License-Identifier: Apache-2.0
// The proof of what is stored: reads a slot back from flash and proves it. An
// update lets it trail the writer; the bootloader runs it over a whole slot.
#pragma once

#include <cstdint>

#include "updraft/port/flash.h"

#include "src/image/image_proof.h"

namespace updraft {

class SlotProof {
 public:
  // rules.flash_offset and rules.slot_size say where the slot is. `buffer` is
  // the size of one read (at least 16 bytes; 4 KiB or more is sensible); `room` may be
  // its front, if there are 16 bytes behind. All outlive the proof. `record` as
  // ImageProof's.
  SlotProof(Flash& flash, const ImageRules& rules, Crypto& crypto, MutableBytes buffer,
            SignatureRoom room, Observer& observer, ImageRecord* record = nullptr)
      : flash_(&flash),
        proof_(rules, crypto, room, observer, record),
        buffer_(buffer),
        shares_room_(room.data() == buffer.data()) {}
  SlotProof(Flash&, const ImageRules&&, Crypto&, MutableBytes, SignatureRoom, Observer&,
            ImageRecord*) = delete;

  // The first bytes of the image, while flash does not hold them yet. Kept by
  // the caller until the proof has passed them.
  void SetWithheld(Bytes head) { withheld_ = head; }

  // Reads on up to `stored` bytes from the start of the slot, or to the end of
  // the image if that is nearer; a P-384 signature costs a second pass. The codes
  // of judge.h, kBadChecksum, kBadSignature, kFlash.
  Status Advance(std::uint64_t stored);
  // kTruncated unless the image was whole, kBadSignature unless its signature was.
  Status Finish() { return proof_.Finish(); }

  // The SHA-256 of the slot's bytes up to position(). kInvalidState when the image
  // has ended.
  Status DigestSoFar(Sha256Digest& digest) const { return proof_.DigestSoFar(digest); }

  // How far the proof has read, bytes from the start of the slot.
  std::uint64_t position() const { return position_; }
  bool complete() const { return proof_.complete(); }

 private:
  Status Prove(Bytes bytes);
  MutableBytes BufferHere() const;

  Flash* flash_;
  ImageProof proof_;
  MutableBytes buffer_;
  bool shares_room_;  // the signature's block lies in the front of the buffer
  Bytes withheld_{};
  std::uint64_t position_ = 0;
};

// Proves the whole image in the slot that the rules name, and returns its
// facts. The codes of Advance() and Finish().
Result<ImageFacts> ProveSlot(Flash& flash, const ImageRules& rules, Crypto& crypto,
                             MutableBytes buffer, Observer& observer);

}  // namespace updraft
