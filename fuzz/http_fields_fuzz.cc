// SPDX-License-Identifier: Apache-2.0
// The values of single header fields: Range, Content-Range, dates, challenges and
// the user information of a URL. The first byte of the input says which.
#include <array>
#include <string>

#include "updraft/http_authentication.h"

#include "fuzz/fuzz.h"
#include "ports/host/crypto_openssl.h"
#include "src/http/date.h"
#include "src/http/grammar.h"
#include "src/http/range.h"

namespace updraft {
namespace {

using fuzz::Require;

void TryRange(std::string_view value) {
  const auto range = http::ParseRange(value);
  if (!range) return;
  std::array<std::uint8_t, http::kRangeTextSize> out{};
  const auto text = http::FormatRange(*range, out);
  Require(text.has_value(), "a range that was read can be written");
  const auto again = http::ParseRange(*text);
  Require(again.has_value() && *again == *range, "a written range reads the same");
}

void TryContentRange(std::string_view value) {
  const auto range = http::ParseContentRange(value);
  if (!range) return;
  if (range->satisfied) {
    Require(range->first <= range->last, "first is not behind last");
    Require(!range->total.has_value() || range->last < *range->total, "last is within the total");
  }
  std::array<std::uint8_t, http::kRangeTextSize> out{};
  const auto text = http::FormatContentRange(*range, out);
  Require(text.has_value(), "a content range that was read can be written");
  const auto again = http::ParseContentRange(*text);
  Require(again.has_value() && *again == *range, "a written content range reads the same");
}

// Header lines as the response parser lets them through.
std::string Lines(std::string_view text) {
  std::string lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view value = http::Trim(text.substr(0, end));
    if (http::IsFieldText(value)) {
      lines += "WWW-Authenticate: " + std::string(value) + "\r\n";
    }
    text = http::Piece(text, end + 1);
  }
  return lines;
}

void TryChallenge(std::string_view text, bool basic_allowed) {
  static OpensslCrypto crypto;
  const std::string lines = Lines(text);
  ChallengeObstacle obstacle;
  const auto challenge = ChooseChallenge(HeaderFields(lines), basic_allowed, obstacle);
  if (!challenge) {
    const bool told = challenge.error().code() == Code::kNotFound || !obstacle.expected.empty();
    Require(told, "an obstacle is told");
    return;
  }
  Require(basic_allowed || challenge->scheme == AuthenticationScheme::kDigest, "no Basic unasked");
  std::array<std::uint8_t, Authentication::kUsualRoom> room{};
  Authentication authentication(crypto, room);
  if (!authentication.Begin(*challenge, {"user", "secret"}).ok()) return;
  std::array<std::uint8_t, 4096> out{};
  const auto value = authentication.Write("GET", "https://host/path?query", out);
  Require(value.has_value(), "a challenge that was taken is answered");
  Require(http::IsFieldText(*value), "an answer is the text of a field");
}

void TryUserInfo(std::string_view text) {
  std::array<std::uint8_t, 512> out{};
  const auto credentials = DecodeUserInfo(text, out);
  if (!credentials) return;
  Require(credentials->user.size() + credentials->password.size() <= text.size(), "no growth");
  std::array<std::uint8_t, 1024> basic{};
  const auto written = WriteBasicCredentials(*credentials, basic);
  if (written) Require(written->starts_with("Basic "), "the scheme stands first");
}

void Run(Bytes bytes) {
  if (bytes.empty()) return;
  const std::string_view text = fuzz::AsText(bytes.subspan(1));
  switch (bytes[0] % 6) {
    case 0: return TryRange(text);
    case 1: return TryContentRange(text);
    case 2: return static_cast<void>(http::ParseDate(text));
    case 3: return TryChallenge(text, true);
    case 4: return TryChallenge(text, false);
    default: return TryUserInfo(text);
  }
}

}  // namespace
}  // namespace updraft

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::Run({data, size});
  return 0;
}
