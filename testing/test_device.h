// SPDX-License-Identifier: Apache-2.0
// A whole device in memory: flash with a partition table, eFuse, clock. The
// crypto is the test's own.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "updraft/device.h"
#include "updraft/slots.h"

#include "testing/fake_efuse.h"
#include "testing/fake_system.h"
#include "testing/ram_flash.h"
#include "testing/recording_observer.h"

namespace updraft {

struct TestLayout {
  bool factory = false;
  int ota_slots = 2;
  bool test = false;
  bool otadata = true;
  bool log = false;  // the partition `updraft`, at 0xE000
  std::uint32_t slot_size = 0x20000;
};

class TestDevice {
 public:
  // Slots from 0x10000 on, factory first; chip esp32c3 of revision 0.4. On sectors of
  // more than 4 KiB every partition begins with one, nvs with the first behind the table.
  explicit TestDevice(Crypto& crypto, const TestLayout& layout = {},
                      FlashGeometry geometry = RamFlash::kFourMebibytes);
  TestDevice(const TestDevice&) = delete;
  TestDevice& operator=(const TestDevice&) = delete;

  RamFlash& flash() { return flash_; }
  FakeEfuse& efuse() { return efuse_; }
  FakeSystem& system() { return system_; }
  // May be changed: its flash replaced by a faulty one, its policy, what runs.
  Device& device() { return device_; }

  // The partition of that label; the test fails when there is none.
  Partition Find(std::string_view label);
  // Copies an image into a slot, erased before.
  void Install(std::string_view label, Bytes image);
  void SetRunning(std::string_view label) { device_.running = Find(label); }
  OtadataRecords Records();
  void WriteRecord(std::size_t index, std::uint32_t sequence, SlotState state);

 private:
  std::uint64_t OtadataAt(std::size_t index) const;

  RamFlash flash_;
  FakeEfuse efuse_;
  FakeSystem system_;
  Device device_;
};

// A partition table of these rows with its MD5 row: 0xC00 bytes.
std::vector<std::uint8_t> MakePartitionTable(const std::vector<Partition>& rows, Crypto& crypto);
Partition MakePartition(std::string_view label, PartitionType type, std::uint8_t subtype,
                        std::uint64_t offset, std::uint64_t size);

}  // namespace updraft
