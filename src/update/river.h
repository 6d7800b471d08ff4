// SPDX-License-Identifier: Apache-2.0
// The rooms of one update in their order: decryptor where the image is encrypted,
// gate, writer, and the proof trailing the writer. Built by Update; owns the
// rooms, and builds those behind the head when the first bytes tell what comes.
#pragma once

#include <optional>

#include "updraft/encrypted_image.h"
#include "updraft/slots.h"
#include "updraft/update.h"

#include "src/flash/slot_writer.h"
#include "src/image/image_gate.h"
#include "src/image/slot_proof.h"

namespace updraft {

class UpdateRiver final : private Sink {
 public:
  // rules.available is what the source yields.
  UpdateRiver(const Device& device, Slots& slots, const Partition& slot, const ImageRules& rules,
              const UpdateOptions& options, Observer& observer);

  // The door: bytes as the source yields them, at least one. An encrypted image
  // is decrypted where they lie.
  Status Push(MutableBytes data);
  // The source has ended: everything is proven but the image's head.
  Status End();

  // After End(): programs the image's head and reads it back.
  Status ProgramHead();

  // Only when front_judged().
  const ImageFacts& facts() const { return gate_->facts(); }
  bool front_judged() const { return gate_.has_value() && gate_->front_judged(); }
  std::uint64_t written() const { return writer_.taken(); }

 private:
  // Behind the decryptor: its first bytes open the gate.
  class Decrypted final : public Sink {
   public:
    explicit Decrypted(UpdateRiver& river) : river_(&river) {}
    Status Write(Bytes data) override;
    Status Finish() override;

   private:
    Status OpenGate();
    UpdateRiver* river_;
  };

  // Behind the gate: nothing arrives here before the image's front is judged.
  Status Write(Bytes data) override;
  Status Finish() override;

  Status OpenHead(std::uint8_t first);
  Status RefusePlain();
  Status OpenGate(std::optional<std::uint64_t> available);
  Status Prove(std::uint64_t lag);

  const Device* device_;
  Slots* slots_;
  Partition slot_;
  ImageRules rules_;
  DecryptionKeys keys_;
  MutableBytes proof_buffer_;
  DescriptionJudge* judge_;
  Observer* observer_;
  Decrypted decrypted_{*this};
  std::optional<Decryptor> decryptor_;
  std::optional<ImageGate> gate_;
  SlotWriter writer_;
  std::optional<SlotProof> proof_;
  bool opened_ = false;
};

}  // namespace updraft
