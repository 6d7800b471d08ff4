// SPDX-License-Identifier: Apache-2.0
#include "esp/src/ota_operation.h"

#include <esp_log.h>

#include <algorithm>
#include <cstring>

#include "esp/src/err.h"
#include "esp/src/partition_list.h"

namespace updraft::esp {
namespace {

constexpr const char* kTag = "esp_ota_ops";
constexpr std::uint64_t kSector = 4096;

}  // namespace

esp_err_t OtaOperation::Write(BoundDevice& device, Bytes data) {
  const bool fits =
      data.size() <= staging_->size - std::min<std::uint64_t>(position_, staging_->size);
  if (sequential_ && fits) {
    const esp_err_t error = EraseFor(device, data.size());
    if (error != ESP_OK) return error;
  }
  if (position_ == 0) {
    const esp_err_t error = JudgeStart(data);
    if (error != ESP_OK) return error;
  }
  if (!fits) return ESP_ERR_INVALID_SIZE;
  const auto unit = unit_;
  const std::size_t unit_size = unit_size_;
  const Status status = Append(*device->flash, data);
  if (!status.ok()) {
    unit_ = unit;
    unit_size_ = unit_size;
    return ErrorOf(status);
  }
  const bool first = written_ == 0;
  position_ += data.size();
  written_ += data.size();
  if (first && HoldsImage()) proof_ = TrailingProof::Begin(device, StagedPartition(device));
  if (proof_ != nullptr && !proof_->Follow(position_ - unit_size_)) proof_.reset();
  return ESP_OK;
}

// Typed as what it will be.
Partition OtaOperation::StagedPartition(BoundDevice& device) const {
  Partition staged = *CorePartition(staging_, device);
  staged.type = static_cast<PartitionType>(static_cast<std::uint8_t>(final_->type));
  return staged;
}

bool OtaOperation::HoldsImage() const {
  return final_->type == ESP_PARTITION_TYPE_APP || final_->type == ESP_PARTITION_TYPE_BOOTLOADER;
}

std::optional<ImageFacts> OtaOperation::Proven(BoundDevice& device) {
  return proof_ != nullptr ? proof_->Finish(device) : std::nullopt;
}

// The sectors that these bytes are the first to touch.
esp_err_t OtaOperation::EraseFor(BoundDevice& device, std::uint64_t size) const {
  const std::uint64_t last = (position_ + size - 1) / kSector;
  const std::uint64_t first =
      position_ % kSector == 0 ? position_ / kSector : position_ / kSector + 1;
  if (first > last) return ESP_OK;
  if (staging_->address % kSector != 0) return ESP_ERR_INVALID_ARG;
  if ((last + 1) * kSector > AlignUp(staging_->size, kSector)) return ESP_ERR_INVALID_SIZE;
  return ErrorOf(
      device->flash->Erase(staging_->address + first * kSector, (last - first + 1) * kSector));
}

esp_err_t OtaOperation::JudgeStart(Bytes data) const {
  if (HoldsImage() && data[0] != ESP_IMAGE_HEADER_MAGIC) {
    ESP_LOGE(kTag, "OTA image has invalid magic byte (expected 0xE9, saw 0x%02x)", data[0]);
    return ESP_ERR_OTA_VALIDATE_FAILED;
  }
  if (final_->type == ESP_PARTITION_TYPE_PARTITION_TABLE && data.size() >= 2 &&
      LoadLe16(data.data()) != ESP_PARTITION_MAGIC) {
    ESP_LOGE(kTag, "OTA image is no partition table (expected aa 50, saw %02x %02x)", data[0],
             data[1]);
    return ESP_ERR_OTA_VALIDATE_FAILED;
  }
  return ESP_OK;
}

Status OtaOperation::Append(Flash& flash, Bytes data) {
  const std::size_t unit = flash.geometry().program_unit;
  std::uint64_t address = staging_->address + position_ - unit_size_;
  if (unit_size_ > 0) {
    const std::size_t some = std::min(unit - unit_size_, data.size());
    std::memcpy(unit_.data() + unit_size_, data.data(), some);
    unit_size_ += some;
    data = data.subspan(some);
    if (unit_size_ < unit) return kOk;
    UPDRAFT_TRY(flash.Program(address, Bytes(unit_).first(unit)));
    address += unit;
    unit_size_ = 0;
  }
  const std::size_t whole = data.size() / unit * unit;
  if (whole > 0) UPDRAFT_TRY(flash.Program(address, data.first(whole)));
  const Bytes rest = data.subspan(whole);
  if (!rest.empty()) std::memcpy(unit_.data(), rest.data(), rest.size());
  unit_size_ = rest.size();
  return kOk;
}

esp_err_t OtaOperation::WriteAt(BoundDevice& device, Bytes data, std::uint64_t offset) {
  const std::uint32_t unit = device->flash->geometry().program_unit;
  if (offset > staging_->size) return ESP_ERR_INVALID_ARG;
  if (data.size() > staging_->size - offset) return ESP_ERR_INVALID_SIZE;
  if (!IsAligned(offset, unit) || !IsAligned(data.size(), unit)) return ESP_ERR_INVALID_ARG;
  proof_.reset();
  const Status status = device->flash->Program(staging_->address + offset, data);
  if (!status.ok()) return ErrorOf(status);
  written_ += data.size();
  position_ += data.size();
  return ESP_OK;
}

esp_err_t OtaOperation::Flush(BoundDevice& device) {
  if (unit_size_ > 0) {
    const std::size_t unit = device->flash->geometry().program_unit;
    std::fill(unit_.begin() + static_cast<std::ptrdiff_t>(unit_size_), unit_.end(),
              std::uint8_t{0xFF});
    const Status status = device->flash->Program(staging_->address + position_ - unit_size_,
                                                 Bytes(unit_).first(unit));
    unit_size_ = 0;
    if (!status.ok()) return ESP_ERR_INVALID_STATE;
  }
  return device->flash->Sync().ok() ? ESP_OK : ESP_ERR_INVALID_STATE;
}

}  // namespace updraft::esp
