// SPDX-License-Identifier: Apache-2.0
// esp_partition_table_verify: the bootloader's judge over a table in memory.
#include <esp_flash_partitions.h>
#include <esp_log.h>

#include <cstring>

#include "updraft/partition.h"

#include "esp/src/bound_device.h"
#include "esp/src/err.h"

namespace updraft::esp {
namespace {

constexpr const char* kTag = "flash_parts";

// Flash that is nothing but a table, as large as the device's for its rows.
class TableInMemory final : public Flash {
 public:
  TableInMemory(const void* table, std::uint64_t flash_size)
      : table_(static_cast<const std::uint8_t*>(table)), size_(flash_size) {}
  FlashGeometry geometry() const override { return {.size = size_}; }

 private:
  Status DoRead(std::uint64_t address, MutableBytes out) override {
    if (address + out.size() > kPartitionTableMaxLength) return {Code::kFlash, Stage::kFlash};
    std::memcpy(out.data(), table_ + address, out.size());
    return kOk;
  }
  Status DoErase(std::uint64_t, std::uint64_t) override { return {Code::kFlash, Stage::kFlash}; }
  Status DoProgram(std::uint64_t, Bytes) override { return {Code::kFlash, Stage::kFlash}; }
  Status DoSync() override { return kOk; }

  const std::uint8_t* table_;
  std::uint64_t size_;
};

}  // namespace
}  // namespace updraft::esp

esp_err_t esp_partition_table_verify(const esp_partition_info_t* partition_table, bool log_errors,
                                     int* num_partitions) {
  if (partition_table == nullptr || num_partitions == nullptr) return ESP_ERR_INVALID_ARG;
  *num_partitions = 0;
  const updraft::esp::BoundDevice device;
  if (!device) return ESP_ERR_INVALID_STATE;
  updraft::esp::TableInMemory memory(partition_table, device->flash->geometry().size);
  const auto table = updraft::PartitionTable::Load(memory, 0, *device->crypto);
  if (table) {
    *num_partitions = static_cast<int>(table->size());
    return ESP_OK;
  }
  if (log_errors) ESP_LOGE(updraft::esp::kTag, "partition table is not valid");
  return updraft::esp::ErrorOf(table.error());
}
