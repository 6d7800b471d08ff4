// SPDX-License-Identifier: Apache-2.0
#include "updraft/http_client.h"

#include <algorithm>
#include <cstring>

#include "src/http/exchange.h"
#include "src/http/grammar.h"
#include "src/http/request_writer.h"
#include "src/http/url.h"

namespace updraft {
namespace {

// A body that drips is not worth the wait.
constexpr int kMaxSkipReads = 4;

}  // namespace

HttpClient::HttpClient(Connection& connection, MutableBytes buffer)
    : connection_(&connection), buffer_(buffer), parser_(buffer) {}

ResponseFault HttpClient::fault() const {
  return parser_.fault() != ResponseFault::kNone ? parser_.fault() : decoder_.fault();
}

void HttpClient::Close() {
  connection_->Close();
  reusable_ = false;
  phase_ = Phase::kIdle;
  early_body_ = {};
  ahead_count_ = 0;
}

bool HttpClient::IsOpenFor(const Endpoint& endpoint) const {
  return can_reuse() && LeadsTo(endpoint);
}

bool HttpClient::LeadsTo(const Endpoint& endpoint) const {
  return endpoint.tls == tls_ && endpoint.port == port_ &&
         http::EqualsIgnoringCase(endpoint.host, std::string_view(host_.data(), host_size_));
}

Status HttpClient::OpenFor(const Endpoint& endpoint) {
  if (endpoint.host.size() > host_.size()) return {Code::kInvalidArgument, Stage::kFetch};
  phase_ = Phase::kConnecting;
  reusable_ = false;
  ahead_count_ = 0;
  UPDRAFT_TRY(connection_->Connect(endpoint));
  ++connections_;
  std::memcpy(host_.data(), endpoint.host.data(), endpoint.host.size());
  host_size_ = endpoint.host.size();
  port_ = endpoint.port;
  tls_ = endpoint.tls;
  return kOk;
}

Status HttpClient::Send(const HttpRequest& request) {
  UPDRAFT_TRY(Begin(request));
  if (involves_ahead_) return kOk;
  Status sent = Transmit();
  if (MayRepeat(sent)) {
    reused_ = false;
    sent = Transmit();
  }
  return sent.ok() ? kOk : Fail(sent);
}

// All but the sending; the URL taken apart is not on the stack under that.
[[gnu::noinline]] Status HttpClient::Begin(const HttpRequest& request) {
  if (phase_ != Phase::kIdle) Close();
  parser_.Start(request.method == "HEAD");
  decoder_ = BodyDecoder();
  early_body_ = {};
  surplus_ = false;
  failed_ = false;
  involves_ahead_ = false;
  request_ = &request;
  if (buffer_.size() < kMinBuffer) return {Code::kInvalidArgument, Stage::kFetch};
  UPDRAFT_TRY(CheckRequest(request));
  const Result<http::Url> url = http::ParseUrl(request.url);
  if (!url) return url.error();
  reused_ = IsOpenFor(url->endpoint());
  involves_ahead_ = ahead_count_ > 0 && TakeUpAhead();
  return kOk;
}

// The phase stays what it was, so that the caller can tell where it failed.
Status HttpClient::Fail(Status status) {
  involves_ahead_ = involves_ahead_ || ahead_count_ > 0;
  ahead_count_ = 0;
  distrusts_ahead_ = distrusts_ahead_ || involves_ahead_;
  connection_->Close();
  reusable_ = false;
  failed_ = true;
  return status;
}

// To where request_ leads.
[[gnu::noinline]] Status HttpClient::Open() {
  const Result<http::Url> url = http::ParseUrl(request_->url);
  return url ? OpenFor(url->endpoint()) : url.error();
}

// Sends request_, on the kept connection while reused_ says so.
Status HttpClient::Transmit() {
  if (!reused_) UPDRAFT_TRY(Open());
  phase_ = Phase::kSending;
  reusable_ = false;
  ConnectionSink sink(*connection_);
  UPDRAFT_TRY(http::WriteRequest(*request_, buffer_, sink));
  phase_ = Phase::kHead;
  return kOk;
}

// True once for an exchange, when a kept connection was dead: then the next
// Transmit() makes a new one.
bool HttpClient::MayRepeat(Status failure) const {
  return failure == Status(NetworkFailure::kReset) && reused_ && parser_.untouched() &&
         IsRepeatable(request_->method);
}

Result<const ResponseHead*> HttpClient::ReadHead() {
  if (phase_ != Phase::kHead || failed_) return Status(Code::kInvalidState, Stage::kFetch);
  Status status = ReadHeadOnce();
  if (MayRepeat(status)) {
    reused_ = false;
    distrusts_ahead_ = distrusts_ahead_ || involves_ahead_;
    involves_ahead_ = false;
    status = Transmit();
    if (status.ok()) status = ReadHeadOnce();
  }
  if (!status.ok()) return Fail(status);
  phase_ = Phase::kBody;
  decoder_.Start(parser_.head());
  const MutableBytes behind = parser_.behind_head();
  const Result<BodyDecoder::Portion> portion = decoder_.Decode(behind);
  // A fault that came with the head is for Read() to tell.
  if (portion) {
    early_body_ = behind.first(portion->produced);
    surplus_ = portion->consumed < behind.size();
  }
  if (decoder_.done() && early_body_.empty()) EndExchange();
  return &parser_.head();
}

Status HttpClient::ReadHeadOnce() {
  while (!parser_.complete()) {
    UPDRAFT_TRY_ASSIGN(const std::size_t count, connection_->Receive(parser_.room()));
    if (count == 0) return NetworkFailure::kReset;
    bytes_received_ += count;
    UPDRAFT_TRY(parser_.Received(count));
  }
  return kOk;
}

Result<std::size_t> HttpClient::Read(MutableBytes out) {
  if (out.empty()) return Status(Code::kInvalidArgument, Stage::kFetch);
  if (phase_ != Phase::kBody || failed_) {
    if (!failed_ && parser_.complete() && decoder_.done()) return std::size_t{0};
    return Status(Code::kInvalidState, Stage::kFetch);
  }
  Result<std::size_t> count = early_body_.empty() ? ReceiveBody(out) : TakeEarlyBody(out);
  if (!count) return Fail(count.error());
  if (decoder_.done() && early_body_.empty()) EndExchange();
  return count;
}

Result<std::size_t> HttpClient::TakeEarlyBody(MutableBytes out) {
  const std::size_t count = std::min(out.size(), early_body_.size());
  std::memmove(out.data(), early_body_.data(), count);  // `out` may be its own buffer
  early_body_ = early_body_.subspan(count);
  return count;
}

Result<std::size_t> HttpClient::ReceiveBody(MutableBytes out) {
  if (decoder_.fault() != ResponseFault::kNone) return Status(NetworkFailure::kBadResponse);
  while (!decoder_.done()) {
    const auto most =
        static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), decoder_.wanted()));
    UPDRAFT_TRY_ASSIGN(const std::size_t count, connection_->Receive(out.first(most)));
    if (count == 0) {
      UPDRAFT_TRY(decoder_.PeerClosed());
      break;
    }
    bytes_received_ += count;
    UPDRAFT_TRY_ASSIGN(const BodyDecoder::Portion portion, decoder_.Decode(out.first(count)));
    surplus_ = surplus_ || portion.consumed < count;
    if (portion.produced > 0) return portion.produced;
  }
  return std::size_t{0};
}

void HttpClient::EndExchange() {
  phase_ = Phase::kIdle;
  reusable_ = parser_.head().keep_alive && !surplus_;
  if (reusable_) return;
  // An answer that says so gives none to what was sent behind its request.
  connection_->Close();
  ahead_count_ = 0;
}

void HttpClient::SkipBody(std::uint64_t limit) {
  if (phase_ == Phase::kBody && !failed_ && decoder_.fault() == ResponseFault::kNone &&
      parser_.head().keep_alive && early_body_.size() <= limit) {
    std::uint64_t left = limit - early_body_.size();
    early_body_ = {};
    bool within = true;
    for (int reads = 0; within && !decoder_.done(); ++reads) {
      const Result<std::size_t> count =
          reads < kMaxSkipReads ? ReceiveBody(buffer_) : Status(Code::kNoSpace, Stage::kFetch);
      within = count && *count <= left;
      if (within) left -= *count;
    }
    if (within) EndExchange();
  }
  if (phase_ != Phase::kIdle) Close();
}

}  // namespace updraft
