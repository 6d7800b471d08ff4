// SPDX-License-Identifier: Apache-2.0
// What newlib's <string.h> has beyond glibc's. Before the system's in the path of
// a project only. Implemented in esp/src/newlib.cc.
#pragma once

#include_next <string.h>

#ifdef __cplusplus
extern "C" {
#endif

size_t strlcpy(char* destination, const char* source, size_t size);
size_t strlcat(char* destination, const char* source, size_t size);

#ifdef __cplusplus
}
#endif
