// SPDX-License-Identifier: Apache-2.0
// freertos/stream_buffer.h and message_buffer.h: a message is its length, then
// its bytes.
#include <freertos/FreeRTOS.h>
#include <freertos/message_buffer.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <memory>

#include "esp/src/immortal.h"
#include "esp/src/no_memory.h"
#include "esp/src/rtos.h"

using updraft::esp::CurrentTask;
using updraft::esp::DeadlineAfter;
using updraft::esp::Kernel;
using updraft::esp::ObeyOthers;
using updraft::esp::RtosLock;

// Guarded by the kernel.
struct StreamBufferDef_t {
  std::size_t capacity = 0;
  std::size_t trigger = 1;
  bool messages = false;
  std::deque<std::uint8_t> bytes{};
  unsigned waiting = 0;
  bool gone = false;
  std::condition_variable changed{};
};

namespace {

using Stream = StreamBufferDef_t;

// A length as a chip stores it: programs size their buffers for that.
constexpr std::size_t kLengthSize = 4;

std::map<StreamBufferHandle_t, std::shared_ptr<Stream>>& Streams() {
  static updraft::esp::Immortal<std::map<StreamBufferHandle_t, std::shared_ptr<Stream>>> streams;
  return *streams;
}

std::shared_ptr<Stream> Find(StreamBufferHandle_t handle) {
  const auto found = Streams().find(handle);
  return found != Streams().end() ? found->second : nullptr;
}

StreamBufferHandle_t Make(std::size_t capacity, std::size_t trigger, bool messages) try {
  if (capacity <= (messages ? kLengthSize : 0) || trigger > capacity) return nullptr;
  auto stream = std::make_shared<Stream>();
  stream->capacity = capacity;
  stream->trigger = std::max<std::size_t>(trigger, 1);
  stream->messages = messages;
  const RtosLock lock(Kernel());
  auto* const handle = stream.get();
  Streams().emplace(handle, std::move(stream));
  return handle;
}
UPDRAFT_NO_MEMORY(nullptr)

std::size_t Room(const Stream& stream) { return stream.capacity - stream.bytes.size(); }

std::size_t NextLength(const Stream& stream) {
  std::uint32_t length = 0;
  if (!stream.messages || stream.bytes.size() < kLengthSize) return 0;
  for (std::size_t i = kLengthSize; i-- > 0;) length = length << 8 | stream.bytes[i];
  return length;
}

void Append(Stream& stream, const void* data, std::size_t size) {
  const auto* const bytes = static_cast<const std::uint8_t*>(data);
  if (stream.messages) {
    for (std::size_t i = 0; i < kLengthSize; ++i) {
      stream.bytes.push_back(static_cast<std::uint8_t>(size >> (8 * i)));
    }
  }
  stream.bytes.insert(stream.bytes.end(), bytes, bytes + size);
  stream.changed.notify_all();
}

std::size_t Take(Stream& stream, void* data, std::size_t size) {
  std::size_t count = std::min(size, stream.bytes.size());
  std::size_t before = 0;
  if (stream.messages) {
    if (stream.bytes.empty() || NextLength(stream) > size) return 0;
    count = NextLength(stream);
    before = kLengthSize;
  }
  const auto first = stream.bytes.begin() + static_cast<std::ptrdiff_t>(before);
  const auto last = first + static_cast<std::ptrdiff_t>(count);
  std::copy(first, last, static_cast<std::uint8_t*>(data));
  stream.bytes.erase(stream.bytes.begin(), last);
  stream.changed.notify_all();
  return count;
}

// False when the buffer or the task is gone meanwhile.
template <typename Done>
bool Wait(RtosLock& lock, Stream& stream, TickType_t ticks, Done done) {
  ++stream.waiting;
  updraft::esp::WaitUntil(lock, stream.changed, DeadlineAfter(ticks),
                          [&] { return stream.gone || done(); });
  --stream.waiting;
  return !stream.gone && !CurrentTask().deleted;
}

std::size_t Send(StreamBufferHandle_t handle, const void* data, std::size_t size,
                 TickType_t ticks) {
  std::size_t sent = 0;
  {
    RtosLock lock(Kernel());
    const auto stream = Find(handle);
    if (stream == nullptr || data == nullptr || size == 0) return 0;
    std::size_t needed = std::min(size, stream->capacity);
    if (stream->messages) {
      if (size > stream->capacity - kLengthSize) return 0;
      needed = size + kLengthSize;
    }
    if (Wait(lock, *stream, ticks, [&] { return Room(*stream) >= needed; })) {
      if (!stream->messages) {
        sent = std::min(size, Room(*stream));
      } else if (Room(*stream) >= needed) {
        sent = size;
      }
      if (sent > 0) Append(*stream, data, sent);
    }
  }
  if (ticks != 0) ObeyOthers();
  return sent;
}

std::size_t Receive(StreamBufferHandle_t handle, void* data, std::size_t size, TickType_t ticks) {
  std::size_t received = 0;
  {
    RtosLock lock(Kernel());
    const auto stream = Find(handle);
    if (stream == nullptr || data == nullptr) return 0;
    const auto enough = [&] { return stream->bytes.size() >= stream->trigger; };
    if (!stream->bytes.empty() || Wait(lock, *stream, ticks, enough)) {
      received = Take(*stream, data, size);
    }
  }
  if (ticks != 0) ObeyOthers();
  return received;
}

// What `ask` says of the buffer, under the kernel; `otherwise` of none.
template <typename Answer, typename Ask>
Answer Of(StreamBufferHandle_t handle, Answer otherwise, Ask ask) {
  const RtosLock lock(Kernel());
  const auto stream = Find(handle);
  return stream != nullptr ? ask(*stream) : otherwise;
}

void Clear(BaseType_t* woken) {
  if (woken != nullptr) *woken = pdFALSE;
}

}  // namespace

StreamBufferHandle_t xStreamBufferCreate(std::size_t size, std::size_t trigger) {
  return Make(size, trigger, false);
}
// NOLINTBEGIN(readability-non-const-parameter): the kernel's own signature
StreamBufferHandle_t xStreamBufferCreateStatic(std::size_t size, std::size_t trigger,
                                               std::uint8_t* storage,
                                               StaticStreamBuffer_t* buffer) {
  if (storage == nullptr || buffer == nullptr || size == 0) return nullptr;
  return Make(size - 1, trigger, false);
}
// NOLINTEND(readability-non-const-parameter)

void vStreamBufferDelete(StreamBufferHandle_t buffer) {
  const RtosLock lock(Kernel());
  const auto stream = Find(buffer);
  if (stream == nullptr) return;
  stream->gone = true;
  stream->changed.notify_all();
  Streams().erase(buffer);
}

std::size_t xStreamBufferSend(StreamBufferHandle_t buffer, const void* data, std::size_t size,
                              TickType_t ticks) try {
  return Send(buffer, data, size, ticks);
}
UPDRAFT_NO_MEMORY(0)
std::size_t xStreamBufferSendFromISR(StreamBufferHandle_t buffer, const void* data,
                                     std::size_t size, BaseType_t* woken) try {
  Clear(woken);
  return Send(buffer, data, size, 0);
}
UPDRAFT_NO_MEMORY(0)
std::size_t xStreamBufferReceive(StreamBufferHandle_t buffer, void* data, std::size_t size,
                                 TickType_t ticks) {
  return Receive(buffer, data, size, ticks);
}
std::size_t xStreamBufferReceiveFromISR(StreamBufferHandle_t buffer, void* data, std::size_t size,
                                        BaseType_t* woken) {
  Clear(woken);
  return Receive(buffer, data, size, 0);
}

std::size_t xStreamBufferBytesAvailable(StreamBufferHandle_t buffer) {
  return Of(buffer, std::size_t{0}, [](const Stream& stream) { return stream.bytes.size(); });
}
std::size_t xStreamBufferSpacesAvailable(StreamBufferHandle_t buffer) {
  return Of(buffer, std::size_t{0}, Room);
}
BaseType_t xStreamBufferIsEmpty(StreamBufferHandle_t buffer) {
  return Of(buffer, pdFALSE,
            [](const Stream& stream) { return stream.bytes.empty() ? pdTRUE : pdFALSE; });
}
BaseType_t xStreamBufferIsFull(StreamBufferHandle_t buffer) {
  return Of(buffer, pdFALSE, [](const Stream& stream) {
    return Room(stream) <= (stream.messages ? kLengthSize : 0) ? pdTRUE : pdFALSE;
  });
}

BaseType_t xStreamBufferSetTriggerLevel(StreamBufferHandle_t buffer, std::size_t trigger) {
  return Of(buffer, pdFALSE, [&](Stream& stream) {
    if (trigger > stream.capacity) return pdFALSE;
    stream.trigger = std::max<std::size_t>(trigger, 1);
    stream.changed.notify_all();
    return pdTRUE;
  });
}

BaseType_t xStreamBufferReset(StreamBufferHandle_t buffer) {
  return Of(buffer, pdFAIL, [](Stream& stream) {
    if (stream.waiting > 0) return pdFAIL;
    stream.bytes.clear();
    return pdPASS;
  });
}

std::size_t xStreamBufferNextMessageLengthBytes(StreamBufferHandle_t buffer) {
  return Of(buffer, std::size_t{0}, NextLength);
}

MessageBufferHandle_t xMessageBufferCreate(std::size_t size) { return Make(size, 0, true); }
// NOLINTBEGIN(readability-non-const-parameter): the kernel's own signature
MessageBufferHandle_t xMessageBufferCreateStatic(std::size_t size, std::uint8_t* storage,
                                                 StaticMessageBuffer_t* buffer) {
  if (storage == nullptr || buffer == nullptr || size == 0) return nullptr;
  return Make(size - 1, 0, true);
}
// NOLINTEND(readability-non-const-parameter)
void vMessageBufferDelete(MessageBufferHandle_t buffer) { vStreamBufferDelete(buffer); }
std::size_t xMessageBufferSend(MessageBufferHandle_t buffer, const void* data, std::size_t size,
                               TickType_t ticks) try {
  return Send(buffer, data, size, ticks);
}
UPDRAFT_NO_MEMORY(0)
std::size_t xMessageBufferSendFromISR(MessageBufferHandle_t buffer, const void* data,
                                      std::size_t size, BaseType_t* woken) {
  return xStreamBufferSendFromISR(buffer, data, size, woken);
}
std::size_t xMessageBufferReceive(MessageBufferHandle_t buffer, void* data, std::size_t size,
                                  TickType_t ticks) {
  return Receive(buffer, data, size, ticks);
}
std::size_t xMessageBufferReceiveFromISR(MessageBufferHandle_t buffer, void* data, std::size_t size,
                                         BaseType_t* woken) {
  return xStreamBufferReceiveFromISR(buffer, data, size, woken);
}
std::size_t xMessageBufferNextLengthBytes(MessageBufferHandle_t buffer) {
  return xStreamBufferNextMessageLengthBytes(buffer);
}
std::size_t xMessageBufferSpacesAvailable(MessageBufferHandle_t buffer) {
  return xStreamBufferSpacesAvailable(buffer);
}
BaseType_t xMessageBufferIsEmpty(MessageBufferHandle_t buffer) {
  return xStreamBufferIsEmpty(buffer);
}
BaseType_t xMessageBufferIsFull(MessageBufferHandle_t buffer) {
  return xStreamBufferIsFull(buffer);
}
BaseType_t xMessageBufferReset(MessageBufferHandle_t buffer) { return xStreamBufferReset(buffer); }
