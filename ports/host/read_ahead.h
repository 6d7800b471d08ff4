// SPDX-License-Identifier: Apache-2.0
// A Connection that receives on a thread of its own, ahead of whoever asks: the
// network and TLS take one core while decrypting, proving and writing take the
// other. Stands between a connection of this host and the HTTP client, neither
// of which notices.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "ports/host/host_connection.h"
#include "ports/host/posix_file.h"

namespace updraft {

// Receives from the first Receive() after a Connect() or Send() on, until `ahead`
// bytes wait to be asked for (then anew when half of them are taken), and keeps what
// comes over a Send(). While a stream that may be used again lies idle it may end:
// then Send() fails with kReset, or the Receive() after it.
// One caller at a time, as with any Connection; `inner` is not used by anybody
// else meanwhile, and outlives this.
class ReadAheadConnection final : public Connection {
 public:
  ReadAheadConnection(WakeableConnection& inner, std::size_t ahead);
  ReadAheadConnection(const ReadAheadConnection&) = delete;
  ReadAheadConnection& operator=(const ReadAheadConnection&) = delete;
  ~ReadAheadConnection();

  // kFlash with errno where the system gives no thread or descriptor; else what
  // the inner connection says.
  Status Connect(const Endpoint& endpoint) override;
  Status Send(Bytes data) override;
  Result<std::size_t> Receive(MutableBytes out) override;
  void Close() override;
  bool is_open() const override;
  std::string_view failure_text() const override { return failure_text_; }
  // Nothing is received until the next Receive(): the inner connection may be asked
  // and told something meanwhile.
  void Pause();

 private:
  enum class Wanted : std::uint8_t { kRest, kReceive, kQuit };

  void Run();
  bool MayReceive() const;
  bool Stalls() const;
  MutableBytes Room();
  bool LeaveToThread(Bytes data);
  void Wake();
  bool Deliver(std::unique_lock<std::mutex>& lock);
  Result<std::optional<std::size_t>> ReceiveSome(std::unique_lock<std::mutex>& lock);
  void Take(const Result<std::optional<std::size_t>>& received);
  Status Start();
  Status Told(Status status);

  WakeableConnection* inner_;
  std::string failure_text_;
  Descriptor wake_;
  std::thread thread_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Wanted wanted_ = Wanted::kRest;
  bool inner_taken_ = false;  // the thread is in the inner connection
  bool waiting_ = false;      // and waits there
  std::vector<std::uint8_t> outbox_;
  bool open_ = false;
  std::vector<std::uint8_t> ring_;
  std::size_t begin_ = 0;
  std::size_t filled_ = 0;
  bool full_ = false;  // until half of it is taken
  // How the stream ended, for when all that came before has been handed out; kOk:
  // the peer closed it.
  std::optional<Status> ending_;
};

}  // namespace updraft
