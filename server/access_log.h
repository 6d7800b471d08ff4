// SPDX-License-Identifier: Apache-2.0
// What a server tells about each request that it answered, and about each
// connection that never became one. Made by the session, given to whoever asks.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace updraft {

struct AccessEntry {
  std::chrono::system_clock::time_point time = {};  // when the answer had ended
  std::string peer = {};                            // "127.0.0.1:40000", "[::1]:40000"
  std::string method = {};                          // empty when no request could be read
  std::string target = {};                          // as received
  std::string range = {};                           // the Range header as received
  int status = 0;                                   // 0 when nothing was answered
  std::uint64_t body_bytes = 0;                     // of the body, handed to the system
  std::string note = {};                            // why it went wrong; empty when it did not
};

// Called on the server's thread, one entry at a time; must not call Stop().
using AccessLog = std::function<void(const AccessEntry&)>;

// One line without its end, with nothing in it that could forge another:
//   2026-01-31T12:00:00.123Z 127.0.0.1:40000 "GET /app.bin" 206 4096 "bytes=0-4095" - note
std::string FormatAccessEntry(const AccessEntry& entry);

}  // namespace updraft
