// SPDX-License-Identifier: Apache-2.0
// An RSA-3072 private key that Mbed TLS holds in memory: what opens encrypted images
// on a device without a peripheral for it. Made by whoever puts a device together.
#pragma once

#include <mbedtls/pk.h>

#include "updraft/port/private_key.h"

#include "ports/mbedtls/random.h"

namespace updraft {

// One thread at a time. Its parts are wiped when it goes.
class MbedtlsRsaKey final : public RsaPrivateKey {
 public:
  explicit MbedtlsRsaKey(MbedtlsRandom& random);
  MbedtlsRsaKey(const MbedtlsRsaKey&) = delete;
  MbedtlsRsaKey& operator=(const MbedtlsRsaKey&) = delete;
  ~MbedtlsRsaKey();

  // A key as DER or PEM (PKCS#1 or PKCS#8, without a passphrase); PEM ends with a NUL
  // that is counted, as Mbed TLS wants it. The bytes are not kept. kBadFormat: that is
  // no key; kInvalidArgument: not one of RSA with 3072 bits.
  Status Load(Bytes key);

  Status RawDecrypt(std::span<const std::uint8_t, kRsa3072Size> in,
                    std::span<std::uint8_t, kRsa3072Size> out) override;
  // From the private exponent, as on a host.
  Status RejectionSecret(std::span<std::uint8_t, kSha256Size> secret) override;

 private:
  MbedtlsRandom* random_;
  mbedtls_pk_context key_{};
};

}  // namespace updraft
