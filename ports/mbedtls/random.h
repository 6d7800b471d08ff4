// SPDX-License-Identifier: Apache-2.0
// The random generator of the Mbed TLS port: CTR_DRBG, seeded from what the porter
// has for entropy. One for the program; MbedtlsCrypto and MbedtlsConnection share it.
#pragma once

#include <mbedtls/ctr_drbg.h>

#include <cstddef>
#include <cstdint>

#include "updraft/bytes.h"
#include "updraft/status.h"

namespace updraft {

// Fills `out` with bits that nobody can guess: a chip's noise source, getrandom().
// False when it has none; then nothing of this port works that needs chance.
using EntropySource = bool (*)(MutableBytes out);

// May be used by several threads where Mbed TLS was built with MBEDTLS_THREADING_C,
// as the distribution's is.
class MbedtlsRandom {
 public:
  explicit MbedtlsRandom(EntropySource source);
  MbedtlsRandom(const MbedtlsRandom&) = delete;
  MbedtlsRandom& operator=(const MbedtlsRandom&) = delete;
  ~MbedtlsRandom();

  // kInvalidState without entropy.
  Status Fill(MutableBytes out);

  // As Mbed TLS calls generators: `random` is a MbedtlsRandom.
  static int Generate(void* random, unsigned char* out, std::size_t size);

 private:
  static int Gather(void* source, unsigned char* out, std::size_t size);

  EntropySource source_;
  mbedtls_ctr_drbg_context generator_{};
  bool seeded_ = false;
};

}  // namespace updraft
