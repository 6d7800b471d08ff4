// SPDX-License-Identifier: Apache-2.0
// Tasks, queues, semaphores, event groups, notifications, timers. Nothing waits
// for a time to pass; waits that must not end early are shown by their order.
#include <esp_timer.h>
#include <freertos/FreeRTOS.h>
#include <freertos/timers.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

namespace updraft {
namespace {

struct Shared {
  SemaphoreHandle_t done = xSemaphoreCreateBinary();
  QueueHandle_t queue = xQueueCreate(1, sizeof(int));
  EventGroupHandle_t group = xEventGroupCreate();
  std::atomic<int> number{0};
  TaskHandle_t task = nullptr;
  ~Shared() {
    vSemaphoreDelete(done);
    vQueueDelete(queue);
    vEventGroupDelete(group);
  }
};

void Start(TaskFunction_t code, Shared& shared) {
  ASSERT_EQ(xTaskCreate(code, "test", 4096, &shared, 5, &shared.task), pdPASS);
}
void Await(Shared& shared) { ASSERT_EQ(xSemaphoreTake(shared.done, portMAX_DELAY), pdTRUE); }

TEST(Task, DoesNotReturnFromDeletingItself) {
  Shared shared;
  Start(
      [](void* argument) {
        auto& own = *static_cast<Shared*>(argument);
        own.number = 1;
        xSemaphoreGive(own.done);
        vTaskDelete(nullptr);
        own.number = 2;
        xSemaphoreGive(own.done);
      },
      shared);
  Await(shared);
  while (eTaskGetState(shared.task) != eDeleted) vTaskDelay(1);
  EXPECT_EQ(shared.number, 1);
  EXPECT_EQ(uxSemaphoreGetCount(shared.done), 0U);
}

TEST(Task, IsDeletedByAnotherAtItsNextWait) {
  Shared shared;
  Start(
      [](void* argument) {
        auto& own = *static_cast<Shared*>(argument);
        xSemaphoreGive(own.done);
        int nothing = 0;
        xQueueReceive(own.queue, &nothing, portMAX_DELAY);
        own.number = 1;
      },
      shared);
  Await(shared);
  vTaskDelete(shared.task);
  vTaskDelete(shared.task);
  while (eTaskGetState(shared.task) != eDeleted) vTaskDelay(1);
  const int item = 1;
  EXPECT_EQ(xQueueSend(shared.queue, &item, 0), pdTRUE);
  EXPECT_EQ(shared.number, 0);
}

// Whoever waits for that frees next what the task used.
TEST(Task, IsCalledDeletedOnlyOnceItRunsNoMore) {
  Shared shared;
  static std::atomic<bool> leave{false};
  leave = false;
  Start(
      [](void* argument) {
        xSemaphoreGive(static_cast<Shared*>(argument)->done);
        while (!leave) std::this_thread::yield();
        vTaskDelay(1);
      },
      shared);
  Await(shared);
  vTaskDelete(shared.task);
  EXPECT_NE(eTaskGetState(shared.task), eDeleted);
  leave = true;
  while (eTaskGetState(shared.task) != eDeleted) vTaskDelay(1);
}

TEST(Task, KnowsItsNameAndPriority) {
  Shared shared;
  Start(
      [](void* argument) {
        auto& own = *static_cast<Shared*>(argument);
        if (std::string(pcTaskGetName(nullptr)) == "test" && uxTaskPriorityGet(nullptr) == 5) {
          own.number = 1;
        }
        xSemaphoreGive(own.done);
        ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
        xSemaphoreGive(own.done);
      },
      shared);
  Await(shared);
  EXPECT_EQ(shared.number, 1);
  EXPECT_EQ(xTaskGetHandle("test"), shared.task);
  EXPECT_EQ(xTaskGetHandle("nobody"), nullptr);
  EXPECT_EQ(xTaskGetHandle(nullptr), nullptr);
  xTaskNotifyGive(shared.task);
  Await(shared);
}

TEST(Task, TakesNoNullAndNoStaleHandle) {
  Shared shared;
  TaskHandle_t created = shared.task;
  EXPECT_EQ(xTaskCreate(nullptr, "x", 0, nullptr, 0, &created), pdFAIL);
  EXPECT_EQ(created, nullptr);
  auto* const stale = reinterpret_cast<TaskHandle_t>(&shared);
  vTaskDelete(stale);
  vTaskSuspend(stale);
  vTaskResume(stale);
  vTaskResume(nullptr);
  EXPECT_EQ(eTaskGetState(stale), eInvalid);
  EXPECT_EQ(xTaskNotify(stale, 1, eSetBits), pdFAIL);
  EXPECT_EQ(xTaskNotify(nullptr, 1, eSetBits), pdFAIL);
  EXPECT_EQ(xTaskAbortDelay(stale), pdFAIL);
  EXPECT_EQ(xTaskDelayUntil(nullptr, 1), pdFALSE);
}

TEST(Task, RestsWhileItIsSuspended) {
  Shared shared;
  Start(
      [](void* argument) {
        auto& own = *static_cast<Shared*>(argument);
        vTaskSuspend(nullptr);
        own.number = 1;
        xSemaphoreGive(own.done);
      },
      shared);
  while (eTaskGetState(shared.task) != eSuspended) vTaskDelay(1);
  EXPECT_EQ(shared.number, 0);
  vTaskResume(shared.task);
  Await(shared);
  EXPECT_EQ(shared.number, 1);
}

TEST(Queue, KeepsItsOrderAndItsLimit) {
  auto* const queue = xQueueCreate(2, sizeof(int));
  int item = 1;
  EXPECT_EQ(xQueueSend(queue, &item, 0), pdTRUE);
  item = 2;
  EXPECT_EQ(xQueueSendToFront(queue, &item, 0), pdTRUE);
  EXPECT_EQ(xQueueSend(queue, &item, 0), errQUEUE_FULL);
  EXPECT_EQ(uxQueueMessagesWaiting(queue), 2U);
  EXPECT_EQ(xQueuePeek(queue, &item, 0), pdTRUE);
  EXPECT_EQ(item, 2);
  EXPECT_EQ(xQueueReceive(queue, &item, 0), pdTRUE);
  EXPECT_EQ(xQueueReceive(queue, &item, 0), pdTRUE);
  EXPECT_EQ(item, 1);
  EXPECT_EQ(xQueueReceive(queue, &item, 0), errQUEUE_EMPTY);
  vQueueDelete(queue);
  vQueueDelete(queue);
  EXPECT_EQ(xQueueSend(queue, &item, 0), pdFAIL);
  EXPECT_EQ(xQueueReceive(nullptr, &item, 0), pdFAIL);
  EXPECT_EQ(xQueueCreate(0, 4), nullptr);
}

TEST(Queue, WakesASenderThatWaitsForRoom) {
  Shared shared;
  const int first = 1;
  ASSERT_EQ(xQueueSend(shared.queue, &first, 0), pdTRUE);
  Start(
      [](void* argument) {
        auto& own = *static_cast<Shared*>(argument);
        const int second = 2;
        xQueueSend(own.queue, &second, portMAX_DELAY);
        xSemaphoreGive(own.done);
      },
      shared);
  while (eTaskGetState(shared.task) != eBlocked) vTaskDelay(1);
  int item = 0;
  EXPECT_EQ(xQueueReceive(shared.queue, &item, 0), pdTRUE);
  EXPECT_EQ(item, 1);
  Await(shared);
  EXPECT_EQ(xQueueReceive(shared.queue, &item, 0), pdTRUE);
  EXPECT_EQ(item, 2);
}

TEST(Semaphore, CountsUpToItsLimit) {
  auto* const semaphore = xSemaphoreCreateCounting(2, 1);
  EXPECT_EQ(xSemaphoreGive(semaphore), pdTRUE);
  EXPECT_EQ(xSemaphoreGive(semaphore), pdFALSE);
  EXPECT_EQ(xSemaphoreTake(semaphore, 0), pdTRUE);
  EXPECT_EQ(xSemaphoreTake(semaphore, 0), pdTRUE);
  EXPECT_EQ(xSemaphoreTake(semaphore, 0), pdFALSE);
  vSemaphoreDelete(semaphore);
  EXPECT_EQ(xSemaphoreTake(semaphore, portMAX_DELAY), pdFALSE);
  EXPECT_EQ(xSemaphoreGive(nullptr), pdFALSE);
}

TEST(Mutex, IsGivenByWhoHoldsIt) {
  Shared shared;
  auto* const mutex = xSemaphoreCreateRecursiveMutex();
  EXPECT_EQ(xSemaphoreTakeRecursive(mutex, 0), pdTRUE);
  EXPECT_EQ(xSemaphoreTakeRecursive(mutex, 0), pdTRUE);
  EXPECT_EQ(xSemaphoreGetMutexHolder(mutex), xTaskGetCurrentTaskHandle());
  static SemaphoreHandle_t held = nullptr;
  held = mutex;
  Start(
      [](void* argument) {
        auto& own = *static_cast<Shared*>(argument);
        own.number =
            xSemaphoreGiveRecursive(held) == pdFALSE && xSemaphoreTakeRecursive(held, 0) == pdFALSE;
        xSemaphoreGive(own.done);
      },
      shared);
  Await(shared);
  EXPECT_EQ(shared.number, 1);
  EXPECT_EQ(xSemaphoreGiveRecursive(mutex), pdTRUE);
  EXPECT_EQ(xSemaphoreGiveRecursive(mutex), pdTRUE);
  EXPECT_EQ(xSemaphoreGiveRecursive(mutex), pdFALSE);
  vSemaphoreDelete(mutex);
}

TEST(EventGroup, WaitsForAnyOrAllAndClears) {
  auto* const group = xEventGroupCreate();
  EXPECT_EQ(xEventGroupSetBits(group, 0x3), 0x3U);
  EXPECT_EQ(xEventGroupWaitBits(group, 0x5, pdFALSE, pdFALSE, 0), 0x3U);
  EXPECT_EQ(xEventGroupWaitBits(group, 0x5, pdTRUE, pdTRUE, 1), 0x3U) << "not all: a time-out";
  EXPECT_EQ(xEventGroupWaitBits(group, 0x1, pdTRUE, pdTRUE, 0), 0x3U);
  EXPECT_EQ(xEventGroupGetBits(group), 0x2U);
  EXPECT_EQ(xEventGroupClearBits(group, 0x2), 0x2U);
  vEventGroupDelete(group);
  EXPECT_EQ(xEventGroupSetBits(group, 1), 0U);
  EXPECT_EQ(xEventGroupWaitBits(nullptr, 1, pdFALSE, pdFALSE, portMAX_DELAY), 0U);
}

TEST(EventGroup, SatisfiesAllThatWaitBeforeABitIsCleared) {
  Shared shared;
  const auto wait = [](void* argument) {
    auto& own = *static_cast<Shared*>(argument);
    if ((xEventGroupWaitBits(own.group, 1, pdTRUE, pdTRUE, portMAX_DELAY) & 1) != 0) ++own.number;
    xSemaphoreGive(own.done);
  };
  Shared other;
  std::swap(other.group, shared.group);
  auto* const group = other.group;
  Shared second;
  vEventGroupDelete(second.group);
  second.group = group;
  Start(wait, other);
  Start(wait, second);
  while (eTaskGetState(other.task) != eBlocked) vTaskDelay(1);
  while (eTaskGetState(second.task) != eBlocked) vTaskDelay(1);
  xEventGroupSetBits(group, 1);
  Await(other);
  Await(second);
  EXPECT_EQ(other.number, 1);
  EXPECT_EQ(second.number, 1);
  EXPECT_EQ(xEventGroupGetBits(group), 0U);
}

TEST(Notification, CarriesAValue) {
  std::uint32_t value = 0;
  EXPECT_EQ(xTaskNotifyWait(0, 0, &value, 0), pdFALSE);
  Shared shared;
  Start(
      [](void* argument) {
        auto& own = *static_cast<Shared*>(argument);
        std::uint32_t got = 0;
        if (xTaskNotifyWait(0, UINT32_MAX, &got, portMAX_DELAY) == pdTRUE) {
          own.number = static_cast<int>(got);
        }
        xSemaphoreGive(own.done);
      },
      shared);
  EXPECT_EQ(xTaskNotify(shared.task, 42, eSetValueWithOverwrite), pdTRUE);
  Await(shared);
  EXPECT_EQ(shared.number, 42);
}

TEST(SoftwareTimer, CallsBackWithItself) {
  Shared shared;
  auto* const timer = xTimerCreate("t", 1, pdTRUE, &shared, [](TimerHandle_t own) {
    auto& id = *static_cast<Shared*>(pvTimerGetTimerID(own));
    if (++id.number == 3) xSemaphoreGive(id.done);
  });
  ASSERT_NE(timer, nullptr);
  EXPECT_EQ(xTimerIsTimerActive(timer), pdFALSE);
  EXPECT_EQ(xTimerStart(timer, 0), pdPASS);
  Await(shared);
  EXPECT_EQ(xTimerStop(timer, 0), pdPASS);
  EXPECT_EQ(xTimerDelete(timer, 0), pdPASS);
  EXPECT_EQ(xTimerDelete(timer, 0), pdFAIL);
  EXPECT_EQ(xTimerStart(nullptr, 0), pdFAIL);
  EXPECT_EQ(xTimerCreate("t", 0, pdTRUE, nullptr, [](TimerHandle_t) {}), nullptr);
  EXPECT_EQ(xTimerCreate("t", 1, pdTRUE, nullptr, nullptr), nullptr);
}

TEST(EspTimer, RunsOnceOrAgainAndJudgesItsState) {
  Shared shared;
  const esp_timer_create_args_t args{.callback =
                                         [](void* argument) {
                                           auto& own = *static_cast<Shared*>(argument);
                                           ++own.number;
                                           xSemaphoreGive(own.done);
                                         },
                                     .arg = &shared,
                                     .dispatch_method = ESP_TIMER_TASK,
                                     .name = "t",
                                     .skip_unhandled_events = false};
  esp_timer_handle_t timer = nullptr;
  EXPECT_EQ(esp_timer_create(nullptr, &timer), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_timer_create(&args, nullptr), ESP_ERR_INVALID_ARG);
  ASSERT_EQ(esp_timer_create(&args, &timer), ESP_OK);
  EXPECT_EQ(esp_timer_stop(timer), ESP_ERR_INVALID_STATE);
  ASSERT_EQ(esp_timer_start_once(timer, 1000), ESP_OK);
  Await(shared);
  while (esp_timer_is_active(timer)) vTaskDelay(1);
  EXPECT_EQ(shared.number, 1);
  ASSERT_EQ(esp_timer_start_periodic(timer, 1000), ESP_OK);
  EXPECT_EQ(esp_timer_start_once(timer, 1000), ESP_ERR_INVALID_STATE);
  EXPECT_EQ(esp_timer_delete(timer), ESP_ERR_INVALID_STATE);
  Await(shared);
  Await(shared);
  EXPECT_EQ(esp_timer_stop(timer), ESP_OK);
  EXPECT_EQ(esp_timer_delete(timer), ESP_OK);
  EXPECT_EQ(esp_timer_delete(timer), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_timer_start_once(nullptr, 1), ESP_ERR_INVALID_ARG);
}

TEST(Ticks, ConvertAtTheConfiguredRate) {
  EXPECT_EQ(pdMS_TO_TICKS(1000), configTICK_RATE_HZ);
  EXPECT_EQ(portTICK_PERIOD_MS, 1000 / configTICK_RATE_HZ);
  const TickType_t before = xTaskGetTickCount();
  vTaskDelay(2);
  EXPECT_GE(xTaskGetTickCount() - before, 2U);
}

}  // namespace
}  // namespace updraft
