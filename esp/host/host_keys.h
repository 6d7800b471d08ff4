// SPDX-License-Identifier: Apache-2.0
// The façade's private keys on a host: OpenSSL's, and the eFuse file's.
#pragma once

#include "esp/key_binding.h"
#include "ports/host/file_efuse.h"

namespace updraft::esp {

class HostKeys final : public PrivateKeys {
 public:
  // Both outlive the keys.
  HostKeys(FileEfuse& efuse, Crypto& crypto) : efuse_(&efuse), crypto_(&crypto) {}

  std::optional<Rsa> ParseRsa(Bytes file) override;
  std::shared_ptr<HmacKey> Hmac(std::size_t block) override;

 private:
  FileEfuse* efuse_;
  Crypto* crypto_;
};

}  // namespace updraft::esp
