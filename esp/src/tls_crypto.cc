// SPDX-License-Identifier: Apache-2.0
// esp_tls_crypto.h.
#include <esp_tls_crypto.h>

#include <cstdint>

namespace {

constexpr int kBufferTooSmall = -0x2A;  // MBEDTLS_ERR_BASE64_BUFFER_TOO_SMALL
constexpr const char* kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Of one to three bytes, as four characters (RFC 4648, section 4).
void Encode(const unsigned char* bytes, std::size_t count, unsigned char* out) {
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < 3; ++i) bits = bits << 8U | (i < count ? bytes[i] : 0U);
  for (std::size_t i = 0; i < 4; ++i) {
    const char digit = kDigits[bits >> (18 - 6 * i) & 0x3FU];
    out[i] = static_cast<unsigned char>(i <= count ? digit : '=');
  }
}

}  // namespace

int esp_crypto_base64_encode(unsigned char* dst, std::size_t dlen, std::size_t* olen,
                             const unsigned char* src, std::size_t slen) {
  std::size_t ignored = 0;
  std::size_t& length = olen != nullptr ? *olen : ignored;
  length = 0;
  if (slen == 0) return 0;
  const std::size_t groups = slen / 3 + (slen % 3 != 0 ? 1 : 0);
  if (src == nullptr || groups > (SIZE_MAX - 1) / 4) {
    length = SIZE_MAX;
    return kBufferTooSmall;
  }
  if (dst == nullptr || dlen < groups * 4 + 1) {
    length = groups * 4 + 1;
    return kBufferTooSmall;
  }
  for (std::size_t group = 0; group < groups; ++group) {
    const std::size_t left = slen - 3 * group;
    Encode(src + 3 * group, left < 3 ? left : 3, dst + 4 * group);
  }
  length = groups * 4;
  dst[length] = 0;
  return 0;
}
