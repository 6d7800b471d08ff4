// SPDX-License-Identifier: Apache-2.0
/* Asks a manifest, then writes the image itself: esp_http_client, cJSON, mbedTLS. */
#include <cJSON.h>
#include <errno.h>
#include <esp_app_desc.h>
#include <esp_event.h>
#include <esp_http_client.h>
#include <esp_idf_version.h>
#include <esp_image_format.h>
#include <esp_log.h>
#include <esp_ota_ops.h>
#include <esp_random.h>
#include <esp_system.h>
#include <esp_tls.h>
#include <freertos/FreeRTOS.h>
#include <freertos/queue.h>
#include <freertos/semphr.h>
#include <freertos/stream_buffer.h>
#include <freertos/task.h>
#include <mbedtls/sha256.h>
#include <nvs_flash.h>
#include <protocol_examples_common.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/socket.h>

#define BUFFSIZE 1024
#define HASH_LEN 32

static const char* TAG = "pull";
static char s_body[2048];
static char ota_write_data[BUFFSIZE + 1] = {0};

extern const uint8_t server_cert_pem_start[] asm("_binary_root_pem_start");
extern const uint8_t server_cert_pem_end[] asm("_binary_root_pem_end");

typedef struct {
  char version[32];
  char url[160];
  char sha256[65];
  int size;
} manifest_t;

struct body_collector {
  char* buffer;
  int capacity;
  int length;
  char etag[64];
};

static esp_err_t collect(esp_http_client_event_t* evt) {
  struct body_collector* body = evt->user_data;
  switch (evt->event_id) {
    case HTTP_EVENT_ERROR: ESP_LOGD(TAG, "HTTP_EVENT_ERROR"); break;
    case HTTP_EVENT_ON_CONNECTED: ESP_LOGD(TAG, "HTTP_EVENT_ON_CONNECTED"); break;
    case HTTP_EVENT_HEADER_SENT: ESP_LOGD(TAG, "HTTP_EVENT_HEADER_SENT"); break;
    case HTTP_EVENT_ON_HEADER:
      if (strcasecmp(evt->header_key, "ETag") == 0) {
        strlcpy(body->etag, evt->header_value, sizeof(body->etag));
      }
      break;
    case HTTP_EVENT_ON_DATA:
      if (!esp_http_client_is_chunked_response(evt->client)) {
        int copy_len = MIN(evt->data_len, (body->capacity - body->length));
        if (copy_len) {
          memcpy(body->buffer + body->length, evt->data, copy_len);
        }
        body->length += copy_len;
      }
      break;
    case HTTP_EVENT_ON_FINISH: ESP_LOGI(TAG, "manifest of %d bytes", body->length); break;
    case HTTP_EVENT_DISCONNECTED: {
      int mbedtls_err = 0;
      esp_err_t err =
          esp_tls_get_and_clear_last_error((esp_tls_error_handle_t)evt->data, &mbedtls_err, NULL);
      if (err != 0) {
        ESP_LOGI(TAG, "Last esp error code: 0x%x", err);
        ESP_LOGI(TAG, "Last mbedtls failure: 0x%x", mbedtls_err);
      }
      break;
    }
    case HTTP_EVENT_REDIRECT: esp_http_client_set_redirection(evt->client); break;
    default: break;
  }
  return ESP_OK;
}

static bool get_text(const cJSON* root, const char* name, char* out, size_t size) {
  const cJSON* item = cJSON_GetObjectItem(root, name);
  if (!cJSON_IsString(item) || item->valuestring == NULL) {
    ESP_LOGE(TAG, "manifest lacks \"%s\"", name);
    return false;
  }
  return strlcpy(out, item->valuestring, size) < size;
}

static esp_err_t fetch_manifest(const char* url, manifest_t* out) {
  struct body_collector body = {.buffer = s_body, .capacity = sizeof(s_body) - 1};
  esp_http_client_config_t config = {
      .url = url,
      .event_handler = collect,
      .user_data = &body,
      .cert_pem = (const char*)server_cert_pem_start,
      .timeout_ms = 4000,
      .disable_auto_redirect = false,
      .user_agent = "pull/1",
  };
  esp_http_client_handle_t client = esp_http_client_init(&config);
  if (client == NULL) {
    return ESP_ERR_NO_MEM;
  }
  esp_http_client_set_header(client, "Accept", "application/json");
  esp_err_t err = esp_http_client_perform(client);
  if (err == ESP_OK) {
    int status = esp_http_client_get_status_code(client);
    ESP_LOGI(TAG, "HTTPS Status = %d, content_length = %" PRId64 ", etag %s", status,
             esp_http_client_get_content_length(client), body.etag);
    if (status != HttpStatus_Ok) {
      err = ESP_ERR_NOT_FOUND;
    }
  } else {
    ESP_LOGE(TAG, "Error perform http request %s", esp_err_to_name(err));
  }
  esp_http_client_cleanup(client);
  if (err != ESP_OK) {
    return err;
  }
  s_body[body.length] = 0;
  cJSON* root = cJSON_Parse(s_body);
  if (root == NULL) {
    ESP_LOGE(TAG, "no JSON: %s", cJSON_GetErrorPtr());
    return ESP_ERR_INVALID_RESPONSE;
  }
  bool ok = get_text(root, "version", out->version, sizeof(out->version)) &&
            get_text(root, "url", out->url, sizeof(out->url)) &&
            get_text(root, "sha256", out->sha256, sizeof(out->sha256));
  const cJSON* size = cJSON_GetObjectItemCaseSensitive(root, "size");
  out->size = cJSON_IsNumber(size) ? size->valueint : 0;
  cJSON_Delete(root);
  return ok ? ESP_OK : ESP_ERR_INVALID_RESPONSE;
}

static void http_cleanup(esp_http_client_handle_t client) {
  esp_http_client_close(client);
  esp_http_client_cleanup(client);
}

static void print_sha256(const uint8_t* image_hash, const char* label) {
  char hash_print[HASH_LEN * 2 + 1];
  hash_print[HASH_LEN * 2] = 0;
  for (int i = 0; i < HASH_LEN; ++i) {
    sprintf(&hash_print[i * 2], "%02x", image_hash[i]);
  }
  ESP_LOGI(TAG, "%s: %s", label, hash_print);
}

static esp_err_t download(const manifest_t* manifest) {
  esp_ota_handle_t update_handle = 0;
  const esp_partition_t* configured = esp_ota_get_boot_partition();
  const esp_partition_t* running = esp_ota_get_running_partition();
  if (configured != running) {
    ESP_LOGW(TAG,
             "Configured OTA boot partition at offset 0x%08" PRIx32
             ", but running from offset 0x%08" PRIx32,
             configured->address, running->address);
  }
  const esp_partition_t* update_partition = esp_ota_get_next_update_partition(NULL);
  assert(update_partition != NULL);
  ESP_LOGI(TAG, "Writing to partition subtype %d at offset 0x%" PRIx32, update_partition->subtype,
           update_partition->address);

  esp_http_client_config_t config = {
      .url = manifest->url,
      .cert_pem = (char*)server_cert_pem_start,
      .timeout_ms = 5000,
      .keep_alive_enable = true,
  };
  esp_http_client_handle_t client = esp_http_client_init(&config);
  if (client == NULL) {
    ESP_LOGE(TAG, "Failed to initialise HTTP connection");
    return ESP_FAIL;
  }
  esp_err_t err = esp_http_client_open(client, 0);
  if (err != ESP_OK) {
    ESP_LOGE(TAG, "Failed to open HTTP connection: %s", esp_err_to_name(err));
    esp_http_client_cleanup(client);
    return err;
  }
  int64_t content_length = esp_http_client_fetch_headers(client);
  int status = esp_http_client_get_status_code(client);
  for (int hops = 0; hops < 3 && status >= 300 && status < 400; hops++) {
    esp_http_client_set_redirection(client);
    if ((err = esp_http_client_open(client, 0)) != ESP_OK) {
      http_cleanup(client);
      return err;
    }
    content_length = esp_http_client_fetch_headers(client);
    status = esp_http_client_get_status_code(client);
  }
  if (status != 200 || (manifest->size && content_length != manifest->size)) {
    ESP_LOGE(TAG, "status %d, %lld bytes instead of %d", status, (long long)content_length,
             manifest->size);
    http_cleanup(client);
    return ESP_ERR_INVALID_SIZE;
  }

  mbedtls_sha256_context sha;
  mbedtls_sha256_init(&sha);
  mbedtls_sha256_starts(&sha, 0);

  int binary_file_length = 0;
  bool image_header_was_checked = false;
  while (1) {
    int data_read = esp_http_client_read(client, ota_write_data, BUFFSIZE);
    if (data_read < 0) {
      ESP_LOGE(TAG, "Error: SSL data read error");
      err = ESP_FAIL;
      break;
    } else if (data_read > 0) {
      if (image_header_was_checked == false) {
        esp_app_desc_t new_app_info;
        if (data_read > (int)(sizeof(esp_image_header_t) + sizeof(esp_image_segment_header_t) +
                              sizeof(esp_app_desc_t))) {
          memcpy(&new_app_info,
                 &ota_write_data[sizeof(esp_image_header_t) + sizeof(esp_image_segment_header_t)],
                 sizeof(esp_app_desc_t));
          ESP_LOGI(TAG, "New firmware version: %s", new_app_info.version);
          if (strncmp(new_app_info.version, manifest->version, sizeof(new_app_info.version)) != 0) {
            ESP_LOGE(TAG, "manifest said %s", manifest->version);
            err = ESP_ERR_INVALID_VERSION;
            break;
          }
          image_header_was_checked = true;
          err = esp_ota_begin(update_partition, OTA_WITH_SEQUENTIAL_WRITES, &update_handle);
          if (err != ESP_OK) {
            ESP_LOGE(TAG, "esp_ota_begin failed (%s)", esp_err_to_name(err));
            break;
          }
        } else {
          ESP_LOGE(TAG, "received package is not fit len");
          err = ESP_ERR_INVALID_SIZE;
          break;
        }
      }
      mbedtls_sha256_update(&sha, (const unsigned char*)ota_write_data, data_read);
      err = esp_ota_write(update_handle, (const void*)ota_write_data, data_read);
      if (err != ESP_OK) {
        break;
      }
      binary_file_length += data_read;
    } else if (data_read == 0) {
      if (errno == ECONNRESET || errno == ENOTCONN) {
        ESP_LOGE(TAG, "Connection closed, errno = %d", errno);
        break;
      }
      if (esp_http_client_is_complete_data_received(client) == true) {
        ESP_LOGI(TAG, "Connection closed");
        break;
      }
    }
  }
  uint8_t digest[HASH_LEN];
  mbedtls_sha256_finish(&sha, digest);
  mbedtls_sha256_free(&sha);
  ESP_LOGI(TAG, "Total Write binary data length: %d", binary_file_length);
  if (err == ESP_OK && esp_http_client_is_complete_data_received(client) != true) {
    ESP_LOGE(TAG, "Error in receiving complete file");
    err = ESP_FAIL;
  }
  http_cleanup(client);
  if (err != ESP_OK) {
    esp_ota_abort(update_handle);
    return err;
  }

  char text[HASH_LEN * 2 + 1];
  for (int i = 0; i < HASH_LEN; i++) {
    snprintf(text + 2 * i, 3, "%02x", digest[i]);
  }
  if (strcasecmp(text, manifest->sha256) != 0) {
    ESP_LOGE(TAG, "digest is %s, manifest says %s", text, manifest->sha256);
    esp_ota_abort(update_handle);
    return ESP_ERR_INVALID_CRC;
  }
  err = esp_ota_end(update_handle);
  if (err != ESP_OK) {
    if (err == ESP_ERR_OTA_VALIDATE_FAILED) {
      ESP_LOGE(TAG, "Image validation failed, image is corrupted");
    } else {
      ESP_LOGE(TAG, "esp_ota_end failed (%s)!", esp_err_to_name(err));
    }
    return err;
  }
  uint8_t sha_256[HASH_LEN] = {0};
  ESP_ERROR_CHECK(esp_partition_get_sha256(update_partition, sha_256));
  print_sha256(sha_256, "SHA-256 for new firmware");
  return esp_ota_set_boot_partition(update_partition);
}

static void pull_task(void* arg) {
  QueueHandle_t orders = arg;
  char url[160];
  while (xQueueReceive(orders, url, portMAX_DELAY) == pdTRUE) {
    manifest_t manifest = {0};
    esp_err_t err = fetch_manifest(url, &manifest);
    if (err != ESP_OK) {
      ESP_LOGE(TAG, "no manifest from %s: %s", url, esp_err_to_name(err));
      continue;
    }
    if (strcmp(manifest.version, esp_app_get_description()->version) == 0) {
      ESP_LOGI(TAG, "%s is up to date", manifest.version);
      continue;
    }
    err = download(&manifest);
    if (err != ESP_OK) {
      ESP_LOGE(TAG, "update failed: %s", esp_err_to_name(err));
      continue;
    }
    ESP_LOGI(TAG, "Prepare to restart system!");
    esp_restart();
  }
  vTaskDelete(NULL);
}

void app_main(void) {
  uint8_t sha_256[HASH_LEN] = {0};
  esp_partition_t partition;

  partition.address = ESP_PARTITION_TABLE_OFFSET;
  partition.size = ESP_PARTITION_TABLE_MAX_LEN;
  partition.type = ESP_PARTITION_TYPE_DATA;
  esp_partition_get_sha256(&partition, sha_256);
  print_sha256(sha_256, "SHA-256 for the partition table: ");
  esp_partition_get_sha256(esp_ota_get_running_partition(), sha_256);
  print_sha256(sha_256, "SHA-256 for current firmware: ");

  const esp_partition_t* running = esp_ota_get_running_partition();
  esp_ota_img_states_t ota_state;
  if (esp_ota_get_state_partition(running, &ota_state) == ESP_OK &&
      ota_state == ESP_OTA_IMG_PENDING_VERIFY) {
    ESP_LOGI(TAG, "first start of %s", esp_app_get_description()->version);
    esp_ota_mark_app_valid_cancel_rollback();
  }
  ESP_ERROR_CHECK(nvs_flash_init());
  ESP_ERROR_CHECK(esp_netif_init());
  ESP_ERROR_CHECK(esp_event_loop_create_default());
  ESP_ERROR_CHECK(example_connect());

  QueueHandle_t orders = xQueueCreate(2, 160);
  xTaskCreate(&pull_task, "pull", 8192, orders, 5, NULL);
  char url[160] = CONFIG_PULL_MANIFEST_URL ".missing";
  xQueueSend(orders, url, portMAX_DELAY);
  strcpy(url, CONFIG_PULL_MANIFEST_URL);
  xQueueSend(orders, url, portMAX_DELAY);
}
