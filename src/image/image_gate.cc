// SPDX-License-Identifier: Apache-2.0
#include "src/image/image_gate.h"

#include <algorithm>
#include <cstring>

namespace updraft {

Status ImageGate::Write(Bytes data) {
  if (data.empty()) return kOk;
  UPDRAFT_TRY(JudgeTotal(data.size()));
  if (passing_) {
    UPDRAFT_TRY(JudgeStructure(data));
    return next_->Write(data);
  }
  const std::size_t count = std::min(front_.size() - front_size_, data.size());
  std::memcpy(front_.data() + front_size_, data.data(), count);
  front_size_ += count;
  UPDRAFT_TRY(JudgeStructure(data.first(count)));
  if (!parser_.front_judged() || (front_size_ < front_.size() && !parser_.complete())) return kOk;
  if (judge_ != nullptr && parser_.facts().description.has_value()) {
    UPDRAFT_TRY(judge_->JudgeOffer(*parser_.facts().description, *observer_));
  }
  passing_ = true;
  UPDRAFT_TRY(next_->Write(Bytes(front_).first(front_size_)));
  return Write(data.subspan(count));
}

Status ImageGate::JudgeStructure(Bytes data) {
  while (!data.empty()) {
    UPDRAFT_TRY_ASSIGN([[maybe_unused]] const ImagePiece piece, parser_.Take(data));
  }
  return kOk;
}

// What follows the image is taken too, as ESP-IDF does, while it fits.
Status ImageGate::JudgeTotal(std::size_t more) {
  const std::uint64_t total = parser_.position() + more;
  const std::uint64_t size = parser_.rules().slot_size;
  if (total <= size) return kOk;
  return Judge(*observer_, Stage::kImage, Code::kNoSpace,
               {Check::kImageFitsSlot, false, Value::Size(size), Value::Size(total)});
}

Status ImageGate::Finish() {
  UPDRAFT_TRY(parser_.Finish());
  return next_->Finish();
}

}  // namespace updraft
