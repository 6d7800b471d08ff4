// SPDX-License-Identifier: Apache-2.0
// The encrypted flash of a virtual device with its buffers: what its firmware and
// its bootloader see of a flash file that holds ciphertext. Owned by HostDevice.
#pragma once

#include <memory>
#include <vector>

#include "updraft/flash_encryption.h"

#include "ports/host/file_efuse.h"
#include "ports/host/flash_key.h"

namespace updraft {

class CipheredFlash {
 public:
  // Flash and crypto outlive it. The key is read from eFuse and not kept; which
  // partitions are encrypted follows from the table, where there is one that can
  // be read. One finding of Check::kEfuse where the key is missing (kNotFound) or
  // none (kInvalidArgument); the codes of flash and crypto.
  static Result<std::unique_ptr<CipheredFlash>> Open(Flash& flash, Crypto& crypto,
                                                     FlashEncryption encryption,
                                                     const EfuseBits& efuse,
                                                     std::uint64_t bootloader_offset,
                                                     std::uint64_t table_offset,
                                                     Observer& observer = NoObserver());

  CipheredFlash(const CipheredFlash&) = delete;
  CipheredFlash& operator=(const CipheredFlash&) = delete;

  EncryptedFlash& flash() { return flash_; }

 private:
  CipheredFlash(Flash& flash, Crypto& crypto)
      : work_(kWorkSize), regions_(kMaxPartitions + 1), flash_(flash, crypto, work_, regions_) {}

  static constexpr std::size_t kWorkSize = 1 << 16;

  std::vector<std::uint8_t> work_;
  std::vector<FlashRegion> regions_;
  EncryptedFlash flash_;
};

}  // namespace updraft
