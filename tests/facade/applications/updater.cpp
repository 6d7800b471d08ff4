// SPDX-License-Identifier: Apache-2.0
// An application in C++, with designated initialisers; see https_ota.c.
#include <driver/gpio.h>
#include <esp_check.h>
#include <esp_crt_bundle.h>
#include <esp_encrypted_img.h>
#include <esp_event.h>
#include <esp_http_client.h>
#include <esp_http_server.h>
#include <esp_https_ota.h>
#include <esp_log.h>
#include <esp_mac.h>
#include <esp_netif.h>
#include <esp_ota_ops.h>
#include <esp_timer.h>
#include <esp_wifi.h>
#include <freertos/FreeRTOS.h>
#include <freertos/semphr.h>
#include <freertos/task.h>
#include <nvs.h>
#include <nvs_flash.h>
#include <sys/param.h>

#include <cstring>
#include <functional>
#include <memory>
#include <nvs_handle.hpp>
#include <string>
#include <vector>
static constexpr char TAG[] = "cpp";
extern const char root_ca[] asm("_binary_root_ca_pem_start");
namespace {
class Updater {
 public:
  Updater() { mutex_ = xSemaphoreCreateMutex(); }
  ~Updater() { vSemaphoreDelete(mutex_); }
  esp_err_t run(const std::string& url) {
    esp_http_client_config_t http = {
        .url = url.c_str(),
        .cert_pem = root_ca,
        .timeout_ms = 5000,
        .event_handler = [](esp_http_client_event_t* e) -> esp_err_t {
          ESP_LOGI(TAG, "%d", e->event_id);
          return ESP_OK;
        },
        .buffer_size = 2048,
        .buffer_size_tx = 2048,
        .user_data = this,
        .skip_cert_common_name_check = true,
        .crt_bundle_attach = esp_crt_bundle_attach,
        .keep_alive_enable = true,
    };
    esp_https_ota_config_t cfg = {
        .http_config = &http,
        .http_client_init_cb = [](esp_http_client_handle_t c) -> esp_err_t {
          return esp_http_client_set_header(c, "X", "y");
        },
        .bulk_flash_erase = false,
        .partial_http_download = false,
    };
    esp_https_ota_handle_t h{};
    ESP_RETURN_ON_ERROR(esp_https_ota_begin(&cfg, &h), TAG, "begin");
    esp_app_desc_t d{};
    esp_err_t ret = ESP_OK;
    ESP_GOTO_ON_ERROR(esp_https_ota_get_img_desc(h, &d), out, TAG, "desc");
    while ((ret = esp_https_ota_perform(h)) == ESP_ERR_HTTPS_OTA_IN_PROGRESS) taskYIELD();
    ESP_GOTO_ON_FALSE(esp_https_ota_is_complete_data_received(h), ESP_FAIL, out, TAG, "incomplete");
    return esp_https_ota_finish(h);
  out:
    esp_https_ota_abort(h);
    return ret;
  }
  static void handler(void* a, esp_event_base_t b, int32_t i, void* d) {
    static_cast<Updater*>(a)->seen_++;
  }

 private:
  SemaphoreHandle_t mutex_ = nullptr;
  int seen_ = 0;
};
}  // namespace
static esp_err_t on_get(httpd_req_t* r) { return httpd_resp_send(r, "x", HTTPD_RESP_USE_STRLEN); }
static esp_err_t on_post(httpd_req_t* r) {
  esp_ota_handle_t h;
  auto* p = esp_ota_get_next_update_partition(nullptr);
  if (esp_ota_begin(p, OTA_SIZE_UNKNOWN, &h) != ESP_OK) {
    httpd_resp_send_err(r, HTTPD_500_INTERNAL_SERVER_ERROR, "x");
    return ESP_FAIL;
  }
  char buf[1000];
  size_t rem = r->content_len;
  while (rem > 0) {
    int n = httpd_req_recv(r, buf, MIN(rem, sizeof(buf)));
    if (n == HTTPD_SOCK_ERR_TIMEOUT) continue;
    if (n <= 0) return ESP_FAIL;
    esp_ota_write(h, buf, n);
    rem -= n;
  }
  if (esp_ota_end(h) != ESP_OK || esp_ota_set_boot_partition(p) != ESP_OK) return ESP_FAIL;
  httpd_resp_sendstr(r, "ok");
  return ESP_OK;
}
extern "C" void app_main() {
  esp_err_t err;
  std::unique_ptr<nvs::NVSHandle> settings = nvs::open_nvs_handle("storage", NVS_READWRITE, &err);
  int32_t restarts = 0;
  if (err == ESP_OK && settings->get_item("restarts", restarts) == ESP_OK) {
    settings->set_item("restarts", ++restarts);
    settings->commit();
  }
  static Updater u;
  ESP_ERROR_CHECK(
      esp_event_handler_register(ESP_HTTPS_OTA_EVENT, ESP_EVENT_ANY_ID, Updater::handler, &u));
  wifi_config_t w = {};
  strcpy(reinterpret_cast<char*>(w.sta.ssid), "x");
  wifi_init_config_t c = WIFI_INIT_CONFIG_DEFAULT();
  esp_wifi_init(&c);
  httpd_handle_t s = nullptr;
  httpd_config_t hc = HTTPD_DEFAULT_CONFIG();
  httpd_start(&s, &hc);
  httpd_uri_t g = {.uri = "/", .method = HTTP_GET, .handler = on_get, .user_ctx = nullptr},
              po = {.uri = "/u", .method = HTTP_POST, .handler = on_post, .user_ctx = nullptr};
  httpd_register_uri_handler(s, &g);
  httpd_register_uri_handler(s, &po);
  xTaskCreate(
      [](void* p) {
        static_cast<Updater*>(p)->run("https://x");
        vTaskDelete(nullptr);
      },
      "ota", 8192, &u, 5, nullptr);
  esp_timer_create_args_t ta = {.callback = [](void*) {},
                                .arg = nullptr,
                                .dispatch_method = ESP_TIMER_TASK,
                                .name = "t",
                                .skip_unhandled_events = false};
  esp_timer_handle_t t;
  esp_timer_create(&ta, &t);
  esp_timer_start_once(t, 100);
  const esp_partition_t* p =
      esp_partition_find_first(ESP_PARTITION_TYPE_APP, ESP_PARTITION_SUBTYPE_APP_OTA_0, nullptr);
  gpio_config_t io = {};
  io.pin_bit_mask = 1ULL << 4;
  io.mode = GPIO_MODE_OUTPUT;
  gpio_config(&io);
  gpio_set_level(GPIO_NUM_2, 1);
  gpio_set_direction(GPIO_NUM_2, GPIO_MODE_OUTPUT);
  for (int i = 0; i < 3; i++) {
    auto st = static_cast<esp_ota_img_states_t>(i);
    (void)st;
  }
  ESP_ERROR_CHECK_WITHOUT_ABORT(esp_ota_set_boot_partition(p));
}
