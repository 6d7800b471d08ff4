// SPDX-License-Identifier: Apache-2.0
// See lwip/ip_addr.h.
#pragma once

#include <lwip/ip_addr.h>
