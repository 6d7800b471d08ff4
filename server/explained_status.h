// SPDX-License-Identifier: Apache-2.0
// How a call of the server's room ended: a Status for code and, when it failed,
// one sentence for people. Returned by whatever may fail before a server runs.
#pragma once

#include <string>
#include <utility>

#include "updraft/status.h"

namespace updraft {

struct [[nodiscard]] ExplainedStatus {
  ExplainedStatus() = default;
  ExplainedStatus(Code code, std::string sentence, int detail = 0)
      : status(code, Stage::kNone, static_cast<std::int16_t>(detail)),
        message(std::move(sentence)) {}

  bool ok() const { return status.ok(); }

  Status status;        // the detail is errno where there is one
  std::string message;  // what was expected, what was found, what to do; empty when ok
};

}  // namespace updraft
