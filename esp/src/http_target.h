// SPDX-License-Identifier: Apache-2.0
// Where a client's requests go: a URL in its parts, as esp_http_client keeps them.
// Used by http_exchange.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "updraft/port/connection.h"

namespace updraft::esp {

struct HttpTarget {
  std::string scheme = "http";  // lower case; perhaps one that is not spoken
  std::string host{};           // an IPv6 address without brackets
  std::uint16_t port = 0;
  std::string path = "/";
  std::string query{};
  bool has_query = false;

  bool is_https() const { return scheme == "https"; }
  bool is_spoken() const { return is_https() || scheme == "http"; }
  Endpoint endpoint() const { return {host, port, is_https()}; }
  // "path?query".
  std::string PathAndQuery() const;
  // For the Host header: the port where it is not the scheme's own.
  std::string HostField() const;
  // With the port, always.
  std::string Url() const;
};

struct ParsedTarget {
  HttpTarget target{};
  // "user:password", as it stands in the URL.
  std::optional<std::string> user{};
  std::optional<std::string> password{};
};

// An absolute URL, or, where there is a base, a reference to be resolved against it.
// Empty when it is none.
std::optional<ParsedTarget> ParseTarget(std::string_view url, const HttpTarget* base);
// Of host, port (0: the scheme's own), path and query of a configuration.
std::optional<ParsedTarget> MakeTarget(bool https, std::string_view host, int port,
                                       std::string_view path, std::string_view query);

}  // namespace updraft::esp
