// SPDX-License-Identifier: Apache-2.0
// Signatures of Secure Boot v2 as esp_ota_end and esp_secure_boot.h see them: who
// signed, in ESP-IDF's words and by its errors. Called by ota_update.cc and
// secure_boot.cc.
#pragma once

#include <esp_err.h>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "updraft/partition.h"
#include "updraft/signature.h"

#include "esp/src/bound_device.h"

namespace updraft::esp {

using SignatureSector = std::array<std::uint8_t, kSignatureSectorSize>;
// The digest that is signed; empty where flash cannot be read.
using SignedDigest = std::function<std::optional<std::vector<std::uint8_t>>(HashKind)>;

// Only for indices below kMaxSignatureBlocks. A view.
SignatureBlock BlockAt(const SignatureSector& sector, std::size_t index);

std::optional<std::vector<std::uint8_t>> DigestOfFlash(BoundDevice& device, HashKind kind,
                                                       std::uint64_t address, std::uint64_t length);

// ESP_FAIL: nobody is trusted, or there is no digest. ESP_ERR_IMAGE_INVALID: no trusted
// key has signed it.
esp_err_t JudgeSector(BoundDevice& device, const SignatureSector& sector,
                      const SignedDigest& digest);
// The same with what lies in flash: `length` bytes, a multiple of 4096, and the
// sector behind them.
esp_err_t JudgeFlash(BoundDevice& device, std::uint64_t address, std::uint64_t length);

// Writes into the log which trusted key signed the image in `slot`, which has been
// proven; its signature sector begins `sector` bytes into it.
void LogSigner(BoundDevice& device, const Partition& slot, std::uint64_t sector);

// CONFIG_SECURE_SIGNED_DATA_PARTITION: of `written` bytes the last whole sector of 4096
// is the signature of what stands before it. False, and told in the log, where no
// trusted key has signed it.
bool IsSignedData(BoundDevice& device, const Partition& partition, std::uint64_t written);

}  // namespace updraft::esp
