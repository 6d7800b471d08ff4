// SPDX-License-Identifier: Apache-2.0
// Requests that are sent before the answer to the last one is read. A device that asks
// for one thing at a time may leave it out (src/without).
#include <algorithm>

#include "updraft/http_client.h"

#include "src/http/exchange.h"
#include "src/http/request_writer.h"
#include "src/http/url.h"

namespace updraft {
namespace {

// FNV-1a: tells our own requests apart, no more.
class DigestSink final : public Sink {
 public:
  Status Write(Bytes data) override {
    for (const std::uint8_t byte : data) digest_ = (digest_ ^ byte) * 0x100000001B3U;
    return kOk;
  }
  Status Finish() override { return kOk; }
  std::uint64_t digest() const { return digest_; }

 private:
  std::uint64_t digest_ = 0xCBF29CE484222325U;
};

std::uint64_t DigestOf(const HttpRequest& request, MutableBytes scratch) {
  DigestSink sink;
  static_cast<void>(http::WriteRequest(request, scratch, sink));
  return sink.digest();
}

}  // namespace

bool HttpClient::MaySendAhead(const Endpoint& endpoint) const {
  return phase_ == Phase::kBody && !failed_ && reused_ && !surplus_ && ahead_count_ < kMaxAhead &&
         !distrusts_ahead_ && parser_.head().keep_alive &&
         parser_.head().body_end == BodyEnd::kLength && connection_->is_open() && LeadsTo(endpoint);
}

bool HttpClient::SendAhead(const HttpRequest& request, MutableBytes scratch) {
  const Result<http::Url> url = http::ParseUrl(request.url);
  if (!url || scratch.empty() || !CheckRequest(request).ok()) return false;
  if (!IsRepeatable(request.method) || !MaySendAhead(url->endpoint())) return false;
  ahead_[ahead_count_++] = DigestOf(request, scratch);
  ConnectionSink sink(*connection_);
  // Whether the answer under way still comes is for Read() to find out.
  if (!http::WriteRequest(request, scratch, sink).ok()) distrusts_ahead_ = true;
  return true;
}

// False: it is not this one that was sent. What is sent then goes over a new connection,
// for the answer to another request is on its way over the old one.
bool HttpClient::TakeUpAhead() {
  const bool same = reused_ && ahead_[0] == DigestOf(*request_, buffer_);
  if (same) {
    std::copy(ahead_.begin() + 1, ahead_.end(), ahead_.begin());
    --ahead_count_;
    phase_ = Phase::kHead;
    reusable_ = false;
  } else {
    Close();
    reused_ = false;
  }
  return same;
}

}  // namespace updraft
