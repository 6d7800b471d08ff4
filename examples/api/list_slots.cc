// SPDX-License-Identifier: Apache-2.0
// Lists the slots of a device folder: which label, which version, would it boot.
// README.md shows it; tests/install builds it against an installed Updraft.
#include <cstdio>
#include <vector>

#include "updraft/slot_prover.h"
#include "updraft/slots.h"

#include "ports/host/host_device.h"

int main(int argc, char** argv) {
  using namespace updraft;
  const auto host = HostDevice::Open(argc > 1 ? argv[1] : ".", {});
  if (!host) return 1;
  const Device& device = (*host)->device();
  const auto slots = Slots::Open(device);
  if (!slots) return 1;

  std::vector<std::uint8_t> buffer(std::size_t{64} * 1024);
  SlotProver prover(device, buffer);
  for (std::size_t i = 0; i < slots->table().size(); ++i) {
    const auto partition = slots->table().At(i);
    if (!partition || !partition->is_slot()) continue;
    const auto image = prover.ReadDescription(*partition);
    std::printf("%s: %s, %s\n", partition->label_field.data(),
                image ? image->version_field.data() : "no image",
                prover.IsBootable(*partition) ? "boots" : "does not boot");
  }
  return 0;
}
