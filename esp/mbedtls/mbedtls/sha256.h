// SPDX-License-Identifier: Apache-2.0
// Mbed TLS 3's names over the distribution's 2.28: there these return nothing,
// and have a twin that returns an int.
#pragma once

#include_next <mbedtls/sha256.h>

#define mbedtls_sha256_starts mbedtls_sha256_starts_ret
#define mbedtls_sha256_update mbedtls_sha256_update_ret
#define mbedtls_sha256_finish mbedtls_sha256_finish_ret
#define mbedtls_sha256 mbedtls_sha256_ret
