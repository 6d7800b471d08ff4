// SPDX-License-Identifier: Apache-2.0
// An update with an encrypted image: esp_https_ota hands each piece to a callback, which
// decrypts it with the key that is embedded in this program.
#include <esp_encrypted_img.h>
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

static const char* TAG = "pre_encrypted_ota_example";

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
extern const char rsa_private_pem_start[] asm("_binary_private_pem_start");
extern const char rsa_private_pem_end[] asm("_binary_private_pem_end");

typedef struct {
  esp_decrypt_handle_t handle;
  bool version_checked;
} decrypt_context_t;

static esp_err_t validate_image_header(const esp_app_desc_t* new_app_info) {
  const esp_app_desc_t* running = esp_app_get_description();
  ESP_LOGI(TAG, "Running firmware version: %s, new: %s", running->version, new_app_info->version);
  if (memcmp(new_app_info->version, running->version, sizeof(new_app_info->version)) == 0) {
    ESP_LOGW(TAG, "Current running version is the same as a new. We will not continue the update.");
    return ESP_FAIL;
  }
  return ESP_OK;
}

static esp_err_t decrypt_cb(decrypt_cb_arg_t* args, void* user_ctx) {
  decrypt_context_t* context = user_ctx;
  pre_enc_decrypt_arg_t pargs = {
      .data_in = (char*)args->data_in,
      .data_in_len = args->data_in_len,
  };
  esp_err_t err = esp_encrypted_img_decrypt_data(context->handle, &pargs);
  if (err != ESP_OK && err != ESP_ERR_NOT_FINISHED) {
    return err;
  }
  const size_t offset = sizeof(esp_image_header_t) + sizeof(esp_image_segment_header_t);
  if (pargs.data_out_len > 0 && !context->version_checked) {
    // The description lies at the front of what comes first.
    if (pargs.data_out_len < offset + sizeof(esp_app_desc_t)) {
      free(pargs.data_out);
      return ESP_FAIL;
    }
    esp_app_desc_t app_info;
    memcpy(&app_info, pargs.data_out + offset, sizeof(app_info));
    err = validate_image_header(&app_info);
    if (err != ESP_OK) {
      free(pargs.data_out);
      return err;
    }
    context->version_checked = true;
  }
  // esp_https_ota frees it.
  args->data_out = pargs.data_out;
  args->data_out_len = pargs.data_out_len;
  return ESP_OK;
}

static void pre_encrypted_ota_task(void* unused) {
  ESP_LOGI(TAG, "Starting Pre Encrypted OTA example");
  esp_http_client_config_t config = {
      .url = firmware_url(),
      .cert_pem = (const char*)server_cert_pem_start,
      .timeout_ms = CONFIG_EXAMPLE_OTA_RECV_TIMEOUT,
      .keep_alive_enable = true,
#ifdef CONFIG_EXAMPLE_SKIP_COMMON_NAME_CHECK
      .skip_cert_common_name_check = true,
#endif
  };
  const esp_decrypt_cfg_t cfg = {
      .rsa_priv_key = rsa_private_pem_start,
      .rsa_priv_key_len = (size_t)(rsa_private_pem_end - rsa_private_pem_start),
  };
  decrypt_context_t context = {.handle = esp_encrypted_img_decrypt_start(&cfg)};
  if (context.handle == NULL) {
    ESP_LOGE(TAG, "OTA upgrade failed: no decryption");
    vTaskDelete(NULL);
  }
  esp_https_ota_config_t ota_config = {
      .http_config = &config,
#ifdef CONFIG_EXAMPLE_ENABLE_PARTIAL_HTTP_DOWNLOAD
      .partial_http_download = true,
      .max_http_request_size = CONFIG_EXAMPLE_HTTP_REQUEST_SIZE,
#endif
      .decrypt_cb = decrypt_cb,
      .decrypt_user_ctx = &context,
      .enc_img_header_size = esp_encrypted_img_get_header_size(),
  };
  esp_https_ota_handle_t handle = NULL;
  esp_err_t err = esp_https_ota_begin(&ota_config, &handle);
  if (err != ESP_OK) {
    ESP_LOGE(TAG, "ESP HTTPS OTA Begin failed");
    goto ota_end;
  }
  do {
    err = esp_https_ota_perform(handle);
  } while (err == ESP_ERR_HTTPS_OTA_IN_PROGRESS);
  if (!esp_https_ota_is_complete_data_received(handle)) {
    ESP_LOGE(TAG, "Complete data was not received.");
    err = ESP_FAIL;
    goto ota_end;
  }
  err = esp_encrypted_img_decrypt_end(context.handle);
  if (err != ESP_OK) {
    goto ota_end;
  }
  const esp_err_t finished = esp_https_ota_finish(handle);
  if (finished == ESP_OK) {
    ESP_LOGI(TAG, "ESP_HTTPS_OTA upgrade successful. Rebooting ...");
    vTaskDelay(pdMS_TO_TICKS(100));
    esp_restart();
  }
  if (finished == ESP_ERR_OTA_VALIDATE_FAILED) {
    ESP_LOGE(TAG, "Image validation failed, image is corrupted");
  }
  ESP_LOGE(TAG, "ESP_HTTPS_OTA upgrade failed 0x%x", finished);
  vTaskDelete(NULL);

ota_end:
  // Harmless on a handle that has ended.
  esp_encrypted_img_decrypt_abort(context.handle);
  esp_https_ota_abort(handle);
  ESP_LOGE(TAG, "ESP_HTTPS_OTA upgrade failed 0x%x", err);
  vTaskDelete(NULL);
}

void app_main(void) {
  const esp_partition_t* running = esp_ota_get_running_partition();
  ESP_LOGI(TAG, "version %s runs from %s", esp_app_get_description()->version, running->label);
  ESP_ERROR_CHECK(nvs_flash_init());
  ESP_ERROR_CHECK(esp_netif_init());
  ESP_ERROR_CHECK(esp_event_loop_create_default());
  ESP_ERROR_CHECK(example_connect());
  xTaskCreate(&pre_encrypted_ota_task, "pre_encrypted_ota_task", 8192, NULL, 5, NULL);
}
