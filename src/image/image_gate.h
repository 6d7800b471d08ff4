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
      : parser_(rules, observer), next_(&next), judge_(judge), observer_(&observer) {}
  ImageGate(const ImageRules&&, Sink&, DescriptionJudge*, Observer&) = delete;

  // The codes of judge.h, of the DescriptionJudge and of the next sink.
  Status Write(Bytes data) override;
  // kTruncated when the image was not whole.
  Status Finish() override;

  // The header and, for an application, the description are known and fit.
  bool front_judged() const { return parser_.front_judged(); }
  const ImageFacts& facts() const { return parser_.facts(); }

 private:
  static constexpr std::size_t kFrontSize = kDescriptionOffset + kAppDescriptionSize;

  Status JudgeStructure(Bytes data);
  Status JudgeTotal(std::size_t more);

  ImageParser parser_;
  Sink* next_;
  DescriptionJudge* judge_;
  Observer* observer_;
  std::array<std::uint8_t, kFrontSize> front_{};
  std::size_t front_size_ = 0;
  bool passing_ = false;
};

}  // namespace updraft
