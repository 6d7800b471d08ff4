// SPDX-License-Identifier: Apache-2.0
// The library's contexts inside the states that callers of Crypto own. For the parts
// of the port only.
#pragma once

#include <new>

namespace updraft::mbed {

// A T, zeroed, in the state's storage.
template <typename T, typename State>
T* Begin(State& state) {
  static_assert(sizeof(T) <= sizeof(state.storage) && alignof(T) <= alignof(State));
  return new (state.storage.data()) T{};
}

// The T that Begin has put there.
template <typename T, typename State>
T& Look(State& state) {
  return *std::launder(reinterpret_cast<T*>(state.storage.data()));
}
template <typename T, typename State>
const T& Look(const State& state) {
  return *std::launder(reinterpret_cast<const T*>(state.storage.data()));
}

}  // namespace updraft::mbed
