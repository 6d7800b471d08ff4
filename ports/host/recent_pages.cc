// SPDX-License-Identifier: Apache-2.0
#include "ports/host/recent_pages.h"

#include <algorithm>

#include "ports/host/posix_file.h"

namespace updraft {

bool RecentPages::Read(int file, std::uint64_t address, MutableBytes out) {
  const std::uint64_t number = address / kPageSize;
  const std::uint64_t begin = address % kPageSize;
  if (out.size() > kLargestRead || begin + out.size() > kPageSize) return false;
  auto page = std::ranges::find(pages_, number, &Page::number);
  if (page == pages_.end()) {
    page = std::ranges::find(pages_, kNone, &Page::number);
    if (page == pages_.end()) {
      page = pages_.begin() + static_cast<std::ptrdiff_t>(oldest_);
      oldest_ = (oldest_ + 1) % kMost;
    }
    page->number = kNone;
    if (ReadFully(file, number * kPageSize, page->bytes) != 0) {
      Drop(*page);
      return false;
    }
    page->number = number;
  }
  std::copy_n(page->bytes.begin() + static_cast<std::ptrdiff_t>(begin), out.size(), out.begin());
  return true;
}

void RecentPages::Forget(std::uint64_t begin, std::uint64_t end) {
  if (begin == end) return;
  for (Page& page : pages_) {
    if (page.number >= begin / kPageSize && page.number <= (end - 1) / kPageSize) {
      Drop(page);
    }
  }
}

void RecentPages::Drop(Page& page) {
  page.number = kNone;
  Wipe(page.bytes);
}

RecentPages::~RecentPages() {
  for (Page& page : pages_) Drop(page);
}

}  // namespace updraft
