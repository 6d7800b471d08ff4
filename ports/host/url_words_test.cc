// SPDX-License-Identifier: Apache-2.0
#include "ports/host/url_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace updraft {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(UrlForPeople, LeavesOutPasswordsAndWhatFollowsAQuestionMark) {
  EXPECT_EQ(UrlForPeople("https://h/x.bin"), "https://h/x.bin");
  EXPECT_EQ(UrlForPeople("https://h:8070/x@2.bin"), "https://h:8070/x@2.bin");
  EXPECT_EQ(UrlForPeople("https://me:secret@h/x.bin"), "https://...@h/x.bin");
  EXPECT_EQ(UrlForPeople("https://h/x.bin?signature=secret"), "https://h/x.bin?...");
  EXPECT_EQ(UrlForPeople("https://h?a=b@c"), "https://h?...");
  EXPECT_EQ(UrlForPeople(""), "");
}

TEST(UrlForPeople, ShowsNoPasswordOfWhatIsNoUrl) {
  for (const char* const url :
       {"me:secret@h/x", "https://me:sec/ret@h/", "ftp://me:secret@h/", "//me:secret@h",
        "https://me:secret@h h/", "https://me:secret?ret@h/"}) {
    EXPECT_THAT(UrlForPeople(url), Not(HasSubstr("ret"))) << url;
  }
}

TEST(JudgeRequestOptions, TellsAUrlThatNoRequestCanBeMadeOf) {
  const auto found = [](const std::string& url) {
    const auto wrong = JudgeRequestOptions({.url = url});
    return wrong ? wrong->found : "none wrong";
  };
  EXPECT_EQ(found("https://h/x"), "none wrong");
  EXPECT_EQ(found("http://[::1]:80/x?y"), "none wrong");
  EXPECT_EQ(found(""), "none");
  EXPECT_EQ(found("h/x"), "'h/x'");
  EXPECT_EQ(found("https://h/a b"), "'https://h/a b'");
  EXPECT_EQ(found("https://127.1/x"), "'https://127.1/x'");
  const auto scheme = JudgeRequestOptions({.url = "ftp://me:secret@h/x"});
  ASSERT_TRUE(scheme);
  EXPECT_EQ(scheme->found, "'ftp://...@h/x'");
  EXPECT_THAT(scheme->expected, HasSubstr("https://"));
}

TEST(JudgeRequestOptions, TellsAProxyThatThereIsNoneOfItsKind) {
  const auto found = [](const std::string& proxy) {
    UrlUpdateOptions options{.url = "https://h/x"};
    options.connection.proxy = proxy;
    const auto wrong = JudgeRequestOptions(options);
    if (!wrong) return std::string("none wrong");
    EXPECT_EQ(wrong->which, WrongOption::Which::kProxy);
    return wrong->found;
  };
  for (const char* proxy :
       {"", "h", "h:3128", "http://h:3128", "https://me:secret@h", "socks5h://[::1]:1080"}) {
    EXPECT_EQ(found(proxy), "none wrong") << proxy;
  }
  EXPECT_EQ(found("ftp://me:secret@h"), "'ftp://...@h'");
  EXPECT_EQ(found("http://"), "'http://'");
  EXPECT_EQ(found("h h"), "'h h'");
}

TEST(JudgeRequestOptions, TellsAHeaderThatCannotBeSentAndKeepsItsValueSecret) {
  const auto judge = [](const std::string& name, const std::string& value) {
    return JudgeRequestOptions({.url = "https://h/x", .headers = {{name, value}}});
  };
  EXPECT_FALSE(judge("X-Site", "7"));
  EXPECT_FALSE(judge("Host", "other"));
  EXPECT_FALSE(judge("X-Empty", ""));
  for (const char* const name : {"range", "If-Range", "Content-Length", "transfer-encoding"}) {
    const auto wrong = judge(name, "secret");
    ASSERT_TRUE(wrong) << name;
    EXPECT_EQ(wrong->which, WrongOption::Which::kHeaders);
    EXPECT_THAT(wrong->found, HasSubstr(name));
    EXPECT_THAT(wrong->expected + wrong->found, Not(HasSubstr("secret")));
  }
  EXPECT_TRUE(judge("X", "secret\r\nY: z"));
  EXPECT_TRUE(judge("X Y", "z"));
  EXPECT_TRUE(judge("", "z"));
  EXPECT_TRUE(
      JudgeRequestOptions({.url = "https://h/x", .headers = {{"Host", "a"}, {"host", "b"}}}));
}

}  // namespace
}  // namespace updraft
