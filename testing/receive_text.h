// SPDX-License-Identifier: Apache-2.0
// Reads from a connection, in tests of connections.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "updraft/port/connection.h"

namespace updraft {

// At least so many bytes, unless the stream ends before.
inline Result<std::string> ReceiveText(Connection& connection, std::size_t least) {
  std::string text;
  std::array<std::uint8_t, 4096> bytes{};
  do {
    UPDRAFT_TRY_ASSIGN(const std::size_t count, connection.Receive(bytes));
    if (count == 0) break;
    text.append(reinterpret_cast<const char*>(bytes.data()), count);
  } while (text.size() < least);
  return text;
}

}  // namespace updraft
