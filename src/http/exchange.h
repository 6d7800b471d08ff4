// SPDX-License-Identifier: Apache-2.0
// What sending a request needs, whether at its turn or ahead of it.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "updraft/port/connection.h"
#include "updraft/stream.h"

namespace updraft {

class ConnectionSink final : public Sink {
 public:
  explicit ConnectionSink(Connection& connection) : connection_(connection) {}
  Status Write(Bytes data) override { return connection_.Send(data); }
  Status Finish() override { return kOk; }

 private:
  Connection& connection_;
};

inline bool IsRepeatable(std::string_view method) {
  constexpr std::array<std::string_view, 5> kMethods{"GET", "HEAD", "PUT", "DELETE", "OPTIONS"};
  return std::ranges::find(kMethods, method) != kMethods.end();
}

}  // namespace updraft
