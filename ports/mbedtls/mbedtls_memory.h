// SPDX-License-Identifier: Apache-2.0
// Gives Mbed TLS a MemoryPool in place of a heap. For builds of the library with
// MBEDTLS_PLATFORM_MEMORY (config-device.h).
#pragma once

#include "ports/mbedtls/memory_pool.h"

namespace updraft {

// Mbed TLS takes its memory from there from now on, in all of the program; none of its
// objects may hold any yet. The pool outlives them. False where the library refuses.
bool GiveToMbedtls(MemoryPool& pool);

}  // namespace updraft
