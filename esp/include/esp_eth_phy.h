// SPDX-License-Identifier: Apache-2.0
// See esp_eth.h.
#pragma once

#include <esp_eth.h>
