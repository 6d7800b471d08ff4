// SPDX-License-Identifier: Apache-2.0
#include "ports/host/erased_ranges.h"

#include <algorithm>
#include <span>

namespace updraft {

bool ErasedRanges::Contains(std::uint64_t begin, std::uint64_t end) const {
  return std::ranges::any_of(std::span(ranges_).first(count_), [&](const Range& range) {
    return range.begin <= begin && end <= range.end;
  });
}

void ErasedRanges::Keep(Range range) {
  if (range.begin >= range.end) return;
  if (count_ < kMost) {
    ranges_[count_++] = range;
    return;
  }
  const auto smallest = std::ranges::min_element(
      ranges_, {}, [](const Range& kept) { return kept.end - kept.begin; });
  if (smallest->end - smallest->begin < range.end - range.begin) *smallest = range;
}

void ErasedRanges::Add(std::uint64_t begin, std::uint64_t end) {
  if (begin >= end) return;
  for (std::size_t i = count_; i-- > 0;) {
    if (ranges_[i].end < begin || end < ranges_[i].begin) continue;
    begin = std::min(begin, ranges_[i].begin);
    end = std::max(end, ranges_[i].end);
    ranges_[i] = ranges_[--count_];
  }
  Keep({begin, end});
}

void ErasedRanges::Remove(std::uint64_t begin, std::uint64_t end) {
  if (begin >= end) return;
  for (std::size_t i = count_; i-- > 0;) {
    const Range range = ranges_[i];
    if (range.end <= begin || end <= range.begin) continue;
    ranges_[i] = ranges_[--count_];
    Keep({range.begin, std::min(range.end, begin)});
    Keep({std::max(range.begin, end), range.end});
  }
}

}  // namespace updraft
