// SPDX-License-Identifier: Apache-2.0
// In 2.28 no field is private.
#pragma once

#define MBEDTLS_PRIVATE(member) member
