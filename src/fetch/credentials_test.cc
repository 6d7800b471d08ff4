// SPDX-License-Identifier: Apache-2.0
#include "src/fetch/credentials.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace updraft {
namespace {

std::string Text(const Result<std::string_view>& result) {
  return result ? std::string(*result) : std::string(CodeName(result.error().code()));
}

TEST(Credentials, EncodesUserAndPassword) {
  std::array<std::uint8_t, 64> room{};
  EXPECT_EQ(Text(WriteBasicCredentials("Aladdin", "open sesame", room)),
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  EXPECT_EQ(Text(WriteBasicCredentials("a", "b", room)), "Basic YTpi");
  EXPECT_EQ(Text(WriteBasicCredentials("a", "", room)), "Basic YTo=");
  EXPECT_EQ(Text(WriteBasicCredentials("", "b:c", room)), "Basic OmI6Yw==");
  EXPECT_EQ(Text(WriteBasicCredentials("t\xC3\xA9st", "\xFF", room)), "Basic dMOpc3Q6/w==");
}

TEST(Credentials, DecodesTheUserInformationOfAUrl) {
  std::array<std::uint8_t, 64> room{};
  EXPECT_EQ(Text(WriteBasicCredentials("Aladdin:open%20sesame", room)),
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  EXPECT_EQ(Text(WriteBasicCredentials("a", room)), "Basic YTo=");
  EXPECT_EQ(Text(WriteBasicCredentials("a:b:c", room)), "Basic YTpiOmM=");
  EXPECT_EQ(Text(WriteBasicCredentials("a:b%3ac", room)), "Basic YTpiOmM=");
}

TEST(Credentials, RefusesWhatCannotBeSaidInBasic) {
  std::array<std::uint8_t, 64> room{};
  EXPECT_EQ(Text(WriteBasicCredentials("a:b", "c", room)), "invalid_argument");
  EXPECT_EQ(Text(WriteBasicCredentials("a\n", "c", room)), "invalid_argument");
  EXPECT_EQ(Text(WriteBasicCredentials("a", "\x7F", room)), "invalid_argument");
  EXPECT_EQ(Text(WriteBasicCredentials("a%0d%0aX:b", room)), "invalid_argument");
  EXPECT_EQ(Text(WriteBasicCredentials("a%3Ab:c", room)), "invalid_argument");
}

TEST(Credentials, SaysWhenTheyDoNotFit) {
  std::array<std::uint8_t, 10> room{};
  EXPECT_EQ(Text(WriteBasicCredentials("a", "b", room)), "Basic YTpi");
  EXPECT_EQ(Text(WriteBasicCredentials("a", "bc", room)), "no_space");
  EXPECT_EQ(Text(WriteBasicCredentials("a", "b", {})), "no_space");
}

}  // namespace
}  // namespace updraft
