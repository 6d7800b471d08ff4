// SPDX-License-Identifier: Apache-2.0
// esp_partition.h, second half: the bytes. Ranges are judged in ESP-IDF's order,
// which decides which error a wrong call gets.
#include <esp_partition.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "esp/src/err.h"
#include "esp/src/image_proof.h"
#include "esp/src/no_memory.h"
#include "esp/src/partition_list.h"

namespace updraft::esp {
namespace {

constexpr std::size_t kSector = 4096;

// A partition that a caller made by hand may hold anything in its flags.
bool IsReadOnly(const esp_partition_t& partition) {
  unsigned char flag = 0;
  std::memcpy(&flag, &partition.readonly, sizeof flag);
  return flag == 1;
}

// One call on one partition: the device held, and what is asked judged.
class Access {
 public:
  Access(const esp_partition_t* partition, std::size_t offset, std::size_t size) {
    if (!device_) {
      error_ = ESP_ERR_INVALID_STATE;
    } else if (partition == nullptr || !CorePartition(partition, device_)) {
      error_ = ESP_ERR_INVALID_ARG;
    } else if (offset > partition->size) {
      error_ = ESP_ERR_INVALID_ARG;
    } else if (size > partition->size - offset) {
      error_ = ESP_ERR_INVALID_SIZE;
    } else {
      address_ = std::uint64_t{partition->address} + offset;
    }
  }

  esp_err_t error() const { return error_; }
  std::uint64_t address() const { return address_; }
  GuardedFlash& flash() const { return device_.flash(); }
  BoundDevice& device() { return device_; }

 private:
  BoundDevice device_;
  esp_err_t error_ = ESP_OK;
  std::uint64_t address_ = 0;
};

}  // namespace
}  // namespace updraft::esp

using updraft::esp::Access;
using updraft::esp::ErrorOf;
using updraft::esp::kSector;

esp_err_t esp_partition_read(const esp_partition_t* partition, std::size_t src_offset, void* dst,
                             std::size_t size) {
  const Access access(partition, src_offset, size);
  if (access.error() != ESP_OK) return access.error();
  if (size == 0) return ESP_OK;
  if (dst == nullptr) return ESP_ERR_INVALID_ARG;
  return ErrorOf(access.flash().Read(access.address(), {static_cast<std::uint8_t*>(dst), size}));
}

esp_err_t esp_partition_read_raw(const esp_partition_t* partition, std::size_t src_offset,
                                 void* dst, std::size_t size) {
  return esp_partition_read(partition, src_offset, dst, size);
}

esp_err_t esp_partition_write(const esp_partition_t* partition, std::size_t dst_offset,
                              const void* src, std::size_t size) {
  if (partition != nullptr && updraft::esp::IsReadOnly(*partition)) return ESP_ERR_NOT_ALLOWED;
  const Access access(partition, dst_offset, size);
  if (access.error() != ESP_OK) return access.error();
  if (size == 0) return ESP_OK;
  if (src == nullptr) return ESP_ERR_INVALID_ARG;
  const std::uint32_t unit = access.flash().ProgramUnitAt(access.address(), size);
  if (!updraft::IsAligned(dst_offset, unit) || !updraft::IsAligned(size, unit)) {
    return ESP_ERR_INVALID_SIZE;
  }
  return ErrorOf(
      access.flash().Program(access.address(), {static_cast<const std::uint8_t*>(src), size}));
}

esp_err_t esp_partition_write_raw(const esp_partition_t* partition, std::size_t dst_offset,
                                  const void* src, std::size_t size) {
  return esp_partition_write(partition, dst_offset, src, size);
}

esp_err_t esp_partition_erase_range(const esp_partition_t* partition, std::size_t offset,
                                    std::size_t size) {
  if (partition != nullptr && updraft::esp::IsReadOnly(*partition)) return ESP_ERR_NOT_ALLOWED;
  const Access access(partition, offset, size);
  if (access.error() != ESP_OK) return access.error();
  if (size % kSector != 0) return ESP_ERR_INVALID_SIZE;
  if (offset % kSector != 0) return ESP_ERR_INVALID_ARG;
  if (size == 0) return ESP_OK;
  return ErrorOf(access.flash().Erase(access.address(), size));
}

esp_err_t esp_partition_mmap(const esp_partition_t* partition, std::size_t offset, std::size_t size,
                             esp_partition_mmap_memory_t memory, const void** out_ptr,
                             esp_partition_mmap_handle_t* out_handle) try {
  static_cast<void>(memory);
  if (out_ptr == nullptr || out_handle == nullptr) return ESP_ERR_INVALID_ARG;
  const Access access(partition, offset, size);
  if (access.error() != ESP_OK) return access.error();
  if (partition->flash_chip != nullptr && partition->flash_chip != esp_flash_default_chip) {
    return ESP_ERR_NOT_SUPPORTED;
  }
  const auto view = access.flash().Map(access.address(), size);
  if (!view) return ErrorOf(view.error());
  *out_ptr = view->bytes;
  *out_handle = view->handle;
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

void esp_partition_munmap(esp_partition_mmap_handle_t handle) {
  const updraft::esp::BoundDevice device;
  if (device) device.flash().Unmap(handle);
}

esp_err_t esp_partition_get_sha256(const esp_partition_t* partition, std::uint8_t* sha_256) try {
  if (sha_256 == nullptr) return ESP_ERR_INVALID_ARG;
  Access access(partition, 0, 0);
  if (access.error() != ESP_OK) return access.error();
  return updraft::esp::DigestOf(*updraft::esp::CorePartition(partition, access.device()),
                                access.device(), sha_256);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_partition_copy(const esp_partition_t* dest_part, std::uint32_t dest_offset,
                             const esp_partition_t* src_part, std::uint32_t src_offset,
                             std::size_t size) {
  if (dest_part == nullptr || src_part == nullptr || dest_part == src_part) {
    return ESP_ERR_INVALID_ARG;
  }
  const updraft::esp::BoundDevice device;
  if (src_offset > src_part->size || dest_offset > dest_part->size) return ESP_ERR_INVALID_SIZE;
  std::size_t to_erase = 0;
  if (size == SIZE_MAX) {
    size = src_part->size - src_offset;
    to_erase = dest_part->size - dest_offset;
  } else {
    if (size > src_part->size - src_offset) return ESP_ERR_INVALID_SIZE;
    to_erase = updraft::AlignUp(size, kSector);
  }
  if (size > dest_part->size - dest_offset) return ESP_ERR_INVALID_SIZE;
  esp_err_t error = esp_partition_erase_range(dest_part, dest_offset, to_erase);
  std::array<std::uint8_t, kSector> piece{};
  for (std::size_t done = 0; error == ESP_OK && done < size;) {
    const std::size_t some = std::min(piece.size(), size - done);
    error = esp_partition_read(src_part, src_offset + done, piece.data(), some);
    if (error != ESP_OK) break;
    error = esp_partition_write(dest_part, dest_offset + done, piece.data(), some);
    done += some;
  }
  return error;
}

bool esp_partition_main_flash_region_safe(std::size_t addr, std::size_t size) {
  const updraft::esp::BoundDevice device;
  if (!device || size > SIZE_MAX - addr) return false;
  const bool below_slots = addr < device->partition_table_offset + kSector;
  return !below_slots && !device.flash().TouchesRunning(addr, size);
}

bool esp_partition_is_flash_region_writable(std::size_t addr, std::size_t size) {
  return esp_partition_main_flash_region_safe(addr, size);
}
