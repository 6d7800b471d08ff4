// SPDX-License-Identifier: Apache-2.0
// What a queue is inside, for who looks at several of them: rtos_queue.cc and
// rtos_queue_set.cc. Everything here is guarded by the kernel.
#pragma once

#include <freertos/FreeRTOS.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "esp/src/rtos.h"

struct QueueDefinition {
  enum class Kind : std::uint8_t { kQueue, kSemaphore, kMutex, kRecursiveMutex, kSet };
  Kind kind = Kind::kQueue;
  std::size_t length = 0;
  std::size_t item_size = 0;
  std::deque<std::vector<std::uint8_t>> items{};
  TaskHandle_t holder = nullptr;   // of a mutex
  unsigned depth = 0;              // of a recursive mutex
  QueueSetHandle_t set = nullptr;  // it is a member of, perhaps gone already
  bool gone = false;
  std::condition_variable changed{};
};

namespace updraft::esp {

// nullptr for a handle that is none. A waiter keeps what it waits on.
std::shared_ptr<QueueDefinition> FindQueue(QueueHandle_t handle);

// A set of so many events; nullptr for none.
QueueSetHandle_t MakeQueueSet(std::size_t length);

// Tells the set that there is something in `member`; nothing for NULL or a set
// that is gone. An event that the set has no room for is lost: the kernel takes
// sets that are too small for a fault of the program.
void TellQueueSet(QueueSetHandle_t set, QueueSetMemberHandle_t member);

}  // namespace updraft::esp
