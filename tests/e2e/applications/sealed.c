// SPDX-License-Identifier: Apache-2.0
/* Firmware that is encrypted for this product: esp_https_ota with a decrypt callback. */
#include <esp_encrypted_img.h>
#include <esp_event.h>
#include <esp_http_client.h>
#include <esp_https_ota.h>
#include <esp_log.h>
#include <esp_netif.h>
#include <esp_ota_ops.h>
#include <esp_system.h>
#include <esp_timer.h>
#include <freertos/FreeRTOS.h>
#include <freertos/semphr.h>
#include <freertos/task.h>
#include <inttypes.h>
#include <nvs_flash.h>
#include <protocol_examples_common.h>
#include <string.h>

static const char* TAG = "sealed";
extern const char rsa_private_pem_start[] asm("_binary_private_pem_start");
extern const char rsa_private_pem_end[] asm("_binary_private_pem_end");
extern const uint8_t server_cert_pem_start[] asm("_binary_root_pem_start");
extern const uint8_t server_cert_pem_end[] asm("_binary_root_pem_end");

typedef struct {
  esp_decrypt_handle_t handle;
  size_t in;
  size_t out;
  unsigned calls;
} unsealer_t;

static SemaphoreHandle_t s_done;
static esp_timer_handle_t s_watch;
static int64_t s_started;

static esp_err_t decrypt_cb(decrypt_cb_arg_t* args, void* user_ctx) {
  if (args == NULL || user_ctx == NULL) {
    ESP_LOGE(TAG, "decrypt_cb: invalid argument");
    return ESP_ERR_INVALID_ARG;
  }
  unsealer_t* unsealer = user_ctx;
  pre_enc_decrypt_arg_t pargs = {0};
  pargs.data_in = args->data_in;
  pargs.data_in_len = args->data_in_len;
  esp_err_t err = esp_encrypted_img_decrypt_data(unsealer->handle, &pargs);
  if (err != ESP_OK && err != ESP_ERR_NOT_FINISHED) {
    ESP_LOGE(TAG, "decrypt failed: %s", esp_err_to_name(err));
    return err;
  }
  unsealer->calls++;
  unsealer->in += pargs.data_in_len;
  unsealer->out += pargs.data_out_len;

  static bool is_image_verified = false;
  if (pargs.data_out_len > 0) {
    args->data_out = pargs.data_out;
    args->data_out_len = pargs.data_out_len;
    if (!is_image_verified) {
      is_image_verified = true;
      const int app_desc_offset = sizeof(esp_image_header_t) + sizeof(esp_image_segment_header_t);
      assert(args->data_out_len >= app_desc_offset + sizeof(esp_app_desc_t));
      esp_app_desc_t app;
      memcpy(&app, &args->data_out[app_desc_offset], sizeof(app));
      ESP_LOGI(TAG, "sealed image is %s", app.version);
      if (strncmp(app.version, esp_app_get_description()->version, sizeof(app.version)) == 0) {
        ESP_LOGE(TAG, "Current running version is the same as a new.");
        return ESP_FAIL;
      }
    }
  } else {
    args->data_out_len = 0;
  }
  return ESP_OK;
}

static void watch(void* arg) {
  ESP_LOGW(TAG, "update takes long: %" PRId64 " ms", (esp_timer_get_time() - s_started) / 1000);
  (void)arg;
}

static void event_handler(void* arg, esp_event_base_t event_base, int32_t event_id,
                          void* event_data) {
  (void)event_base;
  (void)event_data;
  unsealer_t* unsealer = arg;
  if (event_id == ESP_HTTPS_OTA_DECRYPT_CB && unsealer->calls == 0) {
    ESP_LOGI(TAG, "Callback to decrypt function");
  } else if (event_id == ESP_HTTPS_OTA_FINISH || event_id == ESP_HTTPS_OTA_ABORT) {
    ESP_LOGI(TAG, "%s: %u calls, %zu bytes in, %zu bytes out",
             event_id == ESP_HTTPS_OTA_FINISH ? "finish" : "abort", unsealer->calls, unsealer->in,
             unsealer->out);
    xSemaphoreGive(s_done);
  }
}

static void sealed_task(void* pvParameter) {
  (void)pvParameter;
  static unsealer_t unsealer;
  esp_err_t ota_finish_err = ESP_OK;
  esp_decrypt_cfg_t cfg = {
      .rsa_priv_key = rsa_private_pem_start,
      .rsa_priv_key_len = rsa_private_pem_end - rsa_private_pem_start,
  };
  unsealer.handle = esp_encrypted_img_decrypt_start(&cfg);
  if (!unsealer.handle) {
    ESP_LOGE(TAG, "OTA upgrade failed");
    vTaskDelete(NULL);
  }
  uint8_t* pub = NULL;
  size_t pub_len = 0;
  if (esp_encrypted_img_export_public_key(unsealer.handle, &pub, &pub_len) == ESP_OK) {
    ESP_LOGI(TAG, "public key has %u bytes", (unsigned)pub_len);
    free(pub);
  }
  ESP_ERROR_CHECK(
      esp_event_handler_register(ESP_HTTPS_OTA_EVENT, ESP_EVENT_ANY_ID, &event_handler, &unsealer));

  esp_http_client_config_t config = {
      .url = CONFIG_SEALED_URL,
      .cert_pem = (char*)server_cert_pem_start,
      .timeout_ms = 5000,
      .keep_alive_enable = true,
  };
  esp_https_ota_config_t ota_config = {
      .http_config = &config,
#ifdef CONFIG_SEALED_PARTS
      .partial_http_download = true,
      .max_http_request_size = 16384,
#endif
      .decrypt_cb = decrypt_cb,
      .decrypt_user_ctx = (void*)&unsealer,
      .enc_img_header_size = esp_encrypted_img_get_header_size(),
  };
  esp_timer_start_once(s_watch, 20 * 1000 * 1000);
  s_started = esp_timer_get_time();
  esp_https_ota_handle_t https_ota_handle = NULL;
  esp_err_t err = esp_https_ota_begin(&ota_config, &https_ota_handle);
  if (err != ESP_OK) {
    ESP_LOGE(TAG, "ESP HTTPS OTA Begin failed");
    esp_encrypted_img_decrypt_abort(unsealer.handle);
    vTaskDelete(NULL);
  }
  ESP_LOGI(TAG, "plain image has %d bytes", esp_https_ota_get_image_size(https_ota_handle));
  do {
    err = esp_https_ota_perform(https_ota_handle);
  } while (err == ESP_ERR_HTTPS_OTA_IN_PROGRESS);
  esp_timer_stop(s_watch);

  if (!esp_https_ota_is_complete_data_received(https_ota_handle)) {
    ESP_LOGE(TAG, "Complete data was not received.");
  } else {
    err = esp_encrypted_img_decrypt_end(unsealer.handle);
    if (err != ESP_OK) {
      goto ota_end;
    }
    ota_finish_err = esp_https_ota_finish(https_ota_handle);
    if ((err == ESP_OK) && (ota_finish_err == ESP_OK)) {
      xSemaphoreTake(s_done, pdMS_TO_TICKS(2000));
      ESP_LOGI(TAG, "ESP_HTTPS_OTA upgrade successful. Rebooting ...");
      vTaskDelay(100 / portTICK_PERIOD_MS);
      esp_restart();
    } else {
      if (ota_finish_err == ESP_ERR_OTA_VALIDATE_FAILED) {
        ESP_LOGE(TAG, "Image validation failed, image is corrupted");
      }
      ESP_LOGE(TAG, "ESP_HTTPS_OTA upgrade failed 0x%x", ota_finish_err);
      vTaskDelete(NULL);
    }
  }
ota_end:
  ESP_LOGE(TAG, "sealed update failed: %s", esp_err_to_name(err));
  esp_encrypted_img_decrypt_abort(unsealer.handle);
  esp_https_ota_abort(https_ota_handle);
  vTaskDelete(NULL);
}

void app_main(void) {
  ESP_LOGI(TAG, "%s runs", esp_app_get_description()->version);
  esp_err_t err = nvs_flash_init();
  if (err == ESP_ERR_NVS_NO_FREE_PAGES || err == ESP_ERR_NVS_NEW_VERSION_FOUND) {
    ESP_ERROR_CHECK(nvs_flash_erase());
    err = nvs_flash_init();
  }
  ESP_ERROR_CHECK(err);
  ESP_ERROR_CHECK(esp_netif_init());
  ESP_ERROR_CHECK(esp_event_loop_create_default());
  ESP_ERROR_CHECK(example_connect());
  if (esp_ota_check_rollback_is_possible()) {
    ESP_LOGI(TAG, "there is a way back");
  }
  esp_ota_mark_app_valid_cancel_rollback();
  s_done = xSemaphoreCreateBinary();
  const esp_timer_create_args_t args = {.callback = watch, .name = "watch"};
  ESP_ERROR_CHECK(esp_timer_create(&args, &s_watch));
  xTaskCreate(&sealed_task, "sealed_task", 1024 * 8, NULL, 5, NULL);
}
