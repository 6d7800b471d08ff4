// SPDX-License-Identifier: Apache-2.0
#include "ports/host/read_ahead.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace updraft {
namespace {

// Signals are for the threads of the program.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &former_);
  }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;
  ~AllSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &former_, nullptr); }

 private:
  sigset_t former_{};
};

}  // namespace

ReadAheadConnection::ReadAheadConnection(WakeableConnection& inner, std::size_t ahead)
    : inner_(&inner), ring_(std::max<std::size_t>(ahead, 1)) {}

ReadAheadConnection::~ReadAheadConnection() {
  Pause();
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    wanted_ = Wanted::kQuit;
  }
  changed_.notify_all();
  thread_.join();
}

Status ReadAheadConnection::Connect(const Endpoint& endpoint) {
  Close();
  UPDRAFT_TRY(Told(Start()));
  UPDRAFT_TRY(Told(inner_->Connect(endpoint)));
  open_ = true;
  return kOk;
}

Status ReadAheadConnection::Send(Bytes data) {
  Pause();
  if (Stalls()) ending_.reset();
  if (!ending_.has_value()) return Told(inner_->Send(data));
  failure_text_ = inner_->failure_text();
  const bool cancelled = ending_->code() == Code::kCancelled;
  return cancelled ? *ending_ : Status(NetworkFailure::kReset);
}

Result<std::size_t> ReadAheadConnection::Receive(MutableBytes out) {
  if (out.empty()) return Status(Code::kInvalidArgument, Stage::kFetch);
  std::unique_lock lock(mutex_);
  if (!open_) return Status(NetworkFailure::kReset);
  if (wanted_ != Wanted::kReceive) {
    wanted_ = Wanted::kReceive;
    changed_.notify_all();
  }
  changed_.wait(lock, [this] { return filled_ > 0 || ending_.has_value(); });
  if (filled_ == 0) {
    failure_text_ = inner_->failure_text();
    if (Stalls()) {
      wanted_ = Wanted::kRest;
      const Status stalled = *ending_;
      ending_.reset();
      return stalled;
    }
    open_ = false;
    return ending_->ok() ? Result<std::size_t>(0) : Result<std::size_t>(*ending_);
  }
  const std::size_t count = std::min({out.size(), filled_, ring_.size() - begin_});
  // The thread writes behind these bytes only.
  lock.unlock();
  std::memcpy(out.data(), ring_.data() + begin_, count);
  lock.lock();
  begin_ = (begin_ + count) % ring_.size();
  filled_ -= count;
  lock.unlock();
  changed_.notify_all();
  return count;
}

void ReadAheadConnection::Close() {
  Pause();
  inner_->Close();
  open_ = false;
  begin_ = filled_ = 0;
  ending_.reset();
}

bool ReadAheadConnection::is_open() const {
  const std::lock_guard lock(mutex_);
  return open_ && (!ending_.has_value() || Stalls());
}

// The inner connection waited in vain and is still open: more may come.
bool ReadAheadConnection::Stalls() const {
  return ending_ == Status(NetworkFailure::kTimeout) && inner_->is_open();
}

Status ReadAheadConnection::Start() {
  if (thread_.joinable()) return kOk;
  wake_ = Descriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake_.is_open()) return {Code::kFlash, Stage::kFetch, static_cast<std::int16_t>(errno)};
  const AllSignalsBlocked inherited;
  try {
    thread_ = std::thread([this] { Run(); });
  } catch (const std::system_error& error) {
    return {Code::kFlash, Stage::kFetch, static_cast<std::int16_t>(error.code().value())};
  }
  return kOk;
}

// After this the inner connection and the ring are the caller's alone.
void ReadAheadConnection::Pause() {
  if (!thread_.joinable()) return;
  std::unique_lock lock(mutex_);
  wanted_ = Wanted::kRest;
  if (!receiving_) return;
  std::uint64_t one = 1;
  static_cast<void>(!write(wake_.number(), &one, sizeof one));
  changed_.wait(lock, [this] { return !receiving_; });
  static_cast<void>(!read(wake_.number(), &one, sizeof one));
}

Status ReadAheadConnection::Told(Status status) {
  failure_text_ = inner_->failure_text();
  return status;
}

bool ReadAheadConnection::MayReceive() const {
  return wanted_ == Wanted::kReceive && filled_ < ring_.size() && !ending_.has_value();
}

// The longest free piece of the ring.
MutableBytes ReadAheadConnection::Room() {
  const std::size_t end = begin_ + filled_;
  if (end >= ring_.size()) {
    return MutableBytes(ring_).subspan(end - ring_.size(), ring_.size() - filled_);
  }
  return MutableBytes(ring_).subspan(end);
}

void ReadAheadConnection::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return wanted_ == Wanted::kQuit || MayReceive(); });
    if (wanted_ == Wanted::kQuit) return;
    receiving_ = true;
    const MutableBytes room = Room();
    lock.unlock();
    const auto received = inner_->ReceiveUnlessWoken(room, wake_.number());
    lock.lock();
    receiving_ = false;
    if (!received) {
      ending_ = received.error();
    } else if (received->has_value()) {
      filled_ += **received;
      if (**received == 0) ending_ = kOk;
    }
    changed_.notify_all();
  }
}

}  // namespace updraft
