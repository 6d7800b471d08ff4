// SPDX-License-Identifier: Apache-2.0
#include "src/image/image_gate.h"

#include <algorithm>
#include <cstring>

namespace updraft {

Status ImageGate::Write(Bytes data) {
  if (data.empty()) return kOk;
  UPDRAFT_TRY(JudgeTotal(data.size()));
  if (!passing_) UPDRAFT_TRY(WriteFront(data));
  if (!passing_ || data.empty()) return kOk;
  UPDRAFT_TRY(JudgeStructure(data));
  return next_->Write(data);
}

// What is held back, and passed on once it is judged: `data` becomes what lies behind.
[[gnu::noinline]] Status ImageGate::WriteFront(Bytes& data) {
  const std::size_t count = std::min(sizeof(Front) - front_size_, data.size());
  std::memcpy(front().data() + front_size_, data.data(), count);
  front_size_ = static_cast<std::uint16_t>(front_size_ + count);
  UPDRAFT_TRY(JudgeStructure(data.first(count)));
  data = data.subspan(count);
  if (!parser_.front_judged() || (front_size_ < sizeof(Front) && !parser_.complete())) return kOk;
  UPDRAFT_TRY(JudgeOffer());
  passing_ = true;
  return next_->Write(front().first(front_size_));
}

Status ImageGate::JudgeOffer() {
  if (!parser_.has_description()) return kOk;
  AppDescription& description = front_->description;
  SwapOnBigEndian(description);
  if (offered_ != nullptr) *offered_ = description;
  if (judge_ != nullptr) UPDRAFT_TRY(judge_->JudgeOffer(description, *observer_));
  SwapOnBigEndian(description);
  return kOk;
}

[[gnu::noinline]] Status ImageGate::JudgeStructure(Bytes data) {
  while (!data.empty()) {
    UPDRAFT_TRY_ASSIGN([[maybe_unused]] const ImagePiece piece, parser_.Take(data));
  }
  return kOk;
}

// What follows the image is taken too, as ESP-IDF does, while it fits.
[[gnu::noinline]] Status ImageGate::JudgeTotal(std::size_t more) {
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
