// SPDX-License-Identifier: Apache-2.0
// From the core's Status to ESP-IDF's numbers: the only such table.
#pragma once

#include <esp_err.h>

#include "updraft/status.h"

namespace updraft::esp {

// What a call that failed with `status` returns, unless its own contract names
// another number for it.
esp_err_t ErrorOf(Status status);

}  // namespace updraft::esp
