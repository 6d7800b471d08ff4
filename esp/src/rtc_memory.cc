// SPDX-License-Identifier: Apache-2.0
#include "esp/src/rtc_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <vector>

// The linker makes these for a section that is there.
extern "C" {
extern unsigned char __start_rtc_noinit[] __attribute__((weak));
extern unsigned char __stop_rtc_noinit[] __attribute__((weak));
extern unsigned char __start_rtc_data[] __attribute__((weak));
extern unsigned char __stop_rtc_data[] __attribute__((weak));
}

namespace updraft::esp {
namespace {

// What a chip's RTC memory may hold after a power-on.
constexpr int kNoise = 0xA5;
constexpr std::uint64_t kMagic = 0x3143'5452'5055'4450;
constexpr std::size_t kRooms = 2;  // RTC_NOINIT, RTC_DATA

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

struct Room {
  unsigned char* begin = nullptr;
  std::size_t size = 0;
  bool keep = false;
};

// Behind the pages in the file: where the rooms lie in it.
struct Index {
  std::uint64_t magic = kMagic;
  std::array<std::uint64_t, kRooms> at{};
  std::array<std::uint64_t, kRooms> size{};
};

std::uintptr_t Number(const unsigned char* place) {
  return reinterpret_cast<std::uintptr_t>(place);
}

Room MakeRoom(unsigned char* begin, const unsigned char* end, bool keep) {
  const std::size_t size = begin != nullptr ? static_cast<std::size_t>(end - begin) : 0;
  return {begin, size, keep};
}

// What the file kept; nothing of a file that is none.
void Restore(int file, const std::array<Room, kRooms>& rooms) {
  struct stat about {};
  Index index;
  if (fstat(file, &about) != 0 || about.st_size < static_cast<off_t>(sizeof index)) return;
  const off_t end = about.st_size - static_cast<off_t>(sizeof index);
  if (pread(file, &index, sizeof index, end) != sizeof index || index.magic != kMagic) return;
  for (std::size_t i = 0; i < kRooms; ++i) {
    const Room& room = rooms[i];
    if (!room.keep || room.size == 0 || index.size[i] != room.size) continue;
    std::vector<unsigned char> kept(room.size);
    const ssize_t count = pread(file, kept.data(), room.size, static_cast<off_t>(index.at[i]));
    if (count == static_cast<ssize_t>(room.size)) std::copy(kept.begin(), kept.end(), room.begin);
  }
}

// Whole pages: a sanitizer guards what lies between the variables in them, so these are
// read byte by byte and not checked.
__attribute__((no_sanitize("address"))) std::vector<unsigned char> CopyOf(
    const volatile unsigned char* pages, std::size_t length) {
  std::vector<unsigned char> content(length);
  for (std::size_t i = 0; i < length; ++i) content[i] = pages[i];
  return content;
}

// Pages are mapped whole, with both rooms and what lies around and between them,
// which is written to the file first and so does not change.
int MapPages(int file, const std::array<Room, kRooms>& rooms) {
  std::uintptr_t first = UINTPTR_MAX;
  std::uintptr_t last = 0;
  unsigned char* lowest = nullptr;
  for (const Room& room : rooms) {
    if (room.size == 0) continue;
    if (Number(room.begin) < first) lowest = room.begin;
    first = std::min(first, Number(room.begin));
    last = std::max(last, Number(room.begin) + room.size);
  }
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  unsigned char* const pages = lowest - first % page;
  const std::size_t length = (last - Number(pages) + page - 1) / page * page;

  Index index;
  for (std::size_t i = 0; i < kRooms; ++i) {
    if (rooms[i].size == 0) continue;
    index.at[i] = Number(rooms[i].begin) - Number(pages);
    index.size[i] = rooms[i].size;
  }
  const std::vector<unsigned char> content = CopyOf(pages, length);
  if (ftruncate(file, static_cast<off_t>(length + sizeof index)) != 0) return errno;
  errno = 0;
  if (pwrite(file, content.data(), length, 0) != static_cast<ssize_t>(length) ||
      pwrite(file, &index, sizeof index, static_cast<off_t>(length)) != sizeof index) {
    return errno != 0 ? errno : EIO;
  }
  void* const mapped = mmap(pages, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0);
  return mapped == MAP_FAILED ? errno : 0;
}

}  // namespace

int MapRtcMemory(const std::filesystem::path& file, RtcStart start) {
  const std::array<Room, kRooms> rooms{
      {MakeRoom(__start_rtc_noinit, __stop_rtc_noinit, start != RtcStart::kPowerOn),
       MakeRoom(__start_rtc_data, __stop_rtc_data, start == RtcStart::kDeepSleep)}};
  const auto empty = [](const Room& room) { return room.size == 0; };
  if (std::all_of(rooms.begin(), rooms.end(), empty)) return 0;
  if (!empty(rooms[0])) std::memset(rooms[0].begin, kNoise, rooms[0].size);
  const File opened(file);
  if (opened.number() < 0) return errno;
  Restore(opened.number(), rooms);
  return MapPages(opened.number(), rooms);
}

}  // namespace updraft::esp
