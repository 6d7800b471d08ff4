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
  // `judge` may be nullptr. All outlive the gate, the rules too.
  ImageGate(const ImageRules& rules, Sink& next, DescriptionJudge* judge, Observer& observer)
      : parser_(rules, observer, nullptr), next_(&next), judge_(judge), observer_(&observer) {}
  ImageGate(const ImageRules&&, Sink&, DescriptionJudge*, Observer&) = delete;

  // The codes of judge.h, of the DescriptionJudge and of the next sink.
  Status Write(Bytes data) override;
  // kTruncated when the image was not whole.
  Status Finish() override;

  // The header and, for an application, the description are known and fit.
  bool front_judged() const { return parser_.front_judged(); }
  // As ImageFacts has it, known with the last segment.
  std::uint64_t signed_length() const { return parser_.signed_length(); }
  // Only when front_judged(); nullptr when there is none.
  const AppDescription* description() const {
    return parser_.has_description() ? &front_.description : nullptr;
  }

 private:
  // Its bytes as they come; once it is passed on, the description is to be read.
  struct Front {
    std::array<std::uint8_t, kDescriptionOffset> headers{};
    AppDescription description{};
  };
  static_assert(sizeof(Front) == kDescriptionOffset + kAppDescriptionSize);

  Status WriteFront(Bytes& data);
  Status JudgeStructure(Bytes data);
  Status JudgeTotal(std::size_t more);
  Status JudgeOffer();
  MutableBytes front() { return {reinterpret_cast<std::uint8_t*>(&front_), sizeof front_}; }

  ImageParser parser_;
  Sink* next_;
  DescriptionJudge* judge_;
  Observer* observer_;
  Front front_{};
  std::size_t front_size_ = 0;
  bool passing_ = false;
};

}  // namespace updraft
