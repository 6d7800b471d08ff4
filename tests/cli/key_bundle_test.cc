// SPDX-License-Identifier: Apache-2.0
// `updraft key bundle` as a process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "testing/temporary_folder.h"
#include "testing/test_certificates.h"
#include "tests/cli/run_tool.h"

namespace updraft {
namespace {

using testing::HasSubstr;

TEST(KeyBundle, JoinsTheAuthoritiesOfSeveralFiles) {
  const TemporaryFolder folder;
  WriteText(folder / "a.pem", TestAuthority("A").certificate_pem());
  WriteText(folder / "b.pem", TestAuthority("B").certificate_pem());
  const ToolRun run = RunTool(
      {"key", "bundle", folder / "a.pem", folder / "b.pem", "--out", folder / "bundle", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto json = nlohmann::json::parse(run.out);
  EXPECT_EQ(json.at("authorities"), 2);
  EXPECT_EQ(json.at("size"), FileText(folder / "bundle").size());
}

TEST(KeyBundle, SaysWhichFileHoldsNoCertificateAndWritesNothing) {
  const TemporaryFolder folder;
  WriteText(folder / "a.pem", TestAuthority("A").certificate_pem());
  WriteText(folder / "text", "hello");
  const ToolRun run =
      RunTool({"key", "bundle", folder / "a.pem", folder / "text", "--out", folder / "bundle"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("text: expected certificates as PEM"));
  EXPECT_FALSE(std::filesystem::exists(folder / "bundle"));
}

}  // namespace
}  // namespace updraft
