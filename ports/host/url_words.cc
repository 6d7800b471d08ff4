// SPDX-License-Identifier: Apache-2.0
#include "ports/host/url_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "updraft/http_client.h"

namespace updraft {
namespace {

constexpr std::string_view kEllipsis = "...";

// With which libcurl opens a stream through a proxy.
bool IsProxy(std::string_view proxy) {
  constexpr std::array<std::string_view, 6> kSchemes{"http",    "https",  "socks4",
                                                     "socks4a", "socks5", "socks5h"};
  const std::size_t end = proxy.find("://");
  const std::string_view rest = end == std::string_view::npos ? proxy : proxy.substr(end + 3);
  const bool known = end == std::string_view::npos ||
                     std::ranges::find(kSchemes, proxy.substr(0, end)) != kSchemes.end();
  return known && !rest.empty() &&
         std::ranges::all_of(rest, [](unsigned char c) { return c > ' ' && c < 0x7F; });
}

bool IsSame(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](unsigned char a, unsigned char b) {
    return std::tolower(a) == std::tolower(b);
  });
}

// Of what every request sets itself, and what would say another thing.
bool IsOurs(std::string_view name) {
  constexpr std::array<std::string_view, 6> kOurs{"Content-Length", "Transfer-Encoding", "Range",
                                                  "If-Range",       "Connection",        "TE"};
  return std::ranges::any_of(kOurs, [&](std::string_view ours) { return IsSame(name, ours); });
}

WrongOption WrongUrl(Status status, const std::string& url) {
  std::string expected =
      "a URL like https://HOST/PATH, of letters, digits and signs without blanks";
  if (status.code() == Code::kUnsupported) expected = "a URL that begins with https://";
  return {WrongOption::Which::kUrl, std::move(expected),
          url.empty() ? "none" : fmt::format("'{}'", UrlForPeople(url))};
}

}  // namespace

std::string UrlForPeople(std::string_view url) {
  std::string shown;
  std::string_view rest = url;
  if (const std::size_t scheme = rest.find("://"); scheme != std::string_view::npos) {
    shown = rest.substr(0, scheme + 3);
    rest.remove_prefix(scheme + 3);
  }
  // In what is no URL nobody knows where a password ends.
  const std::size_t authority =
      CheckUrl(url).ok() ? rest.find_first_of("/?#") : std::string_view::npos;
  if (const std::size_t at = rest.substr(0, authority).find_last_of('@');
      at != std::string_view::npos) {
    shown += kEllipsis;
    rest.remove_prefix(at);
  }
  const std::size_t query = rest.find('?');
  shown += rest.substr(0, query);
  if (query != std::string_view::npos) shown.append("?").append(kEllipsis);
  return shown;
}

std::optional<WrongOption> JudgeRequestOptions(const UrlUpdateOptions& options) {
  if (const Status status = CheckUrl(options.url); !status.ok()) {
    return WrongUrl(status, options.url);
  }
  bool has_host = false;
  for (const auto& [name, value] : options.headers) {
    const HeaderField field{name, value};
    HttpRequest request;
    request.headers = {&field, 1};
    const bool host_again = IsSame(name, "Host") && has_host;
    has_host = has_host || IsSame(name, "Host");
    if (IsOurs(name) || host_again) {
      return WrongOption{WrongOption::Which::kHeaders,
                         "fields that the download does not set itself, each once",
                         fmt::format("'{}'", name)};
    }
    if (CheckRequest(request).ok()) continue;
    return WrongOption{WrongOption::Which::kHeaders,
                       "a name of letters, digits and '-', and a value in one line",
                       fmt::format("others in '{}'", name)};
  }
  const std::string& proxy = options.connection.proxy;
  if (!proxy.empty() && !IsProxy(proxy)) {
    return WrongOption{WrongOption::Which::kProxy,
                       "a proxy like http://HOST:PORT, https:// or socks5h://",
                       fmt::format("'{}'", UrlForPeople(proxy))};
  }
  return std::nullopt;
}

}  // namespace updraft
