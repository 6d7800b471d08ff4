// SPDX-License-Identifier: Apache-2.0
// The two doors of a room: a Source is pulled, a Sink is pushed. Bytes only go
// from Source to Sink; only a Status comes back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "updraft/bytes.h"
#include "updraft/status.h"

namespace updraft {

class Source {
 public:
  // Fills the front of `out` (not empty) and returns how many bytes: 1 to
  // out.size(), or 0 at the end. After an error the source is spent.
  virtual Result<std::size_t> Read(MutableBytes out) = 0;

  // The number of bytes the whole source yields, where that is known.
  virtual std::optional<std::uint64_t> size() const { return std::nullopt; }

 protected:
  ~Source() = default;
};

class Sink {  // Takes what a Source yields.
 public:
  // Takes all of `data` (any length, also 0) before it returns. After an error
  // the sink takes nothing more.
  virtual Status Write(Bytes data) = 0;

  // No more bytes will come. Called once, after the last Write.
  virtual Status Finish() = 0;

 protected:
  ~Sink() = default;
};

}  // namespace updraft
