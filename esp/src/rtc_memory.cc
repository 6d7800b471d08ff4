// SPDX-License-Identifier: Apache-2.0
#include "esp/src/rtc_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <vector>

// The linker makes these for a section that is there.
extern "C" {
extern unsigned char __start_rtc_noinit[] __attribute__((weak));
extern unsigned char __stop_rtc_noinit[] __attribute__((weak));
}

namespace updraft::esp {
namespace {

// What a chip's RTC memory may hold after a power-on.
constexpr int kNoise = 0xA5;

class File {
 public:
  explicit File(const std::filesystem::path& path)
      : number_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (number_ >= 0) close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

}  // namespace

// Pages are mapped whole: what lies around the variables is copied in first, so
// that it does not change.
int MapRtcMemory(const std::filesystem::path& file, bool keep) {
  const auto begin = reinterpret_cast<std::uintptr_t>(__start_rtc_noinit);
  const std::size_t size = reinterpret_cast<std::uintptr_t>(__stop_rtc_noinit) - begin;
  if (begin == 0 || size == 0) return 0;
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const std::uintptr_t first = begin & ~(page - 1);
  const std::uintptr_t last = (begin + size + page - 1) & ~(page - 1);
  const std::size_t length = last - first;
  auto* const pages = __start_rtc_noinit - (begin - first);

  std::memset(__start_rtc_noinit, kNoise, size);
  const File opened(file);
  struct stat about {};
  if (opened.number() < 0 || fstat(opened.number(), &about) != 0) return errno;
  std::vector<unsigned char> content(pages, pages + length);
  if (keep && about.st_size == static_cast<off_t>(length)) {
    const ssize_t count = pread(opened.number(), content.data() + (begin - first), size,
                                static_cast<off_t>(begin - first));
    if (count != static_cast<ssize_t>(size)) return EIO;
  }
  if (ftruncate(opened.number(), static_cast<off_t>(length)) != 0) return errno;
  if (pwrite(opened.number(), content.data(), length, 0) != static_cast<ssize_t>(length)) {
    return errno != 0 ? errno : EIO;
  }
  void* const mapped =
      mmap(pages, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, opened.number(), 0);
  return mapped == MAP_FAILED ? errno : 0;
}

}  // namespace updraft::esp
