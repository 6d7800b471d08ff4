// SPDX-License-Identifier: Apache-2.0
// Signatures of Secure Boot v2 as esp_ota_end sees them: who signed an image, in
// ESP-IDF's words, and signed data partitions. Called by ota_update.cc.
#pragma once

#include <cstdint>

#include "updraft/partition.h"

#include "esp/src/bound_device.h"

namespace updraft::esp {

// Writes into the log which trusted key signed the image in `slot`, which has been
// proven; its signature sector begins `sector` bytes into it.
void LogSigner(BoundDevice& device, const Partition& slot, std::uint64_t sector);

// CONFIG_SECURE_SIGNED_DATA_PARTITION: of `written` bytes the last whole sector of 4096
// is the signature of what stands before it. False, and told in the log, where no
// trusted key has signed it.
bool IsSignedData(BoundDevice& device, const Partition& partition, std::uint64_t written);

}  // namespace updraft::esp
