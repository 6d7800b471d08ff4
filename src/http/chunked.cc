// SPDX-License-Identifier: Apache-2.0
// What frames the chunks of a body, byte by byte. A device whose server tells lengths
// may leave it out (src/without).
#include <limits>

#include "updraft/http_response.h"

#include "src/http/grammar.h"

namespace updraft {
namespace {

constexpr std::uint64_t kMaxLength = std::numeric_limits<std::int64_t>::max();
// Leading zeros in front of more digits than a size can have: curl refuses them too,
// and what one reader takes and another does not can smuggle a body past either.
constexpr std::size_t kMaxSizeDigits = 16;

bool IsBlank(char c) { return c == ' ' || c == '\t'; }
bool IsText(char c) { return http::IsFieldText(std::string_view(&c, 1)); }

}  // namespace

bool BodyDecoder::TakeFraming(char c) {
  switch (state_) {
    case State::kSizeFirst:
    case State::kSize:
    case State::kSizeBlank:
    case State::kExtension:
    case State::kSizeLf: return TakeSizeLine(c) || Refuse(ResponseFault::kChunkSize);
    case State::kDataCr:
      state_ = State::kDataLf;
      return c == '\r' || Refuse(ResponseFault::kChunkEnd);
    case State::kDataLf:
      state_ = State::kSizeFirst;
      return c == '\n' || Refuse(ResponseFault::kChunkEnd);
    default: return TakeTrailer(c) || Refuse(ResponseFault::kTrailer);
  }
}

// chunk-size [BWS] [";" extensions] CR LF
bool BodyDecoder::TakeSizeLine(char c) {
  if (state_ == State::kSizeLf) {
    if (c != '\n') return false;
    line_length_ = 0;
    state_ = remaining_ == 0 ? State::kTrailerStart : State::kData;
    return true;
  }
  if (++line_length_ > kMaxChunkLine) return false;
  if (state_ == State::kSizeFirst || state_ == State::kSize) {
    const int digit = http::HexDigit(c);
    if (digit >= 0) {
      if (remaining_ > (kMaxLength >> 4) || line_length_ > kMaxSizeDigits) return false;
      remaining_ = (remaining_ << 4) | static_cast<std::uint64_t>(digit);
      state_ = State::kSize;
      return true;
    }
    if (state_ == State::kSizeFirst) return false;
  }
  if (c == '\r') {
    state_ = State::kSizeLf;
  } else if (state_ == State::kExtension) {
    return IsText(c);
  } else if (c == ';') {
    state_ = State::kExtension;
  } else if (IsBlank(c)) {
    state_ = State::kSizeBlank;
  } else {
    return false;
  }
  return true;
}

// Trailer fields are checked as header lines are, and dropped.
bool BodyDecoder::TakeTrailer(char c) {
  if (++line_length_ > kMaxTrailers) return false;
  switch (state_) {
    case State::kTrailerStart:
      state_ = c == '\r' ? State::kLastLf : State::kTrailerName;
      return c == '\r' || http::IsToken(std::string_view(&c, 1));
    case State::kTrailerName:
      if (c == ':') state_ = State::kTrailerValue;
      return c == ':' || http::IsToken(std::string_view(&c, 1));
    case State::kTrailerValue:
      if (c == '\r') state_ = State::kTrailerLf;
      return c == '\r' || IsText(c);
    case State::kTrailerLf: state_ = State::kTrailerStart; return c == '\n';
    case State::kLastLf: state_ = State::kDone; return c == '\n';
    default: return false;
  }
}

}  // namespace updraft
