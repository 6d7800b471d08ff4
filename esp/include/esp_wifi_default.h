// SPDX-License-Identifier: Apache-2.0
// It stands in esp_wifi.h.
#pragma once

#include <esp_wifi.h>
