// SPDX-License-Identifier: Apache-2.0
// The main path: one image from a Source into the passive slot, proven, and
// selected. The caller keeps control: Open, Step until done, Commit; or Run.
#pragma once

#include <cstdint>
#include <optional>

#include "updraft/device.h"
#include "updraft/encrypted_image.h"
#include "updraft/image.h"
#include "updraft/observer.h"
#include "updraft/partition.h"
#include "updraft/resume.h"
#include "updraft/slots.h"
#include "updraft/status.h"
#include "updraft/stream.h"

namespace updraft {

struct CipherStart;
class Journaling;
class UpdateRiver;

struct UpdateOptions {
  // One read from the source; when that has ended, the blocks of a signature. At least
  // kMinimumUpdateBuffer bytes; 16 KiB suits TLS. Owned by the caller; nobody but the
  // source's own calls touches it meanwhile (HttpClient::Read).
  MutableBytes buffer{};
  // One read back from flash for the proof, apart from `buffer`: at least
  // kMinimumProofBuffer bytes. Empty: `buffer` is for both, one after the other. With
  // `resumable` it is needed, since the source's answer waits while it is in use, and at
  // least kMinimumJournalBuffer bytes: what the journal needs lies at its end.
  MutableBytes proof_buffer{};
  // Where the image goes; the slot after the running one when empty.
  std::optional<Partition> slot{};
  // Asked once, before anything is written. May be nullptr.
  DescriptionJudge* judge = nullptr;
  // Room for the description of the image on offer, which Update::offered() tells then;
  // nullptr: that tells nothing.
  AppDescription* offered = nullptr;
  // What opens an encrypted image, before the device's own keys; plain ones are
  // taken with and without. An encrypted image is told by its first byte, its
  // scheme by its header.
  DecryptionKeys keys{};
  // With rollback: the terms of the image's trial; the policy's when empty.
  std::optional<TrialTerms> trial{};
  // The source itself, not yet opened, where the update is to go on after a restart
  // as well: Open() opens it where the journal in the partition `updraft` says, or at
  // the first byte. nullptr: always from the first byte, of an opened source.
  ResumableSource* resumable = nullptr;
  JournalPolicy journal{};
};

inline constexpr std::size_t kMinimumUpdateBuffer = 832;  // bytes: a signature's block, a read
inline constexpr std::size_t kMinimumProofBuffer = 512;   // bytes
// Bytes: a read, and the journal's state.
inline constexpr std::size_t kMinimumJournalBuffer =
    kMinimumProofBuffer + (sizeof(void*) == 4 ? 672 : 704);

// What the rooms of an update look at for as long as they live. Update makes it of its
// options; nobody else needs it.
struct RiverOptions {
  MutableBytes buffer{};                // as UpdateOptions
  MutableBytes proof_buffer{};          // perhaps the same, never empty
  DescriptionJudge* judge = nullptr;    // as UpdateOptions
  AppDescription* offered = nullptr;    // as UpdateOptions
  DecryptionKeys keys{};                // the device's too
  CipherStart* cipher_start = nullptr;  // the journal's
};

// One update. Device, source, observer and buffers outlive it. Not thread-safe.
// No heap: the object holds the whole state (sizeof, 2 to 4 KiB).
//
// Example, examples/api/update_in_steps.cc:
//   Status UpdateInSteps(const Device& device, Source& source) {
//     static std::uint8_t buffer[16 * 1024];
//     static std::uint8_t proof_buffer[4 * 1024];
//     Update update(device, source, {.buffer = buffer, .proof_buffer = proof_buffer});
//     UPDRAFT_TRY(update.Open());
//     for (;;) {
//       UPDRAFT_TRY_ASSIGN(const auto progressed, update.Step());
//       if (progressed == Update::Progressed::kDone) break;
//       // Feed a watchdog, draw a bar, or give up with update.Abort().
//     }
//     return update.Commit();  // the next boot starts the new image
//   }
class Update final {
 public:
  enum class State : std::uint8_t {  // How far it is.
    kIdle,
    kReceiving,
    kComplete,   // all is in flash and proven, but the head of the image
    kCommitted,  // selected: the next boot starts it
    kFailed,
    kAborted,
  };
  enum class Progressed : std::uint8_t { kMore, kDone };  // What a Step() came to.

  Update(const Device& device, Source& source, const UpdateOptions& options,
         Observer& observer = NoObserver());  // reads nothing yet
  Update(const Update&) = delete;
  Update& operator=(const Update&) = delete;
  ~Update();

  // Judges everything that can be judged without the image. Writes nothing, but
  // where it goes on with what an earlier update began: then that is judged as if it
  // came again, and all codes of Step() may come.
  //   kInvalidArgument  buffers too small
  //   kInvalidState     the running image is on trial and not confirmed yet
  //   kNotFound         no slot to update, or no otadata
  //   kNoSpace          the source is larger than the slot (with keys: than the
  //                     slot and the header of an encrypted image)
  //   kBadSignature     signatures are demanded and the device trusts nobody
  //   kBadFormat, kBadChecksum, kFlash  partition table or flash
  Status Open();

  // Moves one buffer's worth. kDone when the source has ended and all of it is
  // proven. A refusal before the image's head was judged has written nothing.
  // The codes of the source; of the Decryptor; of the image's checks; kNoSpace,
  // kFlash, kCancelled (the observer said stop). After an error the update has
  // failed.
  Result<Progressed> Step();

  // The commit point: programs the head of the image, then selects the slot.
  // kInvalidState unless complete; kFlash.
  Status Commit();

  // Gives up; the slot holds no image. Harmless in any state; undoes no Commit.
  void Abort();

  // Open, Step until done, Commit.
  Status Run();

  State state() const { return state_; }  // changes in the calls only
  // The slot that is written; only after Open.
  const Partition& slot() const { return slot_; }
  // The image on offer, in the room that the options gave, once its first bytes have been
  // judged. nullptr before, when it has no description, and without room.
  const AppDescription* offered() const;
  const Progress& progress() const { return progress_; }
  // Bytes of the file that an earlier update left; 0: it began anew.
  std::uint64_t resumed_from() const { return resumed_from_; }

 private:
  Status Opened();
  Result<Progressed> Stepped();
  Status Committed();
  Status JudgeRunning();
  Status ChooseSlot();
  Status JudgeOverlap();
  Status OpenSource();
  void PlaceJournaling();
  Status BuildRiver();
  void KeepJournal(Status failure);
  Status WriteJournal();
  void DropJournal();
  Status Fail(Status status);

  const Device* device_;
  Source* source_;
  Observer* observer_;
  ResumableSource* resumable_;
  RiverOptions rooms_;
  JournalPolicy journal_;
  std::optional<TrialTerms> trial_;
  bool slot_given_;  // in slot_, from the beginning
  State state_ = State::kIdle;
  Slots slots_;
  Partition slot_;
  Progress progress_{};
  std::uint64_t resumed_from_ = 0;

  // The rooms behind the source, built in place by Open.
  static constexpr std::size_t kRiverSize =
      3 * kHashStateSize + kGcmStateSize + (sizeof(void*) == 4 ? 768 : 896);
  alignas(kStateAlignment) std::array<std::uint8_t, kRiverSize> river_storage_{};
  UpdateRiver* river_ = nullptr;
  Journaling* journaling_ = nullptr;  // in the proof's buffer
};

}  // namespace updraft
