// SPDX-License-Identifier: Apache-2.0
// Memory from one room of fixed size: what a device gives Mbed TLS in place of a heap
// (mbedtls_memory.h). Beside the library's own pool (memory_buffer_alloc.h) a block's
// head is 8 bytes in place of 32 (on a chip of 32 bits), and the numbers of elliptic
// curves, which come and go thousands of times in a handshake, find their last place
// again at once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "updraft/bytes.h"

namespace updraft {

// One thread at a time. Blocks are aligned to 8 bytes.
class MemoryPool {
 public:
  // `room` outlives the pool; at most 2 GiB of it are used. What it holds is
  // overwritten.
  explicit MemoryPool(MutableBytes room);
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;

  // `size` bytes of zeros; nullptr for none, and where there is no room.
  void* Allocate(std::size_t size);
  // A block of Allocate(), or nullptr. Anything else, and what is free already, ends the
  // program: the room is not to be trusted any more.
  void Free(void* memory);

  // Bytes in blocks, without their heads: now, and at most so far.
  std::size_t used() const { return used_; }
  std::size_t peak() const { return peak_; }
  // Blocks at that time.
  std::size_t peak_blocks() const { return peak_blocks_; }
  // The peak counts from now on.
  void ForgetPeak();

  static constexpr std::size_t kHeadSize = 8;  // bytes beside each block

 private:
  using Offset = std::uint32_t;  // of a block's first byte, in the room; 0: none
  struct Head {                  // lies before it
    std::uint32_t size;          // bytes of the block; and kUsed, kKept
    std::uint32_t before;        // bytes of the block before it, with its head; 0: the first
  };
  struct Links {  // in a block that is not used
    Offset next;
    Offset last;
  };
  static constexpr std::uint32_t kUnit = 8;
  static constexpr std::uint32_t kUsed = 1;      // somebody's, or kept
  static constexpr std::uint32_t kKept = 2;      // for the next of its size; not merged
  static constexpr std::size_t kKeptSizes = 17;  // up to 136 bytes: a product on P-521

  Head& HeadOf(Offset block) { return *reinterpret_cast<Head*>(room_.data() + block - kHeadSize); }
  Links& LinksOf(Offset block) { return *reinterpret_cast<Links*>(room_.data() + block); }
  static std::uint32_t SizeOf(const Head& head) { return head.size & ~(kUsed | kKept); }
  bool Holds(const std::uint8_t* at) const;

  Offset Find(std::uint32_t size);
  void Split(Offset block, std::uint32_t size);
  void Release(Offset block);
  void ReleaseKept();
  void Link(Offset block);
  void Unlink(Offset block);

  MutableBytes room_;
  Offset free_ = 0;
  std::array<Offset, kKeptSizes + 1> kept_{};  // by size in units
  std::size_t used_ = 0;
  std::size_t blocks_ = 0;
  std::size_t peak_ = 0;
  std::size_t peak_blocks_ = 0;
};

}  // namespace updraft
