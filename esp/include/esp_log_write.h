// SPDX-License-Identifier: Apache-2.0
// One of the parts into which ESP-IDF splits esp_log.h; here it is all of it.
#pragma once

#include <esp_log.h>
