// SPDX-License-Identifier: Apache-2.0
// Handles that outlive what they stand for: a handle that is no more is known as
// such, and what it stood for lives until the last call that uses it has returned.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace updraft::esp {

// Any thread. Handles are small numbers dressed as pointers, never twice the same.
template <typename Object, typename Handle>
class HandleTable {
 public:
  Handle Add(std::shared_ptr<Object> object) {
    const std::lock_guard lock(mutex_);
    last_ += kStep;
    objects_.emplace(last_, std::move(object));
    return reinterpret_cast<Handle>(last_);  // NOLINT(performance-no-int-to-ptr)
  }
  // nullptr when there is none.
  std::shared_ptr<Object> Find(Handle handle) const {
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(reinterpret_cast<std::uintptr_t>(handle));
    return found != objects_.end() ? found->second : nullptr;
  }
  // As Find; the handle is none any more.
  std::shared_ptr<Object> Take(Handle handle) {
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(reinterpret_cast<std::uintptr_t>(handle));
    if (found == objects_.end()) return nullptr;
    std::shared_ptr<Object> object = std::move(found->second);
    objects_.erase(found);
    return object;
  }
  // None of them is one any more.
  void Clear() {
    const std::lock_guard lock(mutex_);
    objects_.clear();
  }

 private:
  static constexpr std::uintptr_t kStep = 16;

  mutable std::mutex mutex_;
  std::unordered_map<std::uintptr_t, std::shared_ptr<Object>> objects_;
  std::uintptr_t last_ = 0x1000;
};

}  // namespace updraft::esp
