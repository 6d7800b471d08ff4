// SPDX-License-Identifier: Apache-2.0
// An application as programs for ESP-IDF are written, of esp_https_ota, over Wi-Fi and
// Ethernet: it must compile as it stands. Compiled by check_headers.py, never run.
#include <driver/gpio.h>
#include <esp_app_desc.h>
#include <esp_bootloader_desc.h>
#include <esp_check.h>
#include <esp_chip_info.h>
#include <esp_crt_bundle.h>
#include <esp_efuse.h>
#include <esp_eth.h>
#include <esp_event.h>
#include <esp_flash.h>
#include <esp_flash_encrypt.h>
#include <esp_http_client.h>
#include <esp_https_ota.h>
#include <esp_idf_version.h>
#include <esp_image_format.h>
#include <esp_log.h>
#include <esp_mac.h>
#include <esp_netif.h>
#include <esp_netif_sntp.h>
#include <esp_ota_ops.h>
#include <esp_random.h>
#include <esp_secure_boot.h>
#include <esp_sntp.h>
#include <esp_system.h>
#include <esp_task_wdt.h>
#include <esp_timer.h>
#include <esp_tls.h>
#include <esp_wifi.h>
#include <freertos/FreeRTOS.h>
#include <freertos/event_groups.h>
#include <freertos/queue.h>
#include <freertos/semphr.h>
#include <freertos/task.h>
#include <freertos/timers.h>
#include <inttypes.h>
#include <lwip/err.h>
#include <lwip/sockets.h>
#include <lwip/sys.h>
#include <nvs.h>
#include <nvs_flash.h>
#include <protocol_examples_common.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
static const char* TAG = "ota_app";
extern const uint8_t ca_start[] asm("_binary_ca_cert_pem_start");
extern const uint8_t ca_end[] asm("_binary_ca_cert_pem_end");
static EventGroupHandle_t s_group;
static QueueHandle_t s_queue;
static SemaphoreHandle_t s_lock;
static TimerHandle_t s_timer;
#define GOT_IP BIT0
#define FAILED BIT1

static void on_ota(void* arg, esp_event_base_t base, int32_t id, void* data) {
  if (base == ESP_HTTPS_OTA_EVENT) {
    switch (id) {
      case ESP_HTTPS_OTA_START: ESP_LOGI(TAG, "start"); break;
      case ESP_HTTPS_OTA_CONNECTED: break;
      case ESP_HTTPS_OTA_GET_IMG_DESC: break;
      case ESP_HTTPS_OTA_VERIFY_CHIP_ID: ESP_LOGI(TAG, "chip id %d", *(esp_chip_id_t*)data); break;
      case ESP_HTTPS_OTA_VERIFY_CHIP_REVISION:
        ESP_LOGI(TAG, "rev %d", *(esp_chip_id_t*)data);
        break;
      case ESP_HTTPS_OTA_DECRYPT_CB: break;
      case ESP_HTTPS_OTA_WRITE_FLASH: ESP_LOGD(TAG, "wrote %d", *(int*)data); break;
      case ESP_HTTPS_OTA_UPDATE_BOOT_PARTITION:
        ESP_LOGI(TAG, "next %d", *(esp_partition_subtype_t*)data);
        break;
      case ESP_HTTPS_OTA_FINISH:
      case ESP_HTTPS_OTA_ABORT: break;
    }
  }
}
static void on_ip(void* arg, esp_event_base_t base, int32_t id, void* data) {
  if (base == WIFI_EVENT && id == WIFI_EVENT_STA_DISCONNECTED) {
    wifi_event_sta_disconnected_t* d = data;
    ESP_LOGW(TAG, "reason %d", d->reason);
    esp_wifi_connect();
  } else if (base == IP_EVENT && id == IP_EVENT_STA_GOT_IP) {
    ip_event_got_ip_t* e = (ip_event_got_ip_t*)data;
    ESP_LOGI(TAG, "got " IPSTR " gw " IPSTR, IP2STR(&e->ip_info.ip), IP2STR(&e->ip_info.gw));
    xEventGroupSetBits(s_group, GOT_IP);
  } else if (base == IP_EVENT && id == IP_EVENT_ETH_GOT_IP) {
  } else if (base == ETH_EVENT && id == ETHERNET_EVENT_CONNECTED) {
  }
}
static esp_err_t on_http(esp_http_client_event_t* evt) {
  static char* buf;
  static int len;
  switch (evt->event_id) {
    case HTTP_EVENT_ERROR: break;
    case HTTP_EVENT_ON_CONNECTED: break;
    case HTTP_EVENT_HEADER_SENT: break;
    case HTTP_EVENT_ON_HEADER:
      ESP_LOGD(TAG, "%s: %s", evt->header_key, evt->header_value);
      if (strcasecmp(evt->header_key, "etag") == 0) {
      }
      break;
    case HTTP_EVENT_ON_DATA:
      if (!esp_http_client_is_chunked_response(evt->client)) {
        if (!buf) buf = calloc(esp_http_client_get_content_length(evt->client) + 1, sizeof(char));
        int n = MIN(evt->data_len, 100);
        memcpy(buf + len, evt->data, n);
        len += n;
      }
      break;
    case HTTP_EVENT_ON_FINISH:
      free(buf);
      buf = NULL;
      break;
    case HTTP_EVENT_DISCONNECTED: {
      int mbed = 0;
      esp_err_t err =
          esp_tls_get_and_clear_last_error((esp_tls_error_handle_t)evt->data, &mbed, NULL);
      if (err != 0) ESP_LOGI(TAG, "Last esp error 0x%x mbed 0x%x", err, mbed);
      break;
    }
    case HTTP_EVENT_REDIRECT:
      esp_http_client_set_header(evt->client, "Accept", "*/*");
      esp_http_client_set_redirection(evt->client);
      break;
    default: break;
  }
  return ESP_OK;
}
static esp_err_t init_cb(esp_http_client_handle_t c) {
  ESP_RETURN_ON_ERROR(esp_http_client_set_header(c, "Authorization", "Bearer x"), TAG, "hdr");
  return ESP_OK;
}
static esp_err_t validate(esp_app_desc_t* n) {
  if (n == NULL) return ESP_ERR_INVALID_ARG;
  const esp_partition_t* running = esp_ota_get_running_partition();
  esp_app_desc_t cur;
  if (esp_ota_get_partition_description(running, &cur) == ESP_OK) ESP_LOGI(TAG, "%s", cur.version);
  if (memcmp(n->version, cur.version, sizeof(n->version)) == 0) return ESP_FAIL;
#ifdef CONFIG_BOOTLOADER_APP_ANTI_ROLLBACK
  const uint32_t hw = esp_efuse_read_secure_version();
  if (n->secure_version < hw) {
    ESP_LOGW(TAG, "%" PRIu32 " %" PRIu32, n->secure_version, hw);
    return ESP_FAIL;
  }
#endif
  if (!esp_efuse_check_secure_version(n->secure_version)) return ESP_FAIL;
  return ESP_OK;
}
static void ota_task(void* arg) {
  esp_err_t finish = ESP_OK;
  esp_err_t err;
  esp_http_client_config_t config = {
    .url = "https://x/y.bin",
    .cert_pem = (char*)ca_start,
    .timeout_ms = 5000,
    .keep_alive_enable = true,
    .event_handler = on_http,
    .buffer_size_tx = 1024,
#ifdef CONFIG_EXAMPLE_USE_CERT_BUNDLE
    .crt_bundle_attach = esp_crt_bundle_attach,
#endif
#if CONFIG_ESP_HTTP_CLIENT_ENABLE_CUSTOM_TRANSPORT
    .transport = NULL,
#endif
    .save_client_session = true,
    .tls_dyn_buf_strategy = HTTP_TLS_DYN_BUF_RX_STATIC,
  };
  esp_https_ota_config_t oc = {
      .http_config = &config,
      .http_client_init_cb = init_cb,
      .bulk_flash_erase = true,
      .partial_http_download = true,
      .max_http_request_size = 4096,
      .buffer_caps = MALLOC_CAP_SPIRAM,
      .ota_resumption = true,
      .ota_image_bytes_written = 0,
  };
  esp_https_ota_handle_t h = NULL;
  err = esp_https_ota_begin(&oc, &h);
  if (err != ESP_OK) {
    ESP_LOGE(TAG, "begin %s", esp_err_to_name(err));
    vTaskDelete(NULL);
  }
  esp_app_desc_t d = {};
  err = esp_https_ota_get_img_desc(h, &d);
  if (err != ESP_OK) goto end;
  if (validate(&d) != ESP_OK) goto end;
  while (1) {
    err = esp_https_ota_perform(h);
    if (err != ESP_ERR_HTTPS_OTA_IN_PROGRESS) break;
    const size_t len = esp_https_ota_get_image_len_read(h);
    ESP_LOGD(TAG, "read %d of %d status %d", (int)len, esp_https_ota_get_image_size(h),
             esp_https_ota_get_status_code(h));
  }
  if (esp_https_ota_is_complete_data_received(h) != true) {
    ESP_LOGE(TAG, "incomplete");
  } else {
    finish = esp_https_ota_finish(h);
    if ((err == ESP_OK) && (finish == ESP_OK)) {
      vTaskDelay(1000 / portTICK_PERIOD_MS);
      esp_restart();
    }
    if (finish == ESP_ERR_OTA_VALIDATE_FAILED) ESP_LOGE(TAG, "corrupt");
    vTaskDelete(NULL);
  }
end:
  esp_https_ota_abort(h);
  vTaskDelete(NULL);
}
static void tick(TimerHandle_t t) {
  xEventGroupSetBits(s_group, (int)(intptr_t)pvTimerGetTimerID(t));
}
static void on_timer(void* arg) {}
static bool diag(void) {
  gpio_config_t io = {.pin_bit_mask = (1ULL << GPIO_NUM_4),
                      .mode = GPIO_MODE_INPUT,
                      .pull_up_en = GPIO_PULLUP_ENABLE,
                      .pull_down_en = GPIO_PULLDOWN_DISABLE,
                      .intr_type = GPIO_INTR_DISABLE};
  gpio_config(&io);
  vTaskDelay(pdMS_TO_TICKS(10));
  bool ok = gpio_get_level(4) == 1;
  gpio_reset_pin(GPIO_NUM_4);
  return ok;
}
static esp_err_t many(void) {
  esp_err_t ret = ESP_OK;
  ESP_GOTO_ON_ERROR(nvs_flash_init(), err, TAG, "nvs %d", 1);
  ESP_GOTO_ON_FALSE(s_queue, ESP_ERR_NO_MEM, err, TAG, "queue");
  ESP_RETURN_ON_FALSE(s_lock, ESP_ERR_NO_MEM, TAG, "lock %s", "x");
  ESP_ERROR_CHECK_WITHOUT_ABORT(esp_wifi_set_ps(WIFI_PS_NONE));
err:
  return ret;
}
static void ethernet(void) {
  esp_netif_config_t netif_config = ESP_NETIF_DEFAULT_ETH();
  esp_netif_t* eth_netif = esp_netif_new(&netif_config);
  eth_mac_config_t mac_config = ETH_MAC_DEFAULT_CONFIG();
  eth_phy_config_t phy_config = ETH_PHY_DEFAULT_CONFIG();
  phy_config.phy_addr = 1;
  phy_config.reset_gpio_num = -1;
  eth_esp32_emac_config_t emac_config = ETH_ESP32_EMAC_DEFAULT_CONFIG();
  emac_config.smi_gpio.mdc_num = 23;
  esp_eth_mac_t* mac = esp_eth_mac_new_esp32(&emac_config, &mac_config);
  esp_eth_phy_t* phy = esp_eth_phy_new_lan87xx(&phy_config);
  esp_eth_config_t config = ETH_DEFAULT_CONFIG(mac, phy);
  esp_eth_handle_t handle = NULL;
  ESP_ERROR_CHECK(esp_eth_driver_install(&config, &handle));
  ESP_ERROR_CHECK(esp_netif_attach(eth_netif, esp_eth_new_netif_glue(handle)));
  ESP_ERROR_CHECK(esp_eth_start(handle));
}
static void shutdown_cb(void) {}
void app_main(void) {
  esp_err_t err = nvs_flash_init();
  if (err == ESP_ERR_NVS_NO_FREE_PAGES || err == ESP_ERR_NVS_NEW_VERSION_FOUND) {
    ESP_ERROR_CHECK(nvs_flash_erase());
    err = nvs_flash_init();
  }
  ESP_ERROR_CHECK(err);
  s_group = xEventGroupCreate();
  s_queue = xQueueCreate(10, sizeof(int));
  s_lock = xSemaphoreCreateMutex();
  s_timer = xTimerCreate("t", pdMS_TO_TICKS(100), pdTRUE, (void*)1, tick);
  xTimerStart(s_timer, 0);
  xTimerReset(s_timer, 0);
  xTimerChangePeriod(s_timer, 10, 0);
  ESP_ERROR_CHECK(esp_netif_init());
  ESP_ERROR_CHECK(esp_event_loop_create_default());
  ESP_ERROR_CHECK(esp_event_handler_register(ESP_HTTPS_OTA_EVENT, ESP_EVENT_ANY_ID, &on_ota, NULL));
  esp_event_handler_instance_t inst;
  ESP_ERROR_CHECK(
      esp_event_handler_instance_register(IP_EVENT, IP_EVENT_STA_GOT_IP, &on_ip, NULL, &inst));
  ESP_ERROR_CHECK(
      esp_event_handler_instance_register(WIFI_EVENT, ESP_EVENT_ANY_ID, &on_ip, NULL, NULL));
  esp_netif_t* sta = esp_netif_create_default_wifi_sta();
  esp_netif_set_hostname(sta, "esp");
  wifi_init_config_t wc = WIFI_INIT_CONFIG_DEFAULT();
  ESP_ERROR_CHECK(esp_wifi_init(&wc));
  wifi_config_t w = {.sta = {.ssid = "s",
                             .password = "p",
                             .threshold.authmode = WIFI_AUTH_WPA2_PSK,
                             .sae_pwe_h2e = WPA3_SAE_PWE_BOTH,
                             .pmf_cfg = {.capable = true, .required = false},
                             .scan_method = WIFI_ALL_CHANNEL_SCAN,
                             .sort_method = WIFI_CONNECT_AP_BY_SIGNAL}};
  ESP_ERROR_CHECK(esp_wifi_set_mode(WIFI_MODE_STA));
  ESP_ERROR_CHECK(esp_wifi_set_config(WIFI_IF_STA, &w));
  ESP_ERROR_CHECK(esp_wifi_start());
  esp_wifi_set_ps(WIFI_PS_NONE);
  EventBits_t bits = xEventGroupWaitBits(s_group, GOT_IP | FAILED, pdFALSE, pdFALSE, portMAX_DELAY);
  if (bits & GOT_IP) {
  }
  ESP_ERROR_CHECK(example_connect());
  wifi_ap_record_t ap;
  if (esp_wifi_sta_get_ap_info(&ap) == ESP_OK) ESP_LOGI(TAG, "%d %s", ap.rssi, ap.ssid);
  uint8_t mac[6];
  esp_read_mac(mac, ESP_MAC_WIFI_STA);
  esp_efuse_mac_get_default(mac);
  esp_base_mac_addr_get(mac);
  esp_wifi_get_mac(WIFI_IF_STA, mac);
  ESP_LOGI(TAG, MACSTR, MAC2STR(mac));
  esp_chip_info_t ci;
  esp_chip_info(&ci);
  ESP_LOGI(TAG, "%d cores rev %d feat %x", ci.cores, ci.revision,
           (unsigned)(ci.features & (CHIP_FEATURE_WIFI_BGN | CHIP_FEATURE_BT | CHIP_FEATURE_BLE |
                                     CHIP_FEATURE_EMB_FLASH | CHIP_FEATURE_IEEE802154)));
  uint32_t fs;
  esp_flash_get_size(NULL, &fs);
  esp_flash_get_physical_size(NULL, &fs);
  esp_flash_read_id(NULL, &fs);
  ESP_LOGI(TAG, "heap %" PRIu32 " min %" PRIu32 " int %" PRIu32 " rnd %" PRIu32,
           esp_get_free_heap_size(), esp_get_minimum_free_heap_size(),
           esp_get_free_internal_heap_size(), esp_random());
  ESP_LOGI(TAG, "idf %s reset %d", esp_get_idf_version(), esp_reset_reason());
  esp_register_shutdown_handler(shutdown_cb);
  const esp_app_desc_t* me = esp_app_get_description();
  char sha[65];
  esp_app_get_elf_sha256(sha, sizeof sha);
  esp_app_get_elf_sha256_str();
  ESP_LOGI(TAG, "%s %s %s %s %s", me->project_name, me->version, me->date, me->time, me->idf_ver);
  ESP_LOG_BUFFER_HEX(TAG, me->app_elf_sha256, 32);
  ESP_LOG_BUFFER_HEX_LEVEL(TAG, mac, 6, ESP_LOG_INFO);
  ESP_LOG_BUFFER_CHAR(TAG, "abc", 3);
  ESP_LOG_BUFFER_HEXDUMP(TAG, mac, 6, ESP_LOG_WARN);
  const esp_bootloader_desc_t* bd = esp_bootloader_get_description();
  ESP_LOGI(TAG, "%" PRIu32 " %s %s", bd->version, bd->idf_ver, bd->date_time);
  const esp_partition_t* run = esp_ota_get_running_partition();
  esp_ota_img_states_t st;
  if (esp_ota_get_state_partition(run, &st) == ESP_OK && st == ESP_OTA_IMG_PENDING_VERIFY) {
    if (diag())
      ESP_ERROR_CHECK(esp_ota_mark_app_valid_cancel_rollback());
    else if (esp_ota_check_rollback_is_possible())
      esp_ota_mark_app_invalid_rollback_and_reboot();
  }
  const esp_partition_t* bad = esp_ota_get_last_invalid_partition();
  (void)bad;
  esp_ota_erase_last_boot_app_partition();
  const esp_timer_create_args_t ta = {.callback = &on_timer,
                                      .name = "x",
                                      .arg = NULL,
                                      .dispatch_method = ESP_TIMER_TASK,
                                      .skip_unhandled_events = true};
  esp_timer_handle_t th;
  ESP_ERROR_CHECK(esp_timer_create(&ta, &th));
  esp_timer_start_periodic(th, 1000000ULL);
  esp_timer_is_active(th);
  esp_timer_restart(th, 5);
  esp_timer_stop(th);
  esp_timer_delete(th);
  esp_timer_get_next_alarm();
  many();
  esp_sntp_config_t time_config = ESP_NETIF_SNTP_DEFAULT_CONFIG("pool.ntp.org");
  esp_netif_sntp_init(&time_config);
  if (esp_netif_sntp_sync_wait(pdMS_TO_TICKS(10000)) != ESP_OK) ESP_LOGW(TAG, "no time");
  ethernet();
  if (xSemaphoreTake(s_lock, pdMS_TO_TICKS(100)) == pdTRUE) xSemaphoreGive(s_lock);
  int v = 3;
  xQueueSend(s_queue, &v, 0);
  xQueueSendToBack(s_queue, &v, 0);
  xQueueSendToFront(s_queue, &v, 0);
  xQueueOverwrite(s_queue, &v);
  xQueuePeek(s_queue, &v, 0);
  uxQueueMessagesWaiting(s_queue);
  uxQueueSpacesAvailable(s_queue);
  xQueueReset(s_queue);
  vQueueDelete(s_queue);
  BaseType_t woken = pdFALSE;
  xSemaphoreGiveFromISR(s_lock, &woken);
  xQueueSendFromISR(s_queue, &v, &woken);
  portYIELD_FROM_ISR(woken);
  xTaskNotifyFromISR(NULL, 1, eSetBits, &woken);
  vTaskNotifyGiveFromISR(NULL, &woken);
  xEventGroupSetBitsFromISR(s_group, 1, &woken);
  TaskHandle_t t;
  xTaskCreate(&ota_task, "ota", 1024 * 8, NULL, 5, &t);
  xTaskCreatePinnedToCore(ota_task, "o", 4096, NULL, tskIDLE_PRIORITY + 1, NULL, 1);
  xTaskCreatePinnedToCore(ota_task, "o", 4096, NULL, configMAX_PRIORITIES - 1, NULL,
                          tskNO_AFFINITY);
  ESP_LOGI(TAG, "%s %d %u", pcTaskGetName(NULL), xPortGetCoreID(),
           (unsigned)uxTaskGetStackHighWaterMark(NULL));
  uxTaskPriorityGet(NULL);
  vTaskPrioritySet(NULL, 3);
  uxTaskGetNumberOfTasks();
  portMUX_TYPE mux = portMUX_INITIALIZER_UNLOCKED;
  portENTER_CRITICAL(&mux);
  portEXIT_CRITICAL(&mux);
  taskENTER_CRITICAL(&mux);
  taskEXIT_CRITICAL(&mux);
  vTaskSuspendAll();
  xTaskResumeAll();
}
