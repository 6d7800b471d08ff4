// SPDX-License-Identifier: Apache-2.0
// One esp_ota handle: what is written, where to, and how far it is. Owned by
// ota_update.cc; every call holds the device.
#pragma once

#include <esp_ota_ops.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "updraft/bytes.h"
#include "updraft/port/flash.h"

#include "esp/src/bound_device.h"
#include "esp/src/trailing_proof.h"

namespace updraft::esp {

// Data are in flash when Write returns, but for what is left of a program unit:
// a program may read them before esp_ota_end.
class OtaOperation {
 public:
  OtaOperation(const esp_partition_t* staging, bool sequential, std::size_t position, bool resumed)
      : staging_(staging),
        final_(staging),
        sequential_(sequential),
        resumed_(resumed),
        position_(position) {}

  const esp_partition_t* staging() const { return staging_; }
  const esp_partition_t* final_partition() const { return final_; }
  bool uses(const esp_partition_t* partition) const {
    return partition == staging_ || partition == final_;
  }
  // An application or bootloader comes, which is proven.
  bool HoldsImage() const;
  // The staging partition, typed as the final one.
  Partition StagedPartition(BoundDevice& device) const;
  bool copies() const { return copies_; }
  bool sequential() const { return sequential_; }
  std::uint64_t position() const { return position_; }
  bool written_anything() const { return written_ > 0; }
  bool may_change_final() const { return written_ == 0 || resumed_; }
  void SetFinal(const esp_partition_t* partition, bool copies) {
    final_ = partition;
    copies_ = copies;
    proof_.reset();
  }

  // The next bytes. ESP_ERR_OTA_VALIDATE_FAILED (first bytes), ESP_ERR_INVALID_SIZE
  // past the end, flash errors; then the position has not moved.
  esp_err_t Write(BoundDevice& device, Bytes data);
  esp_err_t WriteAt(BoundDevice& device, Bytes data, std::uint64_t offset);
  // What is left of a program unit, filled up with 0xFF.
  esp_err_t Flush(BoundDevice& device);
  // After Flush. What was proven of the image while it was written; empty: it has to
  // be proven now.
  std::optional<ImageFacts> Proven(BoundDevice& device);

 private:
  esp_err_t EraseFor(BoundDevice& device, std::uint64_t size) const;
  esp_err_t JudgeStart(Bytes data) const;
  Status Append(Flash& flash, Bytes data);

  const esp_partition_t* staging_;
  const esp_partition_t* final_;
  bool copies_ = false;
  bool sequential_;
  bool resumed_;
  std::uint64_t position_;     // bytes taken, in the staging partition
  std::uint64_t written_ = 0;  // bytes taken through this handle
  std::array<std::uint8_t, kMaxProgramUnit> unit_{};
  std::size_t unit_size_ = 0;  // of the bytes taken, not yet programmed
  // Of an application or bootloader that is written from its first byte on.
  std::unique_ptr<TrailingProof> proof_;
};

}  // namespace updraft::esp
