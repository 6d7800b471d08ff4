// SPDX-License-Identifier: Apache-2.0
#include "server/request_target.h"

#include <gtest/gtest.h>

namespace updraft {
namespace {

TEST(RequestTarget, TakesThePathWithoutTheQuery) {
  EXPECT_EQ(PathOfTarget("/app.bin"), "app.bin");
  EXPECT_EQ(PathOfTarget("/a/b/app.bin?version=2&x=/../y"), "a/b/app.bin");
  EXPECT_EQ(PathOfTarget("/"), "");
  EXPECT_EQ(PathOfTarget("/?x"), "");
}

TEST(RequestTarget, TakesAnAbsoluteUrl) {
  EXPECT_EQ(PathOfTarget("https://host:8070/a/b"), "a/b");
  EXPECT_EQ(PathOfTarget("http://host/a"), "a");
  EXPECT_EQ(PathOfTarget("https://host"), "");
  EXPECT_EQ(PathOfTarget("https://host?a/b"), "");
}

TEST(RequestTarget, DecodesPercentEscapes) {
  EXPECT_EQ(PathOfTarget("/my%20app%2Bx.bin"), "my app+x.bin");
  EXPECT_EQ(PathOfTarget("/%c3%A4"), "\xc3\xa4");
  EXPECT_EQ(PathOfTarget("/a+b"), "a+b");
  EXPECT_EQ(PathOfTarget("/a%3Fb"), "a?b");
  EXPECT_EQ(PathOfTarget("/a%2525"), "a%25");
}

TEST(RequestTarget, ResolvesDotsAndSlashes) {
  EXPECT_EQ(PathOfTarget("/a/./b//c/../d"), "a/b/d");
  EXPECT_EQ(PathOfTarget("//a"), "a");
  EXPECT_EQ(PathOfTarget("/a/.."), "");
  EXPECT_EQ(PathOfTarget("/a/..b/...c"), "a/..b/...c");
  EXPECT_EQ(PathOfTarget("/a/"), "a/");
  EXPECT_EQ(PathOfTarget("/a/."), "a/");
}

TEST(RequestTarget, RefusesToLeaveTheRoot) {
  for (const char* target : {"/..", "/../etc/passwd", "/a/../../b", "/%2e%2e/b", "/..%2fb",
                             "/a/%2E%2E/%2e%2e/b", "/./../b", "//../b"})
    EXPECT_EQ(PathOfTarget(target), std::nullopt) << target;
}

TEST(RequestTarget, RefusesMalformedTargets) {
  for (const char* target :
       {"", "*", "app.bin", "/a%", "/a%4", "/a%zz", "/a%00b", "/a#b", "host:443"})
    EXPECT_EQ(PathOfTarget(target), std::nullopt) << target;
}

}  // namespace
}  // namespace updraft
