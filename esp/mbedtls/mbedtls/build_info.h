// SPDX-License-Identifier: Apache-2.0
// Mbed TLS 3's header of the configuration, over the distribution's 2.28.
#pragma once

#include <mbedtls/config.h>
#include <mbedtls/version.h>
