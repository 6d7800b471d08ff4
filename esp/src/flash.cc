// SPDX-License-Identifier: Apache-2.0
// esp_flash.h: the whole chip.
#include <esp_flash.h>

#include "esp/src/bound_device.h"
#include "esp/src/err.h"

namespace updraft::esp {
namespace {

// ESP_OK when the call may go on.
esp_err_t Judge(const BoundDevice& device, const esp_flash_t* chip, const void* pointer,
                std::uint64_t address, std::uint64_t length) {
  if (chip != nullptr && chip != esp_flash_default_chip) return ESP_ERR_INVALID_ARG;
  if (!device) return ESP_ERR_FLASH_NOT_INITIALISED;
  if (pointer == nullptr && length > 0) return ESP_ERR_INVALID_ARG;
  return address + length <= device->flash->geometry().size ? ESP_OK : ESP_ERR_INVALID_ARG;
}

// As the chip answers to "read JEDEC id": a maker, a type, log2 of the size.
constexpr std::uint32_t kMakerAndType = 0x204000;

}  // namespace
}  // namespace updraft::esp

using updraft::esp::BoundDevice;
using updraft::esp::ErrorOf;
using updraft::esp::Judge;

esp_err_t esp_flash_get_size(esp_flash_t* chip, std::uint32_t* out_size) {
  const BoundDevice device;
  if (out_size == nullptr) return ESP_ERR_INVALID_ARG;
  if (const esp_err_t error = Judge(device, chip, out_size, 0, 0); error != ESP_OK) return error;
  *out_size = static_cast<std::uint32_t>(device->flash->geometry().size);
  return ESP_OK;
}

esp_err_t esp_flash_get_physical_size(esp_flash_t* chip, std::uint32_t* flash_size) {
  return esp_flash_get_size(chip, flash_size);
}

esp_err_t esp_flash_read_id(esp_flash_t* chip, std::uint32_t* out_id) {
  std::uint32_t size = 0;
  if (out_id == nullptr) return ESP_ERR_INVALID_ARG;
  if (const esp_err_t error = esp_flash_get_size(chip, &size); error != ESP_OK) return error;
  std::uint32_t log2 = 0;
  while (log2 < 32 && (std::uint64_t{1} << log2) < size) ++log2;
  *out_id = updraft::esp::kMakerAndType | log2;
  return ESP_OK;
}

esp_err_t esp_flash_read(esp_flash_t* chip, void* buffer, std::uint32_t address,
                         std::uint32_t length) {
  const BoundDevice device;
  const esp_err_t error = Judge(device, chip, buffer, address, length);
  if (error != ESP_OK || length == 0) return error;
  return ErrorOf(device->flash->Read(address, {static_cast<std::uint8_t*>(buffer), length}));
}

esp_err_t esp_flash_write(esp_flash_t* chip, const void* buffer, std::uint32_t address,
                          std::uint32_t length) {
  const BoundDevice device;
  const esp_err_t error = Judge(device, chip, buffer, address, length);
  if (error != ESP_OK || length == 0) return error;
  return ErrorOf(
      device->flash->Program(address, {static_cast<const std::uint8_t*>(buffer), length}));
}

esp_err_t esp_flash_erase_region(esp_flash_t* chip, std::uint32_t start, std::uint32_t len) {
  const BoundDevice device;
  const esp_err_t error = Judge(device, chip, &device, start, len);
  if (error != ESP_OK || len == 0) return error;
  return ErrorOf(device->flash->Erase(start, len));
}
