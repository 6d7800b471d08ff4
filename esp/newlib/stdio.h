// SPDX-License-Identifier: Apache-2.0
// What newlib's <stdio.h> has beyond glibc's: its integer-only printf.
#pragma once

#include_next <stdio.h>

#define asiprintf asprintf
#define siprintf sprintf
#define sniprintf snprintf
#define iprintf printf
