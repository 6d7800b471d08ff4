// SPDX-License-Identifier: Apache-2.0
/* Field units pull their firmware in parts, and go on after a power cut. */
#include <driver/gpio.h>
#include <esp_app_format.h>
#include <esp_check.h>
#include <esp_crt_bundle.h>
#include <esp_err.h>
#include <esp_event.h>
#include <esp_flash_partitions.h>
#include <esp_heap_caps.h>
#include <esp_http_client.h>
#include <esp_https_ota.h>
#include <esp_log.h>
#include <esp_mac.h>
#include <esp_netif.h>
#include <esp_ota_ops.h>
#include <esp_partition.h>
#include <esp_system.h>
#include <esp_task_wdt.h>
#include <esp_timer.h>
#include <esp_types.h>
#include <esp_wifi.h>
#include <freertos/FreeRTOS.h>
#include <freertos/event_groups.h>
#include <freertos/task.h>
#include <freertos/timers.h>
#include <inttypes.h>
#include <nvs.h>
#include <nvs_flash.h>
#include <sdkconfig.h>
#include <stdio.h>
#include <string.h>

#define WIFI_UP_BIT BIT0
#define WIFI_FAILED_BIT BIT1
#define MAX_RETRY 5
#define RESUME_NS "fleet_ota"
#define KEY_URL "url"
#define KEY_WRITTEN "written"
#define KEY_ATTEMPTS "attempts"
#define SAVE_EVERY (16 * 1024)

static const char* TAG = "fleet";

extern const char server_root_start[] asm("_binary_root_pem_start");
extern const char server_root_end[] asm("_binary_root_pem_end");

static EventGroupHandle_t s_net_events;
static int s_retries;
static TaskHandle_t s_ota_task;
static volatile int s_percent = -1;

typedef struct {
  char url[128];
  uint32_t written;
  uint8_t attempts;
} resume_state_t;

static esp_err_t resume_load(resume_state_t* state) {
  nvs_handle_t nvs;
  size_t len = sizeof(state->url);
  esp_err_t err;

  memset(state, 0, sizeof(*state));
  err = nvs_open(RESUME_NS, NVS_READONLY, &nvs);
  if (err != ESP_OK) {
    return err;
  }
  err = nvs_get_str(nvs, KEY_URL, state->url, &len);
  if (err == ESP_OK) {
    err = nvs_get_u32(nvs, KEY_WRITTEN, &state->written);
  }
  (void)nvs_get_u8(nvs, KEY_ATTEMPTS, &state->attempts);
  nvs_close(nvs);
  return err;
}

static esp_err_t resume_save(const char* url, uint32_t written, uint8_t attempts) {
  nvs_handle_t nvs;
  ESP_RETURN_ON_ERROR(nvs_open(RESUME_NS, NVS_READWRITE, &nvs), TAG, "open nvs");
  esp_err_t ret = ESP_OK;
  ESP_GOTO_ON_ERROR(nvs_set_str(nvs, KEY_URL, url), out, TAG, "save url");
  ESP_GOTO_ON_ERROR(nvs_set_u32(nvs, KEY_WRITTEN, written), out, TAG, "save length");
  ESP_GOTO_ON_ERROR(nvs_set_u8(nvs, KEY_ATTEMPTS, attempts), out, TAG, "save attempts");
  ESP_GOTO_ON_ERROR(nvs_commit(nvs), out, TAG, "commit");
out:
  nvs_close(nvs);
  return ret;
}

static void resume_forget(void) {
  nvs_handle_t nvs;
  if (nvs_open(RESUME_NS, NVS_READWRITE, &nvs) == ESP_OK) {
    nvs_erase_all(nvs);
    nvs_commit(nvs);
    nvs_close(nvs);
  }
}

static void ota_event_handler(void* arg, esp_event_base_t event_base, int32_t event_id,
                              void* event_data) {
  (void)arg;
  if (event_base != ESP_HTTPS_OTA_EVENT) {
    return;
  }
  switch (event_id) {
    case ESP_HTTPS_OTA_START: ESP_LOGI(TAG, "OTA started"); break;
    case ESP_HTTPS_OTA_CONNECTED: ESP_LOGI(TAG, "Connected to server"); break;
    case ESP_HTTPS_OTA_GET_IMG_DESC: ESP_LOGI(TAG, "Reading image description"); break;
    case ESP_HTTPS_OTA_VERIFY_CHIP_ID:
      ESP_LOGI(TAG, "Verifying chip id of new image: %d", *(esp_chip_id_t*)event_data);
      break;
    case ESP_HTTPS_OTA_VERIFY_CHIP_REVISION:
      ESP_LOGI(TAG, "Verifying chip revision of new image: %d", *(esp_chip_id_t*)event_data);
      break;
    case ESP_HTTPS_OTA_DECRYPT_CB: ESP_LOGI(TAG, "Callback to decrypt function"); break;
    case ESP_HTTPS_OTA_WRITE_FLASH:
      ESP_LOGD(TAG, "Writing to flash: %d written", *(int*)event_data);
      break;
    case ESP_HTTPS_OTA_UPDATE_BOOT_PARTITION:
      ESP_LOGI(TAG, "Boot partition updated. Next partition: %d",
               *(esp_partition_subtype_t*)event_data);
      break;
    case ESP_HTTPS_OTA_FINISH: ESP_LOGI(TAG, "OTA finish"); break;
    case ESP_HTTPS_OTA_ABORT: ESP_LOGI(TAG, "OTA abort"); break;
    default: ESP_LOGW(TAG, "event %" PRId32, event_id);
  }
}

static void wifi_event_handler(void* arg, esp_event_base_t base, int32_t id, void* data) {
  (void)arg;
  if (base == WIFI_EVENT && id == WIFI_EVENT_STA_START) {
    esp_wifi_connect();
  } else if (base == WIFI_EVENT && id == WIFI_EVENT_STA_DISCONNECTED) {
    wifi_event_sta_disconnected_t* gone = (wifi_event_sta_disconnected_t*)data;
    ESP_LOGW(TAG, "disconnected, reason %d", gone->reason);
    if (s_retries++ < MAX_RETRY) {
      esp_wifi_connect();
    } else {
      xEventGroupSetBits(s_net_events, WIFI_FAILED_BIT);
    }
  } else if (base == IP_EVENT && id == IP_EVENT_STA_GOT_IP) {
    ip_event_got_ip_t* event = (ip_event_got_ip_t*)data;
    ESP_LOGI(TAG, "got ip " IPSTR, IP2STR(&event->ip_info.ip));
    s_retries = 0;
    xEventGroupSetBits(s_net_events, WIFI_UP_BIT);
  }
}

static void wifi_init_sta(void) {
  s_net_events = xEventGroupCreate();
  configASSERT(s_net_events);
  ESP_ERROR_CHECK(esp_netif_init());
  ESP_ERROR_CHECK(esp_event_loop_create_default());
  esp_netif_t* sta = esp_netif_create_default_wifi_sta();
  assert(sta);
  esp_netif_set_hostname(sta, "fleet-unit");

  wifi_init_config_t cfg = WIFI_INIT_CONFIG_DEFAULT();
  ESP_ERROR_CHECK(esp_wifi_init(&cfg));

  esp_event_handler_instance_t any_id;
  esp_event_handler_instance_t got_ip;
  ESP_ERROR_CHECK(esp_event_handler_instance_register(WIFI_EVENT, ESP_EVENT_ANY_ID,
                                                      &wifi_event_handler, NULL, &any_id));
  ESP_ERROR_CHECK(esp_event_handler_instance_register(IP_EVENT, IP_EVENT_STA_GOT_IP,
                                                      &wifi_event_handler, NULL, &got_ip));

  wifi_config_t wifi_config = {
      .sta =
          {
              .ssid = "field",
              .password = "correct horse",
              .threshold.authmode = WIFI_AUTH_WPA2_PSK,
              .pmf_cfg =
                  {
                      .capable = true,
                      .required = false,
                  },
          },
  };
  ESP_ERROR_CHECK(esp_wifi_set_mode(WIFI_MODE_STA));
  ESP_ERROR_CHECK(esp_wifi_set_config(WIFI_IF_STA, &wifi_config));
  ESP_ERROR_CHECK(esp_wifi_start());
  ESP_ERROR_CHECK(esp_wifi_set_ps(WIFI_PS_NONE));

  EventBits_t bits = xEventGroupWaitBits(s_net_events, WIFI_UP_BIT | WIFI_FAILED_BIT, pdFALSE,
                                         pdFALSE, portMAX_DELAY);
  if (bits & WIFI_UP_BIT) {
    ESP_LOGI(TAG, "connected to ap");
  } else {
    ESP_LOGE(TAG, "no network");
    abort();
  }
  ESP_ERROR_CHECK(esp_event_handler_instance_unregister(IP_EVENT, IP_EVENT_STA_GOT_IP, got_ip));
}

static esp_err_t http_init_cb(esp_http_client_handle_t client) {
  uint8_t mac[6];
  char id[18];
  esp_read_mac(mac, ESP_MAC_WIFI_STA);
  snprintf(id, sizeof(id), MACSTR, MAC2STR(mac));
  ESP_RETURN_ON_ERROR(esp_http_client_set_header(client, "X-Unit", id), TAG, "header");
  return esp_http_client_set_header(client, "X-Version", esp_app_get_description()->version);
}

static esp_err_t validate_image_header(const esp_app_desc_t* new_app_info) {
  if (new_app_info == NULL) {
    return ESP_ERR_INVALID_ARG;
  }
  const esp_partition_t* running = esp_ota_get_running_partition();
  esp_app_desc_t running_app_info;
  if (esp_ota_get_partition_description(running, &running_app_info) == ESP_OK) {
    ESP_LOGI(TAG, "Running firmware version: %s", running_app_info.version);
  }
  const esp_partition_t* last_invalid = esp_ota_get_last_invalid_partition();
  esp_app_desc_t invalid_info;
  if (esp_ota_get_partition_description(last_invalid, &invalid_info) == ESP_OK &&
      memcmp(invalid_info.version, new_app_info->version, sizeof(new_app_info->version)) == 0) {
    ESP_LOGW(TAG, "version %s was rolled back before", invalid_info.version);
    return ESP_FAIL;
  }
  if (memcmp(new_app_info->version, running_app_info.version, sizeof(new_app_info->version)) == 0) {
    ESP_LOGW(TAG, "Current running version is the same as a new. We will not continue the update.");
    return ESP_FAIL;
  }
  return ESP_OK;
}

static void progress_timer(TimerHandle_t timer) {
  (void)timer;
  ESP_LOGI(TAG, "progress %d %%, heap %" PRIu32, s_percent, esp_get_free_heap_size());
}

static void ota_task(void* pvParameter) {
  const char* url = pvParameter;
  resume_state_t state;
  esp_err_t err, finish_err;
  uint32_t saved;

  ESP_ERROR_CHECK(esp_task_wdt_add(NULL));
  if (resume_load(&state) == ESP_OK && strcmp(state.url, url) == 0) {
    ESP_LOGI(TAG, "resuming at %" PRIu32 ", attempt %u", state.written, state.attempts + 1u);
  } else {
    ESP_LOGI(TAG, "from the start");
    memset(&state, 0, sizeof(state));
  }
  saved = state.written;

  esp_http_client_config_t config = {
      .url = url,
      .cert_pem = server_root_start,
      .timeout_ms = 5000,
      .keep_alive_enable = true,
      .buffer_size = 2048,
      .save_client_session = true,
  };
  esp_https_ota_config_t ota_config = {
      .http_config = &config,
      .http_client_init_cb = http_init_cb,
      .partial_http_download = true,
      .max_http_request_size = 8 * 1024,
      .ota_resumption = true,
      .ota_image_bytes_written = state.written,
  };
  esp_https_ota_handle_t https_ota_handle = NULL;
  err = esp_https_ota_begin(&ota_config, &https_ota_handle);
  if (err != ESP_OK) {
    ESP_LOGE(TAG, "ESP HTTPS OTA Begin failed: %s", esp_err_to_name(err));
    goto done;
  }

  if (state.written == 0) {
    esp_app_desc_t app_desc = {0};
    err = esp_https_ota_get_img_desc(https_ota_handle, &app_desc);
    if (err != ESP_OK) {
      ESP_LOGE(TAG, "esp_https_ota_get_img_desc failed");
      goto ota_end;
    }
    ESP_LOGI(TAG, "offered: %s %s of %s %s", app_desc.project_name, app_desc.version, app_desc.date,
             app_desc.time);
    err = validate_image_header(&app_desc);
    if (err != ESP_OK) {
      ESP_LOGE(TAG, "image header verification failed");
      goto ota_end;
    }
  }

  int size = esp_https_ota_get_image_size(https_ota_handle);
  ESP_LOGI(TAG, "image has %d bytes", size);
  while (1) {
    err = esp_https_ota_perform(https_ota_handle);
    if (err != ESP_ERR_HTTPS_OTA_IN_PROGRESS) {
      break;
    }
    esp_task_wdt_reset();
    uint32_t read = esp_https_ota_get_image_len_read(https_ota_handle);
    if (size > 0) {
      s_percent = (int)((uint64_t)read * 100 / size);
    }
    if (read - saved >= SAVE_EVERY) {
      resume_save(url, read, state.attempts);
      saved = read;
#ifdef CONFIG_FLEET_CUT
      if (state.attempts == 0 && read > 64 * 1024) {
        ESP_LOGW(TAG, "pulling the plug at %" PRIu32, read);
        resume_save(url, read, 1);
        fflush(stdout);
        esp_restart();
      }
#endif
    }
  }

  if (esp_https_ota_is_complete_data_received(https_ota_handle) != true) {
    ESP_LOGE(TAG, "Complete data was not received.");
  } else {
    finish_err = esp_https_ota_finish(https_ota_handle);
    if ((err == ESP_OK) && (finish_err == ESP_OK)) {
      ESP_LOGI(TAG, "ESP_HTTPS_OTA upgrade successful. Rebooting ...");
      resume_forget();
      vTaskDelay(pdMS_TO_TICKS(100));
      esp_restart();
    } else {
      if (finish_err == ESP_ERR_OTA_VALIDATE_FAILED) {
        ESP_LOGE(TAG, "Image validation failed, image is corrupted");
        resume_forget();
      }
      ESP_LOGE(TAG, "ESP_HTTPS_OTA upgrade failed 0x%x", finish_err);
      goto done;
    }
  }

ota_end:
  esp_https_ota_abort(https_ota_handle);
  ESP_LOGE(TAG, "ESP_HTTPS_OTA upgrade failed");
done:
  esp_task_wdt_delete(NULL);
  s_ota_task = NULL;
  ESP_LOGI(TAG, "stays with %s", esp_app_get_description()->version);
  vTaskDelete(NULL);
}

static bool diagnostic(void) {
  gpio_config_t io_conf = {
      .intr_type = GPIO_INTR_DISABLE,
      .mode = GPIO_MODE_INPUT,
      .pin_bit_mask = (1ULL << GPIO_NUM_4),
      .pull_down_en = GPIO_PULLDOWN_DISABLE,
      .pull_up_en = GPIO_PULLUP_ENABLE,
  };
  gpio_config(&io_conf);
  bool ok = gpio_get_level(GPIO_NUM_4);
  gpio_reset_pin(GPIO_NUM_4);
  return ok;
}

void app_main(void) {
  esp_err_t err = nvs_flash_init();
  if (err == ESP_ERR_NVS_NO_FREE_PAGES || err == ESP_ERR_NVS_NEW_VERSION_FOUND) {
    ESP_ERROR_CHECK(nvs_flash_erase());
    err = nvs_flash_init();
  }
  ESP_ERROR_CHECK(err);

  const esp_partition_t* running = esp_ota_get_running_partition();
  ESP_LOGI(TAG, "%s runs from %s at 0x%08" PRIx32 ", reset reason %d",
           esp_app_get_description()->version, running->label, running->address,
           esp_reset_reason());

  wifi_init_sta();

  esp_ota_img_states_t ota_state;
  if (esp_ota_get_state_partition(running, &ota_state) == ESP_OK) {
    if (ota_state == ESP_OTA_IMG_PENDING_VERIFY) {
      if (diagnostic()) {
        ESP_LOGI(TAG, "Diagnostics completed successfully! Continuing execution ...");
        ESP_ERROR_CHECK(esp_ota_mark_app_valid_cancel_rollback());
      } else {
        ESP_LOGE(TAG, "Diagnostics failed! Start rollback to the previous version ...");
        esp_ota_mark_app_invalid_rollback_and_reboot();
      }
    }
  }

  ESP_ERROR_CHECK(
      esp_event_handler_register(ESP_HTTPS_OTA_EVENT, ESP_EVENT_ANY_ID, &ota_event_handler, NULL));
  TimerHandle_t timer = xTimerCreate("progress", pdMS_TO_TICKS(1000), pdTRUE, NULL, progress_timer);
  xTimerStart(timer, 0);
  if (xTaskCreate(&ota_task, "ota_task", 1024 * 8, (void*)CONFIG_FLEET_URL, 5, &s_ota_task) !=
      pdPASS) {
    ESP_LOGE(TAG, "no task");
  }
}
