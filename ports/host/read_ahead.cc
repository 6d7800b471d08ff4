// SPDX-License-Identifier: Apache-2.0
#include "ports/host/read_ahead.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace updraft {
namespace {

// What is there already is handed over as one up to this: whoever waits for it is
// woken once, not for each TLS record.
constexpr std::size_t kBatch = std::size_t{64} * 1024;

// What is left to the thread to send: requests, not what is uploaded.
constexpr std::size_t kLeft = std::size_t{8} * 1024;

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
  if (data.size() <= kLeft && LeaveToThread(data)) return kOk;
  Pause();
  if (Stalls()) ending_.reset();
  if (!ending_.has_value()) return Told(inner_->Send(data));
  failure_text_ = inner_->failure_text();
  const bool cancelled = ending_->code() == Code::kCancelled;
  return cancelled ? *ending_ : Status(NetworkFailure::kReset);
}

// While the thread receives it sends too, between two receptions. Neither has to wait
// for the other; a failure is told by Receive().
bool ReadAheadConnection::LeaveToThread(Bytes data) {
  const std::lock_guard lock(mutex_);
  if (!inner_taken_ || wanted_ != Wanted::kReceive || ending_.has_value()) return false;
  outbox_.insert(outbox_.end(), data.begin(), data.end());
  if (waiting_) Wake();
  return true;
}

void ReadAheadConnection::Wake() {
  const std::uint64_t one = 1;
  static_cast<void>(!write(wake_.number(), &one, sizeof one));
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
  if (full_ && filled_ <= ring_.size() / 2) {
    full_ = false;
    lock.unlock();
    changed_.notify_all();
  }
  return count;
}

void ReadAheadConnection::Close() {
  {
    const std::lock_guard lock(mutex_);
    outbox_.clear();
  }
  Pause();
  inner_->Close();
  open_ = false;
  begin_ = filled_ = 0;
  full_ = false;
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
  if (inner_taken_) {
    if (waiting_) Wake();
    changed_.wait(lock, [this] { return !inner_taken_; });
  }
  Deliver(lock);
}

Status ReadAheadConnection::Told(Status status) {
  failure_text_ = inner_->failure_text();
  return status;
}

bool ReadAheadConnection::MayReceive() const {
  return wanted_ == Wanted::kReceive && !full_ && !ending_.has_value();
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
    inner_taken_ = true;
    if (Deliver(lock)) Take(ReceiveSome(lock));
    inner_taken_ = false;
    const bool enough = filled_ >= std::min(kBatch, ring_.size());
    if (!enough && !ending_.has_value() && wanted_ == Wanted::kReceive) continue;
    // Whoever is woken needs the lock.
    lock.unlock();
    changed_.notify_all();
    lock.lock();
  }
}

// Sends what Send() left to the thread. False: that failed, which ends the stream.
bool ReadAheadConnection::Deliver(std::unique_lock<std::mutex>& lock) {
  if (outbox_.empty()) return true;
  const std::vector<std::uint8_t> data = std::exchange(outbox_, {});
  lock.unlock();
  const Status sent = inner_->Send(data);
  lock.lock();
  if (!sent.ok()) ending_ = sent;
  return sent.ok();
}

// Before it waits, it tells of what came without a wait.
Result<std::optional<std::size_t>> ReadAheadConnection::ReceiveSome(
    std::unique_lock<std::mutex>& lock) {
  const MutableBytes room = Room();
  lock.unlock();
  auto received = inner_->ReceiveNow(room);
  lock.lock();
  const bool waits = received && !received->has_value();
  if (!waits || wanted_ != Wanted::kReceive || !outbox_.empty()) return received;
  waiting_ = true;
  lock.unlock();
  changed_.notify_all();
  received = inner_->ReceiveUnlessWoken(room, wake_.number());
  lock.lock();
  waiting_ = false;
  return received;
}

void ReadAheadConnection::Take(const Result<std::optional<std::size_t>>& received) {
  if (!received) {
    ending_ = received.error();
  } else if (received->has_value()) {
    filled_ += **received;
    full_ = filled_ == ring_.size();
    if (**received == 0) ending_ = kOk;
  } else {
    std::uint64_t woken = 0;
    static_cast<void>(!read(wake_.number(), &woken, sizeof woken));
  }
}

}  // namespace updraft
