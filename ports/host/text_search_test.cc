// SPDX-License-Identifier: Apache-2.0
#include "ports/host/text_search.h"

#include <gtest/gtest.h>

namespace updraft {
namespace {

TEST(TextSearch, FindsATextWhereverTheStreamIsCut) {
  const std::string stream = "abababc and more";
  for (std::size_t first = 0; first <= stream.size(); ++first) {
    for (std::size_t second = first; second <= stream.size(); ++second) {
      TextSearch search("ababc");
      search.Feed(std::string_view(stream).substr(0, first));
      search.Feed(std::string_view(stream).substr(first, second - first));
      EXPECT_TRUE(search.Feed(std::string_view(stream).substr(second))) << first << " " << second;
    }
  }
}

TEST(TextSearch, FindsATextInSingleCharactersAsSoonAsItIsComplete) {
  TextSearch search("ready");
  for (const char letter : std::string("not yet read")) {
    EXPECT_FALSE(search.Feed(std::string_view(&letter, 1)));
  }
  EXPECT_TRUE(search.Feed("y"));
  EXPECT_TRUE(search.Feed("anything"));
  EXPECT_TRUE(search.found());
}

TEST(TextSearch, DoesNotFindWhatIsNotThere) {
  TextSearch search("ready");
  EXPECT_FALSE(search.Feed("rea"));
  EXPECT_FALSE(search.Feed(""));
  EXPECT_FALSE(search.Feed("ydea"));
  EXPECT_FALSE(search.Feed("dy"));
}

TEST(TextSearch, FindsASingleCharacterAndNeverTheEmptyText) {
  TextSearch letter("x");
  EXPECT_FALSE(letter.Feed("abc"));
  EXPECT_TRUE(letter.Feed("x"));
  TextSearch nothing("");
  EXPECT_FALSE(nothing.Feed("abc"));
  EXPECT_FALSE(nothing.found());
}

}  // namespace
}  // namespace updraft
