// SPDX-License-Identifier: Apache-2.0
// Opening encrypted images step by step. Implemented in esp/src/encrypted_img*.cc.
// The configuration chooses the scheme, and with it the members of
// esp_decrypt_cfg_t; one library has them all. Calls with a handle that was ended
// or aborted return ESP_ERR_INVALID_ARG.
#pragma once

#include <esp_err.h>
#include <sdkconfig.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ESP_ERR_ENCRYPTED_IMAGE_HMAC_KEY_NOT_FOUND 1

#define MAGIC_SIZE 4
#define ENC_GCM_KEY_SIZE 384
#define IV_SIZE 16
#define BIN_SIZE_DATA 4
#define AUTH_SIZE 16
#define RESERVED_HEADER 88

typedef void* esp_decrypt_handle_t;

#if defined(CONFIG_PRE_ENCRYPTED_OTA_USE_ECIES)

#define SERVER_ECC_KEY_LEN 64
#define KDF_SALT_SIZE 32
#define RESERVED_SIZE (384 - (SERVER_ECC_KEY_LEN + KDF_SALT_SIZE))

typedef struct esp_decrypt_cfg_ecies {
  int hmac_key_id;  // the eFuse block KEY0 + id, of purpose HMAC_UP
} esp_decrypt_cfg_t;
#define UPDRAFT_DECRYPT_START __asm__("esp_encrypted_img_decrypt_start_ecies")

#elif defined(CONFIG_PRE_ENCRYPTED_RSA_USE_DS)

typedef struct esp_decrypt_cfg_ds {
  void* ds_data;  // not looked at: the device's own RSA key stands for the peripheral's
} esp_decrypt_cfg_t;
#define UPDRAFT_DECRYPT_START __asm__("esp_encrypted_img_decrypt_start_ds")

#else

typedef struct esp_decrypt_cfg_rsa {
  union {
    const char* rsa_priv_key;  // PEM or DER, PKCS#1 or PKCS#8, not encrypted; copied
    const char* rsa_pub_key;   // the old name of the same
  };
  union {
    size_t rsa_priv_key_len;  // bytes; of PEM with or without its NUL
    size_t rsa_pub_key_len;
  };
} esp_decrypt_cfg_t;
#define UPDRAFT_DECRYPT_START

#endif

typedef struct {
  const char* data_in;
  size_t data_in_len;
  char* data_out;       // from malloc or NULL; reallocated, and the caller's to free
  size_t data_out_len;  // bytes that this call put there
} pre_enc_decrypt_arg_t;

// NULL when an argument is missing, the eFuse block is no key of purpose HMAC_UP, or
// there is no memory. An RSA key is not looked into before it is needed.
esp_decrypt_handle_t esp_encrypted_img_decrypt_start(const esp_decrypt_cfg_t* cfg)
    UPDRAFT_DECRYPT_START;
#undef UPDRAFT_DECRYPT_START

// ESP_ERR_NOT_FINISHED: more is to come, and what came is decrypted in whole blocks
// of 16 bytes. ESP_OK: that was the last byte; nothing is authentic before
// decrypt_end says so. ESP_FAIL: no encrypted image, no key for it, or more than it
// should hold. ESP_ERR_NO_MEM: nothing was taken of the payload, once more is allowed.
esp_err_t esp_encrypted_img_decrypt_data(esp_decrypt_handle_t ctx, pre_enc_decrypt_arg_t* args);

// ESP_OK when all is there and authentic. The handle is no more, whatever it returns.
esp_err_t esp_encrypted_img_decrypt_end(esp_decrypt_handle_t ctx);
esp_err_t esp_encrypted_img_decrypt_abort(esp_decrypt_handle_t ctx);

// Also true as long as nothing has come.
bool esp_encrypted_img_is_complete_data_received(esp_decrypt_handle_t ctx);

uint16_t esp_encrypted_img_get_header_size(void);

// DER, to be freed by the caller: RSAPublicKey of PKCS#1 until the key is used,
// SubjectPublicKeyInfo for ECIES. ESP_ERR_NOT_SUPPORTED for a key in the peripheral.
esp_err_t esp_encrypted_img_export_public_key(esp_decrypt_handle_t ctx, uint8_t** pub_key,
                                              size_t* pub_key_len);

#ifdef __cplusplus
}
#endif
