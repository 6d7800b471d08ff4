// SPDX-License-Identifier: Apache-2.0
#include "cli/text_file.h"

#include <fmt/format.h>

#include <cstdint>
#include <optional>

#include "cli/text.h"

namespace updraft {
namespace {

struct Encoding {
  std::string_view name;
  std::string_view mark;
  std::size_t unit = 1;  // bytes
  bool big_endian = false;
};

// The marks of UTF-32 come first: in little endian it begins like UTF-16's.
constexpr Encoding kEncodings[] = {
    {"UTF-32", std::string_view("\xFF\xFE\0\0", 4), 4, false},
    {"UTF-32", std::string_view("\0\0\xFE\xFF", 4), 4, true},
    {"UTF-8", "\xEF\xBB\xBF", 1, false},
    {"UTF-16", "\xFF\xFE", 2, false},
    {"UTF-16", "\xFE\xFF", 2, true},
};

Failure NotText(std::string_view encoding, std::size_t byte) {
  return {"bad_format",
          fmt::format("expected {} text, found something else at byte {}; save the file as UTF-8.",
                      encoding, byte)};
}

void AppendUtf8(std::string& text, std::uint32_t point) {
  const auto add = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (point < 0x80) {
    add(point);
  } else if (point < 0x800) {
    add(0xC0 | (point >> 6));
    add(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    add(0xE0 | (point >> 12));
    add(0x80 | ((point >> 6) & 0x3F));
    add(0x80 | (point & 0x3F));
  } else {
    add(0xF0 | (point >> 18));
    add(0x80 | ((point >> 12) & 0x3F));
    add(0x80 | ((point >> 6) & 0x3F));
    add(0x80 | (point & 0x3F));
  }
}

std::uint32_t LoadUnit(Bytes at, const Encoding& encoding) {
  std::uint32_t unit = 0;
  for (std::size_t i = 0; i < encoding.unit; ++i) {
    const std::size_t from = encoding.big_endian ? i : encoding.unit - 1 - i;
    unit = (unit << 8) | at[from];
  }
  return unit;
}

bool IsHighSurrogate(std::uint32_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool IsLowSurrogate(std::uint32_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

Outcome<std::string> DecodeUnits(Bytes body, const Encoding& encoding) {
  std::string text;
  const std::size_t whole = body.size() / encoding.unit * encoding.unit;
  for (std::size_t at = 0; at < whole; at += encoding.unit) {
    std::uint32_t point = LoadUnit(body.subspan(at), encoding);
    const std::size_t next = at + encoding.unit;
    if (encoding.unit == 2 && IsHighSurrogate(point) && next < whole) {
      const std::uint32_t low = LoadUnit(body.subspan(next), encoding);
      if (!IsLowSurrogate(low)) return NotText(encoding.name, encoding.mark.size() + next);
      point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
      at = next;
    }
    const bool surrogate = IsHighSurrogate(point) || IsLowSurrogate(point);
    if (surrogate || point > 0x10FFFF) return NotText(encoding.name, encoding.mark.size() + at);
    AppendUtf8(text, point);
  }
  if (whole != body.size()) return NotText(encoding.name, encoding.mark.size() + whole);
  return text;
}

Outcome<std::string> DecodeUtf8(std::string_view text, std::size_t skipped) {
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t broken = 0;
    const std::size_t length = Utf8SequenceLength(text.substr(at), broken);
    if (length == 0) return NotText("UTF-8", skipped + at);
    at += length;
  }
  return std::string(text);
}

// Length of a line end at the front of `text`, or 0.
std::size_t LineEndLength(std::string_view text) {
  if (text.starts_with("\r\n")) return 2;
  const char first = text[0];
  const bool single = (first >= '\n' && first <= '\r') || (first >= '\x1C' && first <= '\x1E');
  if (single) return 1;
  if (text.starts_with("\xC2\x85")) return 2;  // U+0085
  if (text.starts_with("\xE2\x80\xA8") || text.starts_with("\xE2\x80\xA9"))
    return 3;  // U+2028, 2029
  return 0;
}

constexpr std::string_view kWideSpaces[] = {
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81",
    "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
    "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8",
    "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"};

bool IsNarrowSpace(char letter) {
  return letter == ' ' || (letter >= '\t' && letter <= '\r') ||
         (letter >= '\x1C' && letter <= '\x1F');
}

std::size_t SpaceAtFront(std::string_view text) {
  if (IsNarrowSpace(text.front())) return 1;
  for (const std::string_view space : kWideSpaces) {
    if (text.starts_with(space)) return space.size();
  }
  return 0;
}

std::size_t SpaceAtBack(std::string_view text) {
  if (IsNarrowSpace(text.back())) return 1;
  for (const std::string_view space : kWideSpaces) {
    if (text.ends_with(space)) return space.size();
  }
  return 0;
}

}  // namespace

Outcome<std::string> DecodeText(Bytes file) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  for (const Encoding& encoding : kEncodings) {
    if (!text.starts_with(encoding.mark)) continue;
    const std::size_t mark = encoding.mark.size();
    if (encoding.unit == 1) return DecodeUtf8(text.substr(mark), mark);
    return DecodeUnits(file.subspan(mark), encoding);
  }
  return DecodeUtf8(text, 0);
}

std::vector<std::string_view> SplitLines(std::string_view text) {
  std::vector<std::string_view> lines;
  std::size_t start = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = LineEndLength(text.substr(at));
    if (end == 0) {
      ++at;
      continue;
    }
    lines.push_back(text.substr(start, at - start));
    at += end;
    start = at;
  }
  if (start < text.size()) lines.push_back(text.substr(start));
  return lines;
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty()) {
    const std::size_t space = SpaceAtFront(text);
    if (space == 0) break;
    text.remove_prefix(space);
  }
  while (!text.empty()) {
    const std::size_t space = SpaceAtBack(text);
    if (space == 0) break;
    text.remove_suffix(space);
  }
  return text;
}

}  // namespace updraft
