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

// What a parser writes down of an image, for whoever wants more than a verdict.
struct ImageRecord {
  ImageFacts facts;
  std::array<std::uint8_t, kAppDescriptionSize> description{};  // as its bytes come
};

class ImageParser {
 public:
  // All outlive the parser; `record` may be nullptr.
  ImageParser(const ImageRules& rules, Observer& observer, ImageRecord* record);
  ImageParser(const ImageRules&&, Observer&, ImageRecord*) = delete;

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
  const ImageRules& rules() const { return *rules_; }
  ImageRecord* record() { return record_; }

  // The whole description has been seen.
  bool has_description() const { return has_description_; }
  // Known with the header.
  bool hash_appended() const { return hash_appended_; }
  // As ImageFacts has them, known with the last segment.
  std::uint64_t length() const { return length_; }
  std::uint64_t signed_length() const { return signed_length_; }
  // What stands there, once the image has ended; the hash where there is one.
  std::uint8_t stored_checksum() const { return stored_checksum_; }
  const Sha256Digest& stored_hash() const { return gathered_; }

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
  void Gather(Bytes bytes);
  void GatherDescription(Bytes bytes);
  Status EndHeader();
  Status EndSegmentHeader();
  Status EndDescription();
  Status EndSegment();
  void EndChecksum();
  void EndImage();
  void Enter(State state, std::uint64_t length);
  Status JudgeSegmentAlignment(std::uint64_t data_offset);

  const ImageRules* rules_;
  Observer* observer_;
  ImageRecord* record_;
  std::uint64_t wanted_ = kImageHeaderSize;  // bytes still missing in this state
  std::uint64_t position_ = 0;
  std::uint64_t length_ = 0;
  std::uint64_t signed_length_ = 0;
  SegmentHeader segment_{};  // the last one
  // The header that comes; of the description what is judged; at last the hash.
  Sha256Digest gathered_{};
  std::uint8_t gathered_size_ = 0;
  State state_ = State::kHeader;
  std::uint8_t segments_ = 0;  // whose headers have come
  std::uint8_t segment_count_ = 0;
  std::uint8_t spi_size_ = 0;
  std::uint8_t page_size_log2_ = 0;  // as the description has it
  std::uint8_t stored_checksum_ = 0;
  bool hash_appended_ = false;
  bool front_judged_ = false;
  bool has_description_ = false;
};

}  // namespace updraft
