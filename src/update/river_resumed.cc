// SPDX-License-Identifier: Apache-2.0
// What a journal needs of the river: where it is, and the way back there. Left out
// with it (src/without).
#include <algorithm>

#include "src/update/river.h"

namespace updraft {

Result<Sha256Digest> UpdateRiver::DigestOfSectors() {
  const std::uint64_t end = whole_sectors();
  if (end == 0 || proof_ == nullptr || proof_->complete())
    return Status(Code::kInvalidState, Stage::kUpdate);
  UPDRAFT_TRY(ProveUpTo(end));
  if (proof_->position() != end) return Status(Code::kInvalidState, Stage::kUpdate);
  Sha256Digest digest{};
  UPDRAFT_TRY(proof_->DigestSoFar(digest));
  return digest;
}

// Another key makes another ciphertext of the same plaintext, which it opens again:
// the tag alone would tell, after all of the download.
Status UpdateRiver::JudgeKey(const Journal& journal, Bytes sealed) const {
  const bool same = std::ranges::equal(sealed.first(kCipherBlock), journal.start.first_block);
  return Judge(*observer_, Stage::kEncrypted, Code::kBadSignature,
               {Check::kKeyMatches, same, Value::Text("the key that the download began with"),
                Value::Text(same ? "that one" : "another key")});
}

Status UpdateRiver::Resume(const Journal& journal, MutableBytes buffer) {
  Gcm seal(*device_->crypto);
  writer_.Adopt(journal.offset);
  if (journal.start.encrypted) {
    const MutableBytes header = buffer.first(kEncryptedHeaderSize);
    std::ranges::copy(journal.start.header, header.begin());
    UPDRAFT_TRY(OpenHead(header[0]));
    decryptor_->ShareKey(&seal);
    const Status opened = Push(header);
    decryptor_->ShareKey(nullptr);
    UPDRAFT_TRY(opened);
  }
  for (std::uint64_t at = 0; at < journal.offset;) {
    const std::uint64_t left = journal.offset - at;
    const MutableBytes some =
        buffer.first(static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), left)));
    UPDRAFT_TRY(ReadStored(*device_->flash, journal, at, some));
    at += some.size();
    if (journal.start.encrypted) {
      UPDRAFT_TRY(seal.Update(some, some));
      if (at == some.size()) UPDRAFT_TRY(JudgeKey(journal, some));
    }
    UPDRAFT_TRY(Push(some));
  }
  return kOk;
}

}  // namespace updraft
