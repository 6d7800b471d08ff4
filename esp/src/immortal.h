// SPDX-License-Identifier: Apache-2.0
// Objects that are there for the whole process: never destroyed, since tasks may call in
// until it is gone, and made without the heap.
#pragma once

#include <cstddef>
#include <new>

namespace updraft::esp {

template <typename T>
class Immortal {
 public:
  Immortal() { ::new (static_cast<void*>(room_)) T(); }
  Immortal(const Immortal&) = delete;
  Immortal& operator=(const Immortal&) = delete;
  ~Immortal() = default;

  T& operator*() { return *std::launder(reinterpret_cast<T*>(room_)); }
  T* operator->() { return &**this; }

 private:
  alignas(T) std::byte room_[sizeof(T)]{};
};

}  // namespace updraft::esp
