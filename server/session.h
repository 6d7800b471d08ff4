// SPDX-License-Identifier: Apache-2.0
// One client's connection: reads requests, lets them be answered, sends the
// answers, one after another, until either side ends it. Made by the file
// server for each connection; runs on its thread and owns the transport.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/access_log.h"
#include "server/answer.h"
#include "server/bent_answer.h"
#include "server/document_root.h"
#include "server/fault_script.h"
#include "server/token_bucket.h"
#include "server/transport.h"

namespace updraft {

// The same for every session of a server, which owns it.
struct SessionOptions {
  const DocumentRoot* root = nullptr;
  AccessLog access_log;
  FaultPlayer* faults = nullptr;  // none: every answer is honest
  std::uint64_t throttle = 0;     // bytes a second of each connection; 0 is no limit
  Transport::Duration idle_timeout{};
  std::function<void()> on_silence;  // FileServerOptions; may be empty
};

class Session {
 public:
  Session(std::unique_ptr<Transport> transport, const asio::any_io_executor& executor,
          const SessionOptions& options);

  // Until the connection has ended; does not throw.
  Awaitable<void> Run();
  // Ends Run() as soon as it waits for anything.
  void Stop();

 private:
  enum class HeadVerdict { kRequest, kMalformed, kTooLarge, kEnded };

  Awaitable<void> Serve();
  Awaitable<HeadVerdict> ReadHead(Request& request);
  Awaitable<bool> Respond(HeadVerdict verdict, const Request& request);
  Awaitable<error_code> Send(const Answer& answer, AccessEntry& entry);
  Awaitable<void> WaitForTokens(std::size_t bytes);
  const FaultRule* RuleFor(const Request& request) const;
  Awaitable<bool> Bend(const FaultRule& rule, const Request& request, AccessEntry entry);

  // In session_faults.cc.
  struct Poured {
    std::uint64_t bytes = 0;
    error_code error;
  };
  Awaitable<bool> SendBent(const BentAnswer& bent, AccessEntry& entry);
  Awaitable<bool> Pour(std::string_view bytes, const BentAnswer& bent, Poured& poured);
  Awaitable<bool> PourBody(const BentAnswer& bent, Poured& poured);
  Awaitable<void> End(BentAnswer::End end);
  void Log(AccessEntry entry) const;

  std::unique_ptr<Transport> transport_;
  const SessionOptions& options_;
  asio::steady_timer throttle_timer_;
  std::optional<TokenBucket> bucket_;
  boost::beast::flat_buffer received_;
  std::vector<char> chunk_;
  bool stopped_ = false;
};

}  // namespace updraft
