// SPDX-License-Identifier: Apache-2.0
// Which bytes of a flash file are known to be erased, so that the usual program,
// sequential after an erase, needs no look at the old bytes. As large for any flash:
// it keeps a few ranges and forgets the smallest where there are more.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace updraft {

class ErasedRanges {
 public:
  static constexpr std::size_t kMost = 16;

  // Never true for a byte that was not added, or was removed since.
  bool Contains(std::uint64_t begin, std::uint64_t end) const;
  void Add(std::uint64_t begin, std::uint64_t end);
  void Remove(std::uint64_t begin, std::uint64_t end);

 private:
  struct Range {
    std::uint64_t begin;
    std::uint64_t end;
  };

  void Keep(Range range);

  std::array<Range, kMost> ranges_{};  // apart from each other, in no order
  std::size_t count_ = 0;
};

}  // namespace updraft
