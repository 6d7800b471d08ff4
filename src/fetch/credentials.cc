// SPDX-License-Identifier: Apache-2.0
#include "src/fetch/credentials.h"

#include "src/http/grammar.h"

namespace updraft {
namespace {

constexpr Status kRefused{Code::kInvalidArgument, Stage::kFetch};

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

Result<std::string_view> Written(Base64Writer& base64, const http::TextWriter& writer) {
  base64.Finish();
  if (!writer.fits()) return Status(Code::kNoSpace, Stage::kFetch);
  return writer.text();
}

}  // namespace

Result<std::string_view> WriteBasicCredentials(std::string_view user, std::string_view password,
                                               MutableBytes out) {
  http::TextWriter writer(reinterpret_cast<char*>(out.data()), out.size());
  Base64Writer base64(writer);
  writer.Add("Basic ");
  for (const char c : user) {
    if (c == ':' || IsControl(c)) return kRefused;
    base64.Add(c);
  }
  base64.Add(':');
  for (const char c : password) {
    if (IsControl(c)) return kRefused;
    base64.Add(c);
  }
  return Written(base64, writer);
}

Result<std::string_view> WriteBasicCredentials(std::string_view user_info, MutableBytes out) {
  http::TextWriter writer(reinterpret_cast<char*>(out.data()), out.size());
  Base64Writer base64(writer);
  writer.Add("Basic ");
  bool in_user = true;
  for (std::size_t i = 0; i < user_info.size(); ++i) {
    char c = user_info[i];
    if (c == ':' && in_user) {
      in_user = false;
    } else if (c == '%' && user_info.size() - i > 2) {
      const int high = http::HexDigit(user_info[i + 1]);
      const int low = http::HexDigit(user_info[i + 2]);
      if (high < 0 || low < 0) return kRefused;
      c = static_cast<char>(high * 16 + low);
      i += 2;
      if (c == ':' && in_user) return kRefused;
    }
    if (IsControl(c)) return kRefused;
    base64.Add(c);
  }
  if (in_user) base64.Add(':');
  return Written(base64, writer);
}

}  // namespace updraft
