// SPDX-License-Identifier: Apache-2.0
#include "server/request_target.h"

#include <vector>

namespace updraft {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> PercentDecode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3) return std::nullopt;
      const int high = HexDigit(text[i + 1]);
      const int low = HexDigit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (c == '\0') return std::nullopt;
    decoded.push_back(c);
  }
  return decoded;
}

// The path of an absolute target ("https://host:1/a" gives "/a").
std::string_view WithoutAuthority(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const std::size_t slash = target.find_first_of("/?", scheme.size());
    if (slash == std::string_view::npos || target[slash] == '?') return "/";
    return target.substr(slash);
  }
  return target;
}

}  // namespace

std::optional<std::string> PathOfTarget(std::string_view target) {
  target = WithoutAuthority(target);
  if (!target.starts_with('/') || target.find('#') != std::string_view::npos) return std::nullopt;
  const auto decoded = PercentDecode(target.substr(0, target.find('?')));
  if (!decoded) return std::nullopt;

  std::vector<std::string_view> parts;
  bool directory = false;
  std::string_view rest = *decoded;
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::size_t end = std::min(rest.find('/'), rest.size());
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(end);
    directory = part.empty() || part == "." || part == "..";
    if (part == "..") {
      if (parts.empty()) return std::nullopt;
      parts.pop_back();
    } else if (!directory) {
      parts.push_back(part);
    }
  }

  std::string path;
  for (const std::string_view part : parts) {
    if (!path.empty()) path += '/';
    path += part;
  }
  if (directory && !path.empty()) path += '/';
  return path;
}

}  // namespace updraft
