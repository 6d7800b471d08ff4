// SPDX-License-Identifier: Apache-2.0
// freertos/idf_additions.h: objects in memory of a kind are the objects of FreeRTOS;
// all memory of a host is alike.
#include <esp_heap_caps.h>
#include <freertos/event_groups.h>
#include <freertos/idf_additions.h>
#include <freertos/ringbuf.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>

namespace updraft {
namespace {

constexpr UBaseType_t kExternal = MALLOC_CAP_SPIRAM | MALLOC_CAP_8BIT;

TEST(WithCaps, MakesTasksThatRunAndAreDeleted) {
  struct Shared {
    SemaphoreHandle_t ran = xSemaphoreCreateCountingWithCaps(2, 0, kExternal);
    SemaphoreHandle_t leave = xSemaphoreCreateBinaryWithCaps(kExternal);
  } shared;
  const TaskFunction_t code = [](void* argument) {
    auto* const own = static_cast<Shared*>(argument);
    xSemaphoreGive(own->ran);
    xSemaphoreTake(own->leave, portMAX_DELAY);
    xSemaphoreGive(own->ran);
    vTaskDeleteWithCaps(nullptr);
    ADD_FAILURE() << "a task that deletes itself goes no further";
  };
  TaskHandle_t first = nullptr;
  ASSERT_EQ(xTaskCreateWithCaps(code, "first", 4096, &shared, 5, &first, kExternal), pdPASS);
  ASSERT_NE(first, nullptr);
  ASSERT_EQ(xSemaphoreTake(shared.ran, portMAX_DELAY), pdTRUE);
  vTaskDeleteWithCaps(first);
  TaskHandle_t second = nullptr;
  ASSERT_EQ(xTaskCreatePinnedToCoreWithCaps(code, "second", 4096, &shared, 5, &second,
                                            tskNO_AFFINITY, kExternal),
            pdPASS);
  ASSERT_EQ(xSemaphoreTake(shared.ran, portMAX_DELAY), pdTRUE);
  xSemaphoreGive(shared.leave);
  EXPECT_EQ(xSemaphoreTake(shared.ran, portMAX_DELAY), pdTRUE);
  EXPECT_EQ(xTaskCreateWithCaps(nullptr, "none", 4096, nullptr, 5, nullptr, kExternal), pdFAIL);
}

TEST(WithCaps, MakesQueuesOfTheLengthThatIsAsked) {
  QueueHandle_t queue = xQueueCreateWithCaps(2, sizeof(int), kExternal);
  for (int i = 1; i <= 2; ++i) EXPECT_EQ(xQueueSend(queue, &i, 0), pdTRUE);
  int value = 3;
  EXPECT_EQ(xQueueSend(queue, &value, 0), pdFALSE);
  EXPECT_EQ(xQueueReceive(queue, &value, 0), pdTRUE);
  EXPECT_EQ(value, 1);
  vQueueDeleteWithCaps(queue);
  EXPECT_EQ(xQueueCreateWithCaps(0, sizeof(int), kExternal), nullptr);
}

TEST(WithCaps, MakesSemaphoresThatCountAndMutexesThatHaveAnOwner) {
  SemaphoreHandle_t counting = xSemaphoreCreateCountingWithCaps(3, 2, kExternal);
  EXPECT_EQ(uxSemaphoreGetCount(counting), 2U);
  vSemaphoreDeleteWithCaps(counting);
  SemaphoreHandle_t binary = xSemaphoreCreateBinaryWithCaps(kExternal);
  EXPECT_EQ(xSemaphoreTake(binary, 0), pdFALSE) << "it begins taken";
  EXPECT_EQ(xSemaphoreGive(binary), pdTRUE);
  EXPECT_EQ(xSemaphoreTake(binary, 0), pdTRUE);
  vSemaphoreDeleteWithCaps(binary);
  SemaphoreHandle_t mutex = xSemaphoreCreateMutexWithCaps(kExternal);
  EXPECT_EQ(xSemaphoreTake(mutex, 0), pdTRUE);
  EXPECT_EQ(xSemaphoreGetMutexHolder(mutex), xTaskGetCurrentTaskHandle());
  EXPECT_EQ(xSemaphoreTake(mutex, 0), pdFALSE);
  EXPECT_EQ(xSemaphoreGive(mutex), pdTRUE);
  vSemaphoreDeleteWithCaps(mutex);
  SemaphoreHandle_t recursive = xSemaphoreCreateRecursiveMutexWithCaps(kExternal);
  EXPECT_EQ(xSemaphoreTakeRecursive(recursive, 0), pdTRUE);
  EXPECT_EQ(xSemaphoreTakeRecursive(recursive, 0), pdTRUE);
  EXPECT_EQ(xSemaphoreGiveRecursive(recursive), pdTRUE);
  EXPECT_EQ(xSemaphoreGiveRecursive(recursive), pdTRUE);
  EXPECT_EQ(xSemaphoreGiveRecursive(recursive), pdFALSE) << "it is nobody's";
  vSemaphoreDeleteWithCaps(recursive);
}

TEST(WithCaps, MakesEventGroups) {
  EventGroupHandle_t group = xEventGroupCreateWithCaps(kExternal);
  EXPECT_EQ(xEventGroupGetBits(group), 0U);
  EXPECT_EQ(xEventGroupSetBits(group, 5), 5U);
  EXPECT_EQ(xEventGroupWaitBits(group, 4, pdTRUE, pdTRUE, 0), 5U);
  EXPECT_EQ(xEventGroupGetBits(group), 1U);
  vEventGroupDeleteWithCaps(group);
}

TEST(WithCaps, MakesStreamMessageAndRingBuffers) {
  std::array<char, 16> text{};
  StreamBufferHandle_t stream = xStreamBufferCreateWithCaps(8, 1, kExternal);
  EXPECT_EQ(xStreamBufferSend(stream, "0123456789", 10, 0), 8U);
  EXPECT_EQ(xStreamBufferReceive(stream, text.data(), text.size(), 0), 8U);
  EXPECT_EQ(std::memcmp(text.data(), "01234567", 8), 0);
  vStreamBufferDeleteWithCaps(stream);
  MessageBufferHandle_t messages = xMessageBufferCreateWithCaps(32, kExternal);
  EXPECT_EQ(xMessageBufferSend(messages, "one", 3, 0), 3U);
  EXPECT_EQ(xMessageBufferSend(messages, "three", 5, 0), 5U);
  EXPECT_EQ(xMessageBufferReceive(messages, text.data(), text.size(), 0), 3U);
  EXPECT_EQ(xMessageBufferReceive(messages, text.data(), text.size(), 0), 5U);
  EXPECT_EQ(std::memcmp(text.data(), "three", 5), 0);
  vMessageBufferDeleteWithCaps(messages);
  RingbufHandle_t ring = xRingbufferCreateWithCaps(64, RINGBUF_TYPE_NOSPLIT, kExternal);
  EXPECT_EQ(xRingbufferSend(ring, "item", 4, 0), pdTRUE);
  std::size_t size = 0;
  void* const item = xRingbufferReceive(ring, &size, 0);
  ASSERT_EQ(size, 4U);
  EXPECT_EQ(std::memcmp(item, "item", 4), 0);
  vRingbufferReturnItem(ring, item);
  vRingbufferDeleteWithCaps(ring);
}

}  // namespace
}  // namespace updraft
