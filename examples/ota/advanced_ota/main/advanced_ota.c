// SPDX-License-Identifier: Apache-2.0
// An update step by step: the new version is looked at before anything is written,
// progress is told, events are followed, a broken download is gone on with, and the
// new image confirms itself.
#include <esp_event.h>
#include <esp_http_client.h>
#include <esp_https_ota.h>
#include <esp_log.h>
#include <esp_netif.h>
#include <esp_ota_ops.h>
#include <esp_system.h>
#include <freertos/FreeRTOS.h>
#include <freertos/task.h>
#include <nvs.h>
#include <nvs_flash.h>
#include <protocol_examples_common.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char* TAG = "advanced_https_ota_example";

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

static void event_handler(void* arg, esp_event_base_t event_base, int32_t event_id,
                          void* event_data) {
  if (event_base != ESP_HTTPS_OTA_EVENT) {
    return;
  }
  switch (event_id) {
    case ESP_HTTPS_OTA_START: ESP_LOGI(TAG, "OTA started"); break;
    case ESP_HTTPS_OTA_CONNECTED: ESP_LOGI(TAG, "Connected to server"); break;
    case ESP_HTTPS_OTA_GET_IMG_DESC: ESP_LOGI(TAG, "Reading Image Description"); break;
    case ESP_HTTPS_OTA_VERIFY_CHIP_ID:
      ESP_LOGI(TAG, "Verifying chip id of new image: %d", *(esp_chip_id_t*)event_data);
      break;
    case ESP_HTTPS_OTA_VERIFY_CHIP_REVISION:
      ESP_LOGI(TAG, "Verifying chip revision of new image: %d", *(uint16_t*)event_data);
      break;
    case ESP_HTTPS_OTA_WRITE_FLASH:
      ESP_LOGD(TAG, "Writing to flash: %d written", *(int*)event_data);
      break;
    case ESP_HTTPS_OTA_UPDATE_BOOT_PARTITION:
      ESP_LOGI(TAG, "Boot partition updated. Next Partition: %d",
               *(esp_partition_subtype_t*)event_data);
      break;
    case ESP_HTTPS_OTA_FINISH: ESP_LOGI(TAG, "OTA finish"); break;
    case ESP_HTTPS_OTA_ABORT: ESP_LOGI(TAG, "OTA abort"); break;
    default: break;
  }
}

#ifdef CONFIG_EXAMPLE_ENABLE_OTA_RESUMPTION
// How far the download of which file had come; a file is known by its URL here.
static esp_err_t load_progress(const char* wanted_url, uint32_t* written) {
  nvs_handle_t nvs;
  *written = 0;
  esp_err_t err = nvs_open("ota", NVS_READWRITE, &nvs);
  if (err != ESP_OK) {
    return err;
  }
  char url[256] = "";
  size_t length = sizeof(url);
  if (nvs_get_str(nvs, "url", url, &length) == ESP_OK && strcmp(url, wanted_url) == 0) {
    nvs_get_u32(nvs, "written", written);
  }
  nvs_close(nvs);
  return ESP_OK;
}

static void save_progress(const char* url, uint32_t written) {
  nvs_handle_t nvs;
  if (nvs_open("ota", NVS_READWRITE, &nvs) != ESP_OK) {
    return;
  }
  nvs_set_str(nvs, "url", url);
  nvs_set_u32(nvs, "written", written);
  nvs_commit(nvs);
  nvs_close(nvs);
}
#endif

static esp_err_t validate_image_header(esp_app_desc_t* new_app_info) {
  const esp_app_desc_t* running = esp_app_get_description();
  ESP_LOGI(TAG, "Running firmware version: %s", running->version);
#ifndef CONFIG_EXAMPLE_SKIP_VERSION_CHECK
  if (memcmp(new_app_info->version, running->version, sizeof(new_app_info->version)) == 0) {
    ESP_LOGW(TAG, "Current running version is the same as a new. We will not continue the update.");
    return ESP_FAIL;
  }
#endif
#ifdef CONFIG_BOOTLOADER_APP_ANTI_ROLLBACK
  const uint32_t secure_version = esp_efuse_read_secure_version();
  if (new_app_info->secure_version < secure_version) {
    ESP_LOGW(TAG, "New firmware security version is less than eFuse programmed, %u < %u",
             (unsigned)new_app_info->secure_version, (unsigned)secure_version);
    return ESP_FAIL;
  }
#endif
  return ESP_OK;
}

static esp_err_t http_client_init_cb(esp_http_client_handle_t http_client) {
  return esp_http_client_set_header(http_client, "X-Example-Device", "updraft");
}

static esp_err_t run_update(void) {
  esp_http_client_config_t config = {
      .url = firmware_url(),
      .cert_pem = (const char*)server_cert_pem_start,
      .timeout_ms = CONFIG_EXAMPLE_OTA_RECV_TIMEOUT,
      .keep_alive_enable = true,
#ifdef CONFIG_EXAMPLE_SKIP_COMMON_NAME_CHECK
      .skip_cert_common_name_check = true,
#endif
  };
  esp_https_ota_config_t ota_config = {
      .http_config = &config,
      .http_client_init_cb = http_client_init_cb,
#ifdef CONFIG_EXAMPLE_ENABLE_PARTIAL_HTTP_DOWNLOAD
      .partial_http_download = true,
      .max_http_request_size = CONFIG_EXAMPLE_HTTP_REQUEST_SIZE,
#endif
  };
#ifdef CONFIG_EXAMPLE_ENABLE_OTA_RESUMPTION
  uint32_t written = 0;
  load_progress(config.url, &written);
  ota_config.ota_resumption = true;
  ota_config.ota_image_bytes_written = written;
  ESP_LOGI(TAG, "Bytes of an earlier download: %u", (unsigned)written);
#endif
  esp_https_ota_handle_t handle = NULL;
  esp_err_t err = esp_https_ota_begin(&ota_config, &handle);
  if (err != ESP_OK) {
    ESP_LOGE(TAG, "ESP HTTPS OTA Begin failed");
    return err;
  }
  esp_app_desc_t app_desc = {};
  err = esp_https_ota_get_img_desc(handle, &app_desc);
  if (err != ESP_OK) {
    ESP_LOGE(TAG, "esp_https_ota_get_img_desc failed");
    esp_https_ota_abort(handle);
    return err;
  }
  err = validate_image_header(&app_desc);
  if (err != ESP_OK) {
    ESP_LOGE(TAG, "image header verification failed");
    esp_https_ota_abort(handle);
    return err;
  }
#ifdef CONFIG_EXAMPLE_ENABLE_OTA_RESUMPTION
  int saved = 0;
#endif
  while (1) {
    err = esp_https_ota_perform(handle);
    if (err != ESP_ERR_HTTPS_OTA_IN_PROGRESS) {
      break;
    }
    const int read = esp_https_ota_get_image_len_read(handle);
    ESP_LOGD(TAG, "Image bytes read: %d", read);
#ifdef CONFIG_EXAMPLE_ENABLE_OTA_RESUMPTION
    if (read - saved >= CONFIG_EXAMPLE_SAVE_INTERVAL) {
      saved = read;
      save_progress(config.url, (uint32_t)read);
      ESP_LOGI(TAG, "Noted that %d bytes are there", read);
    }
#endif
  }
  if (!esp_https_ota_is_complete_data_received(handle)) {
    ESP_LOGE(TAG, "Complete data was not received.");
    esp_https_ota_abort(handle);
    return ESP_FAIL;
  }
  const esp_err_t finished = esp_https_ota_finish(handle);
#ifdef CONFIG_EXAMPLE_ENABLE_OTA_RESUMPTION
  save_progress(config.url, 0);
#endif
  if (err == ESP_OK && finished == ESP_OK) {
    return ESP_OK;
  }
  if (finished == ESP_ERR_OTA_VALIDATE_FAILED) {
    ESP_LOGE(TAG, "Image validation failed, image is corrupted");
  }
  return finished != ESP_OK ? finished : err;
}

static void advanced_ota_task(void* unused) {
  ESP_LOGI(TAG, "Starting Advanced OTA example");
  const esp_err_t err = run_update();
  if (err == ESP_OK) {
    ESP_LOGI(TAG, "ESP_HTTPS_OTA upgrade successful. Rebooting ...");
    vTaskDelay(pdMS_TO_TICKS(100));
    esp_restart();
  }
  ESP_LOGE(TAG, "ESP_HTTPS_OTA upgrade failed 0x%x", err);
  vTaskDelete(NULL);
}

void app_main(void) {
  const esp_partition_t* running = esp_ota_get_running_partition();
  ESP_LOGI(TAG, "version %s runs from %s", esp_app_get_description()->version, running->label);
  esp_err_t err = nvs_flash_init();
  if (err == ESP_ERR_NVS_NO_FREE_PAGES || err == ESP_ERR_NVS_NEW_VERSION_FOUND) {
    ESP_ERROR_CHECK(nvs_flash_erase());
    err = nvs_flash_init();
  }
  ESP_ERROR_CHECK(err);
  ESP_ERROR_CHECK(esp_netif_init());
  ESP_ERROR_CHECK(esp_event_loop_create_default());
  ESP_ERROR_CHECK(
      esp_event_handler_register(ESP_HTTPS_OTA_EVENT, ESP_EVENT_ANY_ID, &event_handler, NULL));
  ESP_ERROR_CHECK(example_connect());

  // A new image is on trial until it says that it works.
  esp_ota_img_states_t state;
  if (esp_ota_get_state_partition(running, &state) == ESP_OK &&
      state == ESP_OTA_IMG_PENDING_VERIFY) {
    if (esp_ota_mark_app_valid_cancel_rollback() == ESP_OK) {
      ESP_LOGI(TAG, "App is valid, rollback cancelled successfully");
    } else {
      ESP_LOGE(TAG, "Failed to cancel rollback");
    }
  }
  xTaskCreate(&advanced_ota_task, "advanced_ota_task", 8192, NULL, 5, NULL);
}
