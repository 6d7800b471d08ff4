// SPDX-License-Identifier: Apache-2.0
// What the fuzz targets share: taking the fuzzer's bytes apart, and what ends a
// run. A target is one function in a file of its own, *_fuzz.cc; its seeds lie in
// corpus/NAME and are also run by fuzz_corpus_test.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "updraft/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace updraft::fuzz {

[[noreturn]] void End(std::string_view promise);

// Ends the process with this sentence where a promise is broken.
inline void Require(bool kept, std::string_view promise) {
  if (!kept) End(promise);
}

// The fuzzer's bytes, from the front. What is no longer there is zero.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}

  bool empty() const { return rest_.empty(); }
  Bytes rest() const { return rest_; }

  std::uint8_t Byte() { return static_cast<std::uint8_t>(Number<1>()); }
  std::uint16_t Half() { return static_cast<std::uint16_t>(Number<2>()); }
  std::uint32_t Word() { return static_cast<std::uint32_t>(Number<4>()); }
  // At most `count` bytes.
  Bytes Take(std::size_t count) {
    const Bytes taken = rest_.first(std::min(count, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }

 private:
  template <std::size_t Size>
  std::uint64_t Number() {
    std::uint64_t number = 0;
    const Bytes bytes = Take(Size);
    for (std::size_t i = 0; i < bytes.size(); ++i) number |= std::uint64_t{bytes[i]} << (8 * i);
    return number;
  }

  Bytes rest_;
};

// Sizes of chunks that follow from one number of the fuzzer's: 0 is all at once,
// else 1 to 64 bytes or 1 to 4096.
class Chunking {
 public:
  explicit Chunking(std::uint8_t seed) : seed_(seed), state_(seed * 2654435761U + 1U) {}
  std::size_t Next() {
    if (seed_ == 0) return SIZE_MAX;
    state_ = state_ * 1664525U + 1013904223U;
    return 1 + (state_ >> 16) % ((seed_ & 1) != 0 ? 64 : 4096);
  }
  // Calls take(piece) for each; it returns false to stop.
  template <typename Taker>
  void Feed(Bytes bytes, Taker take) {
    while (!bytes.empty()) {
      const Bytes piece = bytes.first(std::min(bytes.size(), Next()));
      bytes = bytes.subspan(piece.size());
      if (!take(piece)) return;
    }
  }

 private:
  std::uint8_t seed_;
  std::uint32_t state_;
};

// Overwrites short stretches of `bytes`: as many as the next byte of `input` says,
// each a place (16 bits), a length below 16 and so many bytes.
void Patch(Input& input, MutableBytes bytes);

inline std::string_view AsText(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace updraft::fuzz
