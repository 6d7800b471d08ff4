// SPDX-License-Identifier: Apache-2.0
// Mbed TLS 3's names over the distribution's 2.28: there these return nothing,
// and have a twin that returns an int.
#pragma once

#include_next <mbedtls/sha1.h>

#define mbedtls_sha1_starts mbedtls_sha1_starts_ret
#define mbedtls_sha1_update mbedtls_sha1_update_ret
#define mbedtls_sha1_finish mbedtls_sha1_finish_ret
#define mbedtls_sha1 mbedtls_sha1_ret
