// SPDX-License-Identifier: Apache-2.0
// The rooms of one update in their order: gate, writer, and the proof trailing
// the writer. Built by Update; owns the rooms.
#pragma once

#include "updraft/slots.h"
#include "updraft/update.h"

#include "src/flash/slot_writer.h"
#include "src/image/image_gate.h"
#include "src/image/slot_proof.h"

namespace updraft {

class UpdateRiver final : private Sink {
 public:
  UpdateRiver(const Device& device, Slots& slots, const Partition& slot, const ImageRules& rules,
              const UpdateOptions& options, Observer& observer);

  // The door: bytes as the source yields them.
  Sink& head() { return gate_; }

  // After head().Finish(): programs the image's head and reads it back.
  Status ProgramHead();

  const ImageFacts& facts() const { return gate_.facts(); }
  bool front_judged() const { return gate_.front_judged(); }
  std::uint64_t written() const { return writer_.taken(); }

 private:
  // Behind the gate: nothing arrives here before the image's front is judged.
  Status Write(Bytes data) override;
  Status Finish() override;
  Status Prove(std::uint64_t lag);

  const Device* device_;
  Slots* slots_;
  Partition slot_;
  std::size_t proof_chunk_;
  ImageGate gate_;
  SlotWriter writer_;
  SlotProof proof_;
  bool opened_ = false;
};

}  // namespace updraft
