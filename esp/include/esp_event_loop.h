// SPDX-License-Identifier: Apache-2.0
// The name that esp_event.h had in ESP-IDF 3 and 4. system_event_t and its loop, gone
// since ESP-IDF 5, are not there.
#pragma once

#include <esp_event.h>
