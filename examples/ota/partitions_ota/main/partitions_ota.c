// SPDX-License-Identifier: Apache-2.0
// Updates of any partition: the name of the file says which. An application goes the
// usual way; bootloader and partition table are staged in a free slot and proven there,
// then this program copies them; data are copied by esp_https_ota itself.
#include <esp_event.h>
#include <esp_flash.h>
#include <esp_flash_partitions.h>
#include <esp_http_client.h>
#include <esp_https_ota.h>
#include <esp_log.h>
#include <esp_netif.h>
#include <esp_ota_ops.h>
#include <esp_partition.h>
#include <esp_system.h>
#include <freertos/FreeRTOS.h>
#include <freertos/task.h>
#include <nvs_flash.h>
#include <protocol_examples_common.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char* TAG = "partitions_ota_example";

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

static const char* file_of(const char* url) {
  const char* slash = strrchr(url, '/');
  return slash != NULL ? slash + 1 : url;
}

// A part of the flash that the table does not name.
static const esp_partition_t* register_primary(uint32_t offset, uint32_t size, const char* label,
                                               esp_partition_type_t type,
                                               esp_partition_subtype_t subtype) {
  const esp_partition_t* partition = NULL;
  const esp_err_t err =
      esp_partition_register_external(NULL, offset, size, label, type, subtype, &partition);
  if (err != ESP_OK) {
    ESP_LOGE(TAG, "%s cannot be registered (%s)", label, esp_err_to_name(err));
  }
  return partition;
}

static esp_err_t update(esp_https_ota_config_t* ota_config) {
  const esp_err_t err = esp_https_ota(ota_config);
  if (err != ESP_OK) {
    ESP_LOGE(TAG, "Update failed: %s", esp_err_to_name(err));
  }
  return err;
}

// The staged bytes, once they are proven, over those that the chip uses.
static esp_err_t copy_to_primary(const esp_partition_t* primary, const esp_partition_t* staging,
                                 size_t size) {
  const esp_err_t err = esp_partition_copy(primary, 0, staging, 0, size);
  ESP_LOGI(TAG, "Copy from <%s> staging partition to <%s>: %s", staging->label, primary->label,
           esp_err_to_name(err));
  return err;
}

static esp_err_t update_partition(esp_https_ota_config_t* ota_config, const char* file) {
  const esp_partition_t* staging = esp_ota_get_next_update_partition(NULL);
  if (strcmp(file, "partitions_ota.bin") == 0) {
    return update(ota_config);
  }
  if (strcmp(file, "bootloader.bin") == 0) {
    const esp_partition_t* primary =
        register_primary(ESP_PRIMARY_BOOTLOADER_OFFSET, ESP_BOOTLOADER_SIZE, "PrimaryBTLDR",
                         ESP_PARTITION_TYPE_BOOTLOADER, ESP_PARTITION_SUBTYPE_BOOTLOADER_PRIMARY);
    ota_config->partition.staging = staging;
    ota_config->partition.final = primary;
    esp_err_t err = primary != NULL ? update(ota_config) : ESP_FAIL;
    if (err == ESP_OK) {
      err = copy_to_primary(primary, staging, primary->size);
    }
    return err;
  }
  if (strcmp(file, "partition-table.bin") == 0) {
    const esp_partition_t* primary = register_primary(
        ESP_PRIMARY_PARTITION_TABLE_OFFSET, ESP_PARTITION_TABLE_SIZE, "PrimaryPrtTable",
        ESP_PARTITION_TYPE_PARTITION_TABLE, ESP_PARTITION_SUBTYPE_PARTITION_TABLE_PRIMARY);
    ota_config->partition.staging = staging;
    ota_config->partition.final = primary;
    esp_err_t err = primary != NULL ? update(ota_config) : ESP_FAIL;
    if (err == ESP_OK) {
      err = copy_to_primary(primary, staging, ESP_PARTITION_TABLE_SIZE);
    }
    return err;
  }
  if (strcmp(file, "storage.bin") == 0) {
    ota_config->partition.final =
        esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, "storage");
    ota_config->partition.finalize_with_copy = true;
#ifdef CONFIG_SECURE_SIGNED_DATA_PARTITION
    ota_config->partition.staging =
        esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, "staging");
#endif
    if (ota_config->partition.final == NULL) {
      ESP_LOGE(TAG, "There is no partition 'storage'");
      return ESP_FAIL;
    }
    const esp_err_t err = update(ota_config);
    char text[17] = "";
    if (err == ESP_OK &&
        esp_partition_read(ota_config->partition.final, 0, text, sizeof(text) - 1) == ESP_OK) {
      ESP_LOGI(TAG, "OTA data: %s", text);
    }
    return err;
  }
  ESP_LOGE(TAG, "Unable to load this file (%s)", file);
  return ESP_ERR_NOT_SUPPORTED;
}

static void ota_example_task(void* unused) {
  const char* url = firmware_url();
  const char* file = file_of(url);
  ESP_LOGI(TAG, "Starting OTA example task, file %s", file);
  esp_http_client_config_t config = {
      .url = url,
      .cert_pem = (const char*)server_cert_pem_start,
      .timeout_ms = CONFIG_EXAMPLE_OTA_RECV_TIMEOUT,
      .keep_alive_enable = true,
#ifdef CONFIG_EXAMPLE_SKIP_COMMON_NAME_CHECK
      .skip_cert_common_name_check = true,
#endif
  };
  esp_https_ota_config_t ota_config = {
      .http_config = &config,
  };
  if (update_partition(&ota_config, file) == ESP_OK) {
    ESP_LOGI(TAG, "OTA Succeed, Rebooting...");
    vTaskDelay(pdMS_TO_TICKS(100));
    esp_restart();
  }
  vTaskDelete(NULL);
}

void app_main(void) {
  const esp_partition_t* running = esp_ota_get_running_partition();
  ESP_LOGI(TAG, "version %s runs from %s", esp_app_get_description()->version, running->label);
  ESP_ERROR_CHECK(nvs_flash_init());
  ESP_ERROR_CHECK(esp_netif_init());
  ESP_ERROR_CHECK(esp_event_loop_create_default());
  ESP_ERROR_CHECK(example_connect());
  if (esp_reset_reason() == ESP_RST_POWERON) {
    xTaskCreate(&ota_example_task, "ota_example_task", 8192, NULL, 5, NULL);
  } else {
    ESP_LOGI(TAG, "Updated");
  }
}
