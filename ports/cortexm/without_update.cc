// SPDX-License-Identifier: Apache-2.0
// The stub ports alone: what with_update.cc has more is the core's.
#include "ports/cortexm/stub_ports.h"

using namespace updraft;

int main() {
  const Endpoint endpoint{"example.com"};
  return StubDevice().flash != nullptr && StubConnection().Connect(endpoint).ok() ? 0 : 1;
}
