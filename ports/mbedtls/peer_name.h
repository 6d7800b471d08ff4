// SPDX-License-Identifier: Apache-2.0
// Whether a certificate is for an address. Names are the library's business; 2.28
// knows no addresses.
#pragma once

#include <mbedtls/x509_crt.h>

#include <array>
#include <cstdint>
#include <string_view>

#include "updraft/bytes.h"

namespace updraft::mbed {

// An IP address as bytes: 4 or 16; none when `size` is 0.
struct IpAddress {
  std::array<std::uint8_t, 16> octets{};
  std::size_t size = 0;

  Bytes bytes() const { return Bytes(octets).first(size); }
};

// "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"; anything else, a zone among it, is none.
IpAddress ParseIpAddress(std::string_view text);

// An alternative name with that address; or, where the certificate has no alternative
// names at all, its common name is the address as text.
bool IsForAddress(const mbedtls_x509_crt& certificate, std::string_view text,
                  const IpAddress& address);

}  // namespace updraft::mbed
