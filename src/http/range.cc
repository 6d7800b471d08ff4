// SPDX-License-Identifier: Apache-2.0
#include "src/http/range.h"

#include "src/http/grammar.h"

namespace updraft::http {
namespace {

constexpr Status kMalformed{Code::kBadFormat, Stage::kFetch};
constexpr std::string_view kUnit = "bytes";

// "a-b" in two; false without a dash.
bool SplitAtDash(std::string_view text, std::string_view& before, std::string_view& after) {
  const std::size_t dash = Find(text, '-');
  if (dash == std::string_view::npos) return false;
  before = http::Piece(text, 0, dash);
  after = http::Piece(text, dash + 1);
  return true;
}

Result<std::string_view> Written(const TextWriter& writer) {
  if (!writer.fits()) return Status(Code::kNoSpace, Stage::kFetch);
  return writer.text();
}

}  // namespace

Result<ByteRange> ParseRange(std::string_view value) {
  if (value.size() <= kUnit.size() ||
      !EqualsIgnoringCase(http::Piece(value, 0, kUnit.size()), kUnit) ||
      value[kUnit.size()] != '=') {
    return kMalformed;
  }
  const std::string_view set = http::Piece(value, kUnit.size() + 1);
  if (Find(set, ',') != std::string_view::npos) return Status(Code::kUnsupported, Stage::kFetch);
  std::string_view first;
  std::string_view last;
  if (!SplitAtDash(Trim(set), first, last)) return kMalformed;
  ByteRange range;
  const auto from = ParseDecimal(first.empty() ? last : first);
  if (!from) return kMalformed;
  range.suffix = first.empty();
  range.first = *from;
  if (range.suffix || last.empty()) return range;
  range.last = ParseDecimal(last);
  if (!range.last || *range.last < range.first) return kMalformed;
  return range;
}

Result<ContentRange> ParseContentRange(std::string_view value) {
  if (value.size() <= kUnit.size() ||
      !EqualsIgnoringCase(http::Piece(value, 0, kUnit.size()), kUnit) ||
      value[kUnit.size()] != ' ') {
    return kMalformed;
  }
  value.remove_prefix(kUnit.size() + 1);
  const std::size_t slash = Find(value, '/');
  if (slash == std::string_view::npos) return kMalformed;
  const std::string_view span = http::Piece(value, 0, slash);
  const std::string_view total = http::Piece(value, slash + 1);
  ContentRange range;
  if (total != "*") {
    range.total = ParseDecimal(total);
    if (!range.total) return kMalformed;
  }
  if (span == "*") {
    range.satisfied = false;
    return range.total ? Result<ContentRange>(range) : kMalformed;
  }
  std::string_view first;
  std::string_view last;
  if (!SplitAtDash(span, first, last)) return kMalformed;
  const auto from = ParseDecimal(first);
  const auto to = ParseDecimal(last);
  if (!from || !to || *from > *to || (range.total && *to >= *range.total)) return kMalformed;
  range.first = *from;
  range.last = *to;
  return range;
}

Result<std::string_view> FormatRange(const ByteRange& range, MutableBytes out) {
  TextWriter writer(reinterpret_cast<char*>(out.data()), out.size());
  writer.Add("bytes=");
  if (range.suffix) writer.Add('-');
  writer.Add(Decimal(range.first).text());
  if (!range.suffix) writer.Add('-');
  if (!range.suffix && range.last) writer.Add(Decimal(*range.last).text());
  return Written(writer);
}

Result<std::string_view> FormatContentRange(const ContentRange& range, MutableBytes out) {
  TextWriter writer(reinterpret_cast<char*>(out.data()), out.size());
  writer.Add("bytes ");
  if (range.satisfied) {
    writer.Add(Decimal(range.first).text());
    writer.Add('-');
    writer.Add(Decimal(range.last).text());
  } else {
    writer.Add('*');
  }
  writer.Add('/');
  if (range.total) {
    writer.Add(Decimal(*range.total).text());
  } else {
    writer.Add('*');
  }
  return Written(writer);
}

}  // namespace updraft::http
