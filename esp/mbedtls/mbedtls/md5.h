// SPDX-License-Identifier: Apache-2.0
// Mbed TLS 3's names over the distribution's 2.28: there these return nothing,
// and have a twin that returns an int.
#pragma once

#include_next <mbedtls/md5.h>

#define mbedtls_md5_starts mbedtls_md5_starts_ret
#define mbedtls_md5_update mbedtls_md5_update_ret
#define mbedtls_md5_finish mbedtls_md5_finish_ret
#define mbedtls_md5 mbedtls_md5_ret
