// SPDX-License-Identifier: Apache-2.0
// A Connection that holds another one back and watches over it: a cap on its rate,
// a floor under its speed, and an end. Whoever downloads puts it between the port
// and the HttpClient.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "updraft/bytes.h"
#include "updraft/port/connection.h"
#include "updraft/port/system.h"
#include "updraft/status.h"

namespace updraft {

struct Pace {
  // Bytes a second that are received at most, HTTP's heads included, TLS and below
  // not; 0: no limit. It is kept from the first byte on; when the reader was busy, up
  // to a fifth of a second's bytes come at once.
  std::uint64_t rate_limit = 0;
  // Fewer bytes a second than these, over the window, end the connection, even
  // though something comes before each stall. Only waiting for the peer counts.
  // 0: no floor.
  std::uint64_t low_speed = 16;
  std::uint32_t low_speed_window_ms = 60'000;
  // Milliseconds since the PacedConnection was made, after which every call fails;
  // 0: never.
  std::uint64_t deadline_ms = 0;
};

// Beside what the other connection says: kTooSlow and kDeadline. One caller at a
// time.
class PacedConnection final : public Connection {
 public:
  // Both outlive it.
  PacedConnection(Connection& connection, System& system, const Pace& pace)
      : connection_(&connection),
        system_(&system),
        pace_(pace),
        started_ms_(system.NowMs()),
        filled_ms_(started_ms_) {}

  Status Connect(const Endpoint& endpoint) override;
  Status Send(Bytes data) override;
  Result<std::size_t> Receive(MutableBytes out) override;
  void Close() override { connection_->Close(); }
  bool is_open() const override { return connection_->is_open(); }
  std::string_view failure_text() const override;

 private:
  Status CheckDeadline();
  Status Fail(NetworkFailure failure, std::string_view text);
  // How many of `wanted` bytes may come now; waits until it is one at least.
  std::size_t WaitForTokens(std::size_t wanted);
  Status JudgeSpeed(std::uint64_t waited_ms, std::size_t count);

  Connection* connection_;
  System* system_;
  Pace pace_;
  std::uint64_t started_ms_;
  std::string_view own_failure_{};
  std::uint64_t tokens_ = 0;  // thousandths of a byte
  std::uint64_t filled_ms_;
  std::uint64_t window_ms_ = 0;  // waited in this window
  std::uint64_t window_bytes_ = 0;
};

}  // namespace updraft
