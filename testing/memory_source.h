// SPDX-License-Identifier: Apache-2.0
// A Source over bytes in memory that yields them in chosen pieces, and may
// break off.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "updraft/stream.h"

namespace updraft {

class MemorySource final : public Source {
 public:
  // Yields at most `chunk` bytes a read; `known_size` is what size() says.
  explicit MemorySource(std::vector<std::uint8_t> bytes, std::size_t chunk = SIZE_MAX,
                        bool size_known = true)
      : bytes_(std::move(bytes)), chunk_([chunk] { return chunk; }), size_known_(size_known) {}
  MemorySource(std::vector<std::uint8_t> bytes, std::function<std::size_t()> chunk)
      : bytes_(std::move(bytes)), chunk_(std::move(chunk)) {}

  // From byte `offset` on, every read fails with `error`.
  void BreakAt(std::size_t offset, Status error) {
    break_at_ = offset;
    error_ = error;
  }

  Result<std::size_t> Read(MutableBytes out) override {
    if (break_at_.has_value() && position_ >= *break_at_) return error_;
    std::size_t count = std::min({out.size(), bytes_.size() - position_, chunk_()});
    if (break_at_.has_value()) count = std::min(count, *break_at_ - position_);
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(position_), count, out.begin());
    position_ += count;
    return count;
  }

  std::optional<std::uint64_t> size() const override {
    return size_known_ ? std::optional<std::uint64_t>(bytes_.size()) : std::nullopt;
  }
  std::size_t position() const { return position_; }

 private:
  std::vector<std::uint8_t> bytes_;
  std::function<std::size_t()> chunk_;
  bool size_known_ = true;
  std::size_t position_ = 0;
  std::optional<std::size_t> break_at_;
  Status error_{};
};

}  // namespace updraft
