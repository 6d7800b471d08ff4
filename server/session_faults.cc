// SPDX-License-Identifier: Apache-2.0
// The part of a session that sends what a script has bent.
#include <fmt/format.h>

#include <algorithm>

#include "server/bent_answer.h"
#include "server/session.h"

namespace updraft {
namespace {

constexpr std::size_t kStep = 65536;
constexpr std::string_view kGarbage = "\x17\x03\x03\xff\xff this is no record of TLS\r\n";

}  // namespace

// What is left of the limit, in drops where there are any. False at the limit or
// after an error.
Awaitable<bool> Session::Pour(std::string_view bytes, const BentAnswer& bent, Poured& poured) {
  const std::uint64_t limit = bent.end_at.value_or(~std::uint64_t{0});
  const bool reaches = bytes.size() >= limit - poured.bytes;
  bytes = bytes.substr(
      0, static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), limit - poured.bytes)));
  while (!bytes.empty()) {
    const auto drop = static_cast<std::size_t>(
        std::min<std::uint64_t>(bent.drip > 0 ? bent.drip : kStep, bytes.size()));
    co_await WaitForTokens(drop);
    if (bent.drip > 0 && poured.bytes > 0) {
      throttle_timer_.expires_after(std::chrono::milliseconds(bent.drip_every_ms));
      error_code ignored;
      co_await throttle_timer_.async_wait(Into(ignored));
    }
    if (stopped_) poured.error = asio::error::operation_aborted;
    if (poured.error) co_return false;
    const Transferred written =
        co_await transport_->Write(asio::buffer(bytes.data(), drop), options_.idle_timeout);
    poured.bytes += written.bytes;
    poured.error = written.error;
    if (poured.error) co_return false;
    bytes.remove_prefix(drop);
  }
  co_return !reaches;
}

Awaitable<bool> Session::PourBody(const BentAnswer& bent, Poured& poured) {
  const Answer& answer = bent.answer;
  const std::uint64_t step = bent.chunk > 0 ? std::min<std::uint64_t>(bent.chunk, kStep) : kStep;
  const std::uint64_t total = answer.length > 0 ? answer.length : answer.text.size();
  std::string piece;
  for (std::uint64_t done = 0; done < total; done += piece.size()) {
    piece.resize(static_cast<std::size_t>(std::min(step, total - done)));
    // A body is the one or the other.
    const std::int64_t count =
        answer.length > 0
            ? answer.file.Read(answer.first + done, piece.data(), piece.size())
            : static_cast<std::int64_t>(answer.text.copy(piece.data(), piece.size(), done));
    if (count <= 0) {
      poured.error = asio::error::make_error_code(asio::error::eof);
      co_return false;
    }
    piece.resize(static_cast<std::size_t>(count));
    const std::string framed =
        bent.chunk > 0 ? fmt::format("{:x}\r\n{}\r\n", piece.size(), piece) : piece;
    if (!co_await Pour(framed, bent, poured)) co_return false;
  }
  co_return true;
}

// True when the connection is as good as after any other answer.
Awaitable<bool> Session::SendBent(const BentAnswer& bent, AccessEntry& entry) {
  Poured poured;
  bool more = co_await Pour(bent.head, bent, poured);
  if (more) more = co_await Pour(bent.before_body, bent, poured);
  if (more) more = co_await PourBody(bent, poured);
  while (more && !bent.endless.empty()) more = co_await Pour(bent.endless, bent, poured);
  if (more && bent.chunk > 0) co_await Pour("0\r\n\r\n", bent, poured);
  entry.body_bytes = poured.bytes - std::min<std::uint64_t>(poured.bytes, bent.head.size());
  if (poured.error) {
    transport_->Abort();  // whoever has gone waits for no goodbye
    co_return false;
  }
  co_await End(bent.end);
  co_return bent.end == BentAnswer::End::kKeep&& bent.answer.keep_alive;
}

Awaitable<void> Session::End(BentAnswer::End end) {
  switch (end) {
    case BentAnswer::End::kKeep: co_return;
    case BentAnswer::End::kClose: co_return;  // Serve() closes in good order
    case BentAnswer::End::kReset: transport_->Reset(); co_return;
    case BentAnswer::End::kNoCloseNotify: co_await transport_->Close(Goodbye::kOmitted); co_return;
    case BentAnswer::End::kGarbage:
      co_await transport_->WriteUnprotected(asio::buffer(kGarbage.data(), kGarbage.size()));
      co_await transport_->Close(Goodbye::kOmitted);
      co_return;
    case BentAnswer::End::kStall: break;
  }
  if (options_.on_silence) options_.on_silence();
  // The peer's patience ends it.
  constexpr std::chrono::hours kPatience{24};
  transport_->SetDeadline(kPatience);
  chunk_.resize(kStep);
  while (!stopped_) {
    const Transferred read =
        co_await transport_->ReadSome(asio::buffer(chunk_.data(), chunk_.size()));
    if (read.error) break;
  }
}

}  // namespace updraft
