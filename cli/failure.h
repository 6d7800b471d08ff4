// SPDX-License-Identifier: Apache-2.0
// Why a command cannot go on, in the words that people and scripts see. What
// the core returns becomes one by sentence.h.
#pragma once

#include <optional>
#include <string>
#include <utility>

namespace updraft {

struct Failure {
  std::string reason;   // of the closed list that --help prints: "bad_magic"
  std::string message;  // one sentence: expected, found, what to do
};

// A T, or the Failure that says why there is none.
template <typename T>
class [[nodiscard]] Outcome {
 public:
  Outcome(T value) : value_(std::move(value)) {}
  Outcome(Failure failure) : failure_(std::move(failure)) {}

  explicit operator bool() const { return value_.has_value(); }
  // Only with a value.
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }
  // Only without.
  const Failure& failure() const { return failure_; }

 private:
  std::optional<T> value_;
  Failure failure_;
};

}  // namespace updraft
