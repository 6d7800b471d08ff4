// SPDX-License-Identifier: Apache-2.0
#include "ports/mbedtls/random.h"

#include <algorithm>

namespace updraft {

MbedtlsRandom::MbedtlsRandom(EntropySource source) : source_(source) {
  mbedtls_ctr_drbg_init(&generator_);
  const int error = mbedtls_ctr_drbg_seed(&generator_, &Gather, this, nullptr, 0);
  seeded_ = error == 0;  // NOLINT(cppcoreguidelines-prefer-member-initializer): after init
}

MbedtlsRandom::~MbedtlsRandom() { mbedtls_ctr_drbg_free(&generator_); }

int MbedtlsRandom::Gather(void* source, unsigned char* out, std::size_t size) {
  const auto* random = static_cast<const MbedtlsRandom*>(source);
  return random->source_({out, size}) ? 0 : MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED;
}

int MbedtlsRandom::Generate(void* random, unsigned char* out, std::size_t size) {
  auto* self = static_cast<MbedtlsRandom*>(random);
  if (!self->seeded_) return MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED;
  while (size > 0) {
    const std::size_t some = std::min<std::size_t>(size, MBEDTLS_CTR_DRBG_MAX_REQUEST);
    const int error = mbedtls_ctr_drbg_random(&self->generator_, out, some);
    if (error != 0) return error;
    out += some;
    size -= some;
  }
  return 0;
}

Status MbedtlsRandom::Fill(MutableBytes out) {
  if (Generate(this, out.data(), out.size()) != 0) return {Code::kInvalidState, Stage::kDevice};
  return kOk;
}

}  // namespace updraft
