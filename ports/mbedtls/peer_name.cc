// SPDX-License-Identifier: Apache-2.0
#include "ports/mbedtls/peer_name.h"

#include <mbedtls/oid.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "ports/mbedtls/versions.h"

namespace updraft::mbed {
namespace {

constexpr int kIpAddressTag = 7;  // GeneralName of RFC 5280

bool ParseV4(std::string_view text, std::uint8_t* out) {
  for (int part = 0; part < 4; ++part) {
    const std::size_t end = std::min(text.find('.'), text.size());
    if (end == 0 || end > 3 || (end > 1 && text[0] == '0')) return false;
    const auto [stopped, error] = std::from_chars(text.data(), text.data() + end, out[part]);
    if (error != std::errc{} || stopped != text.data() + end) return false;
    text.remove_prefix(end);
    if (part == 3) return text.empty();
    if (text.empty()) return false;
    text.remove_prefix(1);
  }
  return false;
}

bool ParseV6(std::string_view text, std::uint8_t* out) {
  std::size_t at = 0;
  std::size_t gap = 17;  // none
  if (text.starts_with("::")) {
    gap = 0;
    text.remove_prefix(2);
  }
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(':'), text.size());
    if (text.substr(0, end).find('.') != std::string_view::npos) {
      if (end != text.size() || at > 12 || !ParseV4(text, out + at)) return false;
      at += 4;
      break;
    }
    std::uint16_t group = 0;
    const auto [stopped, error] = std::from_chars(text.data(), text.data() + end, group, 16);
    if (end == 0 || end > 4 || at > 14 || error != std::errc{} || stopped != text.data() + end) {
      return false;
    }
    out[at++] = static_cast<std::uint8_t>(group >> 8U);
    out[at++] = static_cast<std::uint8_t>(group);
    text.remove_prefix(end);
    if (text.empty()) break;
    if (text.starts_with("::")) {
      if (gap <= 16) return false;
      gap = at;
      text.remove_prefix(2);
    } else {
      text.remove_prefix(1);
      if (text.empty()) return false;
    }
  }
  if (gap > 16) return at == 16;
  if (at >= 16) return false;
  std::copy_backward(out + gap, out + at, out + 16);
  std::fill(out + gap, out + 16 - (at - gap), std::uint8_t{0});
  return true;
}

Bytes BytesOf(const mbedtls_asn1_buf& part) {
  return {part.UPDRAFT_MBED_FIELD(p), part.UPDRAFT_MBED_FIELD(len)};
}

}  // namespace

IpAddress ParseIpAddress(std::string_view text) {
  IpAddress address;
  if (ParseV4(text, address.octets.data())) {
    address.size = 4;
  } else if (text.find(':') != std::string_view::npos && ParseV6(text, address.octets.data())) {
    address.size = 16;
  }
  return address;
}

bool IsForAddress(const mbedtls_x509_crt& certificate, std::string_view text,
                  const IpAddress& address) {
  const mbedtls_x509_sequence& first = certificate.UPDRAFT_MBED_FIELD(subject_alt_names);
  if (first.UPDRAFT_MBED_FIELD(buf).UPDRAFT_MBED_FIELD(p) != nullptr) {
    for (const mbedtls_x509_sequence* name = &first; name != nullptr;
         name = name->UPDRAFT_MBED_FIELD(next)) {
      const mbedtls_asn1_buf& part = name->UPDRAFT_MBED_FIELD(buf);
      if ((part.UPDRAFT_MBED_FIELD(tag) & MBEDTLS_ASN1_TAG_VALUE_MASK) == kIpAddressTag &&
          std::ranges::equal(BytesOf(part), address.bytes())) {
        return true;
      }
    }
    return false;
  }
  for (const mbedtls_x509_name* name = &certificate.UPDRAFT_MBED_FIELD(subject); name != nullptr;
       name = name->UPDRAFT_MBED_FIELD(next)) {
    if (MBEDTLS_OID_CMP(MBEDTLS_OID_AT_CN, &name->UPDRAFT_MBED_FIELD(oid)) == 0 &&
        std::ranges::equal(BytesOf(name->UPDRAFT_MBED_FIELD(val)), AsBytes(text))) {
      return true;
    }
  }
  return false;
}

}  // namespace updraft::mbed
