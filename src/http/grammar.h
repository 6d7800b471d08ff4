// SPDX-License-Identifier: Apache-2.0
// The small rules of HTTP's grammar (RFC 9110, section 5.6) that several
// parsers here share: characters, tokens, numbers. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace updraft::http {

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }
constexpr bool IsAlpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr char ToLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
// -1 when `c` is no hexadecimal digit.
constexpr int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  const char lower = ToLower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// As substr(), but what lies outside the text is empty: nothing here can throw.
constexpr std::string_view Piece(std::string_view text, std::size_t start,
                                 std::size_t count = std::string_view::npos) {
  if (start > text.size()) start = text.size();
  const std::size_t rest = text.size() - start;
  return {text.data() + start, count < rest ? count : rest};
}

// As text.find(c), but never inlined: it stands in many places.
std::size_t Find(std::string_view text, char c);
std::size_t FindAny(std::string_view text, std::string_view any);  // as find_first_of
// A method or a field name.
bool IsToken(std::string_view text);
// Visible characters, bytes from 0x80, blanks and tabs: no CR, LF, NUL or other
// control character.
bool IsFieldText(std::string_view text);
bool EqualsIgnoringCase(std::string_view left, std::string_view right);
// Without the blanks and tabs around it.
std::string_view Trim(std::string_view text);
// All of `text` as an unsigned decimal number: digits only, at least one, no
// sign; empty when it is not one or exceeds 2^63 - 1.
std::optional<std::uint64_t> ParseDecimal(std::string_view text);

// The decimal digits of a number, without a terminator.
class Decimal {
 public:
  explicit Decimal(std::uint64_t number);
  std::string_view text() const { return {digits_ + start_, sizeof digits_ - start_}; }

 private:
  char digits_[20]{};
  std::size_t start_ = sizeof digits_;
};

// Cuts the front of a comma-separated list off and returns it trimmed; empty
// elements come back as empty text. `list` is at its end when it is empty.
std::string_view CutListElement(std::string_view& list);

// Appends text to a buffer of the caller; what does not fit is remembered
// instead of written.
class TextWriter {
 public:
  explicit TextWriter(char* buffer, std::size_t capacity) : buffer_(buffer), capacity_(capacity) {}
  void Add(std::string_view text);
  void Add(char c) { Add(std::string_view(&c, 1)); }
  bool fits() const { return fits_; }
  std::size_t size() const { return size_; }
  void Truncate(std::size_t size) { size_ = size; }
  std::string_view text() const { return {buffer_, size_}; }

 private:
  char* buffer_;
  std::size_t capacity_;
  std::size_t size_ = 0;
  bool fits_ = true;
};

}  // namespace updraft::http
