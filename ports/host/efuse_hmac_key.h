// SPDX-License-Identifier: Apache-2.0
// The HMAC key in an eFuse block of purpose HMAC_UP: what the HMAC peripheral is
// on a chip. Used by HostDevice for the device's key of encrypted images; keeps
// the key's hash states, never the key.
#pragma once

#include <cstddef>
#include <optional>

#include "updraft/key_derivation.h"
#include "updraft/port/private_key.h"

#include "ports/host/file_efuse.h"

namespace updraft {

class EfuseHmacKey final : public HmacKey {
 public:
  // Reads the block at the first use. eFuse and crypto outlive the key.
  EfuseHmacKey(FileEfuse& efuse, Crypto& crypto, std::size_t block)
      : efuse_(&efuse), crypto_(&crypto), block_(block) {}

  // kNotFound when the block is empty or has another purpose; the codes of the
  // eFuse and the crypto.
  Status Hmac(Bytes message, std::span<std::uint8_t, kSha256Size> mac) override;

 private:
  Status Load();

  FileEfuse* efuse_;
  Crypto* crypto_;
  std::size_t block_;
  std::optional<HmacSha256> hmac_;
};

}  // namespace updraft
