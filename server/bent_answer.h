// SPDX-License-Identifier: Apache-2.0
// What a rule of a script makes of an answer, as data: the head as it goes on the
// wire, how the body is framed, where and how it all ends. Made for the session,
// which alone sends it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "server/answer.h"
#include "server/fault_script.h"

namespace updraft {

struct BentAnswer {
  Answer answer;     // its body is sent behind `head`
  std::string head;  // instead of the answer's own

  std::string before_body;              // sent between head and body
  std::uint64_t chunk = 0;              // 0: the body is not chunked
  std::string endless;                  // sent again and again behind the body
  std::optional<std::uint64_t> end_at;  // no more bytes than these, head included

  enum class End { kKeep, kClose, kReset, kStall, kNoCloseNotify, kGarbage };
  End end = End::kKeep;  // after the last byte

  std::uint64_t drip = 0;  // bytes that leave together; 0: as many as there are
  std::uint64_t drip_every_ms = 0;
};

// What the server answers to `request` under `rule` at `now` (seconds since 1970).
BentAnswer BendAnswer(const FaultRule& rule, const Request& request, const DocumentRoot& root,
                      std::int64_t now);

}  // namespace updraft
