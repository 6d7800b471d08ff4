// SPDX-License-Identifier: Apache-2.0
// The fuzz targets of an ordinary build, each under a name of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace updraft::fuzz {

struct Target {
  const char* name;
  int (*run)(const std::uint8_t* data, std::size_t size);
};

std::span<const Target> Targets();

}  // namespace updraft::fuzz
