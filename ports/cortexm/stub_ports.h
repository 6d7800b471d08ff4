// SPDX-License-Identifier: Apache-2.0
// Ports that do nothing, so that a linked program holds the core and nothing else.
#pragma once

#include "updraft/device.h"
#include "updraft/port/connection.h"

namespace updraft {

Device& StubDevice();
Connection& StubConnection();

}  // namespace updraft
