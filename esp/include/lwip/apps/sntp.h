// SPDX-License-Identifier: Apache-2.0
// See esp_sntp.h.
#pragma once

#include <esp_sntp.h>
