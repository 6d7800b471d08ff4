// SPDX-License-Identifier: Apache-2.0
// The distribution's cJSON, under the name that programs include.
#pragma once

#include <cjson/cJSON.h>
