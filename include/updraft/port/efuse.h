// SPDX-License-Identifier: Apache-2.0
// The one-time-programmable bits that a porter supplies. Bits only go from 0
// to 1, whatever is asked.
#pragma once

#include <cstdint>

#include "updraft/status.h"

namespace updraft {

class Efuse {
 public:
  // The secure version: how many of the low bits of the unary field are set.
  virtual Result<std::uint32_t> ReadSecureVersion() = 0;
  // Burns the bits up to `version`. kInvalidArgument when the chip's field is
  // narrower; kDowngrade when more are burnt already; equal is kOk.
  virtual Status BurnSecureVersion(std::uint32_t version) = 0;

 protected:
  ~Efuse() = default;
};

}  // namespace updraft
