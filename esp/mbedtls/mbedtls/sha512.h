// SPDX-License-Identifier: Apache-2.0
// Mbed TLS 3's names over the distribution's 2.28: there these return nothing,
// and have a twin that returns an int.
#pragma once

#include_next <mbedtls/sha512.h>

#define mbedtls_sha512_starts mbedtls_sha512_starts_ret
#define mbedtls_sha512_update mbedtls_sha512_update_ret
#define mbedtls_sha512_finish mbedtls_sha512_finish_ret
#define mbedtls_sha512 mbedtls_sha512_ret
