// SPDX-License-Identifier: Apache-2.0
// esp_event.h: what Espressif's own tests check (conformance L).
#include <esp_event.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace updraft {
namespace {

using testing::ElementsAre;

ESP_EVENT_DEFINE_BASE(ONE_EVENT);
ESP_EVENT_DEFINE_BASE(OTHER_EVENT);

struct Call {
  std::vector<std::string>* calls;
  std::string name;
};

void Note(void* argument, esp_event_base_t, std::int32_t, void*) {
  const auto* const call = static_cast<const Call*>(argument);
  call->calls->push_back(call->name);
}

class EventLoop : public testing::Test {
 protected:
  EventLoop() { Make(4); }
  ~EventLoop() override { esp_event_loop_delete(loop_); }
  void Make(std::int32_t size) {
    if (loop_ != nullptr) esp_event_loop_delete(loop_);
    const esp_event_loop_args_t args{size, nullptr, 0, 0, 0};
    ASSERT_EQ(esp_event_loop_create(&args, &loop_), ESP_OK);
  }
  Call* Named(const std::string& name) {
    named_.push_back(std::make_unique<Call>(Call{&calls_, name}));
    return named_.back().get();
  }
  esp_err_t Register(esp_event_base_t base, std::int32_t id, const std::string& name) {
    return esp_event_handler_instance_register_with(loop_, base, id, &Note, Named(name), nullptr);
  }
  void PostAndRun(esp_event_base_t base, std::int32_t id) {
    ASSERT_EQ(esp_event_post_to(loop_, base, id, nullptr, 0, 0), ESP_OK);
    ASSERT_EQ(esp_event_loop_run(loop_, 0), ESP_OK);
  }

  esp_event_loop_handle_t loop_ = nullptr;
  std::vector<std::string> calls_;
  std::vector<std::unique_ptr<Call>> named_;
};

TEST_F(EventLoop, L2TakesNoNull) {
  const esp_event_loop_args_t args{1, nullptr, 0, 0, 0};
  esp_event_loop_handle_t loop = nullptr;
  EXPECT_EQ(esp_event_loop_create(nullptr, &loop), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_event_loop_create(&args, nullptr), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_event_handler_register_with(loop_, ONE_EVENT, 1, nullptr, nullptr),
            ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_event_handler_register_with(nullptr, ONE_EVENT, 1, &Note, nullptr),
            ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_event_post_to(nullptr, ONE_EVENT, 1, nullptr, 0, 0), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_event_loop_run(nullptr, 0), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_event_loop_delete(nullptr), ESP_ERR_INVALID_ARG);
}

TEST_F(EventLoop, L3TakesAsManyEventsAsItsQueueHolds) {
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(esp_event_post_to(loop_, ONE_EVENT, 1, nullptr, 0, 0), ESP_OK);
  }
  EXPECT_EQ(esp_event_post_to(loop_, ONE_EVENT, 1, nullptr, 0, 0), ESP_ERR_TIMEOUT);
}

TEST_F(EventLoop, L4DropsWhatNobodyHandles) { PostAndRun(ONE_EVENT, 1); }

TEST_F(EventLoop, L5ReplacesTheArgumentOfAHandlerThatIsRegisteredAgain) {
  esp_event_handler_register_with(loop_, ONE_EVENT, 1, &Note, Named("first"));
  esp_event_handler_register_with(loop_, ONE_EVENT, 1, &Note, Named("second"));
  PostAndRun(ONE_EVENT, 1);
  EXPECT_THAT(calls_, ElementsAre("second"));
}

TEST_F(EventLoop, L6CallsEveryInstance) {
  Register(ONE_EVENT, 1, "a");
  Register(ONE_EVENT, 1, "b");
  PostAndRun(ONE_EVENT, 1);
  EXPECT_THAT(calls_, ElementsAre("a", "b"));
}

TEST_F(EventLoop, L7L9L10RefusesWhatCannotBeMeant) {
  EXPECT_EQ(Register(ESP_EVENT_ANY_BASE, 1, "x"), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_event_handler_unregister_with(loop_, ESP_EVENT_ANY_BASE, 1, &Note),
            ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_event_post_to(loop_, ESP_EVENT_ANY_BASE, 1, nullptr, 0, 0), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_event_post_to(loop_, ONE_EVENT, ESP_EVENT_ANY_ID, nullptr, 0, 0),
            ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_event_handler_instance_unregister_with(loop_, ONE_EVENT, 1, nullptr),
            ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_event_handler_unregister_with(loop_, ONE_EVENT, 1, &Note), ESP_ERR_NOT_FOUND);
}

TEST_F(EventLoop, L8L13CallsWhatMatchesInTheOrderOfRegistration) {
  Register(ONE_EVENT, 1, "one");
  Register(ESP_EVENT_ANY_BASE, ESP_EVENT_ANY_ID, "any");
  Register(ONE_EVENT, ESP_EVENT_ANY_ID, "base");
  PostAndRun(ONE_EVENT, 1);
  PostAndRun(ONE_EVENT, 2);
  PostAndRun(OTHER_EVENT, 1);
  EXPECT_THAT(calls_, ElementsAre("one", "any", "base", "any", "base", "any"));
}

TEST_F(EventLoop, L11DoesNotCallWhatIsUnregistered) {
  esp_event_handler_instance_t instance = nullptr;
  Register(ONE_EVENT, 1, "stays");
  ASSERT_EQ(esp_event_handler_instance_register_with(loop_, ONE_EVENT, 1, &Note, Named("goes"),
                                                     &instance),
            ESP_OK);
  EXPECT_EQ(esp_event_handler_instance_unregister_with(loop_, ONE_EVENT, 1, instance), ESP_OK);
  EXPECT_EQ(esp_event_handler_instance_unregister_with(loop_, ONE_EVENT, 1, instance),
            ESP_ERR_NOT_FOUND);
  PostAndRun(ONE_EVENT, 1);
  EXPECT_THAT(calls_, ElementsAre("stays"));
}

void UnregisterItself(void* argument, esp_event_base_t base, std::int32_t id, void*) {
  EXPECT_EQ(esp_event_handler_unregister_with(argument, base, id, &UnregisterItself), ESP_OK);
}

// ESP-IDF finds a handler by its function, however it was registered.
TEST_F(EventLoop, UnregistersByFunctionAHandlerThatHasAnInstance) {
  ASSERT_EQ(Register(ONE_EVENT, 1, "first"), ESP_OK);
  ASSERT_EQ(Register(ONE_EVENT, 1, "second"), ESP_OK);
  EXPECT_EQ(esp_event_handler_unregister_with(loop_, ONE_EVENT, 2, &Note), ESP_ERR_NOT_FOUND);
  EXPECT_EQ(esp_event_handler_unregister_with(loop_, ONE_EVENT, 1, &Note), ESP_OK);
  PostAndRun(ONE_EVENT, 1);
  EXPECT_THAT(calls_, ElementsAre("second"));
}

TEST_F(EventLoop, ReplacesTheArgumentOfAHandlerThatHasAnInstance) {
  esp_event_handler_instance_t instance = nullptr;
  ASSERT_EQ(
      esp_event_handler_instance_register_with(loop_, ONE_EVENT, 1, &Note, Named("old"), &instance),
      ESP_OK);
  ASSERT_EQ(esp_event_handler_register_with(loop_, ONE_EVENT, 1, &Note, Named("new")), ESP_OK);
  PostAndRun(ONE_EVENT, 1);
  EXPECT_THAT(calls_, ElementsAre("new"));
  EXPECT_EQ(esp_event_handler_instance_unregister_with(loop_, ONE_EVENT, 1, instance), ESP_OK);
  PostAndRun(ONE_EVENT, 1);
  EXPECT_THAT(calls_, ElementsAre("new"));
}

TEST_F(EventLoop, TakesFromInterruptsOnlyWhatAnEventHoldsItself) {
  const std::uint64_t data = 7;
  BaseType_t unblocked = pdTRUE;
  EXPECT_EQ(esp_event_isr_post_to(loop_, ONE_EVENT, 1, &data, sizeof data, &unblocked),
            ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_event_isr_post_to(loop_, ONE_EVENT, 1, &data, 4, &unblocked), ESP_OK);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(esp_event_isr_post_to(loop_, ONE_EVENT, 1, nullptr, 0, nullptr), ESP_OK);
  }
  EXPECT_EQ(esp_event_isr_post_to(loop_, ONE_EVENT, 1, nullptr, 0, &unblocked), ESP_FAIL);
}

// The inner run ends, and the handler that called it is still the one that runs.
TEST_F(EventLoop, RunsEventsInsideAHandlerOfItsOwn) {
  Make(1);
  static esp_err_t result = ESP_OK;
  esp_event_handler_register_with(
      loop_, ONE_EVENT, 1,
      [](void* loop, esp_event_base_t base, std::int32_t, void*) {
        EXPECT_EQ(esp_event_post_to(loop, base, 2, nullptr, 0, 0), ESP_OK);
        EXPECT_EQ(esp_event_loop_run(loop, 0), ESP_OK);
        EXPECT_EQ(esp_event_post_to(loop, base, 2, nullptr, 0, 0), ESP_OK);
        result = esp_event_post_to(loop, base, 2, nullptr, 0, portMAX_DELAY);
      },
      loop_);
  Register(ONE_EVENT, 2, "inner");
  PostAndRun(ONE_EVENT, 1);
  EXPECT_THAT(calls_, ElementsAre("inner"));
  EXPECT_EQ(result, ESP_ERR_TIMEOUT);
}

TEST_F(EventLoop, RunsOneHandlerAtATimeWhoeverDrivesIt) {
  struct Shared {
    SemaphoreHandle_t entered = xSemaphoreCreateCounting(2, 0);
    SemaphoreHandle_t leave = xSemaphoreCreateCounting(2, 0);
    std::atomic<int> inside{0};
    std::atomic<int> most{0};
  } shared;
  esp_event_handler_register_with(
      loop_, ONE_EVENT, 1,
      [](void* argument, esp_event_base_t, std::int32_t, void*) {
        auto* const own = static_cast<Shared*>(argument);
        own->most = std::max<int>(own->most, ++own->inside);
        xSemaphoreGive(own->entered);
        xSemaphoreTake(own->leave, portMAX_DELAY);
        --own->inside;
      },
      &shared);
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(esp_event_post_to(loop_, ONE_EVENT, 1, nullptr, 0, 0), ESP_OK);
  }
  std::thread first([&] { EXPECT_EQ(esp_event_loop_run(loop_, 0), ESP_OK); });
  ASSERT_EQ(xSemaphoreTake(shared.entered, portMAX_DELAY), pdTRUE);
  EXPECT_EQ(esp_event_loop_run(loop_, 0), ESP_OK);  // another's turn
  EXPECT_EQ(shared.inside, 1);
  xSemaphoreGive(shared.leave);
  first.join();
  xSemaphoreGive(shared.leave);
  EXPECT_EQ(esp_event_loop_run(loop_, 0), ESP_OK);
  EXPECT_EQ(shared.most, 1);
  EXPECT_EQ(uxSemaphoreGetCount(shared.entered), 1U);
  vSemaphoreDelete(shared.entered);
  vSemaphoreDelete(shared.leave);
}

TEST_F(EventLoop, L12LetsAHandlerUnregisterItself) {
  esp_event_handler_register_with(loop_, ONE_EVENT, 1, &UnregisterItself, loop_);
  PostAndRun(ONE_EVENT, 1);
  EXPECT_EQ(esp_event_handler_unregister_with(loop_, ONE_EVENT, 1, &UnregisterItself),
            ESP_ERR_NOT_FOUND);
}

TEST_F(EventLoop, L14DoesNotWaitForItselfToMakeRoom) {
  Make(1);
  static esp_err_t result = ESP_OK;
  result = ESP_OK;
  esp_event_handler_register_with(
      loop_, ONE_EVENT, 1,
      [](void* loop, esp_event_base_t base, std::int32_t, void*) {
        EXPECT_EQ(esp_event_post_to(loop, base, 2, nullptr, 0, portMAX_DELAY), ESP_OK);
        result = esp_event_post_to(loop, base, 2, nullptr, 0, portMAX_DELAY);
      },
      loop_);
  PostAndRun(ONE_EVENT, 1);
  EXPECT_EQ(result, ESP_ERR_TIMEOUT);
}

TEST_F(EventLoop, L15LetsOthersPostWhileAHandlerRunsOnlyWhereTheLoopHasATask) {
  struct Shared {
    SemaphoreHandle_t running = xSemaphoreCreateBinary();
    SemaphoreHandle_t leave = xSemaphoreCreateBinary();
  } shared;
  const auto wait_inside = [](void* argument, esp_event_base_t, std::int32_t, void*) {
    auto* const signals = static_cast<Shared*>(argument);
    xSemaphoreGive(signals->running);
    xSemaphoreTake(signals->leave, portMAX_DELAY);
  };
  const esp_event_loop_args_t with_task{4, "events", 1, 0, 0};
  esp_event_loop_handle_t loop = nullptr;
  ASSERT_EQ(esp_event_loop_create(&with_task, &loop), ESP_OK);
  esp_event_handler_register_with(loop, ONE_EVENT, 1, wait_inside, &shared);
  ASSERT_EQ(esp_event_post_to(loop, ONE_EVENT, 1, nullptr, 0, 0), ESP_OK);
  ASSERT_EQ(xSemaphoreTake(shared.running, portMAX_DELAY), pdTRUE);
  EXPECT_EQ(esp_event_post_to(loop, ONE_EVENT, 2, nullptr, 0, 0), ESP_OK);
  xSemaphoreGive(shared.leave);
  EXPECT_EQ(esp_event_loop_delete(loop), ESP_OK);

  esp_event_handler_register_with(loop_, ONE_EVENT, 1, wait_inside, &shared);
  std::thread runner([&] { PostAndRun(ONE_EVENT, 1); });
  ASSERT_EQ(xSemaphoreTake(shared.running, portMAX_DELAY), pdTRUE);
  EXPECT_EQ(esp_event_post_to(loop_, ONE_EVENT, 2, nullptr, 0, 1), ESP_ERR_TIMEOUT);
  xSemaphoreGive(shared.leave);
  runner.join();
  vSemaphoreDelete(shared.running);
  vSemaphoreDelete(shared.leave);
}

TEST_F(EventLoop, L16CopiesTheDataWhenItIsPosted) {
  static std::vector<std::string> seen;
  seen.clear();
  esp_event_handler_register_with(
      loop_, ONE_EVENT, ESP_EVENT_ANY_ID,
      [](void*, esp_event_base_t, std::int32_t, void* data) {
        seen.push_back(data == nullptr ? "null" : static_cast<const char*>(data));
      },
      nullptr);
  std::string text = "before";
  esp_event_post_to(loop_, ONE_EVENT, 1, text.c_str(), text.size() + 1, 0);
  text = "after!";
  esp_event_post_to(loop_, ONE_EVENT, 2, nullptr, 10, 0);
  esp_event_post_to(loop_, ONE_EVENT, 3, text.c_str(), 0, 0);
  for (int i = 0; i < 3; ++i) esp_event_loop_run(loop_, 0);
  EXPECT_THAT(seen, ElementsAre("before", "null", "null"));
}

TEST(DefaultEventLoop, L17L18IsThereOnceItIsMade) {
  EXPECT_EQ(esp_event_post(ONE_EVENT, 1, nullptr, 0, 0), ESP_ERR_INVALID_STATE);
  EXPECT_EQ(esp_event_handler_register(ONE_EVENT, 1, &Note, nullptr), ESP_ERR_INVALID_STATE);
  EXPECT_EQ(esp_event_handler_unregister(ONE_EVENT, 1, &Note), ESP_ERR_INVALID_STATE);
  EXPECT_EQ(esp_event_handler_instance_unregister(ONE_EVENT, 1, nullptr), ESP_ERR_INVALID_STATE);
  EXPECT_EQ(esp_event_isr_post(ONE_EVENT, 1, nullptr, 0, nullptr), ESP_ERR_INVALID_STATE);
  EXPECT_EQ(esp_event_loop_delete_default(), ESP_ERR_INVALID_STATE);
  ASSERT_EQ(esp_event_loop_create_default(), ESP_OK);
  EXPECT_EQ(esp_event_handler_instance_unregister(ONE_EVENT, 1, nullptr), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_event_loop_create_default(), ESP_ERR_INVALID_STATE);

  auto* const queue = xQueueCreate(4, sizeof(std::int32_t));
  ASSERT_EQ(esp_event_handler_register(
                ONE_EVENT, ESP_EVENT_ANY_ID,
                [](void* argument, esp_event_base_t, std::int32_t id, void*) {
                  xQueueSend(static_cast<QueueHandle_t>(argument), &id, portMAX_DELAY);
                },
                queue),
            ESP_OK);
  EXPECT_EQ(esp_event_post(ONE_EVENT, 7, nullptr, 0, portMAX_DELAY), ESP_OK);
  std::int32_t id = 0;
  EXPECT_EQ(xQueueReceive(queue, &id, portMAX_DELAY), pdTRUE);
  EXPECT_EQ(id, 7);
  EXPECT_EQ(esp_event_loop_delete_default(), ESP_OK);
  vQueueDelete(queue);
}

TEST(EventLoopTask, L1IsDeletedWhenItsHandlerHasEnded) {
  const esp_event_loop_args_t args{4, "events", 1, 0, 0};
  esp_event_loop_handle_t loop = nullptr;
  ASSERT_EQ(esp_event_loop_create(&args, &loop), ESP_OK);
  struct Shared {
    SemaphoreHandle_t running = xSemaphoreCreateBinary();
    std::atomic<bool> ended{false};
  } shared;
  esp_event_handler_register_with(
      loop, ONE_EVENT, 1,
      [](void* argument, esp_event_base_t, std::int32_t, void*) {
        auto* const own = static_cast<Shared*>(argument);
        xSemaphoreGive(own->running);
        vTaskDelay(2);
        own->ended = true;
      },
      &shared);
  ASSERT_EQ(esp_event_post_to(loop, ONE_EVENT, 1, nullptr, 0, portMAX_DELAY), ESP_OK);
  ASSERT_EQ(xSemaphoreTake(shared.running, portMAX_DELAY), pdTRUE);
  EXPECT_EQ(esp_event_loop_delete(loop), ESP_OK);
  EXPECT_TRUE(shared.ended);
  vSemaphoreDelete(shared.running);
}

TEST(EventLoopTask, L1CanBeDeletedByItsOwnHandler) {
  const esp_event_loop_args_t args{4, "events", 1, 0, 0};
  esp_event_loop_handle_t loop = nullptr;
  ASSERT_EQ(esp_event_loop_create(&args, &loop), ESP_OK);
  auto* const done = xSemaphoreCreateBinary();
  static esp_event_loop_handle_t deleted = nullptr;
  deleted = loop;
  esp_event_handler_register_with(
      loop, ONE_EVENT, 1,
      [](void* argument, esp_event_base_t, std::int32_t, void*) {
        EXPECT_EQ(esp_event_loop_delete(deleted), ESP_OK);
        xSemaphoreGive(static_cast<SemaphoreHandle_t>(argument));
      },
      done);
  ASSERT_EQ(esp_event_post_to(loop, ONE_EVENT, 1, nullptr, 0, portMAX_DELAY), ESP_OK);
  EXPECT_EQ(xSemaphoreTake(done, portMAX_DELAY), pdTRUE);
  EXPECT_EQ(esp_event_post_to(loop, ONE_EVENT, 1, nullptr, 0, 0), ESP_ERR_INVALID_ARG);
  vSemaphoreDelete(done);
}

}  // namespace
}  // namespace updraft
