// SPDX-License-Identifier: Apache-2.0
// The early refusal: stands before the slot and judges what the first bytes
// tell, so that a refused image never touches the flash. Proves nothing.
#pragma once

#include <array>
#include <cstdint>

#include "updraft/image.h"
#include "updraft/observer.h"
#include "updraft/status.h"
#include "updraft/stream.h"

#include "src/image/image_parser.h"

namespace updraft {

class ImageGate final : public Sink {
 public:
  // What is held back until it is judged.
  struct Front {
    std::array<std::uint8_t, kDescriptionOffset> headers{};
    AppDescription description{};
  };
  static_assert(sizeof(Front) == kDescriptionOffset + kAppDescriptionSize);

  // `judge` and `offered` may be nullptr; the description is put to `offered` when it has
  // passed the rules. All outlive the gate, the rules too; `front` is not looked at any more
  // once passing().
  ImageGate(const ImageRules& rules, Sink& next, DescriptionJudge* judge, Front& front,
            AppDescription* offered, Observer& observer)
      : parser_(rules, observer, nullptr),
        next_(&next),
        judge_(judge),
        front_(&front),
        offered_(offered),
        observer_(&observer) {}
  ImageGate(const ImageRules&&, Sink&, DescriptionJudge*, Front&, AppDescription*,
            Observer&) = delete;

  // The codes of judge.h, of the DescriptionJudge and of the next sink.
  Status Write(Bytes data) override;
  // kTruncated when the image was not whole.
  Status Finish() override;

  // The front has been passed on, and so will be what comes.
  bool passing() const { return passing_; }
  // As ImageFacts has it, known with the last segment.
  std::uint64_t signed_length() const { return parser_.signed_length(); }
  // As it was given, with the description in it; nullptr before that has passed the rules,
  // and when there is none.
  const AppDescription* offered() const {
    return parser_.front_judged() && parser_.has_description() ? offered_ : nullptr;
  }

 private:
  Status WriteFront(Bytes& data);
  Status JudgeStructure(Bytes data);
  Status JudgeTotal(std::size_t more);
  Status JudgeOffer();
  MutableBytes front() { return {reinterpret_cast<std::uint8_t*>(front_), sizeof *front_}; }

  ImageParser parser_;
  Sink* next_;
  DescriptionJudge* judge_;
  Front* front_;
  AppDescription* offered_;
  Observer* observer_;
  std::uint16_t front_size_ = 0;  // bytes of it that have come
  bool passing_ = false;
};

}  // namespace updraft
