// SPDX-License-Identifier: Apache-2.0
// Dates of HTTP (RFC 9110 section 5.6.7), in seconds since 1970. Called by the
// answers and their preconditions; independent of the locale.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace updraft {

// "Sun, 06 Nov 1994 08:49:37 GMT".
std::string FormatHttpDate(std::int64_t seconds);

// Takes the three forms that a server must take (IMF-fixdate, RFC 850,
// asctime). `now` decides the century of the two-digit years of RFC 850.
std::optional<std::int64_t> ParseHttpDate(std::string_view text, std::int64_t now);

}  // namespace updraft
