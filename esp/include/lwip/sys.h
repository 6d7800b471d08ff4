// SPDX-License-Identifier: Apache-2.0
// See lwip/sockets.h.
#pragma once

#include <lwip/sockets.h>
