// SPDX-License-Identifier: Apache-2.0
// What sleep.cc asks of the pins.
#pragma once

namespace updraft::esp {

// Whether a pin that gpio_wakeup_enable named has its level.
bool PinsWakeLightSleep();

}  // namespace updraft::esp
