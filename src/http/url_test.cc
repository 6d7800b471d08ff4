// SPDX-License-Identifier: Apache-2.0
#include "src/http/url.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace updraft::http {
namespace {

std::string Resolve(std::string_view base, std::string_view reference) {
  const Result<Url> parsed = ParseUrl(base);
  EXPECT_TRUE(parsed) << base;
  std::array<std::uint8_t, 512> room{};
  const Result<std::string_view> resolved = ResolveUrl(*parsed, reference, room);
  return resolved ? std::string(*resolved) : std::string(CodeName(resolved.error().code()));
}

TEST(Url, TakesAllPartsApart) {
  const Result<Url> url = ParseUrl("HTTPS://joe:s%20ecret@Example.com:8443/a/b.bin?x=1&y=/?#part");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->tls);
  EXPECT_TRUE(url->has_user_info);
  EXPECT_EQ(url->user_info, "joe:s%20ecret");
  EXPECT_EQ(url->host, "Example.com");
  EXPECT_EQ(url->port, 8443);
  EXPECT_FALSE(url->has_default_port());
  EXPECT_EQ(url->path, "/a/b.bin");
  EXPECT_TRUE(url->has_query);
  EXPECT_EQ(url->query, "x=1&y=/?");
}

TEST(Url, KnowsTheDefaultPortOfEachScheme) {
  EXPECT_EQ(ParseUrl("https://a")->port, 443);
  EXPECT_EQ(ParseUrl("http://a")->port, 80);
  EXPECT_EQ(ParseUrl("https://a:/x")->port, 443);
  EXPECT_TRUE(ParseUrl("https://a:443")->has_default_port());
  EXPECT_FALSE(ParseUrl("http://a:443")->has_default_port());
}

TEST(Url, LeavesAMissingPathAndQueryEmpty) {
  const Result<Url> bare = ParseUrl("https://a");
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->path, "");
  EXPECT_FALSE(bare->has_query);
  const Result<Url> query = ParseUrl("https://a?b");
  ASSERT_TRUE(query);
  EXPECT_EQ(query->path, "");
  EXPECT_EQ(query->query, "b");
  EXPECT_TRUE(ParseUrl("https://a/?")->has_query);
}

TEST(Url, TakesAnIpv6Literal) {
  for (const char* host : {"::1", "::", "fe80::1:2", "1:2:3:4:5:6:7:8", "1::", "::ffff:127.0.0.1",
                           "1:2:3:4:5:6:1.2.3.4", "2001:DB8::a"}) {
    const std::string text = "https://[" + std::string(host) + "]:1234/x";
    const Result<Url> url = ParseUrl(text);
    ASSERT_TRUE(url) << host;
    EXPECT_EQ(url->host, host);
    EXPECT_TRUE(url->is_ipv6);
    EXPECT_EQ(url->port, 1234);
  }
}

TEST(Url, RefusesAMalformedIpv6Literal) {
  for (const char* host : {"", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3",
                           ":::", "12345::", "g::", "1:2:3:4:5:6:7::8", "fe80::1%25eth0", "::1.2.3",
                           "1.2.3.4::", "::256.1.1.1", "v1.x"}) {
    EXPECT_FALSE(ParseUrl("https://[" + std::string(host) + "]/")) << host;
  }
  EXPECT_FALSE(ParseUrl("https://[::1/"));
  EXPECT_FALSE(ParseUrl("https://[::1]x/"));
  EXPECT_FALSE(ParseUrl("https://::1/"));
}

TEST(Url, RejectsAPortAbove65535) {
  EXPECT_EQ(ParseUrl("https://a:65535/")->port, 65535);
  for (const char* port : {"65536", "0", "-1", "+1", "1x", " 1", "99999999999999999999", "4.3"}) {
    EXPECT_FALSE(ParseUrl("https://a:" + std::string(port) + "/")) << port;
  }
}

TEST(Url, RefusesAHostThatIsNoHost) {
  for (const char* host :
       {"", ".", "a..b", ".a", "a b", "a%41", "ex\xC3\xA4mple", "a\\b", "a,b", "127.1", "0x7f.1",
        "127.0.0.0x1", "1.2.3.256", "01.2.3.4", "1.2.3.4.", "2130706433", "0x7f000001"}) {
    EXPECT_FALSE(ParseUrl("https://" + std::string(host) + ":443/")) << host;
  }
  EXPECT_FALSE(ParseUrl("https://" + std::string(256, 'a') + "/"));
  for (const char* host : {"a", "a.", "a-b.c_d", "127.0.0.1", "4you.example", "x.0a"}) {
    EXPECT_TRUE(ParseUrl("https://" + std::string(host) + "/")) << host;
  }
}

TEST(Url, RefusesOtherSchemesAsUnsupported) {
  for (const char* text :
       {"ftp://a/", "file:///etc/passwd", "httpss://a/", "javascript:alert(1)"}) {
    EXPECT_EQ(ParseUrl(text).error().code(), Code::kUnsupported) << text;
  }
}

TEST(Url, RefusesWhatIsNotAbsolute) {
  for (const char* text : {"", "/a", "a", "//a/b", "https", "https:", "https:/a", "https:a", ":",
                           "://a", "1http://a", " https://a", "?x", "#x"}) {
    EXPECT_EQ(ParseUrl(text).error().code(), Code::kBadFormat) << text;
  }
}

TEST(Url, RefusesCharactersThatCouldBreakARequest) {
  for (const char* tail : {" ", "\r\n", "\n", "\t", "\"", "<", ">", "\\", "\x7F", "\x01",
                           "\xC3\xA9", "%", "%4", "%4g", "%%20"}) {
    EXPECT_FALSE(ParseUrl("https://a/b" + std::string(tail))) << tail;
    EXPECT_FALSE(ParseUrl("https://a/b?c" + std::string(tail))) << tail;
    EXPECT_FALSE(ParseUrl("https://a/b#c" + std::string(tail))) << tail;
    EXPECT_FALSE(ParseUrl("https://a" + std::string(tail) + "/b")) << tail;
    EXPECT_FALSE(ParseUrl("https://u" + std::string(tail) + "@a/b")) << tail;
  }
  EXPECT_FALSE(ParseUrl(std::string_view("https://a/b\0c", 13)));
}

TEST(Url, EndsTheAuthorityAtTheFirstSlashQuestionMarkOrHash) {
  EXPECT_EQ(ParseUrl("https://good#@evil/")->host, "good");
  EXPECT_EQ(ParseUrl("https://good?@evil/")->host, "good");
  EXPECT_EQ(ParseUrl("https://good/@evil/")->host, "good");
  EXPECT_FALSE(ParseUrl("https://good\\@evil/"));
  EXPECT_FALSE(ParseUrl("https://a@b@c/"));
}

TEST(Url, TakesAnEmptyUserInfo) {
  const Result<Url> url = ParseUrl("https://@a/");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->has_user_info);
  EXPECT_EQ(url->user_info, "");
}

TEST(Url, ResolvesTheExamplesOfRfc3986) {
  const char* const base = "http://a/b/c/d;p?q";
  const std::pair<const char*, const char*> cases[] = {
      {"g", "http://a/b/c/g"},
      {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},
      {"//g", "http://g/"},
      {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},
      {"#s", "http://a/b/c/d;p?q"},
      {"g#s", "http://a/b/c/g"},
      {"g?y#s", "http://a/b/c/g?y"},
      {";x", "http://a/b/c/;x"},
      {"g;x", "http://a/b/c/g;x"},
      {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},
      {"./", "http://a/b/c/"},
      {"..", "http://a/b/"},
      {"../", "http://a/b/"},
      {"../g", "http://a/b/g"},
      {"../..", "http://a/"},
      {"../../g", "http://a/g"},
      {"../../../g", "http://a/g"},
      {"../../../../g", "http://a/g"},
      {"/./g", "http://a/g"},
      {"/../g", "http://a/g"},
      {"g.", "http://a/b/c/g."},
      {".g", "http://a/b/c/.g"},
      {"g..", "http://a/b/c/g.."},
      {"..g", "http://a/b/c/..g"},
      {"./../g", "http://a/b/g"},
      {"./g/.", "http://a/b/c/g/"},
      {"g/./h", "http://a/b/c/g/h"},
      {"g/../h", "http://a/b/c/h"},
      {"g;x=1/../y", "http://a/b/c/y"},
      {"g?y/../x", "http://a/b/c/g?y/../x"},
      {"http://other/x/../y", "http://other/y"},
  };
  for (const auto& [reference, expected] : cases)
    EXPECT_EQ(Resolve(base, reference), expected) << reference;
}

TEST(Url, ResolvesAgainstABaseWithDotSegmentsOrWithoutAPath) {
  EXPECT_EQ(Resolve("https://a/b/../c", "d"), "https://a/d");
  EXPECT_EQ(Resolve("https://a", "d"), "https://a/d");
  EXPECT_EQ(Resolve("https://a?q", "?r"), "https://a/?r");
  EXPECT_EQ(Resolve("https://a//b", "//"), "bad_format");
}

TEST(Url, KeepsPortUserAndBracketsOfTheBaseForARelativeReference) {
  EXPECT_EQ(Resolve("https://u:p@[::1]:4433/a/b", "c"), "https://u:p@[::1]:4433/a/c");
  EXPECT_EQ(Resolve("https://u:p@a/b", "https://a/c"), "https://a/c");
  EXPECT_EQ(Resolve("https://a:444/b", "//a/c"), "https://a/c");
}

TEST(Url, RefusesAHostileReference) {
  for (const char* reference :
       {"a b", "a\r\nX: y", "https://", "https:/x", "https://a:99999/", "%zz", "\\x"}) {
    EXPECT_EQ(Resolve("https://a/b", reference), "bad_format") << reference;
  }
  EXPECT_EQ(Resolve("https://a/b", "ftp://a/"), "unsupported");
  EXPECT_EQ(Resolve("https://a/b", "data:text/plain,x"), "unsupported");
  // A colon in a later segment is no scheme.
  EXPECT_EQ(Resolve("https://a/b", "./x:y"), "https://a/x:y");
}

TEST(Url, SaysWhenAReferenceDoesNotFit) {
  const Result<Url> base = ParseUrl("https://a/b");
  std::array<std::uint8_t, 12> room{};
  EXPECT_EQ(*ResolveUrl(*base, "/cd", room), "https://a/cd");
  EXPECT_EQ(ResolveUrl(*base, "/cde", room).error().code(), Code::kNoSpace);
  EXPECT_EQ(ResolveUrl(*base, "/cde", {}).error().code(), Code::kNoSpace);
}

TEST(Url, ComparesOriginsBySchemeHostAndPort) {
  const Url a = *ParseUrl("https://a.example/x");
  EXPECT_TRUE(SameOrigin(a, *ParseUrl("https://A.example:443/y")));
  EXPECT_FALSE(SameOrigin(a, *ParseUrl("https://b.example/")));
  EXPECT_FALSE(SameOrigin(a, *ParseUrl("https://a.example:444/")));
  EXPECT_FALSE(SameOrigin(a, *ParseUrl("http://a.example:443/")));
}

}  // namespace
}  // namespace updraft::http
