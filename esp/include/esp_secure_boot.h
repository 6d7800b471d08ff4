// SPDX-License-Identifier: Apache-2.0
// Whether the device wants signed images, who is trusted, and proving a signature.
// Secure Boot v2 only. Implemented in esp/src/secure_boot.cc.
#pragma once

#include <esp_efuse.h>
#include <esp_err.h>
#include <esp_flash_partitions.h>
#include <esp_image_format.h>
#include <esp_rom_crc.h>
#include <sdkconfig.h>
#include <soc/soc_caps.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Bytes of the digest that is signed; of a key's digest as eFuse holds it.
#ifdef CONFIG_SECURE_BOOT_ECDSA_KEY_LEN_384_BITS
#define ESP_SECURE_BOOT_DIGEST_LEN 48
#else
#define ESP_SECURE_BOOT_DIGEST_LEN 32
#endif
#ifdef CONFIG_IDF_TARGET_ESP32C2
#define ESP_SECURE_BOOT_KEY_DIGEST_LEN 16
#else
#define ESP_SECURE_BOOT_KEY_DIGEST_LEN 32
#endif

#define SECURE_BOOT_NUM_BLOCKS SOC_EFUSE_SECURE_BOOT_KEY_DIGESTS
#define CRC_SIGN_BLOCK_LEN 1196
#define SIG_BLOCK_PADDING 4096
#define ETS_SECURE_BOOT_V2_SIGNATURE_MAGIC 0xE7

typedef struct {
  uint8_t n[384];  // little-endian, as all numbers of a block
  uint32_t e;
  uint8_t rinv[384];
  uint32_t mdash;
} ets_rsa_pubkey_t;

// One block of the sector behind an image; docs/formats.md.
typedef struct ets_secure_boot_sig_block {
  uint8_t magic_byte;
  uint8_t version;  // 2: RSA, 3: ECDSA
  uint8_t _reserved1;
  uint8_t _reserved2;
#ifdef CONFIG_SECURE_BOOT_ECDSA_KEY_LEN_384_BITS
  uint8_t image_digest[48];
  struct {
    struct {
      uint8_t curve_id;
      uint8_t point[96];
    } key;
    uint8_t signature[96];
    uint8_t _padding[951];
  } ecdsa;
#else
  uint8_t image_digest[32];
  union {
    struct {
      ets_rsa_pubkey_t key;
      uint8_t signature[384];
    };
    struct {
      struct {
        uint8_t curve_id;
        uint8_t point[64];
      } key;
      uint8_t signature[64];
      uint8_t _padding[1031];
    } ecdsa;
  };
#endif
  uint32_t block_crc;
  uint8_t _padding[16];
} ets_secure_boot_sig_block_t;

typedef struct ets_secure_boot_signature {
  ets_secure_boot_sig_block_t block[3];
  uint8_t _padding[4096 - 3 * sizeof(ets_secure_boot_sig_block_t)];
} ets_secure_boot_signature_t;

// What version 1 appends. Nobody here verifies it.
typedef struct {
  uint32_t version;
  uint8_t signature[64];
} esp_secure_boot_sig_block_t;

typedef struct {
  uint8_t key_digests[SOC_EFUSE_SECURE_BOOT_KEY_DIGESTS][ESP_SECURE_BOOT_DIGEST_LEN];
  unsigned num_digests;  // how many of them are filled in, from the first
} esp_image_sig_public_key_digests_t;

// The bootloader verifies signatures.
bool esp_secure_boot_enabled(void);
// False, and told in the log, where it is not enabled. A virtual chip has no other
// security eFuses that could be burnt wrongly.
bool esp_secure_boot_cfg_verify_release_mode(void);

// The data at `src_addr` in flash, `length` bytes rounded up to 4096, against the
// signature sector behind them: in eFuse are the trusted keys, or in the signature
// of the running application. ESP_FAIL: nobody is trusted, or flash cannot be read.
// ESP_ERR_IMAGE_INVALID: nobody who is trusted has signed this.
esp_err_t esp_secure_boot_verify_signature(uint32_t src_addr, uint32_t length);
// The same with a digest that the caller has: SHA-256, or SHA-384 for blocks of
// P-384. `verified_digest`, ESP_SECURE_BOOT_KEY_DIGEST_LEN bytes, is zeroed, as in
// ESP-IDF's applications.
esp_err_t esp_secure_boot_verify_sbv2_signature_block(const ets_secure_boot_signature_t* sig_block,
                                                      const uint8_t* image_digest,
                                                      uint8_t* verified_digest);
esp_err_t esp_secure_boot_verify_rsa_signature_block(const ets_secure_boot_signature_t* sig_block,
                                                     const uint8_t* image_digest,
                                                     uint8_t* verified_digest);

// ESP_OK: the key whose digest is in that slot of eFuse, which is not revoked, has
// signed the image at `part_pos`, and its signature is good. ESP_FAIL otherwise.
esp_err_t esp_secure_boot_verify_with_efuse_digest_index(int efuse_digest_index,
                                                         esp_partition_pos_t* part_pos);

// Not an application's: writes the digests of at most `slots` blocks, `size` bytes
// apart.
esp_err_t updraft_secure_boot_running_blocks(bool digests, uint8_t* out, unsigned slots,
                                             unsigned size, unsigned* count);

// Who signed the running application; verifies nothing. ESP_ERR_NOT_FOUND: nobody.
// ESP_FAIL: it cannot be read.
static inline esp_err_t esp_secure_boot_get_signature_blocks_for_running_app(
    bool digest_public_keys, esp_image_sig_public_key_digests_t* public_key_digests) {
  if (public_key_digests == NULL) return ESP_ERR_INVALID_ARG;
  return updraft_secure_boot_running_blocks(
      digest_public_keys, &public_key_digests->key_digests[0][0], SOC_EFUSE_SECURE_BOOT_KEY_DIGESTS,
      ESP_SECURE_BOOT_DIGEST_LEN, &public_key_digests->num_digests);
}

// Bytes that are appended to a signed image.
static inline uint32_t esp_secure_boot_sig_block_size(void) {
#if defined(CONFIG_SECURE_SIGNED_APPS_RSA_SCHEME) || \
    defined(CONFIG_SECURE_SIGNED_APPS_ECDSA_V2_SCHEME)
  return (uint32_t)sizeof(ets_secure_boot_signature_t);
#elif defined(CONFIG_SECURE_SIGNED_APPS_ECDSA_SCHEME)
  return (uint32_t)sizeof(esp_secure_boot_sig_block_t);
#else
  return 0;
#endif
}

#ifdef __cplusplus
}
#endif
