// SPDX-License-Identifier: Apache-2.0
// An update with nothing but the HTTP client and esp_ota_ops: for programs that bring
// their images by another way than esp_https_ota.
#include <errno.h>
#include <esp_app_format.h>
#include <esp_event.h>
#include <esp_http_client.h>
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

#define BUFFSIZE 1024

static const char* TAG = "native_ota_example";
static char ota_write_data[BUFFSIZE + 1];

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

static void __attribute__((noreturn)) task_fatal_error(void) {
  ESP_LOGE(TAG, "Exiting task due to fatal error...");
  vTaskDelete(NULL);
  while (1) {
  }
}

static void __attribute__((noreturn)) give_up(esp_http_client_handle_t client) {
  esp_http_client_close(client);
  esp_http_client_cleanup(client);
  task_fatal_error();
}

// What is to be known before the first byte is written.
static bool is_wanted(const char* data) {
  esp_app_desc_t new_app_info;
  memcpy(&new_app_info, &data[sizeof(esp_image_header_t) + sizeof(esp_image_segment_header_t)],
         sizeof(esp_app_desc_t));
  ESP_LOGI(TAG, "New firmware version: %s", new_app_info.version);
  const esp_app_desc_t* running = esp_app_get_description();
  ESP_LOGI(TAG, "Running firmware version: %s", running->version);

  esp_app_desc_t invalid_app_info;
  const esp_partition_t* last_invalid = esp_ota_get_last_invalid_partition();
  if (last_invalid != NULL &&
      esp_ota_get_partition_description(last_invalid, &invalid_app_info) == ESP_OK &&
      memcmp(invalid_app_info.version, new_app_info.version, sizeof(new_app_info.version)) == 0) {
    ESP_LOGW(TAG, "New version is the same as invalid version.");
    return false;
  }
#ifndef CONFIG_EXAMPLE_SKIP_VERSION_CHECK
  if (memcmp(new_app_info.version, running->version, sizeof(new_app_info.version)) == 0) {
    ESP_LOGW(TAG, "Current running version is the same as a new. We will not continue the update.");
    return false;
  }
#endif
  return true;
}

static void ota_example_task(void* unused) {
  ESP_LOGI(TAG, "Starting OTA example task");
  const esp_partition_t* update_partition = esp_ota_get_next_update_partition(NULL);
  esp_http_client_config_t config = {
      .url = firmware_url(),
      .cert_pem = (const char*)server_cert_pem_start,
      .timeout_ms = CONFIG_EXAMPLE_OTA_RECV_TIMEOUT,
      .keep_alive_enable = true,
#ifdef CONFIG_EXAMPLE_SKIP_COMMON_NAME_CHECK
      .skip_cert_common_name_check = true,
#endif
  };
  esp_http_client_handle_t client = esp_http_client_init(&config);
  if (client == NULL) {
    ESP_LOGE(TAG, "Failed to initialise HTTP connection");
    task_fatal_error();
  }
  esp_err_t err = esp_http_client_open(client, 0);
  if (err != ESP_OK) {
    ESP_LOGE(TAG, "Failed to open HTTP connection: %s", esp_err_to_name(err));
    esp_http_client_cleanup(client);
    task_fatal_error();
  }
  esp_http_client_fetch_headers(client);
  if (esp_http_client_get_status_code(client) != HttpStatus_Ok) {
    ESP_LOGE(TAG, "The server answers %d", esp_http_client_get_status_code(client));
    give_up(client);
  }
  ESP_LOGI(TAG, "Writing to partition subtype %d at offset 0x%x", update_partition->subtype,
           (unsigned)update_partition->address);

  esp_ota_handle_t update_handle = 0;
  int binary_file_length = 0;
  bool image_header_was_checked = false;
  while (1) {
    const int data_read = esp_http_client_read(client, ota_write_data, BUFFSIZE);
    if (data_read < 0) {
      ESP_LOGE(TAG, "Error: SSL data read error");
      esp_ota_abort(update_handle);
      give_up(client);
    }
    if (data_read == 0) {
      if (esp_http_client_is_complete_data_received(client)) {
        ESP_LOGI(TAG, "Connection closed");
        break;
      }
      if (errno == ECONNRESET || errno == ENOTCONN) {
        ESP_LOGE(TAG, "Connection closed, errno = %d", errno);
        break;
      }
      continue;
    }
    if (!image_header_was_checked) {
      if (data_read <= (int)(sizeof(esp_image_header_t) + sizeof(esp_image_segment_header_t) +
                             sizeof(esp_app_desc_t))) {
        ESP_LOGE(TAG, "received package is not fit len");
        give_up(client);
      }
      if (!is_wanted(ota_write_data)) {
        give_up(client);
      }
      image_header_was_checked = true;
      err = esp_ota_begin(update_partition, OTA_WITH_SEQUENTIAL_WRITES, &update_handle);
      if (err != ESP_OK) {
        ESP_LOGE(TAG, "esp_ota_begin failed (%s)", esp_err_to_name(err));
        give_up(client);
      }
      ESP_LOGI(TAG, "esp_ota_begin succeeded");
    }
    err = esp_ota_write(update_handle, ota_write_data, (size_t)data_read);
    if (err != ESP_OK) {
      esp_ota_abort(update_handle);
      give_up(client);
    }
    binary_file_length += data_read;
    ESP_LOGD(TAG, "Written image length %d", binary_file_length);
  }
  ESP_LOGI(TAG, "Total Write binary data length: %d", binary_file_length);
  if (!esp_http_client_is_complete_data_received(client)) {
    ESP_LOGE(TAG, "Error in receiving complete file");
    esp_ota_abort(update_handle);
    give_up(client);
  }
  err = esp_ota_end(update_handle);
  if (err != ESP_OK) {
    if (err == ESP_ERR_OTA_VALIDATE_FAILED) {
      ESP_LOGE(TAG, "Image validation failed, image is corrupted");
    } else {
      ESP_LOGE(TAG, "esp_ota_end failed (%s)!", esp_err_to_name(err));
    }
    give_up(client);
  }
  err = esp_ota_set_boot_partition(update_partition);
  if (err != ESP_OK) {
    ESP_LOGE(TAG, "esp_ota_set_boot_partition failed (%s)!", esp_err_to_name(err));
    give_up(client);
  }
  esp_http_client_close(client);
  esp_http_client_cleanup(client);
  ESP_LOGI(TAG, "Prepare to restart system!");
  esp_restart();
}

void app_main(void) {
  const esp_partition_t* running = esp_ota_get_running_partition();
  ESP_LOGI(TAG, "version %s runs from %s", esp_app_get_description()->version, running->label);
  esp_ota_img_states_t state;
  if (esp_ota_get_state_partition(running, &state) == ESP_OK &&
      state == ESP_OTA_IMG_PENDING_VERIFY) {
    ESP_LOGI(TAG, "Diagnostics completed successfully! Continuing execution ...");
    ESP_ERROR_CHECK(esp_ota_mark_app_valid_cancel_rollback());
  }
  ESP_ERROR_CHECK(nvs_flash_init());
  ESP_ERROR_CHECK(esp_netif_init());
  ESP_ERROR_CHECK(esp_event_loop_create_default());
  ESP_ERROR_CHECK(example_connect());
  xTaskCreate(&ota_example_task, "ota_example_task", 8192, NULL, 5, NULL);
}
