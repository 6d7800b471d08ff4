// SPDX-License-Identifier: Apache-2.0
// A Sink that keeps what it gets, and may fail at a chosen byte.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "updraft/stream.h"

namespace updraft {

class MemorySink final : public Sink {
 public:
  // The write that would take byte `offset` fails with `error`.
  void BreakAt(std::size_t offset, Status error) {
    break_at_ = offset;
    error_ = error;
  }

  Status Write(Bytes data) override {
    if (break_at_.has_value() && bytes_.size() + data.size() > *break_at_) return error_;
    largest_ = std::max(largest_, data.size());
    bytes_.insert(bytes_.end(), data.begin(), data.end());
    return kOk;
  }
  Status Finish() override {
    finished_ = true;
    return kOk;
  }

  const std::vector<std::uint8_t>& bytes() const { return bytes_; }
  bool finished() const { return finished_; }
  // The longest write so far.
  std::size_t largest() const { return largest_; }

 private:
  std::vector<std::uint8_t> bytes_;
  bool finished_ = false;
  std::size_t largest_ = 0;
  std::optional<std::size_t> break_at_;
  Status error_{};
};

}  // namespace updraft
