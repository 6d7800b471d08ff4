// SPDX-License-Identifier: Apache-2.0
#include "cli/unfinished_file.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

namespace updraft {
namespace {

// No command makes more files at once; one beyond these would only outlive a signal.
constexpr std::size_t kMost = 8;
constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP};

std::array<std::atomic<const char*>, kMost> g_names{};
static_assert(std::atomic<const char*>::is_always_lock_free);

// Only what signal-safety(7) allows.
void RemoveAndEnd(int signal) {
  for (const auto& place : g_names) {
    if (const char* const name = place.load(); name != nullptr) unlink(name);
  }
  raise(signal);  // its own action again: SA_RESETHAND
}

// A signal that is ignored (nohup), or that the command minds itself, stays so.
void MindSignals() {
  struct sigaction ours {};
  ours.sa_handler = RemoveAndEnd;
  ours.sa_flags = static_cast<int>(SA_RESETHAND);
  for (const int signal : kSignals) {
    struct sigaction before {};
    if (sigaction(signal, nullptr, &before) == 0 && before.sa_handler == SIG_DFL) {
      sigaction(signal, &ours, nullptr);
    }
  }
}

}  // namespace

UnfinishedFile::~UnfinishedFile() {
  if (!name_.empty()) unlink(name_.c_str());
  Release();
}

int UnfinishedFile::Create(const std::string& path) {
  name_ = path + ".XXXXXX";
  MindSignals();
  sigset_t minded{};
  sigset_t before{};
  sigemptyset(&minded);
  for (const int signal : kSignals) sigaddset(&minded, signal);
  // Between its creation and its registration no signal comes.
  pthread_sigmask(SIG_BLOCK, &minded, &before);
  const int descriptor = mkostemp(name_.data(), O_CLOEXEC);
  if (descriptor < 0) {
    name_.clear();
  } else {
    for (auto& place : g_names) {
      const char* free = nullptr;
      if (!place.compare_exchange_strong(free, name_.c_str())) continue;
      place_ = &place;
      break;
    }
  }
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return descriptor;
}

void UnfinishedFile::Release() {
  if (place_ != nullptr) place_->store(nullptr);
  place_ = nullptr;
  name_.clear();
}

}  // namespace updraft
