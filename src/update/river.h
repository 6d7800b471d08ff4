// SPDX-License-Identifier: Apache-2.0
// The rooms of one update in their order: decryptor where the image is encrypted,
// gate, writer, and the proof trailing the writer. Built by Update; owns the
// rooms, and builds those behind the head when the first bytes tell what comes.
#pragma once

#include <array>
#include <optional>

#include "updraft/encrypted_image.h"
#include "updraft/slots.h"
#include "updraft/update.h"

#include "src/flash/slot_writer.h"
#include "src/image/image_gate.h"
#include "src/image/slot_proof.h"
#include "src/update/journal.h"

namespace updraft {

class UpdateRiver final : private Sink {
 public:
  // rules.available is what the source yields.
  UpdateRiver(const Device& device, Slots& slots, const Partition& slot, const ImageRules& rules,
              const UpdateOptions& options, Observer& observer);
  UpdateRiver(const UpdateRiver&) = delete;
  UpdateRiver& operator=(const UpdateRiver&) = delete;
  ~UpdateRiver() {
    if (decryptor_ != nullptr) CloseEncrypted();
  }

  // The door: bytes as the source yields them, at least one. An encrypted image
  // is decrypted where they lie.
  Status Push(MutableBytes data);
  // The source has ended: everything is proven but the image's head.
  Status End();

  // Before the first Push: everything up to journal.offset is in the slot, and has
  // been compared with the journal's digest. It is read from there and judged as if
  // it came again; of an encrypted image the ciphertext is made again, so that the
  // tag is over what is stored. `buffer`: at least 512 bytes, the proof's own perhaps.
  // The codes of Push.
  Status Resume(const Journal& journal, MutableBytes buffer);

  // The whole sectors that are written, in bytes; and their SHA-256, after they have
  // been read back and proven as far as the image goes. kInvalidState when it has
  // ended; the codes of SlotProof::Advance.
  std::uint64_t whole_sectors() const;
  Result<Sha256Digest> DigestOfSectors();
  // The head of the image, which flash does not hold yet.
  Bytes withheld() const { return writer_.head(); }

  // After End(): programs the image's head and reads it back.
  Status ProgramHead();

  // The image's, once its front is judged; nullptr before, or when there is none.
  const AppDescription* offered() const {
    return gate_.has_value() && gate_->front_judged() ? gate_->description() : nullptr;
  }
  std::uint64_t written() const { return writer_.taken(); }
  // Of the encrypted image; nullptr when it is a plain one.
  const std::array<std::uint8_t, kEncryptedHeaderSize>* header() const {
    return decryptor_ != nullptr ? &decryptor_->header() : nullptr;
  }
  // What came behind it.
  const std::array<std::uint8_t, kCipherBlock>& first_block() const { return first_block_; }

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
  Status OpenEncrypted();
  Status PushEncrypted(MutableBytes data);
  Status EndEncrypted();  // and closes it
  void CloseEncrypted();
  Status RefusePlain();
  Status OpenGate(std::optional<std::uint64_t> available);
  void KeepFirstBlock(Bytes data);
  Status JudgeKey(const Journal& journal, Bytes sealed) const;
  Status ProveWritten();
  Status Prove(std::uint64_t lag);
  Status ProveUpTo(std::uint64_t end);

  const Device* device_;
  Slots* slots_;
  Partition slot_;
  ImageRules rules_;
  DecryptionKeys keys_;
  MutableBytes buffer_;
  MutableBytes proof_buffer_;
  DescriptionJudge* judge_;
  Observer* observer_;
  Decrypted decrypted_{*this};
  // Built in place by the file that knows how to take it down: where encrypted images
  // are left out, nothing of it is linked.
  alignas(Decryptor) std::array<std::uint8_t, sizeof(Decryptor)> decryptor_room_{};
  Decryptor* decryptor_ = nullptr;
  std::optional<ImageGate> gate_;
  SlotWriter writer_;
  std::optional<SlotProof> proof_;
  bool opened_ = false;
  bool ended_ = false;      // the source has; the decryptor is gone
  std::size_t pushed_ = 0;  // bytes of an encrypted file, up to its first block
  std::array<std::uint8_t, kCipherBlock> first_block_{};
};

}  // namespace updraft
