// SPDX-License-Identifier: Apache-2.0
#include "esp/src/pem.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "updraft/bytes.h"

namespace updraft::esp {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::size_t kLine = 64;

std::string Base64(Bytes data) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < data.size(); i += 3) {
    // Never behind the last line: an empty one would end the header fields of PEM.
    if (text.size() % (kLine + 1) == kLine) text += '\n';
    const std::size_t count = data.size() - i < 3 ? data.size() - i : 3;
    std::uint32_t bits = std::uint32_t{data[i]} << 16U;
    if (count > 1) bits |= std::uint32_t{data[i + 1]} << 8U;
    if (count > 2) bits |= data[i + 2];
    for (std::size_t digit = 0; digit < 4; ++digit) {
      text += digit <= count ? kDigits[bits >> (18 - 6 * digit) & 63U] : '=';
    }
  }
  return text;
}

std::string AsPem(Bytes der, const std::string& label) {
  return "-----BEGIN " + label + "-----\n" + Base64(der) + "\n-----END " + label + "-----\n";
}

// A SEQUENCE of a definite length that fits: what certificates and keys begin with.
bool LooksLikeDer(Bytes data) { return data.size() > 4 && data[0] == 0x30 && data[1] >= 0x20; }

// An encrypted PKCS #8 begins with how it is encrypted, the others with their version:
// PKCS #8 has a version of 0 and a SEQUENCE then, PKCS #1 a number, SEC 1 a version of
// 1. The shortest way to tell them: by the bytes behind the outer length.
std::string KeyLabel(Bytes der) {
  const std::size_t length_bytes = (der[1] & 0x80U) != 0 ? der[1] & 0x7FU : 0;
  const std::size_t inner = 2 + length_bytes;
  if (der.size() < inner + 4) return "PRIVATE KEY";
  if (der[inner] == 0x30) return "ENCRYPTED PRIVATE KEY";
  if (der[inner] != 0x02) return "PRIVATE KEY";
  if (der[inner + 2] == 1) return "EC PRIVATE KEY";
  return der[inner + 3] == 0x02 ? "RSA PRIVATE KEY" : "PRIVATE KEY";
}

// A DER SEQUENCE begins with MI in base64.
bool HoldsDer(std::string_view base64) {
  std::size_t digits = 0;
  std::string_view first;
  for (std::size_t i = 0; i < base64.size(); ++i) {
    const char c = base64[i];
    if (c == '\n' || c == '\r' || c == ' ') continue;
    const bool digit = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       c == '+' || c == '/' || c == '=';
    if (!digit) return false;
    if (digits++ == 0) first = base64.substr(i, 2);
  }
  return digits % 4 == 0 && digits > 8 && first == "MI";
}

struct Piece {
  std::string_view pem{};
  Bytes der{};
};

std::optional<Piece> Look(const void* data, std::size_t size) {
  if (data == nullptr) return std::nullopt;
  const auto* const text = static_cast<const char*>(data);
  if (size == 0) size = std::strlen(text);
  const std::string_view whole(text, strnlen(text, size));
  if (whole.find(kBegin) != std::string_view::npos) return Piece{whole, {}};
  const Bytes der(static_cast<const std::uint8_t*>(data), size);
  if (LooksLikeDer(der)) return Piece{{}, der};
  return std::nullopt;
}

}  // namespace

std::optional<std::string> CertificatesAsPem(const void* data, std::size_t size) {
  const auto piece = Look(data, size);
  if (!piece) return std::nullopt;
  return piece->der.empty() ? std::string(piece->pem) : AsPem(piece->der, "CERTIFICATE");
}

std::optional<std::string> PrivateKeyAsPem(const void* data, std::size_t size) {
  const auto piece = Look(data, size);
  if (!piece) return std::nullopt;
  return piece->der.empty() ? std::string(piece->pem) : AsPem(piece->der, KeyLabel(piece->der));
}

std::size_t CountPemBlocks(std::string_view pem, std::string_view label, bool sound) {
  const std::string begin = std::string(kBegin) + std::string(label) + "-----";
  const std::string end = "-----END " + std::string(label) + "-----";
  std::size_t count = 0;
  for (std::size_t at = pem.find(begin); at != std::string_view::npos;
       at = pem.find(begin, at + begin.size())) {
    const std::string_view rest = pem.substr(at + begin.size());
    const std::size_t length = std::min(rest.find(end), rest.find(kBegin));
    const bool ends = length != std::string_view::npos && rest.substr(length).starts_with(end);
    if (!sound || (ends && HoldsDer(rest.substr(0, length)))) ++count;
  }
  return count;
}

}  // namespace updraft::esp
