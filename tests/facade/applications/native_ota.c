// SPDX-License-Identifier: Apache-2.0
// An application of esp_http_client and esp_ota_ops; see https_ota.c.
#include <bootloader_common.h>
#include <cJSON.h>
#include <esp_app_format.h>
#include <esp_event.h>
#include <esp_flash_partitions.h>
#include <esp_heap_caps.h>
#include <esp_http_client.h>
#include <esp_image_format.h>
#include <esp_log.h>
#include <esp_ota_ops.h>
#include <esp_partition.h>
#include <esp_rom_crc.h>
#include <esp_system.h>
#include <freertos/FreeRTOS.h>
#include <freertos/task.h>
#include <inttypes.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/md5.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/platform.h>
#include <mbedtls/sha256.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>
#include <nvs.h>
#include <nvs_flash.h>
#include <psa/crypto.h>
#include <spi_flash_mmap.h>
#include <string.h>
#include <sys/param.h>
#define BUFFSIZE 1024
#define HASH_LEN 32
static const char* TAG = "native";
static char ota_write_data[BUFFSIZE + 1] = {0};
extern const uint8_t server_cert_pem_start[] asm("_binary_ca_cert_pem_start");
static void cleanup(esp_http_client_handle_t c) {
  esp_http_client_close(c);
  esp_http_client_cleanup(c);
}
static void __attribute__((noreturn)) fatal(void) {
  (void)vTaskDelete(NULL);
  while (1) {
    ;
  }
}
static void print_sha256(const uint8_t* h, const char* label) {
  char p[HASH_LEN * 2 + 1];
  p[HASH_LEN * 2] = 0;
  for (int i = 0; i < HASH_LEN; ++i) sprintf(&p[i * 2], "%02x", h[i]);
  ESP_LOGI(TAG, "%s: %s", label, p);
}
static void ota_task(void* pv) {
  esp_err_t err;
  esp_ota_handle_t h = 0;
  const esp_partition_t* up = NULL;
  const esp_partition_t *configured = esp_ota_get_boot_partition(),
                        *running = esp_ota_get_running_partition();
  if (configured != running)
    ESP_LOGW(TAG, "0x%08" PRIx32 " 0x%08" PRIx32, configured->address, running->address);
  esp_http_client_config_t config = {.url = "x",
                                     .cert_pem = (char*)server_cert_pem_start,
                                     .timeout_ms = 100,
                                     .keep_alive_enable = true};
  esp_http_client_handle_t c = esp_http_client_init(&config);
  if (c == NULL) fatal();
  err = esp_http_client_open(c, 0);
  if (err != ESP_OK) {
    cleanup(c);
    fatal();
  }
  int64_t cl = esp_http_client_fetch_headers(c);
  ESP_LOGI(TAG, "len %" PRId64 " status %d", cl, esp_http_client_get_status_code(c));
  up = esp_ota_get_next_update_partition(NULL);
  assert(up != NULL);
  int total = 0;
  bool checked = false;
  while (1) {
    int n = esp_http_client_read(c, ota_write_data, BUFFSIZE);
    if (n < 0) {
      cleanup(c);
      fatal();
    } else if (n > 0) {
      if (!checked) {
        esp_app_desc_t nd;
        if (n > sizeof(esp_image_header_t) + sizeof(esp_image_segment_header_t) +
                    sizeof(esp_app_desc_t)) {
          memcpy(&nd,
                 &ota_write_data[sizeof(esp_image_header_t) + sizeof(esp_image_segment_header_t)],
                 sizeof nd);
          esp_image_header_t* ih = (esp_image_header_t*)ota_write_data;
          if (ih->magic != ESP_IMAGE_HEADER_MAGIC || ih->chip_id != CONFIG_IDF_FIRMWARE_CHIP_ID ||
              nd.magic_word != ESP_APP_DESC_MAGIC_WORD) {
          }
          ESP_LOGI(TAG, "%d %d %d", ih->segment_count, ih->spi_mode, ih->hash_appended);
          esp_app_desc_t rd, inv;
          if (esp_ota_get_partition_description(running, &rd) == ESP_OK) {
          }
          const esp_partition_t* li = esp_ota_get_last_invalid_partition();
          if (esp_ota_get_partition_description(li, &inv) == ESP_OK) {
          }
          checked = true;
          err = esp_ota_begin(up, OTA_WITH_SEQUENTIAL_WRITES, &h);
          if (err != ESP_OK) {
            esp_ota_abort(h);
            fatal();
          }
        }
      }
      err = esp_ota_write(h, (const void*)ota_write_data, n);
      if (err != ESP_OK) {
        esp_ota_abort(h);
        fatal();
      }
      total += n;
      ESP_LOGD(TAG, "%d", total);
    } else {
      if (errno == ECONNRESET || errno == ENOTCONN) break;
      if (esp_http_client_is_complete_data_received(c) == true) break;
    }
  }
  esp_ota_write_with_offset(h, ota_write_data, 16, 0x100);
  err = esp_ota_end(h);
  if (err == ESP_ERR_OTA_VALIDATE_FAILED) ESP_LOGE(TAG, "bad");
  err = esp_ota_set_boot_partition(up);
  esp_restart();
}
static void hashes(void) {
  uint8_t sha[32] = {0};
  esp_partition_t p;
  p.address = ESP_PARTITION_TABLE_OFFSET;
  p.size = ESP_PARTITION_TABLE_MAX_LEN;
  p.type = ESP_PARTITION_TYPE_DATA;
  esp_partition_get_sha256(&p, sha);
  print_sha256(sha, "table");
  p.address = ESP_BOOTLOADER_OFFSET;
  p.size = ESP_PARTITION_TABLE_OFFSET;
  p.type = ESP_PARTITION_TYPE_APP;
  esp_partition_get_sha256(&p, sha);
  bootloader_common_get_sha256_of_partition(p.address, p.size, p.type, sha);
  esp_partition_iterator_t it =
      esp_partition_find(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_ANY, NULL);
  for (; it != NULL; it = esp_partition_next(it)) {
    const esp_partition_t* q = esp_partition_get(it);
    ESP_LOGI(TAG, "%s %02x %02x 0x%" PRIx32 " 0x%" PRIx32 " %d", q->label, q->type, q->subtype,
             q->address, q->size, q->encrypted);
  }
  esp_partition_iterator_release(it);
  const esp_partition_t* d = esp_partition_find_first(ESP_PARTITION_TYPE_DATA,
                                                      ESP_PARTITION_SUBTYPE_DATA_SPIFFS, "storage");
  const void* map;
  esp_partition_mmap_handle_t mh;
  esp_partition_mmap(d, 0, 4096, ESP_PARTITION_MMAP_DATA, &map, &mh);
  esp_partition_munmap(mh);
  spi_flash_mmap_handle_t smh;
  esp_partition_mmap(d, 0, 4096, ESP_PARTITION_MMAP_DATA, &map, &smh);
  spi_flash_munmap(smh);
  esp_partition_erase_range(d, 0, SPI_FLASH_SEC_SIZE);
  esp_partition_erase_range(d, 0, d->erase_size);
  esp_image_metadata_t md;
  esp_partition_pos_t pos = {.offset = d->address, .size = d->size};
  ESP_LOGI(TAG, "%d", esp_image_get_flash_size(ESP_IMAGE_FLASH_SIZE_4MB));
  esp_image_verify(ESP_IMAGE_VERIFY, &pos, &md);
  esp_image_get_metadata(&pos, &md);
  ESP_LOGI(TAG, "%" PRIu32, md.image_len);
  uint32_t crc = esp_rom_crc32_le(0, sha, 32);
  (void)crc;
  mbedtls_sha256_context s;
  mbedtls_sha256_init(&s);
  mbedtls_sha256_starts(&s, 0);
  mbedtls_sha256_update(&s, sha, 32);
  mbedtls_sha256_finish(&s, sha);
  mbedtls_sha256_free(&s);
  psa_hash_operation_t op = PSA_HASH_OPERATION_INIT;
  size_t hl;
  psa_crypto_init();
  psa_hash_setup(&op, PSA_ALG_SHA_256);
  psa_hash_update(&op, sha, 32);
  psa_hash_finish(&op, sha, 32, &hl);
  unsigned char md5[16];
  mbedtls_md5_context m5;
  mbedtls_md5_init(&m5);
  mbedtls_md5_starts(&m5);
  mbedtls_md5_update(&m5, sha, 32);
  mbedtls_md5_finish(&m5, md5);
  mbedtls_md5_free(&m5);
}
static void json(const char* t) {
  cJSON* r = cJSON_Parse(t);
  if (!r) {
    const char* e = cJSON_GetErrorPtr();
    ESP_LOGE(TAG, "%s", e);
    return;
  }
  cJSON *tag = cJSON_GetObjectItemCaseSensitive(r, "tag_name"),
        *as = cJSON_GetObjectItem(r, "assets"), *a = NULL;
  if (cJSON_IsString(tag) && tag->valuestring) cJSON_ArrayForEach(a, as) {
      cJSON* u = cJSON_GetObjectItem(a, "browser_download_url");
      if (cJSON_IsString(u)) ESP_LOGI(TAG, "%s", cJSON_GetStringValue(u));
    }
  char* s = cJSON_PrintUnformatted(r);
  cJSON_free(s);
  cJSON_Delete(r);
}
static esp_err_t nvs_stuff(void) {
  nvs_handle_t n;
  size_t len = 0;
  uint16_t w;
  char url[64];
  ESP_ERROR_CHECK(nvs_open("ota_resumption", NVS_READWRITE, &n));
  nvs_get_u16(n, "wr", &w);
  nvs_set_u16(n, "wr", w);
  nvs_get_str(n, "url", NULL, &len);
  nvs_get_str(n, "url", url, &len);
  nvs_set_blob(n, "b", url, 3);
  nvs_get_blob(n, "b", url, &len);
  nvs_set_i64(n, "i", 1);
  nvs_erase_key(n, "b");
  nvs_erase_all(n);
  nvs_commit(n);
  nvs_close(n);
  nvs_stats_t st;
  nvs_get_stats(NULL, &st);
  size_t used;
  nvs_get_used_entry_count(n, &used);
  nvs_iterator_t it = NULL;
  esp_err_t r = nvs_entry_find("nvs", "ns", NVS_TYPE_ANY, &it);
  while (r == ESP_OK) {
    nvs_entry_info_t i;
    nvs_entry_info(it, &i);
    ESP_LOGI(TAG, "%s %d", i.key, i.type);
    r = nvs_entry_next(&it);
  }
  nvs_release_iterator(it);
  nvs_flash_deinit();
  nvs_flash_init_partition("x");
  nvs_flash_erase_partition("x");
  return nvs_flash_init_partition_ptr(NULL);
}
void app_main(void) {
  hashes();
  json("{}");
  nvs_stuff();
  xTaskCreate(&ota_task, "ota", 8192, NULL, 5, NULL);
}
