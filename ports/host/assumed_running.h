// SPDX-License-Identifier: Apache-2.0
// What runs on a device that nobody has started yet: asked by those who change a
// device from outside, the tool and the gateway.
#pragma once

#include "updraft/device.h"

namespace updraft {

// Fills device.running from the bootloader's choice where nothing ran yet; left
// empty when nothing boots. Writes nothing.
void AssumeRunning(Device& device);

}  // namespace updraft
