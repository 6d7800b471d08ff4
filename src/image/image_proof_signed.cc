// SPDX-License-Identifier: Apache-2.0
// The part of the proof that is about signatures. A device that demands none may leave
// it out (src/without).
#include <algorithm>

#include "src/image/image_proof.h"

namespace updraft {

Status ImageProof::StartSignature(HashKind kind) {
  std::array<std::uint8_t, kSha384Size> digest{};
  UPDRAFT_TRY(hash_.Finish(digest));
  signature_.Start(kind, Bytes(digest).first(HashSize(kind)));
  return kOk;
}

Status ImageProof::EndSignature() {
  if (parser_.rules().inspect_only) return kOk;
  if (signature_.wants_sha384()) {
    pass_ = Pass::kBetween;
    return kOk;
  }
  UPDRAFT_TRY(signature_.Judge(intact_, *observer_));
  if (ImageRecord* const record = parser_.record(); record != nullptr) {
    record->facts.length = parser_.signed_length() + kSignatureSectorSize;
  }
  pass_ = Pass::kDone;
  return kOk;
}

Status ImageProof::StartAgain() {
  if (!wants_again()) return {Code::kInvalidState, Stage::kImage};
  pass_ = Pass::kSecond;
  return hash_.Start(HashKind::kSha384);
}

Status ImageProof::WriteAgain(Bytes data) {
  const std::uint64_t signed_length = parser_.signed_length();
  if (again_ < signed_length) {
    const Bytes some = data.first(
        static_cast<std::size_t>(std::min<std::uint64_t>(data.size(), signed_length - again_)));
    UPDRAFT_TRY(hash_.Update(some));
    again_ += some.size();
    data = data.subspan(some.size());
    if (again_ < signed_length) return kOk;
    UPDRAFT_TRY(StartSignature(HashKind::kSha384));
  }
  const std::uint64_t end = signed_length + kSignatureSectorSize;
  const Bytes some =
      data.first(static_cast<std::size_t>(std::min<std::uint64_t>(data.size(), end - again_)));
  UPDRAFT_TRY(signature_.Take(some));
  again_ += some.size();
  return again_ == end ? EndSignature() : kOk;
}

}  // namespace updraft
