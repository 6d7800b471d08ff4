// SPDX-License-Identifier: Apache-2.0
// A Connection whose peer follows a script: answers in pieces of any size,
// closes, resets, time-outs, refused connections. It records what was asked and
// sent. Tests of everything that speaks over a Connection use it; it owns all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "updraft/port/connection.h"

namespace updraft {

// What the peer does on one connection, step by step. Bytes are given out in
// pieces of at most `piece` bytes, one a Receive.
class PeerScript {
 public:
  static constexpr std::size_t kWhole = static_cast<std::size_t>(-1);

  // Waits until something was sent since the last Answer, then sends.
  PeerScript& Answer(std::string_view bytes, std::size_t piece = kWhole);
  // Sends more, without waiting.
  PeerScript& Add(std::string_view bytes, std::size_t piece = kWhole);
  // Closes in good order: Receive returns 0 from now on, Send still succeeds.
  PeerScript& Close();
  // Receive fails once with that failure, then the connection is dead.
  PeerScript& Fail(NetworkFailure failure, std::string_view text = "");
  // The same with any status (Code::kCancelled).
  PeerScript& Fail(Status status, std::string_view text = "");
  // The next Send after the steps so far fails with kReset.
  PeerScript& ResetWhenSent();

 private:
  friend class ScriptedConnection;
  struct Step {
    enum class Kind { kAnswer, kBytes, kClose, kFail, kResetWhenSent } kind;
    std::string bytes{};
    std::size_t piece = kWhole;
    Status status{};
  };
  Status refusal_{};
  std::string refusal_text_;
  std::deque<Step> steps_;
};

class ScriptedConnection final : public Connection {
 public:
  struct Target {
    std::string host;
    std::uint16_t port;
    bool tls;
    bool operator==(const Target&) const = default;
  };

  // The script of the next connection that has none yet. Connections without a
  // script are refused with kConnect.
  PeerScript& Accept();
  // The next connection fails.
  void Refuse(NetworkFailure failure, std::string_view text = "");
  void Refuse(Status status, std::string_view text = "");

  // Each call to Connect, in order, successful or not.
  const std::vector<Target>& targets() const { return targets_; }
  // What was sent on each successful connection.
  const std::vector<std::string>& sent() const { return sent_; }
  // All scripts are used up, but for closes.
  bool finished() const;

  Status Connect(const Endpoint& endpoint) override;
  Status Send(Bytes data) override;
  // With nothing left to send, the peer is silent: kTimeout.
  Result<std::size_t> Receive(MutableBytes out) override;
  void Close() override { open_ = false; }
  bool is_open() const override { return open_; }
  std::string_view failure_text() const override { return failure_text_; }

 private:
  Status Failure(Status status, std::string_view text);

  std::deque<PeerScript> scripts_;  // a deque: Accept() hands out references
  std::size_t next_script_ = 0;
  PeerScript* current_ = nullptr;
  std::vector<Target> targets_;
  std::vector<std::string> sent_;
  std::string failure_text_;
  bool open_ = false;
  bool asked_ = false;  // something was sent since the last answer
};

}  // namespace updraft
