// SPDX-License-Identifier: Apache-2.0
// Of esp-tls's small cryptography what update code uses: Base64. Implemented in
// esp/src/tls_crypto.cc.
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// As mbedtls_base64_encode: text of `slen` bytes at `src` with a NUL behind it, which
// *olen does not count. -0x2A when `dlen` is too small, or `dst` NULL; then *olen is
// what is needed, with the NUL. 0 otherwise.
int esp_crypto_base64_encode(unsigned char* dst, size_t dlen, size_t* olen,
                             const unsigned char* src, size_t slen);

#ifdef __cplusplus
}
#endif
