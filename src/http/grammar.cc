// SPDX-License-Identifier: Apache-2.0
#include "src/http/grammar.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace updraft::http {

// By hand, as FindAny: memchr is 150 bytes, and nothing else of a small update needs it.
std::size_t Find(std::string_view text, char c) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == c) return i;
  }
  return std::string_view::npos;
}

std::size_t FindAny(std::string_view text, std::string_view any) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (Find(any, text[i]) != std::string_view::npos) return i;
  }
  return std::string_view::npos;
}

bool IsToken(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return IsAlpha(c) || IsDigit(c) || Find(kMarks, c) != std::string_view::npos;
  });
}

bool IsFieldText(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 || byte == '\t') && byte != 0x7F;
  });
}

bool EqualsIgnoringCase(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (ToLower(left[i]) != ToLower(right[i])) return false;
  }
  return true;
}

std::string_view Trim(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<std::uint64_t> ParseDecimal(std::string_view text) {
  constexpr std::uint64_t kLimit = std::numeric_limits<std::int64_t>::max();
  if (text.empty()) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : text) {
    if (!IsDigit(c)) return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (number > kLimit / 10) return std::nullopt;
    number = number * 10 + digit;
    if (number > kLimit) return std::nullopt;
  }
  return number;
}

Decimal::Decimal(std::uint64_t number) {
  // By hand, 16 bits at a time: a division of 64 bits is 700 bytes on a small chip.
  do {
    std::uint32_t rest = 0;
    std::uint64_t quotient = 0;
    for (int shift = 48; shift >= 0; shift -= 16) {
      rest = rest << 16U | static_cast<std::uint32_t>(number >> shift & 0xFFFFU);
      quotient = quotient << 16U | rest / 10;
      rest %= 10;
    }
    digits_[--start_] = static_cast<char>('0' + rest);
    number = quotient;
  } while (number != 0);
}

std::string_view CutListElement(std::string_view& list) {
  const std::size_t comma = Find(list, ',');
  const std::string_view element = http::Piece(list, 0, comma);
  list = comma == std::string_view::npos ? std::string_view{} : http::Piece(list, comma + 1);
  return Trim(element);
}

void TextWriter::Add(std::string_view text) {
  if (!fits_ || text.size() > capacity_ - size_) {
    fits_ = false;
    return;
  }
  if (!text.empty()) std::memmove(buffer_ + size_, text.data(), text.size());
  size_ += text.size();
}

}  // namespace updraft::http
