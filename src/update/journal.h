// SPDX-License-Identifier: Apache-2.0
// The journal of one download: what the next start needs to go on. Read and
// written through UpdateLog; Update decides when. Format: docs/formats.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "updraft/encrypted_image.h"
#include "updraft/partition.h"
#include "updraft/port/crypto.h"
#include "updraft/port/flash.h"
#include "updraft/resume.h"
#include "updraft/status.h"

#include "src/update/update_log.h"

namespace updraft {

inline constexpr std::size_t kCipherBlock = 16;

// What does not change during a download.
struct JournalStart {
  std::uint64_t slot_offset = 0;  // in flash
  std::uint64_t slot_size = 0;
  std::optional<std::uint64_t> file_length{};
  FileIdentity identity{};
  bool encrypted = false;
  // The first bytes of the slot, which flash does not hold yet.
  std::array<std::uint8_t, kMaxProgramUnit> withheld{};
  // Of the file; only of an encrypted image. The first block behind the header tells
  // at once whether the device still has the key.
  std::array<std::uint8_t, kCipherBlock> first_block{};
  std::array<std::uint8_t, kEncryptedHeaderSize> header{};
};

// How the file of an encrypted image begins, while it comes: what the journal tells of it.
struct CipherStart {
  // The next bytes of the file. The Decryptor puts the header here.
  void Push(Bytes data);

  std::array<std::uint8_t, kEncryptedHeaderSize> header{};
  std::array<std::uint8_t, kCipherBlock> first_block{};  // behind it
  std::uint16_t pushed = 0;                              // bytes, up to that block's end
};

struct Journal {
  JournalStart start{};
  std::uint64_t offset = 0;  // of the slot, whole sectors: so much is there
  Sha256Digest digest{};     // of these bytes, the withheld ones included
};

// Bytes of the slot from `at` on, the withheld ones from the journal; out ends at or
// before its offset. kFlash.
Status ReadStored(Flash& flash, const Journal& journal, std::uint64_t at, MutableBytes out);
// Whether the slot holds what the journal says. `buffer` is one read.
Result<bool> HoldsStored(Flash& flash, Crypto& crypto, const Journal& journal, MutableBytes buffer);

// The one that may be taken up; kNotFound when there is none, kFlash.
Result<Journal> ReadJournal(const UpdateLog& log);
Status StartJournal(UpdateLog& log, const JournalStart& start);
Status MarkJournal(UpdateLog& log, std::uint64_t offset, const Sha256Digest& digest);
// Does nothing where there is none.
Status EndJournal(UpdateLog& log);

}  // namespace updraft
