// SPDX-License-Identifier: Apache-2.0
// A chunked body, beside a second decoder that is written down as RFC 9112 has it,
// section 7.1, with all bytes before it.
#include <optional>
#include <string>

#include "updraft/http_response.h"

#include "fuzz/fuzz.h"
#include "src/http/grammar.h"

namespace updraft {
namespace {

using fuzz::Require;

// One line without its CR LF; empty where there is none that is whole.
std::optional<std::string_view> CutLine(std::string_view& text) {
  const std::size_t end = text.find("\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 2);
  return line;
}

struct Reference {
  bool whole = false;
  std::string body;
  std::size_t used = 0;
};

std::optional<std::uint64_t> SizeOf(std::string_view line) {
  std::uint64_t size = 0;
  std::size_t digits = 0;
  while (digits < line.size() && http::HexDigit(line[digits]) >= 0) {
    if (size >> 59 != 0 || digits == 16) return std::nullopt;
    size = size * 16 + static_cast<unsigned>(http::HexDigit(line[digits++]));
  }
  if (digits == 0) return std::nullopt;
  const std::string_view rest = http::Trim(line.substr(digits));
  if (!rest.empty() && rest.front() != ';') return std::nullopt;
  return size;
}

Reference Decode(std::string_view text) {
  Reference reference;
  const std::size_t all = text.size();
  for (;;) {
    const auto line = CutLine(text);
    if (!line) return reference;
    const auto size = SizeOf(*line);
    if (!size) return reference;
    if (*size == 0) break;
    if (text.size() < *size + 2) return reference;
    reference.body += text.substr(0, *size);
    text.remove_prefix(*size);
    if (!text.starts_with("\r\n")) return reference;
    text.remove_prefix(2);
  }
  for (;;) {
    const auto line = CutLine(text);
    if (!line) return reference;
    if (line->empty()) break;
  }
  reference.whole = true;
  reference.used = all - text.size();
  return reference;
}

struct Decoded {
  Status status;
  bool done = false;
  std::string body;
  std::size_t used = 0;
  bool operator==(const Decoded&) const = default;
};

Decoded DecodeInPieces(Bytes bytes, fuzz::Chunking chunking) {
  BodyDecoder decoder;
  ResponseHead head;
  head.body_end = BodyEnd::kChunked;
  decoder.Start(head);
  Decoded decoded;
  chunking.Feed(bytes, [&](Bytes piece) {
    std::vector<std::uint8_t> data(piece.begin(), piece.end());
    MutableBytes left = data;
    while (!left.empty() && !decoder.done() && decoded.status.ok()) {
      const auto portion = decoder.Decode(left);
      decoded.status = portion.error();
      if (!portion) break;
      Require(portion->produced <= portion->consumed, "decoding shortens");
      decoded.body += fuzz::AsText(left.first(portion->produced));
      decoded.used += portion->consumed;
      left = left.subspan(portion->consumed);
    }
    return decoded.status.ok() && !decoder.done();
  });
  // A fault in the last byte is told by the next call.
  if (decoder.fault() != ResponseFault::kNone) decoded.status = NetworkFailure::kBadResponse;
  if (!decoded.status.ok()) decoded.used = 0;
  decoded.done = decoder.done();
  return decoded;
}

void Run(fuzz::Input input) {
  const fuzz::Chunking chunking(input.Byte());
  const Decoded whole = DecodeInPieces(input.rest(), fuzz::Chunking(0));
  Require(DecodeInPieces(input.rest(), chunking) == whole, "pieces change nothing");
  const Reference reference = Decode(fuzz::AsText(input.rest()));
  if (!whole.done) return;
  Require(reference.whole, "what is taken is whole");
  Require(reference.body == whole.body, "the same body");
  Require(reference.used == whole.used, "the same end");
}

}  // namespace
}  // namespace updraft

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::Run({data, size});
  return 0;
}
