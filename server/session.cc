// SPDX-License-Identifier: Apache-2.0
#include "server/session.h"

#include <algorithm>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <cstring>
#include <exception>

namespace updraft {
namespace {

namespace http = boost::beast::http;

constexpr std::uint32_t kMaxHead = 64 * 1024;
constexpr std::size_t kReadStep = 4096;
constexpr std::size_t kChunk = 131072;
constexpr std::chrono::milliseconds kBurst{100};

std::int64_t SecondsNow() {
  return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
}

// With a throttle, what a tenth of a second is worth: bytes then flow evenly.
std::size_t ChunkSize(const std::optional<TokenBucket>& bucket) {
  if (!bucket) return kChunk;
  return static_cast<std::size_t>(std::clamp<std::uint64_t>(bucket->rate() / 10, 1, kChunk));
}

std::string Text(boost::beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

Session::Session(std::unique_ptr<Transport> transport, const asio::any_io_executor& executor,
                 const SessionOptions& options)
    : transport_(std::move(transport)), options_(options), throttle_timer_(executor) {
  if (options_.throttle > 0) bucket_.emplace(options_.throttle, kBurst);
}

Awaitable<void> Session::Run() {
  try {
    co_await Serve();
  } catch (const std::exception& exception) {
    Log({.peer = transport_->peer(), .note = exception.what()});
  }
  transport_->Abort();
}

void Session::Stop() {
  stopped_ = true;
  throttle_timer_.cancel();
  transport_->Abort();
}

Awaitable<void> Session::Serve() {
  transport_->SetDeadline(options_.idle_timeout);
  const error_code error = co_await transport_->Handshake();
  if (error) {
    if (!stopped_) Log({.peer = transport_->peer(), .note = "TLS handshake: " + error.message()});
    co_return;
  }
  bool more = true;
  while (more && !stopped_) {
    Request request;
    const HeadVerdict verdict = co_await ReadHead(request);
    if (verdict == HeadVerdict::kEnded) break;
    more = co_await Respond(verdict, request);
  }
  if (!stopped_) co_await transport_->Close();
}

Awaitable<Session::HeadVerdict> Session::ReadHead(Request& request) {
  http::request_parser<http::empty_body> parser;
  parser.header_limit(kMaxHead);
  transport_->SetDeadline(options_.idle_timeout);
  for (;;) {
    error_code error = http::error::need_more;
    if (received_.size() > 0) received_.consume(parser.put(received_.cdata(), error));
    if (parser.is_header_done()) break;
    if (error == http::error::header_limit || received_.size() > kMaxHead)
      co_return HeadVerdict::kTooLarge;
    if (error && error != http::error::need_more) co_return HeadVerdict::kMalformed;
    const Transferred read = co_await transport_->ReadSome(received_.prepare(kReadStep));
    if (read.error) co_return HeadVerdict::kEnded;
    received_.commit(read.bytes);
  }
  request = parser.release();
  co_return HeadVerdict::kRequest;
}

// False when the connection is to end.
Awaitable<bool> Session::Respond(HeadVerdict verdict, const Request& request) {
  AccessEntry entry{.peer = transport_->peer()};
  Answer answer;
  if (verdict == HeadVerdict::kRequest) {
    entry.method = Text(request.method_string());
    entry.target = Text(request.target());
    entry.range = Text(request[http::field::range]);
    if (const FaultRule* const rule = RuleFor(request)) {
      co_return co_await Bend(*rule, request, std::move(entry));
    }
    answer = AnswerRequest(request, *options_.root, SecondsNow());
  } else {
    const bool large = verdict == HeadVerdict::kTooLarge;
    entry.note = large ? "the head of the request is too large" : "not an HTTP/1 request";
    answer = RefuseConnection(large ? 431 : 400, SecondsNow());
  }
  entry.status = answer.status;
  const error_code error = co_await Send(answer, entry);
  if (error && entry.note.empty()) entry.note = "connection ended early: " + error.message();
  const bool more = answer.keep_alive && !error && entry.note.empty();
  Log(std::move(entry));
  co_return more;
}

const FaultRule* Session::RuleFor(const Request& request) const {
  if (options_.faults == nullptr) return nullptr;
  const FaultRule* const rule =
      options_.faults->Next(Text(request.method_string()), Text(request.target()),
                            request.find(http::field::range) != request.end());
  return rule != nullptr && rule->fault != Fault::kNone ? rule : nullptr;
}

// False when the connection is to end.
Awaitable<bool> Session::Bend(const FaultRule& rule, const Request& request, AccessEntry entry) {
  const BentAnswer bent = BendAnswer(rule, request, *options_.root, SecondsNow());
  entry.status = bent.answer.status;
  entry.note = "script: " + std::string(FaultName(rule.fault));
  const bool more = co_await SendBent(bent, entry);
  Log(std::move(entry));
  co_return more;
}

// The head and the body's beginning leave together; one chunk is in memory.
Awaitable<error_code> Session::Send(const Answer& answer, AccessEntry& entry) {
  const std::string opening = SerialiseHead(answer) + answer.text;
  const std::size_t head = opening.size() - answer.text.size();
  const std::uint64_t total = opening.size() + answer.length;
  chunk_.resize(ChunkSize(bucket_));
  std::uint64_t sent = 0;
  while (sent < total) {
    std::size_t filled = 0;
    if (sent < opening.size()) filled = opening.copy(chunk_.data(), chunk_.size(), sent);
    while (filled < chunk_.size() && sent + filled < total) {
      const std::uint64_t done = sent + filled - opening.size();
      const auto wanted = static_cast<std::size_t>(
          std::min<std::uint64_t>(chunk_.size() - filled, answer.length - done));
      const std::int64_t count = answer.file.Read(answer.first + done, &chunk_[filled], wanted);
      if (count <= 0) break;
      filled += static_cast<std::size_t>(count);
    }
    // What is left unsent tells the client; a whole body of two files would not.
    const bool last = sent + filled == total;
    if (filled == 0 || (answer.length > 0 && last && answer.file.ChangedSinceOpened())) {
      entry.note = "the file changed while it was sent; connection cut";
      transport_->Abort();
      co_return error_code();
    }
    co_await WaitForTokens(filled);
    if (stopped_) co_return asio::error::operation_aborted;
    const Transferred written =
        co_await transport_->Write(asio::buffer(chunk_.data(), filled), options_.idle_timeout);
    sent += written.bytes;
    entry.body_bytes = sent > head ? sent - head : 0;
    if (written.error) co_return written.error;
  }
  co_return error_code();
}

Awaitable<void> Session::WaitForTokens(std::size_t bytes) {
  if (!bucket_) co_return;
  const auto wait = bucket_->Take(bytes, TokenBucket::Clock::now());
  if (wait <= TokenBucket::Clock::duration::zero()) co_return;
  throttle_timer_.expires_after(wait);
  error_code ignored;
  co_await throttle_timer_.async_wait(Into(ignored));
}

void Session::Log(AccessEntry entry) const {
  if (!options_.access_log) return;
  entry.time = std::chrono::system_clock::now();
  try {
    options_.access_log(entry);
  } catch (const std::exception&) {
    // The log's trouble is not the client's.
  }
}

}  // namespace updraft
