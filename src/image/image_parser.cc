// SPDX-License-Identifier: Apache-2.0
#include "src/image/image_parser.h"

#include <algorithm>
#include <cstring>

#include "src/image/judge.h"

namespace updraft {
namespace {

// Of the description, what is judged: its first two fields, and from the revisions of
// eFuse blocks to the size of a page.
constexpr std::size_t kRevisionsAt = 176;
constexpr std::size_t kPageSizeAt = 180;
constexpr std::size_t kRevisionsGathered = 8;

}  // namespace

ImageParser::ImageParser(const ImageRules& rules, Observer& observer, ImageRecord* record)
    : rules_(&rules), observer_(&observer), record_(record) {}

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
  Gather(bytes);
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

void ImageParser::Gather(Bytes bytes) {
  switch (state_) {
    case State::kHeader:
    case State::kSegmentHeader:
    case State::kDigest:
      std::memcpy(gathered_.data() + gathered_size_, bytes.data(), bytes.size());
      gathered_size_ = static_cast<std::uint8_t>(gathered_size_ + bytes.size());
      return;
    case State::kDescription: GatherDescription(bytes); return;
    case State::kChecksum: stored_checksum_ = bytes[0]; return;
    default: return;
  }
}

void ImageParser::GatherDescription(Bytes bytes) {
  std::size_t at = kAppDescriptionSize - static_cast<std::size_t>(wanted_) - bytes.size();
  if (record_ != nullptr) {
    std::memcpy(record_->description.data() + at, bytes.data(), bytes.size());
  }
  for (const std::uint8_t byte : bytes) {
    if (at < kRevisionsGathered) gathered_[at] = byte;
    if (at >= kRevisionsAt && at <= kPageSizeAt) {
      gathered_[kRevisionsGathered + at - kRevisionsAt] = byte;
    }
    ++at;
  }
}

void ImageParser::Enter(State state, std::uint64_t length) {
  state_ = state;
  wanted_ = length;
  gathered_size_ = 0;
}

Status ImageParser::EndHeader() {
  const ImageHeader header = ParseImageHeader(std::span(gathered_).first<kImageHeaderSize>());
  if (record_ != nullptr) record_->facts.header = header;
  UPDRAFT_TRY(JudgeHeader(header, *rules_, *observer_));
  segment_count_ = header.segment_count;
  spi_size_ = header.spi_size;
  hash_appended_ = header.hash_appended != 0;
  front_judged_ = rules_->kind == ImageKind::kBootloader;
  return EndSegment();
}

Status ImageParser::EndSegmentHeader() {
  const std::size_t index = segments_++;
  segment_ = ParseSegmentHeader(std::span(gathered_).first<kSegmentHeaderSize>());
  if (record_ != nullptr) {
    record_->facts.segment_count = segments_;
    record_->facts.segments[index] = {segment_, position_};
  }
  UPDRAFT_TRY(JudgeSegment(segment_, index, position_, *rules_, *observer_));
  if (index == 0 && rules_->kind == ImageKind::kApp && segment_.length >= kAppDescriptionSize) {
    // The page size stands in the description: the alignment waits for it.
    Enter(State::kDescription, kAppDescriptionSize);
    return kOk;
  }
  UPDRAFT_TRY(JudgeSegmentAlignment(position_));
  Enter(State::kSegmentData, segment_.length);
  return kOk;
}

Status ImageParser::JudgeSegmentAlignment(std::uint64_t data_offset) {
  return JudgeAlignment(segment_, data_offset, MmuPageSize(spi_size_, page_size_log2_, *rules_),
                        *rules_, *observer_);
}

Status ImageParser::EndDescription() {
  if (record_ != nullptr) record_->facts.description = ParseAppDescription(record_->description);
  const std::uint8_t* const revisions = gathered_.data() + kRevisionsGathered;
  const DescribedNeeds needs{.magic = LoadLe32(gathered_.data()),
                             .secure_version = LoadLe32(gathered_.data() + 4),
                             .minimum_efuse_block_revision = LoadLe16(revisions),
                             .maximum_efuse_block_revision = LoadLe16(revisions + 2)};
  page_size_log2_ = revisions[kPageSizeAt - kRevisionsAt];
  has_description_ = true;
  UPDRAFT_TRY(JudgeSegmentAlignment(position_ - kAppDescriptionSize));
  UPDRAFT_TRY(JudgeDescription(needs, *rules_, *observer_));
  front_judged_ = true;
  Enter(State::kSegmentData, segment_.length - kAppDescriptionSize);
  return kOk;
}

Status ImageParser::EndSegment() {
  if (segments_ < segment_count_) {
    Enter(State::kSegmentHeader, kSegmentHeaderSize);
    return kOk;
  }
  const std::uint64_t checksum_end = AlignUp(position_ + 1, kImagePadding);
  length_ = checksum_end + (hash_appended_ ? kSha256Size : 0);
  if (rules_->signature.has_value()) signed_length_ = AlignUp(length_, kSignatureAlignment);
  if (record_ != nullptr) {
    record_->facts.length = length_;
    record_->facts.signed_length = signed_length_;
  }
  if (!rules_->inspect_only) UPDRAFT_TRY(JudgeLength(length_, *rules_, *observer_));
  Enter(State::kPadding, checksum_end - 1 - position_);
  return kOk;
}

void ImageParser::EndChecksum() {
  if (hash_appended_) {
    Enter(State::kDigest, kSha256Size);
  } else {
    EndImage();
  }
}

void ImageParser::EndImage() {
  if (record_ != nullptr) {
    record_->facts.stored_checksum = stored_checksum_;
    if (hash_appended_) record_->facts.stored_hash = gathered_;
  }
  if (rules_->signature.has_value()) {
    Enter(State::kAlignment, signed_length_ - position_);
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
