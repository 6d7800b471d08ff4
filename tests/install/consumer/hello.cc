// SPDX-License-Identifier: Apache-2.0
// A firmware made outside of the project.
#include <cstdio>

#include "ports/host/host_device.h"

int main() {
  const auto own = updraft::HostDevice::OpenOwn();
  if (!own) return 1;
  std::printf("hello from %s\n", (*own)->device().running->label_field.data());
  return 0;
}
