// SPDX-License-Identifier: Apache-2.0
#include "src/http/url.h"

#include <algorithm>

#include "updraft/port/state_sizes.h"

#include "src/http/address.h"
#include "src/http/grammar.h"

namespace updraft::http {

// A length that is known needs no code to find it out.
using namespace std::string_view_literals;

namespace {

constexpr Status kMalformed{Code::kBadFormat, Stage::kFetch};
constexpr Status kOtherScheme{Code::kUnsupported, Stage::kFetch};
constexpr Status kTooLong{Code::kNoSpace, Stage::kFetch};

constexpr std::string_view kUserInfoMarks = "-._~!$&'()*+,;=:";
constexpr std::string_view kPathMarks = "-._~!$&'()*+,;=:@/[]{}|^`";
constexpr std::string_view kQueryMarks = "-._~!$&'()*+,;=:@/?[]{}|^`";

// Letters, digits, `marks`, and '%' before two hexadecimal digits.
bool IsMadeOf(std::string_view text, std::string_view marks) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3 || HexDigit(text[i + 1]) < 0 || HexDigit(text[i + 2]) < 0) {
        return false;
      }
    } else if (!IsAlpha(c) && !IsDigit(c) && Find(marks, c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

bool IsHostName(std::string_view host) {
  if (host.empty() || host.size() > kMaxHostLength) return false;
  char before = '.';
  for (const char c : host) {
    if (!IsAlpha(c) && !IsDigit(c) && c != '-' && c != '_' && c != '.') return false;
    if (c == '.' && before == '.') return false;
    before = c;
  }
  std::string_view rest = host;
  if (rest.back() == '.') rest.remove_suffix(1);
  // A resolver would take "127.1" or "0x7f.1" for an address of another spelling.
  const std::string_view last = http::Piece(rest, rest.find_last_of('.') + 1);
  const bool decimal = std::ranges::all_of(last, IsDigit);
  const bool hexadecimal = last.size() > 1 && last[0] == '0' && ToLower(last[1]) == 'x';
  return decimal || hexadecimal ? IsIpv4(host) : true;
}

Status ParsePort(std::string_view text, Url& url) {
  if (text.empty()) return kOk;
  const auto port = ParseDecimal(text);
  if (!port || *port == 0 || *port > 65535) return kMalformed;
  url.port = static_cast<std::uint16_t>(*port);
  return kOk;
}

Status ParseAuthority(std::string_view text, Url& url) {
  if (const std::size_t at = text.find_last_of('@'); at != std::string_view::npos) {
    url.has_user_info = true;
    url.user_info = http::Piece(text, 0, at);
    if (!IsMadeOf(url.user_info, kUserInfoMarks)) return kMalformed;
    text.remove_prefix(at + 1);
  }
  std::string_view after_host;
  if (text.starts_with('[')) {
    const std::size_t end = Find(text, ']');
    if (end == std::string_view::npos) return kMalformed;
    url.is_ipv6 = true;
    url.host = http::Piece(text, 1, end - 1);
    after_host = http::Piece(text, end + 1);
    if (!IsIpv6(url.host)) return kMalformed;
  } else {
    const std::size_t colon = Find(text, ':');
    url.host = http::Piece(text, 0, colon);
    after_host = colon == std::string_view::npos ? std::string_view{} : http::Piece(text, colon);
    if (!IsHostName(url.host)) return kMalformed;
  }
  if (after_host.empty()) return kOk;
  if (after_host.front() != ':') return kMalformed;
  return ParsePort(http::Piece(after_host, 1), url);
}

// Cuts "#fragment" and "?query" off `text`, checks all three parts.
Status ParsePathAndQuery(std::string_view text, Url& url) {
  if (const std::size_t hash = Find(text, '#'); hash != std::string_view::npos) {
    if (!IsMadeOf(http::Piece(text, hash + 1), kQueryMarks)) return kMalformed;
    text = http::Piece(text, 0, hash);
  }
  if (const std::size_t mark = Find(text, '?'); mark != std::string_view::npos) {
    url.has_query = true;
    url.query = http::Piece(text, mark + 1);
    text = http::Piece(text, 0, mark);
  }
  url.path = text;
  return IsMadeOf(url.path, kPathMarks) && IsMadeOf(url.query, kQueryMarks) ? kOk : kMalformed;
}

// The length of "scheme" in "scheme:...", 0 when the text starts with none.
std::size_t SchemeLength(std::string_view text) {
  const std::size_t end = FindAny(text, ":/?#"sv);
  if (end == std::string_view::npos || text[end] != ':' || end == 0 || !IsAlpha(text[0])) return 0;
  for (const char c : http::Piece(text, 0, end)) {
    if (!IsAlpha(c) && !IsDigit(c) && c != '+' && c != '-' && c != '.') return 0;
  }
  return end;
}

// "//authority/path?query#fragment"
Status ParseAfterScheme(std::string_view text, Url& url) {
  url.port = url.tls ? 443 : 80;
  if (!text.starts_with("//"sv)) return kMalformed;
  text.remove_prefix(2);
  const std::size_t end = FindAny(text, "/?#"sv);
  UPDRAFT_TRY(ParseAuthority(http::Piece(text, 0, end), url));
  return ParsePathAndQuery(
      end == std::string_view::npos ? std::string_view{} : http::Piece(text, end), url);
}

// RFC 3986, 5.2.4, in place: from `start` on, `out` holds a path that begins
// with '/'. What is written never overtakes what is read.
void RemoveDotSegments(TextWriter& out, std::size_t start) {
  std::string_view path = http::Piece(out.text(), start);
  out.Truncate(start);
  while (!path.empty()) {
    const std::size_t end = path.find('/', 1);
    const std::string_view segment = http::Piece(path, 0, end);
    path = end == std::string_view::npos ? std::string_view{} : http::Piece(path, end);
    const bool up = segment == "/..";
    if (up) {
      const std::size_t slash = http::Piece(out.text(), start).find_last_of('/');
      out.Truncate(slash == std::string_view::npos ? start : start + slash);
    }
    if (!up && segment != "/.") {
      out.Add(segment);
    } else if (path.empty()) {
      out.Add('/');
    }
  }
}

void AddOrigin(const Url& url, TextWriter& out) {
  out.Add(url.tls ? "https://" : "http://");
  if (url.has_user_info) {
    out.Add(url.user_info);
    out.Add('@');
  }
  if (url.is_ipv6) out.Add('[');
  out.Add(url.host);
  if (url.is_ipv6) out.Add(']');
  if (!url.has_default_port()) {
    out.Add(':');
    out.Add(Decimal(url.port).text());
  }
}

// Path and query of `target`; a relative path follows the directory of `base`.
void AddTarget(const Url& base, const Url& target, TextWriter& out) {
  const std::size_t start = out.size();
  if (!target.path.starts_with('/')) {
    const std::string_view directory = http::Piece(base.path, 0, base.path.find_last_of('/') + 1);
    out.Add(directory.empty() ? "/" : directory);
  }
  out.Add(target.path);
  RemoveDotSegments(out, start);
  if (target.has_query) {
    out.Add('?');
    out.Add(target.query);
  }
}

}  // namespace

Result<Url> ParseUrl(std::string_view text) {
  const std::size_t scheme = SchemeLength(text);
  if (scheme == 0) return kMalformed;
  Url url;
  url.tls = EqualsIgnoringCase(http::Piece(text, 0, scheme), "https"sv);
  if (!url.tls && !EqualsIgnoringCase(http::Piece(text, 0, scheme), "http"sv)) return kOtherScheme;
  UPDRAFT_TRY(ParseAfterScheme(http::Piece(text, scheme + 1), url));
  return url;
}

Result<std::string_view> ResolveUrl(const Url& base, std::string_view reference, MutableBytes out) {
  TextWriter writer(reinterpret_cast<char*>(out.data()), out.size());
  Url target;
  if (SchemeLength(reference) > 0) {
    UPDRAFT_TRY_ASSIGN(target, ParseUrl(reference));
    if (target.path.empty()) target.path = "/";
  } else if (reference.starts_with("//"sv)) {
    target.tls = base.tls;
    UPDRAFT_TRY(ParseAfterScheme(reference, target));
    if (target.path.empty()) target.path = "/";
  } else {
    target = base;
    target.has_query = false;
    target.query = {};
    UPDRAFT_TRY(ParsePathAndQuery(reference, target));
    if (target.path.empty()) {
      target.path = base.path;
      if (!target.has_query) {
        target.has_query = base.has_query;
        target.query = base.query;
      }
    }
  }
  AddOrigin(target, writer);
  AddTarget(base, target, writer);
  if (!writer.fits()) return kTooLong;
  return writer.text();
}

bool SameOrigin(const Url& left, const Url& right) {
  return left.tls == right.tls && left.port == right.port &&
         EqualsIgnoringCase(left.host, right.host);
}

}  // namespace updraft::http
