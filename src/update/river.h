// SPDX-License-Identifier: Apache-2.0
// The rooms of one update in their order: decryptor where the image is encrypted,
// gate, writer, and the proof trailing the writer. Built by Update; owns the
// rooms, and builds those behind the head when the first bytes tell what comes.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <type_traits>

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
  // rules.available is what the source yields. All but the rules outlive the river.
  UpdateRiver(const Device& device, Slots& slots, const Partition& slot, const ImageRules& rules,
              const RiverOptions& options, Observer& observer);
  UpdateRiver(const Device&, Slots&, const Partition&&, const ImageRules&, const RiverOptions&,
              Observer&) = delete;
  UpdateRiver(const UpdateRiver&) = delete;
  UpdateRiver& operator=(const UpdateRiver&) = delete;
  ~UpdateRiver() {
    if (decryptor_ != nullptr) CloseEncrypted();
    if (proof_ != nullptr) proof_->~SlotProof();
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

  // The image's, once it has passed the rules; nullptr before, or when there is none.
  const AppDescription* offered() const { return gate_ != nullptr ? gate_->offered() : nullptr; }
  std::uint64_t written() const { return writer_.taken(); }
  // It is an encrypted image, and its source has not ended.
  bool decrypts() const { return decryptor_ != nullptr; }

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
  void OpenProof();
  Status JudgeKey(const Journal& journal, Bytes sealed) const;
  Status ProveWritten();
  Status Prove(std::uint64_t lag);
  Status ProveUpTo(std::uint64_t end);

  const Device* device_;
  Slots* slots_;
  const Partition* slot_;
  ImageRules rules_;
  const RiverOptions* options_;
  Observer* observer_;
  Decrypted decrypted_{*this};
  // Built in place by the file that knows how to take it down: where encrypted images
  // are left out, nothing of it is linked.
  alignas(Decryptor) std::array<std::uint8_t, sizeof(Decryptor)> decryptor_room_{};
  Decryptor* decryptor_ = nullptr;
  // One after the other in one room: the header of an encrypted image, until its body
  // begins; then the gate, and behind it the image's front, until it is judged; then the
  // proof of what was written.
  static_assert(std::is_trivially_destructible_v<ImageGate>);
  static constexpr auto kBehindGate =
      static_cast<std::size_t>(AlignUp(sizeof(ImageGate), alignof(SlotProof)));
  static constexpr std::size_t kRoom =
      std::max({kEncryptedHeaderSize, kBehindGate + sizeof(SlotProof),
                kBehindGate + sizeof(ImageGate::Front)});
  alignas(SlotProof) std::array<std::uint8_t, kRoom> room_{};
  ImageGate* gate_ = nullptr;
  SlotProof* proof_ = nullptr;
  SlotWriter writer_;
  bool opened_ = false;
  bool ended_ = false;  // the source has; the decryptor is gone
};

}  // namespace updraft
