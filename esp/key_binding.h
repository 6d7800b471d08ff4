// SPDX-License-Identifier: Apache-2.0
// Private keys that a program brings along or names, for encrypted images. The
// program binds them with its device (device_binding.h; esp/host/host_keys.h is the
// host's).
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "updraft/bytes.h"
#include "updraft/port/crypto.h"
#include "updraft/port/private_key.h"

namespace updraft::esp {

class PrivateKeys {
 public:
  struct Rsa {
    std::shared_ptr<RsaPrivateKey> key;
    Rsa3072PublicKey half;
  };

  // PEM or DER, PKCS#1 or PKCS#8. Empty when it is no private RSA-3072 key, or is
  // encrypted itself. Any thread.
  virtual std::optional<Rsa> ParseRsa(Bytes file) = 0;
  // The key in that eFuse block, as hardware uses it; it outlives the device's use.
  virtual std::shared_ptr<HmacKey> Hmac(std::size_t block) = 0;

 protected:
  ~PrivateKeys() = default;
};

}  // namespace updraft::esp
