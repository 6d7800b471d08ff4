// SPDX-License-Identifier: Apache-2.0
// `device log --html` after an update whose connection broke on the way.
#include "tests/e2e/device_with_server.h"

namespace updraft {
namespace {

using testing::HasSubstr;

class TimelineOfAnUpdate : public DeviceWithServer {
 protected:
  // What Python's XML parser finds in the page: "svg polyline circle...".
  std::string Parsed(const std::string& page) {
    const ToolRun run = RunTool({"-c",
                                 "import sys, xml.etree.ElementTree as tree\n"
                                 "for node in tree.parse(sys.argv[1]).iter():\n"
                                 "    print(node.tag.split('}')[1], node.get('class', ''))",
                                 page},
                                {.program = "/usr/bin/python3"});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return run.out;
  }
};

TEST_F(TimelineOfAnUpdate, IsOneSoundPageWithItsAttempts) {
  MakeDevice({});
  Must({"device", "install", device_, IdleFirmware("1.0.0")});
  Offer(IdleFirmware("2.0.0"));
  FaultScript script;
  ASSERT_TRUE(ParseFaultScript(R"({"requests": [{"times": 1, "fault": "reset", "at": 20000}]})",
                               "here", script)
                  .ok());
  ASSERT_TRUE(server_->SetScript(script).ok());
  const ToolRun update = Update();
  ASSERT_EQ(update.exit_code, 0) << update.err;
  Must({"device", "log", device_, "--html", folder_ / "page.html"});
  const std::string nodes = Parsed(folder_ / "page.html");
  EXPECT_THAT(nodes, HasSubstr("svg \n"));
  EXPECT_THAT(nodes, HasSubstr("polyline bytes\n"));
  EXPECT_THAT(nodes, HasSubstr("circle retry\n"));
  EXPECT_THAT(nodes, HasSubstr("span updated\n"));
  const std::string page = FileText(folder_ / "page.html");
  EXPECT_THAT(page, HasSubstr("<dt>version</dt><dd>2.0.0</dd>"));
  EXPECT_THAT(page, testing::Not(HasSubstr("src="))) << "it needs nothing else";
}

TEST_F(TimelineOfAnUpdate, SaysThatNothingWasDownloadedYet) {
  MakeDevice({});
  Must({"device", "log", device_, "--html", folder_ / "page.html"});
  EXPECT_THAT(Parsed(folder_ / "page.html"), testing::Not(HasSubstr("svg")));
  EXPECT_THAT(FileText(folder_ / "page.html"), HasSubstr("Nothing is recorded yet"));
  EXPECT_EQ(RunTool({"device", "log", device_, "--html", folder_ / "none/page.html"}).exit_code, 1);
}

}  // namespace
}  // namespace updraft
