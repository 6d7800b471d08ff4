// SPDX-License-Identifier: Apache-2.0
// What ESP-IDF's own sources include for the types of fixed width. Nothing is
// implemented.
#pragma once

#include <sdkconfig.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
