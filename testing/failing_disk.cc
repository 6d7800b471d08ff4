// SPDX-License-Identifier: Apache-2.0
// A disk that fails, for a process that is started with this preloaded: it stands
// before the calls of libc that change files below one folder, counts them, and at
// the n-th either fails it and all later ones, as a full or broken disk does, or
// sends the process a signal first. tests/e2e/failing_disk.h sets its variables:
//   FAILING_DISK_FOLDER  only files below this folder count
//   FAILING_DISK_CALL    from this call on (from 1); 0 or none: never
//   FAILING_DISK_ERRNO   what fails them; the first write is done by half
//   FAILING_DISK_SIGNAL  instead: sent once, at that call
//   FAILING_DISK_COUNT   a file that gets the number of calls at the end
#include <dlfcn.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

std::atomic<long> g_calls;

long NumberOf(const char* name) {
  const char* const text = std::getenv(name);
  return text == nullptr ? 0 : std::strtol(text, nullptr, 10);
}

bool IsBelow(const char* path) {
  const char* const folder = std::getenv("FAILING_DISK_FOLDER");
  return folder != nullptr && std::strncmp(path, folder, std::strlen(folder)) == 0;
}

bool IsFileBelow(int file) {
  std::array<char, 64> link{};
  std::array<char, PATH_MAX> path{};
  std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", file);
  return readlink(link.data(), path.data(), path.size() - 1) >= 0 && IsBelow(path.data());
}

enum class Fate { kWorks, kFailsFirst, kFails };

// Of a call that counts.
Fate Next() {
  const long call = ++g_calls;
  const long from = NumberOf("FAILING_DISK_CALL");
  if (from == 0 || call < from) return Fate::kWorks;
  const int signal_number = static_cast<int>(NumberOf("FAILING_DISK_SIGNAL"));
  if (signal_number != 0) {
    if (call == from) kill(getpid(), signal_number);
    return Fate::kWorks;
  }
  errno = static_cast<int>(NumberOf("FAILING_DISK_ERRNO"));
  return call == from ? Fate::kFailsFirst : Fate::kFails;
}

// The call of libc behind ours.
template <typename Call>
Call* Behind(const char* name) {
  return reinterpret_cast<Call*>(dlsym(RTLD_NEXT, name));
}

[[gnu::destructor]] void TellCount() {
  const char* const path = std::getenv("FAILING_DISK_COUNT");
  if (path == nullptr) return;
  std::FILE* const file = std::fopen(path, "w");
  if (file == nullptr) return;
  std::fprintf(file, "%ld\n", g_calls.load());
  std::fclose(file);
}

}  // namespace

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): glibc's are reserved
extern "C" {

ssize_t pwrite(int file, const void* data, size_t size, off_t offset) {
  const auto next = Behind<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  const Fate fate = IsFileBelow(file) ? Next() : Fate::kWorks;
  if (fate == Fate::kWorks) return next(file, data, size, offset);
  if (fate == Fate::kFailsFirst && size > 1) return next(file, data, size / 2, offset);
  return -1;
}

ssize_t pwrite64(int file, const void* data, size_t size, off_t offset) {
  return pwrite(file, data, size, offset);
}

int fsync(int file) {
  const auto next = Behind<int(int)>("fsync");
  return IsFileBelow(file) && Next() != Fate::kWorks ? -1 : next(file);
}

int fdatasync(int file) {
  const auto next = Behind<int(int)>("fdatasync");
  return IsFileBelow(file) && Next() != Fate::kWorks ? -1 : next(file);
}

int rename(const char* from, const char* to) noexcept {
  const auto next = Behind<int(const char*, const char*)>("rename");
  return IsBelow(to) && Next() != Fate::kWorks ? -1 : next(from, to);
}

}  // extern "C"
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
