// SPDX-License-Identifier: Apache-2.0
// Memory that ends inside of a façade function: the call ends with its error, what it
// was called for can be done afterwards, and nothing is thrown through C. Which functions
// have handlers at all is held by tools/check_throws.py.
#include <esp_encrypted_img.h>
#include <esp_event.h>
#include <esp_http_client.h>
#include <esp_ota_ops.h>
#include <esp_partition.h>
#include <esp_timer.h>
#include <freertos/FreeRTOS.h>
#include <freertos/ringbuf.h>
#include <freertos/stream_buffer.h>
#include <freertos/timers.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nvs_flash.h>

#include <array>
#include <functional>
#include <string>

#include "testing/ending_memory.h"
#include "tests/facade/facade_device.h"

namespace updraft {
namespace {

class NoMemory : public Facade {
 protected:
  // A thread that the kernel did not make becomes a task at its first call; before, it
  // cannot be told that there is no memory.
  NoMemory() { xTaskGetCurrentTaskHandle(); }

  // Calls it with memory for no allocation, then one, ... until it succeeds. Each call
  // before says `failure`.
  static void Exhaust(const char* what, esp_err_t failure, const std::function<esp_err_t()>& call) {
    for (long allocations = 0; allocations < 10000; ++allocations) {
      LetAllocate(allocations);
      const esp_err_t result = call();
      LetAllocate(-1);
      if (result == ESP_OK) {
        EXPECT_GT(allocations, 0) << what << " allocates nothing: it proves nothing here";
        return;
      }
      EXPECT_EQ(result, failure) << what << " after " << allocations << " allocations";
    }
    FAIL() << what << " never succeeds";
  }
  // For what returns a handle: there is none without memory.
  template <typename Handle>
  static void ExhaustMaker(const char* what, const std::function<Handle()>& make,
                           const std::function<void(Handle)>& free) {
    Exhaust(what, ESP_FAIL, [&] {
      const Handle made = make();
      if (made == nullptr) return ESP_FAIL;
      LetAllocate(-1);
      free(made);
      return ESP_OK;
    });
  }
};

ESP_EVENT_DEFINE_BASE(TEST_EVENT);

TEST_F(NoMemory, LeavesNvsAsItWasOrAsItShouldBe) {
  ASSERT_EQ(nvs_flash_init(), ESP_OK);
  nvs_handle_t handle = 0;
  Exhaust("nvs_open", ESP_ERR_NO_MEM, [&] { return nvs_open("space", NVS_READWRITE, &handle); });
  const std::string text(600, 'x');
  Exhaust("nvs_set_str", ESP_ERR_NO_MEM, [&] {
    const esp_err_t error = nvs_set_str(handle, "text", text.c_str());
    // The next one finds the text and compares it, which takes memory.
    return error == ESP_OK ? nvs_set_str(handle, "text", text.c_str()) : error;
  });
  const std::string blob(3000, 'b');
  Exhaust("nvs_set_blob", ESP_ERR_NO_MEM, [&] {
    const esp_err_t error = nvs_set_blob(handle, "blob", blob.data(), blob.size());
    return error == ESP_OK ? nvs_set_blob(handle, "blob", blob.data(), blob.size()) : error;
  });
  Exhaust("nvs_get_str", ESP_ERR_NO_MEM, [&] {
    char out[1200];
    std::size_t size = sizeof out;
    return nvs_get_str(handle, "text", out, &size);
  });
  nvs_iterator_t iterator = nullptr;
  Exhaust("nvs_entry_find", ESP_ERR_NO_MEM,
          [&] { return nvs_entry_find("nvs", "space", NVS_TYPE_ANY, &iterator); });
  nvs_release_iterator(iterator);
  LetAllocate(2);
  EXPECT_EQ(nvs_entry_find("nvs", "space", NVS_TYPE_ANY, &iterator), ESP_ERR_NO_MEM);
  LetAllocate(-1);
  EXPECT_EQ(iterator, nullptr);
  ASSERT_EQ(nvs_flash_deinit(), ESP_OK);
  Exhaust("nvs_flash_init", ESP_ERR_NO_MEM, [] { return nvs_flash_init(); });
  ASSERT_EQ(nvs_open("space", NVS_READONLY, &handle), ESP_OK);
  std::string read(700, '\0');
  std::size_t size = read.size();
  EXPECT_EQ(nvs_get_str(handle, "text", read.data(), &size), ESP_OK);
  EXPECT_EQ(read.c_str(), text);
}

// Each page is full of values, and their change makes the store collect them.
TEST_F(NoMemory, LosesNoValueWhereNvsCannotCollectItsPages) {
  ASSERT_EQ(nvs_flash_init(), ESP_OK);
  nvs_handle_t handle = 0;
  ASSERT_EQ(nvs_open("space", NVS_READWRITE, &handle), ESP_OK);
  ASSERT_EQ(nvs_set_u32(handle, "kept", 42), ESP_OK);
  std::uint32_t last = 0;
  bool refused = false;
  for (std::uint32_t i = 1; i <= 3000; ++i) {
    LetAllocate(0);
    const esp_err_t error = nvs_set_u32(handle, "counter", i);
    LetAllocate(-1);
    refused = refused || error == ESP_ERR_NO_MEM;
    if (error != ESP_OK) {
      ASSERT_EQ(error, ESP_ERR_NO_MEM) << i;
      ASSERT_EQ(nvs_set_u32(handle, "counter", i), ESP_OK) << i;
    }
    last = i;
  }
  EXPECT_TRUE(refused) << "collecting takes memory";
  for (int start = 0; start < 2; ++start) {
    std::uint32_t value = 0;
    EXPECT_EQ(nvs_get_u32(handle, "counter", &value), ESP_OK);
    EXPECT_EQ(value, last);
    EXPECT_EQ(nvs_get_u32(handle, "kept", &value), ESP_OK);
    EXPECT_EQ(value, 42U);
    ASSERT_EQ(nvs_flash_deinit(), ESP_OK);
    ASSERT_EQ(nvs_flash_init(), ESP_OK);
    ASSERT_EQ(nvs_open("space", NVS_READWRITE, &handle), ESP_OK);
  }
}

TEST_F(NoMemory, EndsEventCallsAndTheLoopGoesOn) {
  esp_event_loop_handle_t loop = nullptr;
  const esp_event_loop_args_t args{4, nullptr, 0, 0, 0};
  Exhaust("esp_event_loop_create", ESP_ERR_NO_MEM,
          [&] { return esp_event_loop_create(&args, &loop); });
  static int calls = 0;
  calls = 0;
  const esp_event_handler_t count = [](void*, esp_event_base_t, std::int32_t, void*) { ++calls; };
  Exhaust("esp_event_handler_register_with", ESP_ERR_NO_MEM,
          [&] { return esp_event_handler_register_with(loop, TEST_EVENT, 1, count, nullptr); });
  const std::string data(5000, 'd');
  Exhaust("esp_event_post_to", ESP_ERR_NO_MEM,
          [&] { return esp_event_post_to(loop, TEST_EVENT, 1, data.data(), data.size(), 0); });
  LetAllocate(0);
  const esp_err_t run = esp_event_loop_run(loop, 0);
  LetAllocate(-1);
  EXPECT_EQ(run, ESP_OK) << "handling an event takes no memory";
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(esp_event_post_to(loop, TEST_EVENT, 1, data.data(), SIZE_MAX / 2, 0), ESP_ERR_NO_MEM);
  EXPECT_EQ(esp_event_loop_delete(loop), ESP_OK);
}

TEST_F(NoMemory, MakesNoObjectOfFreeRtos) {
  ExhaustMaker<QueueHandle_t>(
      "xQueueCreate", [] { return xQueueCreate(2, 400); }, &vQueueDelete);
  ExhaustMaker<SemaphoreHandle_t>(
      "xSemaphoreCreateCounting", [] { return xSemaphoreCreateCounting(5, 5); },
      [](SemaphoreHandle_t made) { vSemaphoreDelete(made); });
  ExhaustMaker<EventGroupHandle_t>(
      "xEventGroupCreate", [] { return xEventGroupCreate(); }, &vEventGroupDelete);
  ExhaustMaker<StreamBufferHandle_t>(
      "xStreamBufferCreate", [] { return xStreamBufferCreate(64, 1); },
      [](StreamBufferHandle_t made) { vStreamBufferDelete(made); });
  ExhaustMaker<RingbufHandle_t>(
      "xRingbufferCreate", [] { return xRingbufferCreate(256, RINGBUF_TYPE_NOSPLIT); },
      &vRingbufferDelete);
  ExhaustMaker<TimerHandle_t>(
      "xTimerCreate", [] { return xTimerCreate("t", 10, pdFALSE, nullptr, [](TimerHandle_t) {}); },
      [](TimerHandle_t made) { xTimerDelete(made, 0); });
  EXPECT_EQ(xRingbufferCreate(SIZE_MAX / 4, RINGBUF_TYPE_NOSPLIT), nullptr);
  auto* const queue = xQueueCreate(2, 400);
  const std::string item(400, 'i');
  Exhaust("xQueueSend", ESP_FAIL,
          [&] { return xQueueSend(queue, item.data(), 0) == pdPASS ? ESP_OK : ESP_FAIL; });
  EXPECT_EQ(uxQueueMessagesWaiting(queue), 1U);
  vQueueDelete(queue);
}

TEST_F(NoMemory, MakesNoClientAndChangesNone) {
  esp_http_client_config_t config{};
  config.url = "https://a-host-with-a-long-name.example.org:8443/and/a/long/path?with=a&query=too";
  config.user_agent = "an agent whose name is longer than a short string may be";
  ExhaustMaker<esp_http_client_handle_t>(
      "esp_http_client_init", [&] { return esp_http_client_init(&config); },
      [](esp_http_client_handle_t made) { EXPECT_EQ(esp_http_client_cleanup(made), ESP_OK); });
  auto* const client = esp_http_client_init(&config);
  const std::string value(300, 'v');
  Exhaust("esp_http_client_set_header", ESP_ERR_NO_MEM, [&] {
    return esp_http_client_set_header(client, "A-Header-With-A-Long-Name", value.c_str());
  });
  const std::string url = "https://another.example.org/" + value;
  Exhaust("esp_http_client_set_url", ESP_ERR_NO_MEM,
          [&] { return esp_http_client_set_url(client, url.c_str()); });
  std::string read(400, '\0');
  Exhaust("esp_http_client_get_url", ESP_ERR_NO_MEM, [&] {
    return esp_http_client_get_url(client, read.data(), static_cast<int>(read.size()));
  });
  EXPECT_THAT(read, testing::HasSubstr(value));
  esp_http_client_cleanup(client);
}

TEST_F(NoMemory, LeavesSlotsAndPartitionsAsTheyWere) {
  const auto* const slot = Find("ota_0");
  esp_ota_handle_t handle = 0;
  Exhaust("esp_ota_begin", ESP_ERR_NO_MEM,
          [&] { return esp_ota_begin(slot, OTA_SIZE_UNKNOWN, &handle); });
  ASSERT_EQ(esp_ota_write(handle, image_.data(), image_.size()), ESP_OK);
  ASSERT_EQ(esp_ota_end(handle), ESP_OK);
  std::array<std::uint8_t, 32> digest{};
  Exhaust("esp_partition_get_sha256", ESP_ERR_NO_MEM,
          [&] { return esp_partition_get_sha256(slot, digest.data()); });
  const void* mapped = nullptr;
  esp_partition_mmap_handle_t map = 0;
  Exhaust("esp_partition_mmap", ESP_ERR_NO_MEM, [&] {
    return esp_partition_mmap(slot, 0, 4096, ESP_PARTITION_MMAP_DATA, &mapped, &map);
  });
  esp_partition_munmap(map);
}

TEST_F(NoMemory, MakesNoTimerAndNoDecryption) {
  esp_timer_handle_t timer = nullptr;
  esp_timer_create_args_t args{};
  args.callback = [](void*) {};
  Exhaust("esp_timer_create", ESP_ERR_NO_MEM, [&] { return esp_timer_create(&args, &timer); });
  Exhaust("esp_timer_start_once", ESP_ERR_NO_MEM,
          [&] { return esp_timer_start_once(timer, 3'600'000'000); });
  EXPECT_EQ(esp_timer_stop(timer), ESP_OK);
  EXPECT_EQ(esp_timer_delete(timer), ESP_OK);
  const std::string pem(3000, 'p');
  esp_decrypt_cfg_t config{};
  config.rsa_priv_key = pem.c_str();
  config.rsa_priv_key_len = pem.size();
  ExhaustMaker<esp_decrypt_handle_t>(
      "esp_encrypted_img_decrypt_start", [&] { return esp_encrypted_img_decrypt_start(&config); },
      [](esp_decrypt_handle_t made) { EXPECT_EQ(esp_encrypted_img_decrypt_abort(made), ESP_OK); });
  config.rsa_priv_key_len = SIZE_MAX / 4;
  EXPECT_EQ(esp_encrypted_img_decrypt_start(&config), nullptr);
}

}  // namespace
}  // namespace updraft
