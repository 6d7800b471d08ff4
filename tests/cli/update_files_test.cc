// SPDX-License-Identifier: Apache-2.0
// What `device update` says of files that no connection can use; nobody listens at the
// URL, and nobody is asked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "testing/test_identity.h"
#include "tests/cli/run_tool.h"
#include "tests/cli/started_tool.h"

namespace updraft {
namespace {

using testing::HasSubstr;

TEST(UpdateFiles, AreJudgedBeforeAnythingIsAsked) {
  const TemporaryFolder folder;
  const std::string absent = folder / "absent.pem";
  const std::string garbage = folder / "garbage.pem";
  const std::string ca = folder / "ca.pem";
  WriteText(garbage, "no certificate");
  WriteText(ca, Authority().certificate_pem());
  const struct {
    std::vector<std::string> options;
    const char* reason;
    std::string message;
  } rows[] = {
      {{"--ca", absent}, "not_found", "--ca: expected certificates in PEM in " + absent},
      {{"--ca", garbage}, "bad_format", "--ca: expected certificates in PEM in " + garbage},
      {{"--ca", folder.path()}, "invalid_argument", "found a folder; give another file."},
      {{"--ca", ca, "--proxy-ca", absent}, "not_found", "--proxy-ca: expected certificates"},
      {{"--cert", absent, "--cert-key", ca}, "not_found", "--cert: expected the client's"},
      {{"--cert", ca, "--cert-key", garbage}, "bad_format", "--cert-key: expected the client's"},
  };
  for (const auto& row : rows) {
    std::vector<std::string> words{
        "device", "update", folder / "device", "--url", "https://localhost:1/x", "--json"};
    words.insert(words.end(), row.options.begin(), row.options.end());
    const ToolRun run = RunTool(words);
    EXPECT_EQ(run.exit_code, 1);
    const auto object = nlohmann::json::parse(run.out, nullptr, false);
    ASSERT_TRUE(object.is_object()) << run.out << run.err;
    EXPECT_EQ(object.value("result", ""), "failed");
    EXPECT_EQ(object.value("reason", ""), row.reason);
    EXPECT_THAT(object.value("message", ""), HasSubstr(row.message));
    EXPECT_EQ(run.err, "updraft: " + object.value("message", "") + "\n");
  }
}

// Which goes on: the file may come.
TEST(UpdateFiles, AreToldByTheGatewayWhenItStarts) {
  const TemporaryFolder folder;
  for (const char* const slot : {"a", "b"}) WriteText(folder / slot, std::string(65536, 'x'));
  WriteText(folder / "app.json",
            R"({"url": "https://localhost:1/x", "ca": "absent.pem", "state": "state",
               "slots": ["a", "b"], "health": ["true"], "interval": 3600})");
  StartedTool gateway = StartedTool::WithErrorPipe({"gateway", "run", folder / "app.json"});
  EXPECT_TRUE(gateway.Says("updraft: warning: expected certificates in PEM in " +
                           (folder / "absent.pem").string() +
                           ", found no such file; no update comes until that is put right.\n"));
  EXPECT_TRUE(gateway.Says("asks https://localhost:1/x"));
  gateway.Terminate();
  EXPECT_EQ(gateway.Finish(), 0);
}

}  // namespace
}  // namespace updraft
