// SPDX-License-Identifier: Apache-2.0
// The fuzz targets of an ordinary build, each under a name of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <span>

namespace updraft::fuzz {

struct Target {
  const char* name;
  int (*run)(const std::uint8_t* data, std::size_t size);
};

inline void PrintTo(const Target& target, std::ostream* out) { *out << target.name; }

std::span<const Target> Targets();

}  // namespace updraft::fuzz
