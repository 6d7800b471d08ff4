// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "updraft/http_authentication.h"

namespace updraft {
namespace {

std::string Text(const Result<std::string_view>& result) {
  return result ? std::string(*result) : std::string(CodeName(result.error().code()));
}

std::string FromUserInfo(std::string_view user_info) {
  std::array<std::uint8_t, 64> decoded{};
  std::array<std::uint8_t, 64> room{};
  const auto credentials = DecodeUserInfo(user_info, decoded);
  if (!credentials) return std::string(CodeName(credentials.error().code()));
  return Text(WriteBasicCredentials(*credentials, room));
}

TEST(Credentials, EncodesUserAndPassword) {
  std::array<std::uint8_t, 64> room{};
  EXPECT_EQ(Text(WriteBasicCredentials({"Aladdin", "open sesame"}, room)),
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  EXPECT_EQ(Text(WriteBasicCredentials({"a", "b"}, room)), "Basic YTpi");
  EXPECT_EQ(Text(WriteBasicCredentials({"a", ""}, room)), "Basic YTo=");
  EXPECT_EQ(Text(WriteBasicCredentials({"", "b:c"}, room)), "Basic OmI6Yw==");
  EXPECT_EQ(Text(WriteBasicCredentials({"t\xC3\xA9st", "\xFF"}, room)), "Basic dMOpc3Q6/w==");
}

TEST(Credentials, DecodesTheUserInformationOfAUrl) {
  EXPECT_EQ(FromUserInfo("Aladdin:open%20sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  EXPECT_EQ(FromUserInfo("a"), "Basic YTo=");
  EXPECT_EQ(FromUserInfo("a:b:c"), "Basic YTpiOmM=");
  EXPECT_EQ(FromUserInfo("a:b%3ac"), "Basic YTpiOmM=");
}

TEST(Credentials, RefusesWhatCannotBeSaidInBasic) {
  std::array<std::uint8_t, 64> room{};
  EXPECT_EQ(Text(WriteBasicCredentials({"a:b", "c"}, room)), "invalid_argument");
  EXPECT_EQ(Text(WriteBasicCredentials({"a\n", "c"}, room)), "invalid_argument");
  EXPECT_EQ(Text(WriteBasicCredentials({"a", "\x7F"}, room)), "invalid_argument");
  EXPECT_EQ(FromUserInfo("a%0d%0aX:b"), "invalid_argument");
  EXPECT_EQ(FromUserInfo("a%3Ab:c"), "invalid_argument");
}

TEST(Credentials, SaysWhenTheyDoNotFit) {
  std::array<std::uint8_t, 10> room{};
  EXPECT_EQ(Text(WriteBasicCredentials({"a", "b"}, room)), "Basic YTpi");
  EXPECT_EQ(Text(WriteBasicCredentials({"a", "bc"}, room)), "no_space");
  EXPECT_EQ(Text(WriteBasicCredentials({"a", "b"}, {})), "no_space");
}

}  // namespace
}  // namespace updraft
