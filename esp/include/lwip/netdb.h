// SPDX-License-Identifier: Apache-2.0
// lwIP's resolver is the host's.
#pragma once

#include <lwip/sockets.h>
#include <netdb.h>
