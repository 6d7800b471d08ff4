// SPDX-License-Identifier: Apache-2.0
// The whole update in one call: esp_https_ota fetches the image, writes it into the
// other slot, proves it and selects it; the program only restarts.
#include <esp_event.h>
#include <esp_http_client.h>
#include <esp_https_ota.h>
#include <esp_log.h>
#include <esp_netif.h>
#include <esp_ota_ops.h>
#include <esp_system.h>
#include <freertos/FreeRTOS.h>
#include <freertos/task.h>
#include <nvs_flash.h>
#include <protocol_examples_common.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH_LEN 32

static const char* TAG = "simple_ota_example";

// What the configuration says, or a line of the console where that is FROM_STDIN.
static const char* firmware_url(void) {
#ifdef CONFIG_EXAMPLE_FIRMWARE_UPGRADE_URL_FROM_STDIN
  static char url[256];
  example_configure_stdin_stdout();
  if (fgets(url, sizeof(url), stdin) == NULL) {
    ESP_LOGE(TAG, "There is no URL on standard input");
  }
  url[strcspn(url, "\r\n")] = '\0';
  return url;
#else
  return CONFIG_EXAMPLE_FIRMWARE_UPGRADE_URL;
#endif
}

extern const uint8_t server_cert_pem_start[] asm("_binary_ca_cert_pem_start");
extern const uint8_t server_cert_pem_end[] asm("_binary_ca_cert_pem_end");

static esp_err_t http_event_handler(esp_http_client_event_t* evt) {
  switch (evt->event_id) {
    case HTTP_EVENT_ON_CONNECTED: ESP_LOGD(TAG, "HTTP_EVENT_ON_CONNECTED"); break;
    case HTTP_EVENT_ON_HEADER:
      ESP_LOGD(TAG, "HTTP_EVENT_ON_HEADER, %s: %s", evt->header_key, evt->header_value);
      break;
    case HTTP_EVENT_ON_DATA: ESP_LOGD(TAG, "HTTP_EVENT_ON_DATA, len=%d", evt->data_len); break;
    case HTTP_EVENT_DISCONNECTED: ESP_LOGD(TAG, "HTTP_EVENT_DISCONNECTED"); break;
    default: break;
  }
  return ESP_OK;
}

static void simple_ota_task(void* unused) {
  ESP_LOGI(TAG, "Starting OTA example");
  esp_http_client_config_t config = {
      .url = firmware_url(),
      .cert_pem = (const char*)server_cert_pem_start,
      .timeout_ms = CONFIG_EXAMPLE_OTA_RECV_TIMEOUT,
      .event_handler = http_event_handler,
      .keep_alive_enable = true,
#ifdef CONFIG_EXAMPLE_SKIP_COMMON_NAME_CHECK
      .skip_cert_common_name_check = true,
#endif
  };
  esp_https_ota_config_t ota_config = {
      .http_config = &config,
  };
  ESP_LOGI(TAG, "Attempting to download update from %s", config.url);
  esp_err_t err = esp_https_ota(&ota_config);
  if (err == ESP_OK) {
    ESP_LOGI(TAG, "OTA Succeed, Rebooting...");
    esp_restart();
  }
  ESP_LOGE(TAG, "Firmware upgrade failed: %s", esp_err_to_name(err));
  while (1) {
    vTaskDelay(1000 / portTICK_PERIOD_MS);
  }
}

static void print_sha256(const uint8_t* image_hash, const char* label) {
  char hash_print[HASH_LEN * 2 + 1];
  hash_print[HASH_LEN * 2] = 0;
  for (int i = 0; i < HASH_LEN; ++i) {
    sprintf(&hash_print[i * 2], "%02x", image_hash[i]);
  }
  ESP_LOGI(TAG, "%s %s", label, hash_print);
}

void app_main(void) {
  const esp_partition_t* running = esp_ota_get_running_partition();
  ESP_LOGI(TAG, "version %s runs from %s at 0x%08x", esp_app_get_description()->version,
           running->label, (unsigned)running->address);
  uint8_t sha_256[HASH_LEN] = {0};
  ESP_ERROR_CHECK(esp_partition_get_sha256(running, sha_256));
  print_sha256(sha_256, "SHA-256 for current firmware:");

  esp_err_t err = nvs_flash_init();
  if (err == ESP_ERR_NVS_NO_FREE_PAGES || err == ESP_ERR_NVS_NEW_VERSION_FOUND) {
    ESP_ERROR_CHECK(nvs_flash_erase());
    err = nvs_flash_init();
  }
  ESP_ERROR_CHECK(err);
  ESP_ERROR_CHECK(esp_netif_init());
  ESP_ERROR_CHECK(esp_event_loop_create_default());
  ESP_ERROR_CHECK(example_connect());
  xTaskCreate(&simple_ota_task, "ota_example_task", 8192, NULL, 5, NULL);
}
