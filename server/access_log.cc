// SPDX-License-Identifier: Apache-2.0
#include "server/access_log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <string_view>

namespace updraft {
namespace {

std::string Printable(std::string_view text) {
  std::string printable;
  for (const char c : text) {
    if (c < ' ' || c > '~' || c == '"' || c == '\\') {
      printable += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      printable += c;
    }
  }
  return printable;
}

std::string_view OrDash(std::string_view text) { return text.empty() ? "-" : text; }

}  // namespace

std::string FormatAccessEntry(const AccessEntry& entry) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(entry.time);
  const auto fraction = std::chrono::floor<std::chrono::milliseconds>(entry.time - seconds);
  std::string line =
      fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z {} \"{} {}\" {} {} \"{}\"",
                  fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)), fraction.count(),
                  entry.peer, OrDash(Printable(entry.method)), OrDash(Printable(entry.target)),
                  entry.status, entry.body_bytes, OrDash(Printable(entry.range)));
  if (!entry.note.empty()) line += " - " + Printable(entry.note);
  return line;
}

}  // namespace updraft
