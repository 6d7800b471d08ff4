// SPDX-License-Identifier: Apache-2.0
// Stream and message buffers, queue sets, ring buffers. Nothing waits for a time
// to pass.
#include <freertos/idf_additions.h>
#include <freertos/ringbuf.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace updraft {
namespace {

std::string Receive(StreamBufferHandle_t buffer, std::size_t size, TickType_t ticks = 0) {
  std::string text(size, '\0');
  text.resize(xStreamBufferReceive(buffer, text.data(), size, ticks));
  return text;
}

std::size_t Send(StreamBufferHandle_t buffer, std::string_view text, TickType_t ticks = 0) {
  return xStreamBufferSend(buffer, text.data(), text.size(), ticks);
}

// Runs `code(argument)` in a task of its own.
void Start(TaskFunction_t code, void* argument) {
  ASSERT_EQ(xTaskCreate(code, "other", 4096, argument, 5, nullptr), pdPASS);
}

TEST(StreamBuffer, TakesWhatFitsAndGivesItInOrder) {
  StreamBufferHandle_t buffer = xStreamBufferCreate(8, 1);
  EXPECT_EQ(xStreamBufferIsEmpty(buffer), pdTRUE);
  EXPECT_EQ(Send(buffer, "abcdef"), 6U);
  EXPECT_EQ(xStreamBufferBytesAvailable(buffer), 6U);
  EXPECT_EQ(xStreamBufferSpacesAvailable(buffer), 2U);
  EXPECT_EQ(Send(buffer, "ghi"), 2U);
  EXPECT_EQ(xStreamBufferIsFull(buffer), pdTRUE);
  EXPECT_EQ(Send(buffer, "x"), 0U);
  EXPECT_EQ(Receive(buffer, 5), "abcde");
  EXPECT_EQ(Send(buffer, "jk"), 2U);
  EXPECT_EQ(Receive(buffer, 99), "fghjk");
  EXPECT_EQ(Receive(buffer, 99), "");
  vStreamBufferDelete(buffer);
}

TEST(StreamBuffer, WakesItsReceiverAtTheTriggerOnly) {
  struct Shared {
    StreamBufferHandle_t buffer;
    std::string got{};
  } shared{xStreamBufferCreate(16, 4)};
  TaskHandle_t receiver = nullptr;
  ASSERT_EQ(xTaskCreate(
                [](void* argument) {
                  auto& own = *static_cast<Shared*>(argument);
                  own.got = Receive(own.buffer, 16, portMAX_DELAY);
                  vTaskDelete(nullptr);
                },
                "receiver", 4096, &shared, 5, &receiver),
            pdPASS);
  while (eTaskGetState(receiver) != eBlocked) vTaskDelay(1);
  for (const char byte : {'a', 'b', 'c'}) {
    xStreamBufferSend(shared.buffer, &byte, 1, 0);
    vTaskDelay(1);  // in which a receiver that was woken too early takes it
  }
  EXPECT_EQ(xStreamBufferBytesAvailable(shared.buffer), 3U);
  EXPECT_EQ(eTaskGetState(receiver), eBlocked);
  EXPECT_EQ(Send(shared.buffer, "d"), 1U);
  while (eTaskGetState(receiver) != eDeleted) vTaskDelay(1);
  EXPECT_EQ(shared.got, "abcd");
  vStreamBufferDelete(shared.buffer);
}

TEST(StreamBuffer, GivesLessThanTheTriggerToWhoDoesNotWait) {
  StreamBufferHandle_t buffer = xStreamBufferCreate(16, 4);
  ASSERT_EQ(Send(buffer, "ab"), 2U);
  EXPECT_EQ(Receive(buffer, 16), "ab");
  EXPECT_EQ(xStreamBufferSetTriggerLevel(buffer, 17), pdFALSE);
  EXPECT_EQ(xStreamBufferSetTriggerLevel(buffer, 16), pdTRUE);
  EXPECT_EQ(xStreamBufferSetTriggerLevel(buffer, 0), pdTRUE);
  vStreamBufferDelete(buffer);
}

TEST(StreamBuffer, LetsASenderWaitUntilAllFits) {
  StreamBufferHandle_t buffer = xStreamBufferCreate(4, 1);
  ASSERT_EQ(Send(buffer, "1234"), 4U);
  Start(
      [](void* argument) {
        char bytes[4];
        for (std::size_t got = 0; got < 3;) {
          got += xStreamBufferReceive(static_cast<StreamBufferHandle_t>(argument), bytes, 1,
                                      portMAX_DELAY);
        }
        vTaskDelete(nullptr);
      },
      buffer);
  EXPECT_EQ(Send(buffer, "567", portMAX_DELAY), 3U);
  vStreamBufferDelete(buffer);
}

TEST(StreamBuffer, IsNotResetWhileATaskWaits) {
  StreamBufferHandle_t buffer = xStreamBufferCreate(4, 1);
  ASSERT_EQ(Send(buffer, "12"), 2U);
  EXPECT_EQ(xStreamBufferReset(buffer), pdPASS);
  EXPECT_EQ(xStreamBufferIsEmpty(buffer), pdTRUE);
  Start(
      [](void* argument) {
        char byte = 0;
        xStreamBufferReceive(static_cast<StreamBufferHandle_t>(argument), &byte, 1, portMAX_DELAY);
        vTaskDelete(nullptr);
      },
      buffer);
  while (xStreamBufferReset(buffer) == pdPASS) vTaskDelay(1);
  EXPECT_EQ(xStreamBufferReset(buffer), pdFAIL);
  vStreamBufferDelete(buffer);  // and ends the wait
}

TEST(StreamBuffer, RefusesWhatIsNone) {
  EXPECT_EQ(xStreamBufferCreate(0, 0), nullptr);
  EXPECT_EQ(xStreamBufferCreate(4, 5), nullptr);
  StreamBufferHandle_t buffer = xStreamBufferCreate(4, 0);
  ASSERT_NE(buffer, nullptr);
  EXPECT_EQ(xStreamBufferSend(buffer, nullptr, 3, 0), 0U);
  EXPECT_EQ(xStreamBufferReceive(buffer, nullptr, 3, 0), 0U);
  vStreamBufferDelete(buffer);
  vStreamBufferDelete(buffer);
  EXPECT_EQ(Send(buffer, "a"), 0U);
  EXPECT_EQ(Send(nullptr, "a"), 0U);
  EXPECT_EQ(xStreamBufferReset(nullptr), pdFAIL);
  std::uint8_t storage[8];
  StaticStreamBuffer_t place;
  EXPECT_EQ(xStreamBufferCreateStatic(8, 1, nullptr, &place), nullptr);
  StreamBufferHandle_t in_place = xStreamBufferCreateStatic(8, 1, storage, &place);
  EXPECT_EQ(xStreamBufferSpacesAvailable(in_place), 7U);
  vStreamBufferDelete(in_place);
}

TEST(MessageBuffer, GivesWholeMessages) {
  MessageBufferHandle_t buffer = xMessageBufferCreate(20);
  EXPECT_EQ(xMessageBufferSend(buffer, "first", 5, 0), 5U);
  EXPECT_EQ(xMessageBufferSpacesAvailable(buffer), 11U);
  EXPECT_EQ(xMessageBufferSend(buffer, "second!!", 8, 0), 0U);  // 12 with its length
  EXPECT_EQ(xMessageBufferSend(buffer, "second", 6, 0), 6U);
  EXPECT_EQ(xMessageBufferNextLengthBytes(buffer), 5U);
  std::array<char, 16> text{};
  EXPECT_EQ(xMessageBufferReceive(buffer, text.data(), 4, 0), 0U);  // stays
  EXPECT_EQ(xMessageBufferReceive(buffer, text.data(), text.size(), 0), 5U);
  EXPECT_EQ(std::string_view(text.data(), 5), "first");
  EXPECT_EQ(xMessageBufferReceive(buffer, text.data(), text.size(), 0), 6U);
  EXPECT_EQ(std::string_view(text.data(), 6), "second");
  EXPECT_EQ(xMessageBufferIsEmpty(buffer), pdTRUE);
  EXPECT_EQ(xMessageBufferReceive(buffer, text.data(), text.size(), 0), 0U);
  vMessageBufferDelete(buffer);
}

TEST(MessageBuffer, RefusesAtOnceWhatWillNeverFit) {
  MessageBufferHandle_t buffer = xMessageBufferCreate(8);
  EXPECT_EQ(xMessageBufferSend(buffer, "12345", 5, portMAX_DELAY), 0U);
  EXPECT_EQ(xMessageBufferSend(buffer, "1234", 4, 0), 4U);
  EXPECT_EQ(xMessageBufferIsFull(buffer), pdTRUE);
  vMessageBufferDelete(buffer);
  EXPECT_EQ(xMessageBufferCreate(4), nullptr);
}

TEST(QueueSet, TellsWhichMemberHasSomething) {
  QueueHandle_t queue = xQueueCreate(2, sizeof(int));
  SemaphoreHandle_t semaphore = xSemaphoreCreateBinary();
  QueueSetHandle_t set = xQueueCreateSet(3);
  EXPECT_EQ(xQueueAddToSet(queue, set), pdPASS);
  EXPECT_EQ(xQueueAddToSet(semaphore, set), pdPASS);
  EXPECT_EQ(xQueueSelectFromSet(set, 0), nullptr);
  const int item = 7;
  xQueueSend(queue, &item, 0);
  xSemaphoreGive(semaphore);
  xQueueSend(queue, &item, 0);
  EXPECT_EQ(xQueueSend(queue, &item, 0), errQUEUE_FULL);  // and no event
  EXPECT_EQ(xQueueSelectFromSet(set, portMAX_DELAY), queue);
  EXPECT_EQ(xQueueSelectFromSet(set, portMAX_DELAY), semaphore);
  EXPECT_EQ(xQueueSelectFromSetFromISR(set), queue);
  EXPECT_EQ(xQueueSelectFromSet(set, 0), nullptr);
  vQueueDelete(set);
  vQueueDelete(queue);
  vSemaphoreDelete(semaphore);
}

TEST(QueueSet, IsWaitedFor) {
  struct Shared {
    QueueHandle_t queue = xQueueCreate(1, sizeof(int));
    QueueSetHandle_t set = xQueueCreateSet(1);
  } shared;
  ASSERT_EQ(xQueueAddToSet(shared.queue, shared.set), pdPASS);
  Start(
      [](void* argument) {
        const int item = 7;
        xQueueSend(static_cast<Shared*>(argument)->queue, &item, 0);
        vTaskDelete(nullptr);
      },
      &shared);
  EXPECT_EQ(xQueueSelectFromSet(shared.set, portMAX_DELAY), shared.queue);
  int got = 0;
  EXPECT_EQ(xQueueReceive(shared.queue, &got, 0), pdTRUE);
  EXPECT_EQ(got, 7);
  vQueueDelete(shared.set);
  vQueueDelete(shared.queue);
}

TEST(QueueSet, TakesEmptyMembersOnceOnly) {
  QueueHandle_t queue = xQueueCreate(1, sizeof(int));
  QueueSetHandle_t set = xQueueCreateSet(1);
  QueueSetHandle_t other = xQueueCreateSet(1);
  const int item = 7;
  xQueueSend(queue, &item, 0);
  EXPECT_EQ(xQueueAddToSet(queue, set), pdFAIL);
  xQueueReset(queue);
  EXPECT_EQ(xQueueAddToSet(queue, queue), pdFAIL);
  EXPECT_EQ(xQueueAddToSet(set, other), pdFAIL);
  EXPECT_EQ(xQueueAddToSet(queue, nullptr), pdFAIL);
  EXPECT_EQ(xQueueAddToSet(queue, set), pdPASS);
  EXPECT_EQ(xQueueAddToSet(queue, other), pdFAIL);
  EXPECT_EQ(xQueueRemoveFromSet(queue, other), pdFAIL);
  xQueueSend(queue, &item, 0);
  EXPECT_EQ(xQueueRemoveFromSet(queue, set), pdFAIL);
  xQueueReset(queue);
  EXPECT_EQ(xQueueRemoveFromSet(queue, set), pdPASS);
  EXPECT_EQ(xQueueRemoveFromSet(queue, set), pdFAIL);
  EXPECT_EQ(xQueueSelectFromSet(queue, 0), nullptr);
  EXPECT_EQ(xQueueSelectFromSet(nullptr, 0), nullptr);
  for (QueueHandle_t each : {queue, set, other}) vQueueDelete(each);
}

// Replacing what is there is no new event.
TEST(QueueSet, HearsOfAnOverwriteOnce) {
  QueueHandle_t queue = xQueueCreate(1, sizeof(int));
  QueueSetHandle_t set = xQueueCreateSet(2);
  ASSERT_EQ(xQueueAddToSet(queue, set), pdPASS);
  const int item = 7;
  xQueueOverwrite(queue, &item);
  xQueueOverwrite(queue, &item);
  EXPECT_EQ(xQueueSelectFromSet(set, 0), queue);
  EXPECT_EQ(xQueueSelectFromSet(set, 0), nullptr);
  vQueueDelete(set);
  vQueueDelete(queue);
}

// A ring of its own for each test; what is received is read as text.
class Ringbuffer : public testing::Test {
 protected:
  void Make(std::size_t size, RingbufferType_t type) { ring_ = xRingbufferCreate(size, type); }
  ~Ringbuffer() override { vRingbufferDelete(ring_); }

  BaseType_t Send(std::string_view text, TickType_t ticks = 0) {
    return xRingbufferSend(ring_, text.data(), text.size(), ticks);
  }
  std::string Take() {
    std::size_t size = 0;
    void* const item = xRingbufferReceive(ring_, &size, 0);
    if (item == nullptr) return "none";
    std::string text(static_cast<char*>(item), size);
    vRingbufferReturnItem(ring_, item);
    return text;
  }
  std::string TakeUpTo(std::size_t most) {
    std::size_t size = 0;
    void* const item = xRingbufferReceiveUpTo(ring_, &size, 0, most);
    if (item == nullptr) return "none";
    std::string text(static_cast<char*>(item), size);
    vRingbufferReturnItem(ring_, item);
    return text;
  }
  // "head|tail"
  std::string TakeSplit() {
    void* head = nullptr;
    void* tail = nullptr;
    std::size_t head_size = 0;
    std::size_t tail_size = 0;
    if (xRingbufferReceiveSplit(ring_, &head, &tail, &head_size, &tail_size, 0) != pdTRUE) {
      return "none";
    }
    std::string text(static_cast<char*>(head), head_size);
    vRingbufferReturnItem(ring_, head);
    if (tail != nullptr) {
      text += "|" + std::string(static_cast<char*>(tail), tail_size);
      vRingbufferReturnItem(ring_, tail);
    }
    return text;
  }
  UBaseType_t Waiting() {
    UBaseType_t count = 0;
    vRingbufferGetInfo(ring_, nullptr, nullptr, nullptr, nullptr, &count);
    return count;
  }

  RingbufHandle_t ring_ = nullptr;
};

TEST_F(Ringbuffer, HoldsItemsWhole) {
  Make(64, RINGBUF_TYPE_NOSPLIT);
  EXPECT_EQ(xRingbufferGetMaxItemSize(ring_), 24U);
  EXPECT_EQ(Send("one"), pdTRUE);
  EXPECT_EQ(Send(""), pdTRUE);
  EXPECT_EQ(Send("three"), pdTRUE);
  EXPECT_EQ(Waiting(), 3U);
  EXPECT_EQ(Take(), "one");
  EXPECT_EQ(Take(), "");
  EXPECT_EQ(Take(), "three");
  EXPECT_EQ(Take(), "none");
}

// 12 + 8 bytes each: three of them leave 4 bytes at the end, no room for a header.
TEST_F(Ringbuffer, GoesAroundWithoutSplitting) {
  Make(64, RINGBUF_TYPE_NOSPLIT);
  for (const char* text : {"aaaaaaaaaaaa", "bbbbbbbbbbbb", "cccccccccccc"}) {
    EXPECT_EQ(Send(text), pdTRUE);
  }
  EXPECT_EQ(Send("d"), pdFALSE);
  EXPECT_EQ(Take(), "aaaaaaaaaaaa");
  EXPECT_EQ(xRingbufferGetCurFreeSize(ring_), 12U);
  EXPECT_EQ(Send("eeeeeeeeeeeee"), pdFALSE);
  EXPECT_EQ(Send("dddddddddddd"), pdTRUE);
  EXPECT_EQ(Take(), "bbbbbbbbbbbb");
  EXPECT_EQ(Take(), "cccccccccccc");
  EXPECT_EQ(Take(), "dddddddddddd");
  EXPECT_EQ(xRingbufferGetCurFreeSize(ring_), 24U);
}

TEST_F(Ringbuffer, LeavesTheEndUnusedForAnItemThatFitsAtTheBeginning) {
  Make(64, RINGBUF_TYPE_NOSPLIT);
  EXPECT_EQ(Send(std::string(24, 'a')), pdTRUE);
  EXPECT_EQ(Send(std::string(8, 'b')), pdTRUE);
  EXPECT_EQ(Take(), std::string(24, 'a'));
  EXPECT_EQ(Send(std::string(20, 'c')), pdTRUE);  // 16 are left at the end
  EXPECT_EQ(Take(), std::string(8, 'b'));
  EXPECT_EQ(Take(), std::string(20, 'c'));
  EXPECT_EQ(Take(), "none");
}

TEST_F(Ringbuffer, FreesMemoryInOrderThoughItemsComeBackInAny) {
  Make(64, RINGBUF_TYPE_NOSPLIT);
  for (const char* text : {"aaaaaaaaaaaa", "bbbbbbbbbbbb", "cccccccccccc"}) Send(text);
  std::size_t size = 0;
  void* const first = xRingbufferReceive(ring_, &size, 0);
  void* const second = xRingbufferReceive(ring_, &size, 0);
  vRingbufferReturnItem(ring_, second);
  vRingbufferReturnItem(ring_, second);  // twice is once
  EXPECT_EQ(Send("d"), pdFALSE);
  vRingbufferReturnItem(ring_, first);
  EXPECT_EQ(Send("d"), pdTRUE);
  EXPECT_EQ(Take(), "cccccccccccc");
  EXPECT_EQ(Take(), "d");
}

TEST_F(Ringbuffer, IsFilledInPlace) {
  Make(128, RINGBUF_TYPE_NOSPLIT);
  void* item = nullptr;
  ASSERT_EQ(xRingbufferSendAcquire(ring_, &item, 4, 0), pdTRUE);
  EXPECT_EQ(Send("later"), pdTRUE);
  EXPECT_EQ(Take(), "none");  // what was acquired first comes first
  std::memcpy(item, "here", 4);
  EXPECT_EQ(xRingbufferSendComplete(ring_, item), pdTRUE);
  EXPECT_EQ(xRingbufferSendComplete(ring_, item), pdFALSE);
  EXPECT_EQ(Take(), "here");
  EXPECT_EQ(Take(), "later");
}

TEST_F(Ringbuffer, SplitsAnItemAtItsEnd) {
  Make(64, RINGBUF_TYPE_ALLOWSPLIT);
  EXPECT_EQ(xRingbufferGetMaxItemSize(ring_), 48U);
  EXPECT_EQ(Send(std::string(32, 'a')), pdTRUE);
  EXPECT_EQ(TakeSplit(), std::string(32, 'a'));
  EXPECT_EQ(Send("0123456789abcdefghijklmnopqrstuv"), pdTRUE);  // 16 fit at the end
  std::size_t size = 0;
  EXPECT_EQ(xRingbufferReceive(ring_, &size, 0), nullptr);
  EXPECT_EQ(TakeSplit(), "0123456789abcdef|ghijklmnopqrstuv");
  EXPECT_EQ(TakeSplit(), "none");
  EXPECT_EQ(Send(std::string(48, 'b')), pdTRUE);
  EXPECT_EQ(Send(""), pdFALSE);
}

TEST_F(Ringbuffer, GivesBytesOnePieceAtATime) {
  Make(10, RINGBUF_TYPE_BYTEBUF);
  EXPECT_EQ(Send("01234"), pdTRUE);
  EXPECT_EQ(Send("567"), pdTRUE);
  std::size_t size = 0;
  void* const item = xRingbufferReceive(ring_, &size, 0);
  EXPECT_EQ(std::string_view(static_cast<char*>(item), size), "01234567");
  EXPECT_EQ(Send("89"), pdTRUE);
  EXPECT_EQ(xRingbufferReceive(ring_, &size, 0), nullptr);  // until that is returned
  vRingbufferReturnItem(ring_, item);
  EXPECT_EQ(Send("abcd"), pdTRUE);
  EXPECT_EQ(xRingbufferGetCurFreeSize(ring_), 4U);
  EXPECT_EQ(Waiting(), 6U);
  EXPECT_EQ(Take(), "89");
  EXPECT_EQ(TakeUpTo(3), "abc");
  EXPECT_EQ(TakeUpTo(3), "d");
  EXPECT_EQ(TakeUpTo(3), "none");
  EXPECT_EQ(Send("0123456789"), pdTRUE);
  EXPECT_EQ(Send("0"), pdFALSE);
}

// Against a plain queue of texts, with lengths that meet every end of the ring.
TEST_F(Ringbuffer, KeepsEveryItemOverManyRounds) {
  for (const auto type : {RINGBUF_TYPE_NOSPLIT, RINGBUF_TYPE_ALLOWSPLIT}) {
    for (const std::size_t ring_size : {40U, 52U, 64U, 100U}) {
      vRingbufferDelete(ring_);
      Make(ring_size, type);
      std::vector<std::string> expected;
      std::uint32_t seed = 1;
      for (int i = 0; i < 3000; ++i) {
        seed = seed * 1664525 + 1013904223;
        const std::string text((seed >> 16) % 30, static_cast<char>('a' + i % 26));
        const std::size_t fits = xRingbufferGetCurFreeSize(ring_);
        const bool sent = Send(text) == pdTRUE;
        // 0 is said of a full ring, and of one with room for a header.
        if (!text.empty()) {
          ASSERT_EQ(sent, text.size() <= fits) << i << " of " << ring_size << ", fits " << fits;
        }
        if (sent) expected.push_back(text);
        if (sent && (seed >> 8) % 3 != 0) continue;
        std::string got = type == RINGBUF_TYPE_NOSPLIT ? Take() : TakeSplit();
        if (const auto bar = got.find('|'); bar != std::string::npos) got.erase(bar, 1);
        if (expected.empty()) {
          ASSERT_EQ(got, "none");
        } else {
          ASSERT_EQ(got, expected.front()) << i << " of " << ring_size;
          expected.erase(expected.begin());
        }
      }
    }
  }
}

TEST_F(Ringbuffer, LetsSendersAndReceiversWait) {
  Make(32, RINGBUF_TYPE_NOSPLIT);
  Start(
      [](void* argument) {
        for (char byte = 'a'; byte < 'z'; ++byte) {
          xRingbufferSend(argument, &byte, 1, portMAX_DELAY);
        }
        vTaskDelete(nullptr);
      },
      ring_);
  for (char byte = 'a'; byte < 'z'; ++byte) {
    std::size_t size = 0;
    void* const item = xRingbufferReceive(ring_, &size, portMAX_DELAY);
    ASSERT_NE(item, nullptr);
    EXPECT_EQ(*static_cast<char*>(item), byte);
    vRingbufferReturnItem(ring_, item);
  }
}

TEST_F(Ringbuffer, IsAMemberOfAQueueSet) {
  Make(64, RINGBUF_TYPE_NOSPLIT);
  QueueSetHandle_t set = xQueueCreateSet(4);
  Send("before");
  EXPECT_EQ(xRingbufferAddToQueueSetRead(ring_, set), pdFALSE);
  Take();
  EXPECT_EQ(xRingbufferAddToQueueSetRead(ring_, set), pdTRUE);
  EXPECT_EQ(xRingbufferAddToQueueSetRead(ring_, set), pdFALSE);
  Send("after");
  QueueSetMemberHandle_t member = xQueueSelectFromSet(set, portMAX_DELAY);
  EXPECT_EQ(xRingbufferCanRead(ring_, member), pdTRUE);
  EXPECT_EQ(xRingbufferCanRead(ring_, nullptr), pdFALSE);
  EXPECT_EQ(xRingbufferRemoveFromQueueSetRead(ring_, set), pdFALSE);
  EXPECT_EQ(Take(), "after");
  EXPECT_EQ(xRingbufferRemoveFromQueueSetRead(ring_, set), pdTRUE);
  vQueueDelete(set);
}

TEST_F(Ringbuffer, RefusesWhatIsNone) {
  EXPECT_EQ(xRingbufferCreate(0, RINGBUF_TYPE_BYTEBUF), nullptr);
  EXPECT_EQ(xRingbufferCreate(64, RINGBUF_TYPE_MAX), nullptr);
  EXPECT_EQ(xRingbufferCreate(8, RINGBUF_TYPE_NOSPLIT), nullptr);
  EXPECT_EQ(Send("a"), pdFALSE);
  EXPECT_EQ(Take(), "none");
  Make(64, RINGBUF_TYPE_NOSPLIT);
  EXPECT_EQ(Send(std::string(25, 'a'), portMAX_DELAY), pdFALSE);
  EXPECT_EQ(xRingbufferSend(ring_, nullptr, 1, 0), pdFALSE);
  EXPECT_EQ(xRingbufferSendAcquire(ring_, nullptr, 1, 0), pdFALSE);
  EXPECT_EQ(TakeUpTo(4), "none");
  EXPECT_EQ(TakeSplit(), "none");
  vRingbufferReturnItem(ring_, nullptr);
  vRingbufferReturnItem(nullptr, ring_);
  std::array<std::uint8_t, 64> storage{};
  StaticRingbuffer_t place;
  RingbufHandle_t in_place =
      xRingbufferCreateStatic(storage.size(), RINGBUF_TYPE_BYTEBUF, storage.data(), &place);
  std::uint8_t* out_storage = nullptr;
  StaticRingbuffer_t* out_place = nullptr;
  EXPECT_EQ(xRingbufferGetStaticBuffer(in_place, &out_storage, &out_place), pdTRUE);
  EXPECT_EQ(out_storage, storage.data());
  EXPECT_EQ(xRingbufferGetStaticBuffer(ring_, &out_storage, &out_place), pdFALSE);
  vRingbufferDelete(in_place);
  RingbufHandle_t counted = xRingbufferCreateNoSplit(10, 3);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(xRingbufferSend(counted, "0123456789", 10, 0), pdTRUE);
  EXPECT_EQ(xRingbufferSend(counted, "0123456789", 10, 0), pdFALSE);
  vRingbufferDelete(counted);
}

}  // namespace
}  // namespace updraft
