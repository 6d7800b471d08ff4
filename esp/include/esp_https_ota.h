// SPDX-License-Identifier: Apache-2.0
// ESP-IDF's update over HTTPS. Implemented in esp/src/https_ota*.cc over
// esp_http_client and esp_ota_ops. One task drives an update; the queries may be
// called by others at any time. A handle that is none, or no more, is an error. What
// differs from ESP-IDF on purpose stands in docs/esp-idf.md.
#pragma once

#include <bootloader_common.h>
#include <esp_app_desc.h>
#include <esp_bootloader_desc.h>
#include <esp_event.h>
#include <esp_http_client.h>
#include <esp_partition.h>
#include <sdkconfig.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

ESP_EVENT_DECLARE_BASE(ESP_HTTPS_OTA_EVENT);

typedef enum {
  ESP_HTTPS_OTA_START,
  ESP_HTTPS_OTA_CONNECTED,
  ESP_HTTPS_OTA_GET_IMG_DESC,
  ESP_HTTPS_OTA_VERIFY_CHIP_ID,        // data: esp_chip_id_t
  ESP_HTTPS_OTA_VERIFY_CHIP_REVISION,  // data: uint16_t
  ESP_HTTPS_OTA_DECRYPT_CB,
  ESP_HTTPS_OTA_WRITE_FLASH,            // data: int, bytes written so far
  ESP_HTTPS_OTA_UPDATE_BOOT_PARTITION,  // data: esp_partition_subtype_t
  ESP_HTTPS_OTA_FINISH,
  ESP_HTTPS_OTA_ABORT,
} esp_https_ota_event_t;

typedef void* esp_https_ota_handle_t;
typedef esp_err_t (*http_client_init_cb_t)(esp_http_client_handle_t);

typedef struct {
  const char* data_in;
  size_t data_in_len;
  char* data_out;  // from malloc(); freed by esp_https_ota
  size_t data_out_len;
} decrypt_cb_arg_t;

// ESP_OK, or an error that ends the update. It may yield nothing yet.
typedef esp_err_t (*decrypt_cb_t)(decrypt_cb_arg_t* args, void* user_ctx);

// Copied at begin; what http_config points at, as esp_http_client_init says. Members
// that ESP-IDF has by an option are always here.
typedef struct {
  const esp_http_client_config_t* http_config;
  http_client_init_cb_t http_client_init_cb;  // its error ends begin
  bool bulk_flash_erase;
  bool partial_http_download;
  int max_http_request_size;  // bytes; 0: 65536
  uint32_t buffer_caps;       // of the buffer that is read into; 0: any
  bool ota_resumption;
  size_t ota_image_bytes_written;  // what an earlier update had written
  // NULL: the image is plain, or encrypted for a key that the device has.
  decrypt_cb_t decrypt_cb;
  void* decrypt_user_ctx;
  uint16_t enc_img_header_size;
  struct {
    const esp_partition_t* staging;  // NULL: the next slot
    const esp_partition_t* final;    // NULL: staging
    bool finalize_with_copy;
  } partition;
} esp_https_ota_config_t;

#define ESP_ERR_HTTPS_OTA_BASE (0x9000)
#define ESP_ERR_HTTPS_OTA_IN_PROGRESS (ESP_ERR_HTTPS_OTA_BASE + 1)

// All of it; does not restart. ESP_OK: the new image is selected.
esp_err_t esp_https_ota(const esp_https_ota_config_t* ota_config);

// Connects and reads the answer's head. On an error *handle is NULL and nothing is
// left.
esp_err_t esp_https_ota_begin(const esp_https_ota_config_t* ota_config,
                              esp_https_ota_handle_t* handle);
// One read and one write. ESP_ERR_HTTPS_OTA_IN_PROGRESS until all is there, then
// ESP_OK.
esp_err_t esp_https_ota_perform(esp_https_ota_handle_t https_ota_handle);
bool esp_https_ota_is_complete_data_received(esp_https_ota_handle_t https_ota_handle);
// Proves the image, selects it if it is whole, and frees the handle, whatever it
// returns.
esp_err_t esp_https_ota_finish(esp_https_ota_handle_t https_ota_handle);
// Frees the handle; the next boot is unchanged.
esp_err_t esp_https_ota_abort(esp_https_ota_handle_t https_ota_handle);

// After begin. ESP_ERR_NOT_SUPPORTED with a decrypt callback.
esp_err_t esp_https_ota_get_img_desc(esp_https_ota_handle_t https_ota_handle,
                                     esp_app_desc_t* new_app_info);
esp_err_t esp_https_ota_get_bootloader_img_desc(esp_https_ota_handle_t https_ota_handle,
                                                esp_bootloader_desc_t* new_img_info);
// Bytes written; -1 before the first perform.
int esp_https_ota_get_image_len_read(esp_https_ota_handle_t https_ota_handle);
// Of the last answer; -1.
int esp_https_ota_get_status_code(esp_https_ota_handle_t https_ota_handle);
// Bytes that the server announced, of the image; -1 when it did not.
int esp_https_ota_get_image_size(esp_https_ota_handle_t https_ota_handle);

#ifdef __cplusplus
}
#endif
