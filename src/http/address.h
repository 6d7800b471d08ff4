// SPDX-License-Identifier: Apache-2.0
// Addresses as a URL writes them (RFC 3986, 3.2.2).
#pragma once

#include <string_view>

namespace updraft::http {

bool IsIpv4(std::string_view text);  // four decimal numbers, without leading zeros
// Without brackets and zone. Never, where IPv6 is left out (src/without).
bool IsIpv6(std::string_view text);

}  // namespace updraft::http
