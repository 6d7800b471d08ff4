// SPDX-License-Identifier: Apache-2.0
#include "esp/src/http_target.h"

#include <algorithm>
#include <vector>

#include "src/http/grammar.h"
#include "src/http/url.h"

namespace updraft::esp {
namespace {

constexpr std::string_view kSchemeEnd = "://";

// Whether it begins with a scheme, of which `length` becomes the length.
bool HasScheme(std::string_view url, std::size_t& length) {
  length = url.find(kSchemeEnd);
  return length != std::string_view::npos && length > 0 && http::IsAlpha(url.front()) &&
         std::all_of(url.begin(), url.begin() + static_cast<std::ptrdiff_t>(length), [](char c) {
           return http::IsAlpha(c) || http::IsDigit(c) || c == '+' || c == '-' || c == '.';
         });
}

std::string Bracketed(const std::string& host) {
  return host.find(':') != std::string::npos ? "[" + host + "]" : host;
}

std::uint16_t UsualPort(bool https) { return https ? 443 : 80; }

std::optional<ParsedTarget> ParseAbsolute(std::string_view url, std::size_t scheme_length) {
  std::string scheme(url.substr(0, scheme_length));
  std::transform(scheme.begin(), scheme.end(), scheme.begin(), &http::ToLower);
  // Another scheme is refused only when it comes to connecting.
  const bool spoken = scheme == "http" || scheme == "https";
  const std::string text = (spoken ? scheme : "http") + std::string(url.substr(scheme_length));
  const auto parsed = http::ParseUrl(text);
  if (!parsed) return std::nullopt;
  ParsedTarget made;
  made.target.scheme = scheme;
  made.target.host = parsed->host;
  made.target.port = parsed->port;
  if (!parsed->path.empty()) made.target.path = parsed->path;
  made.target.query = parsed->query;
  made.target.has_query = parsed->has_query;
  if (parsed->has_user_info) {
    const std::size_t colon = parsed->user_info.find(':');
    made.user = parsed->user_info.substr(0, colon);
    if (colon != std::string_view::npos) made.password = parsed->user_info.substr(colon + 1);
  }
  return made;
}

}  // namespace

std::string HttpTarget::PathAndQuery() const { return has_query ? path + "?" + query : path; }

std::string HttpTarget::HostField() const {
  const bool usual = port == UsualPort(is_https());
  return usual ? Bracketed(host) : Bracketed(host) + ":" + std::to_string(port);
}

std::string HttpTarget::Url() const {
  return scheme + "://" + Bracketed(host) + ":" + std::to_string(port) + PathAndQuery();
}

std::optional<ParsedTarget> ParseTarget(std::string_view url, const HttpTarget* base) {
  std::size_t scheme_length = 0;
  if (HasScheme(url, scheme_length)) return ParseAbsolute(url, scheme_length);
  if (base == nullptr || !base->is_spoken() || url.empty()) return std::nullopt;
  const std::string base_text = base->Url();
  const auto parsed = http::ParseUrl(base_text);
  if (!parsed) return std::nullopt;
  std::vector<std::uint8_t> room(base_text.size() + url.size() + 16);
  const auto resolved = http::ResolveUrl(*parsed, url, room);
  if (!resolved) return std::nullopt;
  return ParseAbsolute(*resolved, resolved->find(kSchemeEnd));
}

std::optional<ParsedTarget> MakeTarget(bool https, std::string_view host, int port,
                                       std::string_view path, std::string_view query) {
  if (host.empty() || port < 0 || port > 65535) return std::nullopt;
  HttpTarget wanted;
  wanted.scheme = https ? "https" : "http";
  wanted.host = host;
  if (host.front() == '[' && host.back() == ']') wanted.host = host.substr(1, host.size() - 2);
  wanted.port = port == 0 ? UsualPort(https) : static_cast<std::uint16_t>(port);
  wanted.path = path.empty() || path.front() != '/' ? "/" + std::string(path) : std::string(path);
  wanted.query = query;
  wanted.has_query = !query.empty();
  return ParseTarget(wanted.Url(), nullptr);
}

}  // namespace updraft::esp
