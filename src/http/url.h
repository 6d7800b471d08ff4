// SPDX-License-Identifier: Apache-2.0
// http and https URLs (RFC 3986): taken apart strictly, and references resolved
// against a base. HttpClient and fetch call it. Pure functions; a Url is a set
// of views into the text that it was made from.
#pragma once

#include <cstdint>
#include <string_view>

#include "updraft/bytes.h"
#include "updraft/port/connection.h"
#include "updraft/status.h"

namespace updraft::http {

struct Url {
  bool tls = false;  // https
  bool has_user_info = false;
  bool has_query = false;
  bool is_ipv6 = false;
  std::uint16_t port = 0;      // the scheme's own where the text names none
  std::string_view user_info;  // "user:password", as written (percent-encoded)
  std::string_view host;       // never empty; an IPv6 address without brackets
  std::string_view path;       // may be empty, which stands for "/"
  std::string_view query;      // without '?'

  Endpoint endpoint() const { return {host, port, tls}; }
  bool has_default_port() const { return port == (tls ? 443 : 80); }
};

// Takes an absolute http or https URL apart; a fragment is checked and dropped.
// Refused beside what RFC 3986 refuses: a host that is neither a name of
// letters, digits, '-', '_' and '.', nor an IPv6 literal without a zone, nor,
// where its last label is a number, a dotted IPv4 address; a port of 0. Paths
// and queries may hold the visible ASCII characters []{}|^` as they stand, as
// servers write them. kBadFormat; kUnsupported for another scheme.
Result<Url> ParseUrl(std::string_view text);

// Writes the absolute URL that `reference` (absolute or relative) means on a
// page at `base` to the front of `out`, with dot segments removed and without
// fragment. `reference` and `base` may not overlap `out`. kBadFormat,
// kUnsupported as above; kNoSpace when `out` is too small.
Result<std::string_view> ResolveUrl(const Url& base, std::string_view reference, MutableBytes out);

// Scheme, host and port are the same: what credentials are bound to.
bool SameOrigin(const Url& left, const Url& right);

}  // namespace updraft::http
