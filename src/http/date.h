// SPDX-License-Identifier: Apache-2.0
// Dates of HTTP (RFC 9110, section 5.6.7), in the one form that is still sent.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace updraft::http {

// "Sun, 06 Nov 1994 08:49:37 GMT" as seconds since 1970; empty when it is anything
// else. The day's name is not compared.
std::optional<std::uint64_t> ParseDate(std::string_view text);

}  // namespace updraft::http
