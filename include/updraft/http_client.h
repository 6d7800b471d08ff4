// SPDX-License-Identifier: Apache-2.0
// One HTTP/1.1 request after another over a Connection: send, read the head,
// read the body. It keeps the connection while the peer and the framing allow,
// and reports headers as received; what they mean is for fetch to judge. It
// owns no memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "updraft/bytes.h"
#include "updraft/http_response.h"
#include "updraft/port/connection.h"
#include "updraft/port/state_sizes.h"
#include "updraft/status.h"

namespace updraft {

// Everything here is a view that stays valid until ReadHead() has returned, and so does
// the request itself: the client holds no second one.
struct HttpRequest {
  std::string_view method = "GET";  // as it is sent
  // Absolute, http or https; user information and fragment are not sent.
  std::string_view url;
  // Sent in this order, after Host unless a field of that name is among them.
  // Content-Length and Transfer-Encoding are the client's own business.
  std::span<const HeaderField> headers{};
  std::span<const HeaderField> more_headers{};  // behind the others, in order
  // Content-Length is sent where this is not empty, and with POST, PUT, PATCH.
  Bytes body{};
};

// Checks all of `request` but its URL: method and names are tokens, values
// hold no CR, LF, NUL or other control character. kInvalidArgument.
Status CheckRequest(const HttpRequest& request);
// Checks that a request can be made to `url`. kBadFormat; kUnsupported for a
// scheme other than http and https.
Status CheckUrl(std::string_view url);

class HttpClient {  // One request and its answer at a time, over one Connection.
 public:
  // Enough for common servers; a response head that does not fit is refused.
  static constexpr std::size_t kMinBuffer = 1024;

  // `connection` and `buffer` outlive the client. The buffer holds the head of
  // a response; requests of any size go through it.
  HttpClient(Connection& connection, MutableBytes buffer);
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Connects, unless the open connection leads to the same endpoint and may
  // carry another request, and sends. An unread rest of the last response
  // closes the connection. kInvalidArgument (CheckRequest, or a buffer below
  // kMinBuffer), kBadFormat and kUnsupported (URL), and what Connection says.
  Status Send(const HttpRequest& request);
  Status Send(const HttpRequest&& request) = delete;  // it would be gone at once

  // While the body of this answer is still to come: sends the request after it, or
  // after those that were sent ahead before, so that its answer follows at once. A
  // Send() of the very same requests in their order then takes them up, one of any
  // other closes the connection. False: nothing is sent, and Send() will do it. So it
  // is unless this answer came over a connection that was kept before and lets it be
  // kept, fewer than kMaxAhead are on their way, and nothing ever went wrong with one.
  // `scratch` (not empty) is wiped afterwards.
  static constexpr std::size_t kMaxAhead = 2;
  bool SendAhead(const HttpRequest& request, MutableBytes scratch);
  // Sent ahead and not taken up yet.
  std::size_t ahead() const { return ahead_count_; }
  // What comes of this exchange may come of a request that was sent ahead: the answer
  // is to one, or one was on its way when the exchange failed.
  bool involves_ahead() const { return involves_ahead_; }
  // SendAhead() does nothing from now on.
  void DistrustAhead() { distrusts_ahead_ = true; }

  // Reads up to the end of the final head; 1xx are skipped. Valid until the
  // next Send() or SkipBody(). Where a kept connection turns out to be dead
  // before a byte has come, and the method may be repeated (GET, HEAD, PUT,
  // DELETE, OPTIONS), connects and sends once more: so does Send().
  // kInvalidState without a request, kBadResponse (see fault()), kReset when
  // the peer closed instead of answering, and what Connection says.
  Result<const ResponseHead*> ReadHead();

  // Fills the front of `out` (not empty) with body bytes: at least one, or 0
  // at the end. `out` may be the client's own buffer, from its first byte on: what a call
  // left of the body there is lost to whoever writes behind `out`, and the head is not to
  // be looked at any more. kTruncated when the peer closed before the end, kBadResponse
  // (see fault()), and what Connection says. After an error it is closed.
  Result<std::size_t> Read(MutableBytes out);

  // Drops the rest of the body if it has at most `limit` bytes and comes in a
  // few pieces, so that the connection can be kept; else closes. Invalidates
  // the head.
  void SkipBody(std::uint64_t limit);

  void Close();  // harmless when nothing is open

  // What the exchange is doing, or was doing when it failed: tells a time-out in
  // connecting from one in the answer.
  enum class Phase : std::uint8_t { kIdle, kConnecting, kSending, kHead, kBody };
  Phase phase() const { return phase_; }  // how far the exchange is
  // Why the last response was refused.
  ResponseFault fault() const;
  std::string_view failure_text() const { return connection_->failure_text(); }
  // True while the connection is open and may carry another request.
  bool can_reuse() const { return reusable_ && connection_->is_open(); }
  // Connections opened so far.
  std::uint32_t connections() const { return connections_; }
  // Bytes received so far, heads and framing included, over all requests.
  std::uint64_t bytes_received() const { return bytes_received_; }

 private:
  Status Begin(const HttpRequest& request);
  Status Transmit();
  Status Open();
  Status Fail(Status status);
  Status OpenFor(const Endpoint& endpoint);
  bool IsOpenFor(const Endpoint& endpoint) const;
  bool LeadsTo(const Endpoint& endpoint) const;
  bool MayRepeat(Status failure) const;
  Status ReadHeadOnce();
  Result<std::size_t> TakeEarlyBody(MutableBytes out);
  Result<std::size_t> ReceiveBody(MutableBytes out);
  void EndExchange();
  bool MaySendAhead(const Endpoint& endpoint) const;
  bool TakeUpAhead();

  Connection* connection_;
  MutableBytes buffer_;
  const HttpRequest* request_ = nullptr;  // of Send(), until the head of its answer
  ResponseParser parser_;
  BodyDecoder decoder_;
  MutableBytes early_body_{};  // decoded, in buffer_, not yet handed out
  std::array<char, kMaxHostLength + 1> host_{};
  std::size_t host_size_ = 0;
  std::uint16_t port_ = 0;
  bool tls_ = false;
  bool reusable_ = false;  // between two exchanges
  bool reused_ = false;    // this exchange began on a kept connection
  bool surplus_ = false;   // bytes came that belong to no response
  bool failed_ = false;    // this exchange is over
  Phase phase_ = Phase::kIdle;
  std::array<std::uint64_t, kMaxAhead> ahead_{};  // digests of the requests sent ahead
  std::size_t ahead_count_ = 0;
  bool involves_ahead_ = false;
  bool distrusts_ahead_ = false;
  std::uint32_t connections_ = 0;
  std::uint64_t bytes_received_ = 0;
};

}  // namespace updraft
