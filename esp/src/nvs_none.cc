// SPDX-License-Identifier: Apache-2.0
#include "esp/src/bound_device.h"
namespace updraft::esp {
void ForgetNvs() {}
}  // namespace updraft::esp
