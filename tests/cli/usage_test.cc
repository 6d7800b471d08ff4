// SPDX-License-Identifier: Apache-2.0
// What the tool says of a command line that it does not understand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/run_tool.h"

namespace updraft {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string Refused(const std::vector<std::string>& words) {
  const ToolRun run = RunTool(words);
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_EQ(run.out, "");
  return run.err;
}

TEST(Usage, GuessesWhichCommandWasMeant) {
  EXPECT_EQ(Refused({"devise"}),
            "updraft: expected a command behind 'updraft', found 'devise'; did you mean 'device'? "
            "See 'updraft --help'.\n");
  EXPECT_THAT(Refused({"image", "inf", "x"}), HasSubstr("did you mean 'info'?"));
}

TEST(Usage, RefusesAnUnknownCommandThoughHelpIsAskedOfIt) {
  EXPECT_EQ(
      Refused({"image", "plan", "--help"}),
      "updraft: expected a command behind 'updraft image', found 'plan'; there are make, "
      "info, verify, extract, explain, encrypt, decrypt, sign; see 'updraft image --help'.\n");
  EXPECT_THAT(Refused({"image", "inf", "-h"}), HasSubstr("found 'inf'; did you mean 'info'?"));
  EXPECT_THAT(Refused({"devise", "--help"}), HasSubstr("found 'devise'; did you mean 'device'?"));
  EXPECT_THAT(Refused({"--help", "devise"}), HasSubstr("found 'devise'"));
  EXPECT_THAT(Refused({"devise", "--version"}), HasSubstr("found 'devise'"));
}

// Every wrong line that a script may have made, each answered with --json.
TEST(Usage, GivesAScriptItsOneObjectWithTheError) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"devise", "--json"},
        {"image", "plan", "--json", "--help"},
        {"device", "info", "--json"},
        {"device", "info", "board", "--json", "--jsn"},
        {"device", "info", "board", "--json=true", "more"},
        {"partitions", "make", "a.csv", "--json"},
        {"boot", "board", "--json"},
        {"device", "log", "board", "--json", "--html", "x.html"},
        {"device", "read", "board", "-", "--json"},
        {"device", "update", "board", "--url", "https://h/x", "--max-attempts", "x", "--json"},
        {"device", "update", "board", "--url", "nonsense", "--json"},
        {"device", "update", "board", "--url", "https://h/x", "--header", "x", "--json"},
        {"image", "encrypt", "a", "key", "-", "--json"},
        {"image", "verify", "f", "--trust", "a", "b", "c", "d", "--json"},
        {"slots", "choose", "--table", "t", "--otadata", "o", "--image-secure-version", "x",
         "--json"}}) {
    const ToolRun run = RunTool(words);
    EXPECT_EQ(run.exit_code, 2) << run.err;
    const auto object = nlohmann::json::parse(run.out, nullptr, false);
    ASSERT_TRUE(object.is_object()) << words[0] << " " << words[1] << run.err << run.out;
    EXPECT_EQ(object.value("reason", ""), "invalid_argument") << run.out;
    EXPECT_EQ("updraft: " + object.value("message", "") + "\n", run.err);
  }
}

TEST(Usage, TakesNothingForAnOptionBehindTwoDashes) {
  EXPECT_EQ(Refused({"device", "info", "--", "board", "more", "--json"}),
            "updraft: expected no more words for 'updraft device info', found 'more'; see "
            "'updraft device info --help'.\n");
}

// What a script makes of a variable that is not set.
TEST(Usage, RefusesAnEmptyWordWhereANameOrAValueIsMeant) {
  EXPECT_EQ(Refused({"device", "update", "board", "--url", "https://h/x", "--ca", ""}),
            "updraft: --ca: expected a value, found an empty one; see 'updraft device update "
            "--help'.\n");
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"image", "encrypt", "a", "b", "c", "--sign-key", ""},
        {"image", "verify", "a", "--trust", ""},
        {"image", "verify", ""},
        {"device", "write", "board", "a", "--offset", "0", "--partition", ""},
        {"device", "new", ""},
        {"device", "read", "board", ""},
        {"serve", "www", "--certs", ""},
        {"key", "new", "ecies", "a", "--public", ""},
        {"demo", "--dir", ""}}) {
    EXPECT_THAT(Refused(words), HasSubstr("expected a value, found an empty one")) << words[1];
  }
}

TEST(Usage, SaysWhichOptionsDoNotGoTogetherAndWhichGoOnce) {
  EXPECT_THAT(
      Refused({"device", "update", "board", "--url", "https://h/x", "--ca", "a", "--ca", "b"}),
      HasSubstr("--ca: expected once, found 2 times"));
  EXPECT_THAT(Refused({"device", "update", "board", "--url", "https://h/x", "--ca"}),
              HasSubstr("--ca: expected PEM behind it, found nothing"));
  EXPECT_THAT(Refused({"image", "encrypt", "a", "b", "c", "--sign-key="}),
              HasSubstr("--sign-key: expected PEM behind it, found nothing"));
  EXPECT_THAT(Refused({"serve", "www", "--cert", "a"}),
              HasSubstr("--cert: expected --key beside it, found none"));
  EXPECT_THAT(Refused({"serve", "www", "--certs", "a", "--http"}), HasSubstr("found both"));
  EXPECT_EQ(Refused({"serve", "www", "--throttle", "fast"}),
            "updraft: --throttle: expected a rate such as 65536, 64k or 2M, found 'fast'; see "
            "'updraft serve --help'.\n");
}

TEST(Usage, HelpsThoughTheRestOfTheLineIsWrong) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"image", "--help"},
                                                {"--help", "image"},
                                                {"image", "info", "-h"},
                                                {"image", "info", "a", "b", "--help"},
                                                {"image", "info", "--jsn", "--help"}}) {
    EXPECT_EQ(RunTool(words).exit_code, 0) << words.back();
  }
}

TEST(Usage, NamesTheCommandsWhereNoneIsGiven) {
  EXPECT_EQ(Refused({"gateway"}),
            "updraft: expected a command behind 'updraft gateway', found none; there are run, "
            "status, rollback; see 'updraft gateway --help'.\n");
  EXPECT_THAT(Refused({}), HasSubstr("there are image, partitions, slots, device"));
}

TEST(Usage, GuessesNothingWhereNothingIsNear) {
  EXPECT_THAT(Refused({"flapdoodle"}),
              AllOf(HasSubstr("found 'flapdoodle'; there are image, partitions, "),
                    Not(HasSubstr("did you mean"))));
}

TEST(Usage, GuessesWhichOptionWasMeant) {
  EXPECT_EQ(Refused({"device", "info", "board", "--jsn"}),
            "updraft: expected an option of 'updraft device info', found '--jsn'; did you mean "
            "'--json'? See 'updraft device info --help'.\n");
  EXPECT_THAT(Refused({"device", "info", "board", "more"}),
              HasSubstr("expected no more words for 'updraft device info', found 'more'"));
}

TEST(Usage, SaysWhatIsMissing) {
  EXPECT_EQ(Refused({"device", "info"}),
            "updraft: DIR is required; see 'updraft device info --help'.\n");
}

TEST(Usage, SaysHowLargeANumberMayBe) {
  EXPECT_EQ(Refused({"serve", "www", "--port", "70000"}),
            "updraft: --port: expected a number up to 65535, found '70000'; see 'updraft serve "
            "--help'.\n");
  EXPECT_THAT(Refused({"serve", "www", "--port", "-1"}), HasSubstr("found '-1'"));
  EXPECT_THAT(Refused({"device", "new", "d", "--chip-revision", "65536"}),
              HasSubstr("--chip-revision: expected a number up to 65535, found '65536'"));
}

TEST(Usage, SaysBetweenWhichNumbersAndWordsToChoose) {
  EXPECT_EQ(Refused({"device", "new", "d", "--boot-attempts", "0"}),
            "updraft: --boot-attempts: expected a number from 1 to 255, found '0'; see 'updraft "
            "device new --help'.\n");
  EXPECT_THAT(Refused({"device", "update", "d", "--url", "https://h/x", "--max-attempts", "x"}),
              HasSubstr("--max-attempts: expected a number from 1 to 1000000, found 'x'"));
  EXPECT_THAT(Refused({"boot", "d", "--max-boots", "0"}),
              HasSubstr("--max-boots: expected a number from 1 to 4294967295, found '0'"));
  EXPECT_THAT(Refused({"image", "verify", "f", "--revoke", "3"}),
              HasSubstr("expected a number from 0 to 2, found '3'"));
  EXPECT_EQ(Refused({"device", "new", "d", "--signature", "x"}),
            "updraft: --signature: expected none or on-update or on-boot, found 'x'; see 'updraft "
            "device new --help'.\n");
}

TEST(Usage, PrintsNothingOfAStrangeWordThatATerminalWouldObey) {
  EXPECT_THAT(Refused({"\x1b[31mred"}), Not(HasSubstr("\x1b")));
}

TEST(Usage, ListsCommandsInALineEach) {
  const ToolRun run = RunTool({"--help"});
  EXPECT_EQ(run.exit_code, 0);
  for (std::size_t start = 0; start < run.out.size();) {
    const std::size_t end = run.out.find('\n', start);
    EXPECT_LE(end - start, 120U) << run.out.substr(start, end - start);
    start = end + 1;
  }
  EXPECT_THAT(run.out, HasSubstr("updraft device update board --url"));
  EXPECT_THAT(RunTool({"gateway", "--help"}).out, HasSubstr("updraft gateway run app.json --once"));
}

}  // namespace
}  // namespace updraft
