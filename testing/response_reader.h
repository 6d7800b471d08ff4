// SPDX-License-Identifier: Apache-2.0
// All of one response, read with ResponseParser and BodyDecoder in whatever pieces
// it comes, as one value to compare. For tests and fuzzers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "updraft/http_response.h"

namespace updraft {

// All that a response says, however its bytes came.
struct ResponseReading {
  Status status;
  ResponseFault fault = ResponseFault::kNone;
  unsigned code = 0;
  std::string reason;
  std::vector<std::string> fields;
  bool keep_alive = false;
  BodyEnd body_end = BodyEnd::kNone;
  std::string body;
  bool done = false;
  std::size_t surplus = 0;

  bool operator==(const ResponseReading&) const = default;
};

inline void PrintTo(const ResponseReading& reading, std::ostream* out) {
  *out << CodeName(reading.status.code()) << " fault " << FaultText(reading.fault) << " code "
       << reading.code << " fields " << reading.fields.size() << " body '" << reading.body
       << "' done " << reading.done << " surplus " << reading.surplus;
}

struct ResponseAsked {
  bool head = false;
  std::size_t buffer = 512;
  bool peer_closes = false;
};

class ResponseReader {
 public:
  explicit ResponseReader(ResponseAsked asked)
      : asked_(asked), buffer_(asked.buffer), parser_(buffer_) {
    parser_.Start(asked.head);
  }

  void Take(std::string_view bytes) {
    while (!bytes.empty() && reading_.status.ok()) {
      if (parser_.complete()) return TakeBody(bytes);
      const MutableBytes room = parser_.room();
      const std::size_t count = std::min(room.size(), bytes.size());
      std::memcpy(room.data(), bytes.data(), count);
      bytes.remove_prefix(count);
      reading_.status = parser_.Received(count);
      if (parser_.complete()) FinishHead();
    }
  }

  ResponseReading Finish() {
    if (reading_.status.ok() && asked_.peer_closes) reading_.status = decoder_.PeerClosed();
    reading_.fault = parser_.fault() != ResponseFault::kNone ? parser_.fault() : decoder_.fault();
    reading_.done = parser_.complete() && decoder_.done();
    return reading_;
  }

 private:
  void FinishHead() {
    const ResponseHead& head = parser_.head();
    reading_.code = head.status;
    reading_.reason = head.reason;
    for (const HeaderField& field : head.headers) {
      reading_.fields.push_back(std::string(field.name) + "=" + std::string(field.value));
    }
    reading_.keep_alive = head.keep_alive;
    reading_.body_end = head.body_end;
    decoder_.Start(head);
    const MutableBytes behind = parser_.behind_head();
    TakeBody({reinterpret_cast<const char*>(behind.data()), behind.size()});
  }

  void TakeBody(std::string_view bytes) {
    std::vector<std::uint8_t> data(bytes.begin(), bytes.end());
    MutableBytes left = data;
    while (reading_.status.ok() && !left.empty()) {
      const Result<BodyDecoder::Portion> portion = decoder_.Decode(left);
      reading_.status = portion.error();
      if (!portion) return;
      reading_.body.append(reinterpret_cast<const char*>(left.data()), portion->produced);
      left = left.subspan(portion->consumed);
      if (decoder_.done()) break;
      if (left.empty() && decoder_.fault() != ResponseFault::kNone) {
        reading_.status = NetworkFailure::kBadResponse;
      }
    }
    reading_.surplus += left.size();
  }

  ResponseAsked asked_;
  std::vector<std::uint8_t> buffer_;
  ResponseParser parser_;
  BodyDecoder decoder_;
  ResponseReading reading_;
};

}  // namespace updraft
