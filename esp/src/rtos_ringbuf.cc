// SPDX-License-Identifier: Apache-2.0
// freertos/ringbuf.h: rings that tasks wait on.
#include <freertos/ringbuf.h>

#include <cstdio>
#include <map>

#include "esp/src/immortal.h"
#include "esp/src/no_memory.h"
#include "esp/src/ring_memory.h"
#include "esp/src/rtos.h"
#include "esp/src/rtos_queue.h"

using updraft::esp::CurrentTask;
using updraft::esp::DeadlineAfter;
using updraft::esp::Kernel;
using updraft::esp::ObeyOthers;
using updraft::esp::RingMemory;
using updraft::esp::RtosLock;

namespace {

// Guarded by the kernel.
struct Ring {
  RingMemory memory;
  std::uint8_t* storage = nullptr;  // that its maker gave
  StaticRingbuffer_t* place = nullptr;
  QueueSetHandle_t set = nullptr;
  bool gone = false;
  std::condition_variable changed{};

  explicit Ring(RingMemory made) : memory(std::move(made)) {}
};

std::map<RingbufHandle_t, std::shared_ptr<Ring>>& Rings() {
  static updraft::esp::Immortal<std::map<RingbufHandle_t, std::shared_ptr<Ring>>> rings;
  return *rings;
}

std::shared_ptr<Ring> Find(RingbufHandle_t handle) {
  const auto found = Rings().find(handle);
  return found != Rings().end() ? found->second : nullptr;
}

RingbufHandle_t Make(std::size_t size, RingbufferType_t type, std::uint8_t* storage,
                     StaticRingbuffer_t* place) {
  auto memory = RingMemory::Make(size, type);
  if (!memory) return nullptr;
  auto ring = std::make_shared<Ring>(std::move(*memory));
  ring->storage = storage;
  ring->place = place;
  const RtosLock lock(Kernel());
  auto* const handle = ring.get();
  Rings().emplace(handle, std::move(ring));
  return handle;
}

QueueSetMemberHandle_t AsMember(RingbufHandle_t ring) {
  return static_cast<QueueSetMemberHandle_t>(ring);
}

void TellReaders(Ring& ring) {
  ring.changed.notify_all();
  if (ring.memory.CanRead()) updraft::esp::TellQueueSet(ring.set, AsMember(&ring));
}

// False when the time is over, or the ring or the task is gone.
template <typename Done>
bool Wait(RtosLock& lock, Ring& ring, TickType_t ticks, Done done) {
  return updraft::esp::WaitUntil(lock, ring.changed, DeadlineAfter(ticks),
                                 [&] { return ring.gone || done(); }) &&
         !ring.gone && !CurrentTask().deleted;
}

// Waits for room, then `put(ring)`.
template <typename Put>
BaseType_t Send(RingbufHandle_t handle, std::size_t size, TickType_t ticks, Put put) {
  bool sent = false;
  {
    RtosLock lock(Kernel());
    const auto ring = Find(handle);
    if (ring == nullptr || size > ring->memory.max_item()) return pdFALSE;
    sent = Wait(lock, *ring, ticks, [&] { return ring->memory.Fits(size); }) && put(*ring);
  }
  if (ticks != 0) ObeyOthers();
  return sent ? pdTRUE : pdFALSE;
}

BaseType_t SendCopy(RingbufHandle_t handle, const void* item, std::size_t size, TickType_t ticks) {
  if (item == nullptr && size > 0) return pdFALSE;
  return Send(handle, size, ticks, [&](Ring& ring) {
    if (size == 0 && ring.memory.type() == RINGBUF_TYPE_BYTEBUF) return true;
    ring.memory.Write(item, size);
    TellReaders(ring);
    return true;
  });
}

// Waits for something to read in a ring that `suits`, then `take(ring)`.
template <typename Suits, typename Take>
bool Receive(RingbufHandle_t handle, TickType_t ticks, Suits suits, Take take) {
  bool received = false;
  {
    RtosLock lock(Kernel());
    const auto ring = Find(handle);
    if (ring == nullptr || !suits(ring->memory.type())) return false;
    received = Wait(lock, *ring, ticks, [&] { return ring->memory.CanRead(); });
    if (received) take(ring->memory);
  }
  if (ticks != 0) ObeyOthers();
  return received;
}

void* ReceiveWhole(RingbufHandle_t handle, std::size_t* size, TickType_t ticks, bool bytes_only,
                   std::size_t most) {
  RingMemory::Part part;
  const auto suits = [&](RingbufferType_t type) {
    return type == RINGBUF_TYPE_BYTEBUF || (!bytes_only && type == RINGBUF_TYPE_NOSPLIT);
  };
  const auto take = [&](RingMemory& memory) { part = memory.Read(most); };
  if (most == 0 || !Receive(handle, ticks, suits, take)) return nullptr;
  if (size != nullptr) *size = part.size;
  return part.data;
}

void Clear(BaseType_t* woken) {
  if (woken != nullptr) *woken = pdFALSE;
}

void Tell(UBaseType_t* out, std::size_t value) {
  if (out != nullptr) *out = static_cast<UBaseType_t>(value);
}

}  // namespace

RingbufHandle_t xRingbufferCreate(std::size_t size, RingbufferType_t type) try {
  return Make(size, type, nullptr, nullptr);
}
UPDRAFT_NO_MEMORY(nullptr)

RingbufHandle_t xRingbufferCreateNoSplit(std::size_t item_size, std::size_t item_count) try {
  if (item_count == 0 || item_size > SIZE_MAX / 8 / item_count) return nullptr;
  return xRingbufferCreate(((item_size + 3) / 4 * 4 + 8) * item_count, RINGBUF_TYPE_NOSPLIT);
}
UPDRAFT_NO_MEMORY(nullptr)

RingbufHandle_t xRingbufferCreateStatic(std::size_t size, RingbufferType_t type,
                                        std::uint8_t* storage, StaticRingbuffer_t* ringbuf) try {
  if (storage == nullptr || ringbuf == nullptr) return nullptr;
  if (type != RINGBUF_TYPE_BYTEBUF && size % 4 != 0) return nullptr;
  return Make(size, type, storage, ringbuf);
}
UPDRAFT_NO_MEMORY(nullptr)

RingbufHandle_t xRingbufferCreateWithCaps(std::size_t size, RingbufferType_t type,
                                          UBaseType_t caps) try {
  static_cast<void>(caps);
  return xRingbufferCreate(size, type);
}
UPDRAFT_NO_MEMORY(nullptr)

void vRingbufferDelete(RingbufHandle_t ringbuf) {
  const RtosLock lock(Kernel());
  const auto ring = Find(ringbuf);
  if (ring == nullptr) return;
  ring->gone = true;
  ring->changed.notify_all();
  Rings().erase(ringbuf);
}
void vRingbufferDeleteWithCaps(RingbufHandle_t ringbuf) { vRingbufferDelete(ringbuf); }

BaseType_t xRingbufferGetStaticBuffer(RingbufHandle_t ringbuf, std::uint8_t** storage,
                                      StaticRingbuffer_t** out_ringbuf) {
  const RtosLock lock(Kernel());
  const auto ring = Find(ringbuf);
  if (ring == nullptr || ring->storage == nullptr) return pdFALSE;
  if (storage == nullptr || out_ringbuf == nullptr) return pdFALSE;
  *storage = ring->storage;
  *out_ringbuf = ring->place;
  return pdTRUE;
}

BaseType_t xRingbufferSend(RingbufHandle_t ringbuf, const void* item, std::size_t size,
                           TickType_t ticks) try {
  return SendCopy(ringbuf, item, size, ticks);
}
UPDRAFT_NO_MEMORY(pdFAIL)
BaseType_t xRingbufferSendFromISR(RingbufHandle_t ringbuf, const void* item, std::size_t size,
                                  BaseType_t* woken) try {
  Clear(woken);
  return SendCopy(ringbuf, item, size, 0);
}
UPDRAFT_NO_MEMORY(pdFAIL)

BaseType_t xRingbufferSendAcquire(RingbufHandle_t ringbuf, void** item, std::size_t size,
                                  TickType_t ticks) try {
  if (item == nullptr) return pdFALSE;
  *item = nullptr;
  {
    const RtosLock lock(Kernel());
    const auto ring = Find(ringbuf);
    if (ring == nullptr || ring->memory.type() != RINGBUF_TYPE_NOSPLIT) return pdFALSE;
  }
  return Send(ringbuf, size, ticks, [&](Ring& ring) {
    *item = ring.memory.Acquire(size);
    return true;
  });
}
UPDRAFT_NO_MEMORY(pdFAIL)

BaseType_t xRingbufferSendComplete(RingbufHandle_t ringbuf, void* item) try {
  const RtosLock lock(Kernel());
  const auto ring = Find(ringbuf);
  if (ring == nullptr || !ring->memory.Complete(item)) return pdFALSE;
  TellReaders(*ring);
  return pdTRUE;
}
UPDRAFT_NO_MEMORY(pdFAIL)

void* xRingbufferReceive(RingbufHandle_t ringbuf, std::size_t* size, TickType_t ticks) try {
  return ReceiveWhole(ringbuf, size, ticks, false, SIZE_MAX);
}
UPDRAFT_NO_MEMORY(nullptr)
void* xRingbufferReceiveFromISR(RingbufHandle_t ringbuf, std::size_t* size) try {
  return ReceiveWhole(ringbuf, size, 0, false, SIZE_MAX);
}
UPDRAFT_NO_MEMORY(nullptr)
void* xRingbufferReceiveUpTo(RingbufHandle_t ringbuf, std::size_t* size, TickType_t ticks,
                             std::size_t max_size) try {
  return ReceiveWhole(ringbuf, size, ticks, true, max_size);
}
UPDRAFT_NO_MEMORY(nullptr)
void* xRingbufferReceiveUpToFromISR(RingbufHandle_t ringbuf, std::size_t* size,
                                    std::size_t max_size) try {
  return ReceiveWhole(ringbuf, size, 0, true, max_size);
}
UPDRAFT_NO_MEMORY(nullptr)

BaseType_t xRingbufferReceiveSplit(RingbufHandle_t ringbuf, void** head, void** tail,
                                   std::size_t* head_size, std::size_t* tail_size,
                                   TickType_t ticks) try {
  if (head == nullptr || tail == nullptr || head_size == nullptr || tail_size == nullptr) {
    return pdFALSE;
  }
  RingMemory::Part first;
  RingMemory::Part second;
  const auto suits = [](RingbufferType_t type) { return type == RINGBUF_TYPE_ALLOWSPLIT; };
  const auto take = [&](RingMemory& memory) {
    first = memory.Read(SIZE_MAX);
    if (memory.ContinuesAfter(first)) second = memory.Read(SIZE_MAX);
  };
  if (!Receive(ringbuf, ticks, suits, take)) return pdFALSE;
  *head = first.data;
  *head_size = first.size;
  *tail = second.data;
  if (second.data != nullptr) *tail_size = second.size;
  return pdTRUE;
}
UPDRAFT_NO_MEMORY(pdFAIL)
BaseType_t xRingbufferReceiveSplitFromISR(RingbufHandle_t ringbuf, void** head, void** tail,
                                          std::size_t* head_size, std::size_t* tail_size) {
  return xRingbufferReceiveSplit(ringbuf, head, tail, head_size, tail_size, 0);
}

void vRingbufferReturnItem(RingbufHandle_t ringbuf, void* item) {
  const RtosLock lock(Kernel());
  const auto ring = Find(ringbuf);
  if (ring != nullptr && ring->memory.Return(item)) ring->changed.notify_all();
}
void vRingbufferReturnItemFromISR(RingbufHandle_t ringbuf, void* item, BaseType_t* woken) {
  Clear(woken);
  vRingbufferReturnItem(ringbuf, item);
}

std::size_t xRingbufferGetMaxItemSize(RingbufHandle_t ringbuf) {
  const RtosLock lock(Kernel());
  const auto ring = Find(ringbuf);
  return ring != nullptr ? ring->memory.max_item() : 0;
}
std::size_t xRingbufferGetCurFreeSize(RingbufHandle_t ringbuf) {
  const RtosLock lock(Kernel());
  const auto ring = Find(ringbuf);
  return ring != nullptr ? ring->memory.LongestThatFits() : 0;
}

void vRingbufferGetInfo(RingbufHandle_t ringbuf, UBaseType_t* free, UBaseType_t* read,
                        UBaseType_t* write, UBaseType_t* acquire, UBaseType_t* items_waiting) {
  const RtosLock lock(Kernel());
  const auto ring = Find(ringbuf);
  if (ring == nullptr) return;
  Tell(free, ring->memory.free_offset());
  Tell(read, ring->memory.read_offset());
  Tell(write, ring->memory.write_offset());
  Tell(acquire, ring->memory.acquire_offset());
  Tell(items_waiting, ring->memory.waiting());
}

void xRingbufferPrintInfo(RingbufHandle_t ringbuf) {
  UBaseType_t free = 0;
  UBaseType_t read = 0;
  UBaseType_t write = 0;
  UBaseType_t acquire = 0;
  vRingbufferGetInfo(ringbuf, &free, &read, &write, &acquire, nullptr);
  std::printf("Rb size:%zu\tfree: %zu\trptr: %u\tfreeptr: %u\twptr: %u, aptr: %u\n",
              xRingbufferGetMaxItemSize(ringbuf), xRingbufferGetCurFreeSize(ringbuf), read, free,
              write, acquire);
}

BaseType_t xRingbufferAddToQueueSetRead(RingbufHandle_t ringbuf, QueueSetHandle_t set) {
  const RtosLock lock(Kernel());
  const auto ring = Find(ringbuf);
  const auto wanted = updraft::esp::FindQueue(set);
  if (ring == nullptr || wanted == nullptr || wanted->kind != QueueDefinition::Kind::kSet) {
    return pdFALSE;
  }
  if (updraft::esp::FindQueue(ring->set) != nullptr || ring->memory.CanRead()) return pdFALSE;
  ring->set = set;
  return pdTRUE;
}

BaseType_t xRingbufferRemoveFromQueueSetRead(RingbufHandle_t ringbuf, QueueSetHandle_t set) {
  const RtosLock lock(Kernel());
  const auto ring = Find(ringbuf);
  if (ring == nullptr || set == nullptr || ring->set != set) return pdFALSE;
  if (ring->memory.CanRead()) return pdFALSE;
  ring->set = nullptr;
  return pdTRUE;
}

BaseType_t xRingbufferCanRead(RingbufHandle_t ringbuf, QueueSetMemberHandle_t member) {
  return member != nullptr && member == AsMember(ringbuf) ? pdTRUE : pdFALSE;
}
