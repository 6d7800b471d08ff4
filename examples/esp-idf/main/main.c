// SPDX-License-Identifier: Apache-2.0
// An update without a network: the running image copies itself into the other
// slot, restarts into it on trial, tests itself, and confirms or rolls back.
#include <esp_app_desc.h>
#include <esp_log.h>
#include <esp_ota_ops.h>
#include <esp_system.h>
#include <freertos/FreeRTOS.h>
#include <freertos/task.h>
#include <stdio.h>
#include <string.h>

static const char* TAG = "blue_green";

extern const char motto_start[] asm("_binary_motto_txt_start");
extern const char motto_end[] asm("_binary_motto_txt_end");

// Counts the starts since power came.
static RTC_NOINIT_ATTR uint32_t s_magic;
static RTC_NOINIT_ATTR uint32_t s_starts;

static void count_starts(void) {
  if (esp_reset_reason() == ESP_RST_POWERON || s_magic != 0xB1E6EE11) {
    s_magic = 0xB1E6EE11;
    s_starts = 0;
  }
  ++s_starts;
  ESP_LOGI(TAG, "start %u since power-on, reset reason %d", (unsigned)s_starts, esp_reset_reason());
}

static esp_err_t copy_into(const esp_partition_t* from, const esp_partition_t* to) {
  static uint8_t buffer[4096];
  esp_ota_handle_t handle = 0;
  esp_err_t err = esp_ota_begin(to, OTA_WITH_SEQUENTIAL_WRITES, &handle);
  for (size_t done = 0; err == ESP_OK && done < from->size; done += sizeof(buffer)) {
    err = esp_partition_read(from, done, buffer, sizeof(buffer));
    if (err == ESP_OK) {
      err = esp_ota_write(handle, buffer, sizeof(buffer));
    }
  }
  if (err == ESP_OK) {
    return esp_ota_end(handle);
  }
  esp_ota_abort(handle);
  return err;
}

static void update_task(void* unused) {
  const esp_partition_t* next = esp_ota_get_next_update_partition(NULL);
  ESP_LOGI(TAG, "copying into %s at 0x%x", next->label, (unsigned)next->address);
  ESP_ERROR_CHECK(copy_into(esp_ota_get_running_partition(), next));
  ESP_ERROR_CHECK(esp_ota_set_boot_partition(next));
  vTaskDelay(pdMS_TO_TICKS(10));
  ESP_LOGI(TAG, "restarting");
  esp_restart();
  vTaskDelete(NULL);
}

void app_main(void) {
  const esp_partition_t* running = esp_ota_get_running_partition();
  ESP_LOGI(TAG, "version %s runs from %s: %.*s", esp_app_get_description()->version, running->label,
           (int)strcspn(motto_start, "\n"), motto_start);
  count_starts();

  esp_ota_img_states_t state;
  if (esp_ota_get_state_partition(running, &state) == ESP_OK &&
      state == ESP_OTA_IMG_PENDING_VERIFY) {
#ifdef CONFIG_BLUE_GREEN_SELF_TEST
    ESP_ERROR_CHECK(esp_ota_mark_app_valid_cancel_rollback());
    ESP_LOGI(TAG, "self-test passed, %s is confirmed", running->label);
#else
    ESP_LOGE(TAG, "self-test failed, %s is given up", running->label);
    esp_ota_mark_app_invalid_rollback_and_reboot();
#endif
  }
  if (esp_ota_get_last_invalid_partition() != NULL) {
    ESP_LOGW(TAG, "%s was given up; staying with %s", esp_ota_get_last_invalid_partition()->label,
             running->label);
    return;
  }
  if (running->subtype != ESP_PARTITION_SUBTYPE_APP_OTA_1) {
    xTaskCreate(update_task, "update", 8192, NULL, 5, NULL);
  } else {
    ESP_LOGI(TAG, "all slots have run");
  }
}
