// SPDX-License-Identifier: Apache-2.0
// Proving images in flash for the façade, with ESP-IDF's words in the log. Called
// by image_format.cc, partition_io.cc and ota_*.cc; owns nothing.
#pragma once

#include <cstdint>
#include <vector>

#include "updraft/image.h"
#include "updraft/observer.h"
#include "updraft/slot_prover.h"

#include "esp/src/bound_device.h"

namespace updraft::esp {

// The line that a signature's proof begins with.
void LogSignatureBegin();

// Writes what a check found into the log, in the lines that other software looks
// for. Silent, it still tells of a wrong chip, as ESP-IDF does.
class ImageLog final : public Observer {
 public:
  explicit ImageLog(std::uint64_t address, bool silent = false)
      : address_(address), silent_(silent) {}
  void OnFinding(const Finding& finding) override;

 private:
  std::uint64_t address_;
  bool silent_;
};

// A prover with its buffer and its log.
class Prover {
 public:
  Prover(BoundDevice& device, std::uint64_t address, bool silent)
      : log_(address, silent), buffer_(kBuffer), prover_(*device, buffer_, log_) {}
  SlotProver* operator->() { return &prover_; }
  SlotProver& operator*() { return prover_; }

 private:
  static constexpr std::size_t kBuffer = 65536;
  ImageLog log_;
  std::vector<std::uint8_t> buffer_;
  SlotProver prover_;
};

// What esp_partition_get_sha256 says of the partition.
esp_err_t DigestOf(const Partition& partition, BoundDevice& device, std::uint8_t* sha_256);

// What esp_image_verify returns for a proof's Status.
esp_err_t ImageErrorOf(Status status);

}  // namespace updraft::esp
