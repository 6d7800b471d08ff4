// SPDX-License-Identifier: Apache-2.0
// The pages of a flash file that were read last, for whoever alone writes it: tables
// and logs are read by a few bytes at a time, and again and again. Keys may lie in flash
// too: no byte outlives its page.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "updraft/bytes.h"

namespace updraft {

class RecentPages {
 public:
  RecentPages() = default;
  RecentPages(const RecentPages&) = delete;
  RecentPages& operator=(const RecentPages&) = delete;
  ~RecentPages();

  static constexpr std::size_t kPageSize = 4096;
  static constexpr std::size_t kLargestRead = 256;  // bytes

  // From the pages kept, or from the page in `file`, which is kept then. False: not
  // to be had here, so to be read from the file itself; `out` is as it was.
  bool Read(int file, std::uint64_t address, MutableBytes out);
  // Before the bytes are written, whether that succeeds or not.
  void Forget(std::uint64_t begin, std::uint64_t end);

 private:
  // The partition table, otadata and the log's two sectors each.
  static constexpr std::size_t kMost = 5;
  static constexpr std::uint64_t kNone = UINT64_MAX;

  struct Page {
    std::uint64_t number = kNone;
    std::array<std::uint8_t, kPageSize> bytes{};
  };

  static void Drop(Page& page);

  std::array<Page, kMost> pages_{};
  std::size_t oldest_ = 0;
};

}  // namespace updraft
