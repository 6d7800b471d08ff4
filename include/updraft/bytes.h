// SPDX-License-Identifier: Apache-2.0
// Bytes and numbers in them: the views that every room passes on, and the
// named loads and stores of little- and big-endian numbers. Owns nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace updraft {

// A view of bytes that somebody else owns; valid as long as the owner says.
using Bytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

// The caller has checked that the bytes are there: these read exactly 2, 4 or 8.
constexpr std::uint16_t LoadLe16(const std::uint8_t* at) {
  return static_cast<std::uint16_t>(at[0] | (at[1] << 8));
}
constexpr std::uint32_t LoadLe32(const std::uint8_t* at) {  // The number in four bytes.
  return static_cast<std::uint32_t>(at[0]) | (static_cast<std::uint32_t>(at[1]) << 8) |
         (static_cast<std::uint32_t>(at[2]) << 16) | (static_cast<std::uint32_t>(at[3]) << 24);
}
constexpr std::uint64_t LoadLe64(const std::uint8_t* at) {  // The number in eight bytes.
  return LoadLe32(at) | (static_cast<std::uint64_t>(LoadLe32(at + 4)) << 32);
}
constexpr std::uint32_t LoadBe32(const std::uint8_t* at) {  // Big-endian.
  return (static_cast<std::uint32_t>(at[0]) << 24) | (static_cast<std::uint32_t>(at[1]) << 16) |
         (static_cast<std::uint32_t>(at[2]) << 8) | static_cast<std::uint32_t>(at[3]);
}
constexpr void StoreLe16(std::uint8_t* at, std::uint16_t value) {  // Two bytes at `at`.
  at[0] = static_cast<std::uint8_t>(value);
  at[1] = static_cast<std::uint8_t>(value >> 8);
}
constexpr void StoreLe32(std::uint8_t* at, std::uint32_t value) {  // Four bytes at `at`.
  for (int i = 0; i < 4; ++i) at[i] = static_cast<std::uint8_t>(value >> (8 * i));
}
constexpr void StoreLe64(std::uint8_t* at, std::uint64_t value) {  // Eight bytes at `at`.
  for (int i = 0; i < 8; ++i) at[i] = static_cast<std::uint8_t>(value >> (8 * i));
}
constexpr void StoreBe32(std::uint8_t* at, std::uint32_t value) {  // Big-endian.
  for (int i = 0; i < 4; ++i) at[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

// Next multiple of `unit` (a power of two) at or above `value`. The caller
// keeps value below 2^64 - unit.
constexpr std::uint64_t AlignUp(std::uint64_t value, std::uint64_t unit) {
  return (value + unit - 1) & ~(unit - 1);
}
constexpr bool IsAligned(std::uint64_t value, std::uint64_t unit) {  // `unit` is not 0.
  return (value & (unit - 1)) == 0;
}

inline Bytes AsBytes(std::string_view text) {  // The same bytes; valid as long as the text.
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// The text in a fixed, zero-padded field; a field without a terminator is
// taken whole. The view lives as long as the field.
inline std::string_view TextField(Bytes field) {
  std::size_t length = 0;
  while (length < field.size() && field[length] != 0) ++length;
  return {reinterpret_cast<const char*>(field.data()), length};
}

// The CRC-32 of zlib (reflected 0xEDB88320); `before` is that of what came
// before these bytes.
std::uint32_t Crc32(Bytes bytes, std::uint32_t before = 0);

// True when all bytes are equal; takes the same time whichever differ. Spans of
// different length are unequal.
bool EqualInConstantTime(Bytes left, Bytes right);

// Overwrites with zeros in a way that the compiler may not leave out.
void Wipe(MutableBytes secret);

// N secret bytes that wipe themselves. Not copyable: a copy is one more place
// from which a secret can leak.
template <std::size_t N>
class Secret {
 public:
  Secret() = default;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { Wipe(bytes_); }

  MutableBytes mutable_bytes() { return bytes_; }  // to fill it in; valid as long as this
  Bytes bytes() const { return bytes_; }           // valid as long as this

 private:
  std::array<std::uint8_t, N> bytes_{};
};

}  // namespace updraft
