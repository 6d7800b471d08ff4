// SPDX-License-Identifier: Apache-2.0
// Cuts the bytes of an image into its pieces as they come, in any chunking, and
// judges its structure on the way. The gate and the proof drive it.
#pragma once

#include <array>
#include <cstdint>

#include "updraft/image.h"
#include "updraft/observer.h"
#include "updraft/status.h"

namespace updraft {

struct ImagePiece {
  enum class Kind : std::uint8_t {
    kHeader,
    kSegmentHeader,
    kSegmentData,
    kPadding,
    kChecksum,
    kDigest,
    kAlignment,  // up to the signature sector, where a signature is demanded
    kSignature,  // the signature sector
    kAfter,      // behind the image: ignored by everybody
  };
  Kind kind = Kind::kHeader;
  Bytes bytes{};
};

class ImageParser {
 public:
  // Both outlive the parser.
  ImageParser(const ImageRules& rules, Observer& observer) : rules_(&rules), observer_(&observer) {}
  ImageParser(const ImageRules&&, Observer&) = delete;

  // Takes the longest front of `rest` (not empty) that is one piece, judges what
  // has become whole with it, and shortens `rest`. After an error: spent.
  Result<ImagePiece> Take(Bytes& rest);

  // No more bytes will come: kTruncated unless the image is whole, kBadSignature
  // when only its signature sector is not.
  Status Finish();

  // The last byte of the image itself has been taken.
  bool image_ended() const { return state_ >= State::kAlignment; }
  // And that of its signature sector, where a signature is demanded.
  bool complete() const { return state_ == State::kComplete; }
  // The header and, for an application, the description have been judged.
  bool front_judged() const { return front_judged_; }
  std::uint64_t position() const { return position_; }
  const ImageFacts& facts() const { return facts_; }
  // The proof completes the facts with what it computes.
  ImageFacts& mutable_facts() { return facts_; }
  const ImageRules& rules() const { return *rules_; }

 private:
  enum class State : std::uint8_t {
    kHeader,
    kSegmentHeader,
    kDescription,
    kSegmentData,
    kPadding,
    kChecksum,
    kDigest,
    kAlignment,
    kSignature,
    kComplete,
  };

  Status Entered(Bytes bytes);  // a piece of the present state was taken
  Status EndHeader();
  Status EndSegmentHeader();
  Status EndDescription();
  Status EndSegment();
  void EndChecksum();
  void EndImage();
  void Enter(State state, std::uint64_t length);
  bool gathers() const { return state_ <= State::kDescription; }

  const ImageRules* rules_;
  Observer* observer_;
  ImageFacts facts_;
  State state_ = State::kHeader;
  std::uint64_t wanted_ = kImageHeaderSize;  // bytes still missing in this state
  std::uint64_t position_ = 0;
  std::uint64_t segment_rest_ = 0;  // data behind the description, first segment
  std::array<std::uint8_t, kAppDescriptionSize> gathered_{};
  std::size_t gathered_size_ = 0;
  bool front_judged_ = false;
};

}  // namespace updraft
