// SPDX-License-Identifier: Apache-2.0
#include "src/image/image_parser.h"

#include <algorithm>
#include <cstring>

#include "src/image/judge.h"

namespace updraft {

Result<ImagePiece> ImageParser::Take(Bytes& rest) {
  if (state_ == State::kComplete) {
    const ImagePiece after{ImagePiece::Kind::kAfter, rest};
    position_ += rest.size();
    rest = {};
    return after;
  }
  constexpr std::array<ImagePiece::Kind, 9> kKinds{
      ImagePiece::Kind::kHeader,      ImagePiece::Kind::kSegmentHeader,
      ImagePiece::Kind::kSegmentData, ImagePiece::Kind::kSegmentData,
      ImagePiece::Kind::kPadding,     ImagePiece::Kind::kChecksum,
      ImagePiece::Kind::kDigest,      ImagePiece::Kind::kAlignment,
      ImagePiece::Kind::kSignature,
  };
  ImagePiece piece;
  piece.kind = kKinds[static_cast<std::size_t>(state_)];
  piece.bytes = rest.first(static_cast<std::size_t>(std::min<std::uint64_t>(rest.size(), wanted_)));
  rest = rest.subspan(piece.bytes.size());
  UPDRAFT_TRY(Entered(piece.bytes));
  return piece;
}

Status ImageParser::Entered(Bytes bytes) {
  if (position_ == 0) UPDRAFT_TRY(JudgeMagic(bytes[0], *observer_));
  position_ += bytes.size();
  wanted_ -= bytes.size();
  if (gathers()) {
    std::memcpy(gathered_.data() + gathered_size_, bytes.data(), bytes.size());
    gathered_size_ += bytes.size();
  } else if (state_ == State::kDigest) {
    const std::size_t at = kSha256Size - static_cast<std::size_t>(wanted_) - bytes.size();
    std::memcpy(facts_.stored_hash.data() + at, bytes.data(), bytes.size());
  } else if (state_ == State::kChecksum) {
    facts_.stored_checksum = bytes[0];
  }
  // A state that wants nothing ends at once: a segment may be empty.
  while (wanted_ == 0 && state_ != State::kComplete) {
    switch (state_) {
      case State::kHeader: UPDRAFT_TRY(EndHeader()); break;
      case State::kSegmentHeader: UPDRAFT_TRY(EndSegmentHeader()); break;
      case State::kDescription: UPDRAFT_TRY(EndDescription()); break;
      case State::kSegmentData: UPDRAFT_TRY(EndSegment()); break;
      case State::kPadding: Enter(State::kChecksum, 1); break;
      case State::kChecksum: EndChecksum(); break;
      case State::kDigest: EndImage(); break;
      case State::kAlignment: Enter(State::kSignature, kSignatureSectorSize); break;
      case State::kSignature:
      case State::kComplete: state_ = State::kComplete; break;
    }
  }
  return kOk;
}

void ImageParser::Enter(State state, std::uint64_t length) {
  state_ = state;
  wanted_ = length;
  gathered_size_ = 0;
}

Status ImageParser::EndHeader() {
  facts_.header = ParseImageHeader(std::span(gathered_).first<kImageHeaderSize>());
  UPDRAFT_TRY(JudgeHeader(facts_.header, *rules_, *observer_));
  front_judged_ = rules_->kind == ImageKind::kBootloader;
  return EndSegment();
}

Status ImageParser::EndSegmentHeader() {
  const std::size_t index = facts_.segment_count++;
  Segment& segment = facts_.segments[index];
  segment.header = ParseSegmentHeader(std::span(gathered_).first<kSegmentHeaderSize>());
  segment.data_offset = position_;
  UPDRAFT_TRY(JudgeSegment(segment.header, index, position_, *rules_, *observer_));
  if (index == 0 && rules_->kind == ImageKind::kApp &&
      segment.header.length >= kAppDescriptionSize) {
    // The page size stands in the description: the alignment waits for it.
    segment_rest_ = segment.header.length - kAppDescriptionSize;
    Enter(State::kDescription, kAppDescriptionSize);
    return kOk;
  }
  const AppDescription* description =
      facts_.description.has_value() ? &*facts_.description : nullptr;
  UPDRAFT_TRY(JudgeAlignment(segment.header, segment.data_offset,
                             MmuPageSize(facts_.header, description, *rules_), *rules_,
                             *observer_));
  Enter(State::kSegmentData, segment.header.length);
  return kOk;
}

Status ImageParser::EndDescription() {
  facts_.description = ParseAppDescription(gathered_);
  const Segment& segment = facts_.segments[0];
  UPDRAFT_TRY(JudgeAlignment(segment.header, segment.data_offset,
                             MmuPageSize(facts_.header, &*facts_.description, *rules_), *rules_,
                             *observer_));
  UPDRAFT_TRY(JudgeDescription(*facts_.description, *rules_, *observer_));
  front_judged_ = true;
  Enter(State::kSegmentData, segment_rest_);
  return kOk;
}

Status ImageParser::EndSegment() {
  if (facts_.segment_count < facts_.header.segment_count) {
    Enter(State::kSegmentHeader, kSegmentHeaderSize);
    return kOk;
  }
  const std::uint64_t checksum_end = AlignUp(position_ + 1, kImagePadding);
  facts_.length = checksum_end + (facts_.header.hash_appended != 0 ? kSha256Size : 0);
  if (rules_->signature.has_value()) {
    facts_.signed_length = AlignUp(facts_.length, kSignatureAlignment);
  }
  if (!rules_->inspect_only) UPDRAFT_TRY(JudgeLength(facts_.length, *rules_, *observer_));
  Enter(State::kPadding, checksum_end - 1 - position_);
  return kOk;
}

void ImageParser::EndChecksum() {
  if (facts_.header.hash_appended != 0) {
    Enter(State::kDigest, kSha256Size);
  } else {
    EndImage();
  }
}

void ImageParser::EndImage() {
  if (rules_->signature.has_value()) {
    Enter(State::kAlignment, facts_.signed_length - position_);
  } else {
    state_ = State::kComplete;
  }
}

Status ImageParser::Finish() {
  if (image_ended() && !complete()) return RefuseCutSignature(*observer_);
  return Judge(*observer_, Stage::kImage, Code::kTruncated,
               {Check::kImageComplete, complete(), Value::Size(position_ + wanted_),
                Value::Size(position_)});
}

}  // namespace updraft
