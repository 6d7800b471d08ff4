// SPDX-License-Identifier: Apache-2.0
// The bootloader's eyes and hands: reading a device, writing a decision.
#include "updraft/boot.h"

namespace updraft {

Result<BootView> ViewForBoot(const Device& device, Observer& observer) {
  BootView view;
  view.policy = device.policy;
  UPDRAFT_TRY_ASSIGN(const Slots slots, Slots::Open(device, observer));
  const PartitionTable& table = slots.table();
  for (std::size_t i = 0; i < table.size(); ++i) {
    UPDRAFT_TRY_ASSIGN(const Partition partition, table.At(i));
    if (partition.is_ota_slot()) {
      view.ota[static_cast<std::size_t>(partition.ota_index())] = partition;
      ++view.slots;
    } else if (partition.type == PartitionType::kApp && partition.subtype == kSubtypeFactory) {
      view.factory = partition;
    } else if (partition.type == PartitionType::kApp && partition.subtype == kSubtypeTest) {
      view.test = partition;
    }
  }
  view.has_otadata = slots.has_otadata();
  if (view.has_otadata) {
    UPDRAFT_TRY_ASSIGN(view.records, slots.ReadRecords());
  }
  if (device.policy.anti_rollback) {
    UPDRAFT_TRY_ASSIGN(view.efuse_secure_version, device.efuse->ReadSecureVersion());
  }
  return view;
}

Status Apply(const Device& device, const BootView& view, const BootDecision& decision) {
  if (view.has_otadata) {
    UPDRAFT_TRY_ASSIGN(
        const PartitionTable table,
        PartitionTable::Load(*device.flash, device.partition_table_offset, *device.crypto));
    UPDRAFT_TRY_ASSIGN(const Partition otadata, table.Find(PartitionType::kData, kSubtypeOtadata));
    for (std::size_t i = 0; i < decision.records.size(); ++i) {
      if (!decision.record_changed[i]) continue;
      UPDRAFT_TRY(WriteOtadataRecord(*device.flash, otadata, i, decision.records[i]));
    }
  }
  if (!decision.burn_secure_version.has_value()) return kOk;
  const Status burnt = device.efuse->BurnSecureVersion(*decision.burn_secure_version);
  // Beyond what the chip's field can count there is nothing to burn.
  return burnt.code() == Code::kInvalidArgument ? kOk : burnt;
}

}  // namespace updraft
