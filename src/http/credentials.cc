// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include "updraft/http_authentication.h"

#include "src/http/grammar.h"

namespace updraft {
namespace {

constexpr Status kRefused{Code::kInvalidArgument, Stage::kFetch};
constexpr Status kNoRoom{Code::kNoSpace, Stage::kFetch};

// Base64 (RFC 4648) of bytes that come one by one.
class Base64Writer {
 public:
  explicit Base64Writer(http::TextWriter& out) : out_(out) {}

  void Add(char c) {
    bits_ = (bits_ << 8) | static_cast<unsigned char>(c);
    if (++count_ == 3) Flush();
  }
  void Finish() {
    if (count_ == 0) return;
    const unsigned given = count_;
    bits_ <<= 8 * (3 - given);
    count_ = 3;
    Flush(given + 1);
  }

 private:
  void Flush(unsigned digits = 4) {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (unsigned i = 0; i < 4; ++i) {
      out_.Add(i < digits ? kDigits[(bits_ >> (18 - 6 * i)) & 63U] : '=');
    }
    bits_ = 0;
    count_ = 0;
  }

  http::TextWriter& out_;
  std::uint32_t bits_ = 0;
  unsigned count_ = 0;
};

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

}  // namespace

Result<std::string_view> WriteBasicCredentials(const Credentials& credentials, MutableBytes out) {
  http::TextWriter writer(reinterpret_cast<char*>(out.data()), out.size());
  Base64Writer base64(writer);
  writer.Add("Basic ");
  for (const char c : credentials.user) {
    if (c == ':' || IsControl(c)) return kRefused;
    base64.Add(c);
  }
  base64.Add(':');
  for (const char c : credentials.password) {
    if (IsControl(c)) return kRefused;
    base64.Add(c);
  }
  base64.Finish();
  if (!writer.fits()) return kNoRoom;
  return writer.text();
}

Result<Credentials> DecodeUserInfo(std::string_view user_info, MutableBytes out) {
  http::TextWriter writer(reinterpret_cast<char*>(out.data()), out.size());
  std::optional<std::size_t> user_size;
  for (std::size_t i = 0; i < user_info.size(); ++i) {
    char c = user_info[i];
    if (c == ':' && !user_size) {
      user_size = writer.size();
      continue;
    }
    if (c == '%') {
      const int high = i + 2 < user_info.size() ? http::HexDigit(user_info[i + 1]) : -1;
      const int low = i + 2 < user_info.size() ? http::HexDigit(user_info[i + 2]) : -1;
      if (high < 0 || low < 0) return kRefused;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (IsControl(c)) return kRefused;
    writer.Add(c);
  }
  if (!writer.fits()) return kNoRoom;
  const std::string_view text = writer.text();
  const std::size_t user = user_size.value_or(text.size());
  return Credentials{http::Piece(text, 0, user), http::Piece(text, user)};
}

}  // namespace updraft
