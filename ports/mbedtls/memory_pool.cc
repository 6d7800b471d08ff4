// SPDX-License-Identifier: Apache-2.0
#include "ports/mbedtls/memory_pool.h"

#include <cstdlib>
#include <cstring>

namespace updraft {
namespace {

constexpr std::size_t kMost = std::size_t{1} << 31U;

// From the first aligned byte, whole units.
MutableBytes Aligned(MutableBytes room, std::size_t unit) {
  const std::size_t skipped = -reinterpret_cast<std::uintptr_t>(room.data()) & (unit - 1);
  if (room.size() < skipped) return {};
  room = room.subspan(skipped);
  if (room.size() > kMost) room = room.first(kMost);
  return room.first(room.size() & ~(unit - 1));
}

}  // namespace

MemoryPool::MemoryPool(MutableBytes room) : room_(Aligned(room, kUnit)) {
  if (room_.size() < 2 * kHeadSize) {
    room_ = {};
    return;
  }
  HeadOf(kHeadSize) = {static_cast<std::uint32_t>(room_.size() - kHeadSize), 0};
  Link(kHeadSize);
}

void MemoryPool::ForgetPeak() {
  peak_ = used_;
  peak_blocks_ = blocks_;
}

void* MemoryPool::Allocate(std::size_t size) {
  if (size == 0 || size > room_.size()) return nullptr;
  const auto wanted = static_cast<std::uint32_t>(AlignUp(size, kUnit));
  Offset block = 0;
  if (wanted <= kKeptSizes * kUnit) {
    Offset& kept = kept_[wanted / kUnit];
    block = kept;
    if (block != 0) kept = LinksOf(block).next;
  }
  if (block == 0) {
    block = Find(wanted);
    if (block == 0) return nullptr;
    Unlink(block);
    Split(block, wanted);
  }
  Head& head = HeadOf(block);
  const std::uint32_t whole = SizeOf(head);
  head.size = whole | kUsed;
  used_ += whole;
  ++blocks_;
  if (used_ > peak_) ForgetPeak();
  std::memset(room_.data() + block, 0, wanted);
  return room_.data() + block;
}

void MemoryPool::Free(void* memory) {
  if (memory == nullptr) return;
  const auto* const at = static_cast<const std::uint8_t*>(memory);
  if (!Holds(at)) std::abort();
  const auto block = static_cast<Offset>(at - room_.data());
  Head& head = HeadOf(block);
  const std::uint32_t size = SizeOf(head);
  if ((head.size & (kUsed | kKept)) != kUsed || size > room_.size() - block) std::abort();
  used_ -= size;
  --blocks_;
  if (size > kKeptSizes * kUnit) {
    Release(block);
    return;
  }
  head.size |= kKept;
  LinksOf(block).next = kept_[size / kUnit];
  kept_[size / kUnit] = block;
}

// Compared as numbers: pointers into different arrays have no order.
bool MemoryPool::Holds(const std::uint8_t* at) const {
  const auto place =
      reinterpret_cast<std::uintptr_t>(at) - reinterpret_cast<std::uintptr_t>(room_.data());
  return place >= kHeadSize && place < room_.size() && place % kUnit == 0;
}

// The first free block that is large enough; kept ones are given up for it.
MemoryPool::Offset MemoryPool::Find(std::uint32_t size) {
  for (const bool again : {false, true}) {
    if (again) ReleaseKept();
    for (Offset block = free_; block != 0; block = LinksOf(block).next) {
      if (SizeOf(HeadOf(block)) >= size) return block;
    }
  }
  return 0;
}

// What is too much of it becomes a free block of its own.
void MemoryPool::Split(Offset block, std::uint32_t size) {
  Head& head = HeadOf(block);
  const std::uint32_t rest = SizeOf(head) - size;
  if (rest < kHeadSize + kUnit) return;
  head.size = size | (head.size & kUsed);
  const auto behind = static_cast<Offset>(block + size + kHeadSize);
  HeadOf(behind) = {static_cast<std::uint32_t>(rest - kHeadSize),
                    static_cast<std::uint32_t>(size + kHeadSize)};
  const auto next = static_cast<Offset>(block + size + rest + kHeadSize);
  if (next < room_.size()) HeadOf(next).before = rest;
  Link(behind);
}

// Makes it free, one with the free blocks around it.
void MemoryPool::Release(Offset block) {
  std::uint32_t size = SizeOf(HeadOf(block));
  HeadOf(block).size = size;  // so that it is not freed once more
  const auto behind = static_cast<Offset>(block + size + kHeadSize);
  if (behind < room_.size() && (HeadOf(behind).size & kUsed) == 0) {
    Unlink(behind);
    size += SizeOf(HeadOf(behind)) + static_cast<std::uint32_t>(kHeadSize);
  }
  const std::uint32_t before = HeadOf(block).before;
  if (before != 0 && (HeadOf(block - before).size & kUsed) == 0) {
    block -= before;
    Unlink(block);
    size += before;
  }
  HeadOf(block).size = size;
  const auto next = static_cast<Offset>(block + size + kHeadSize);
  if (next < room_.size()) HeadOf(next).before = size + static_cast<std::uint32_t>(kHeadSize);
  Link(block);
}

void MemoryPool::ReleaseKept() {
  for (Offset& kept : kept_) {
    while (kept != 0) {
      const Offset block = kept;
      kept = LinksOf(block).next;
      Release(block);
    }
  }
}

void MemoryPool::Link(Offset block) {
  LinksOf(block) = {free_, 0};
  if (free_ != 0) LinksOf(free_).last = block;
  free_ = block;
}

void MemoryPool::Unlink(Offset block) {
  const Links links = LinksOf(block);
  if (links.last != 0) {
    LinksOf(links.last).next = links.next;
  } else {
    free_ = links.next;
  }
  if (links.next != 0) LinksOf(links.next).last = links.last;
}

}  // namespace updraft
