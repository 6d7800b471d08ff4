// SPDX-License-Identifier: Apache-2.0
// The body of a response: counted, chunked or until the peer closes. Chunk
// data is moved in one piece; only what frames it goes byte by byte.
#include <algorithm>
#include <cstring>
#include <limits>

#include "updraft/http_response.h"

namespace updraft {
namespace {

constexpr std::uint64_t kMaxLength = std::numeric_limits<std::int64_t>::max();

}  // namespace

void BodyDecoder::Start(const ResponseHead& head) {
  *this = BodyDecoder();
  switch (head.body_end) {
    case BodyEnd::kNone: state_ = State::kDone; break;
    case BodyEnd::kChunked: state_ = State::kSizeFirst; break;
    case BodyEnd::kClose: state_ = State::kUntilClose; break;
    case BodyEnd::kLength:
      remaining_ = head.content_length.value_or(0);
      state_ = remaining_ == 0 ? State::kDone : State::kLength;
      break;
  }
}

std::uint64_t BodyDecoder::wanted() const {
  if (state_ == State::kDone || state_ == State::kFailed) return 0;
  return state_ == State::kLength ? remaining_ : kMaxLength;
}

Result<BodyDecoder::Portion> BodyDecoder::Decode(MutableBytes data) {
  Portion portion;
  while (portion.consumed < data.size() && !done() && state_ != State::kFailed) {
    const std::size_t left = data.size() - portion.consumed;
    if (state_ == State::kUntilClose) {
      portion.produced = portion.consumed = data.size();
    } else if (state_ == State::kLength || state_ == State::kData) {
      const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(left, remaining_));
      if (portion.produced != portion.consumed) {
        std::memmove(data.data() + portion.produced, data.data() + portion.consumed, length);
      }
      portion.produced += length;
      portion.consumed += length;
      remaining_ -= length;
      if (remaining_ == 0) state_ = state_ == State::kData ? State::kDataCr : State::kDone;
    } else if (!TakeFraming(static_cast<char>(data[portion.consumed++]))) {
      state_ = State::kFailed;
    }
  }
  if (state_ == State::kFailed && portion.produced == 0) {
    return Status(NetworkFailure::kBadResponse);
  }
  return portion;
}

Status BodyDecoder::PeerClosed() {
  if (state_ == State::kFailed) return NetworkFailure::kBadResponse;
  if (state_ == State::kUntilClose) state_ = State::kDone;
  return done() ? kOk : Status(Code::kTruncated, Stage::kFetch);
}

bool BodyDecoder::Refuse(ResponseFault fault) {
  fault_ = fault;
  return false;
}

}  // namespace updraft
