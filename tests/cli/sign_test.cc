// SPDX-License-Identifier: Apache-2.0
// `updraft image sign`, `key new sign-...`, `key digest`, and what `image verify`
// and `image info` say of signatures; run as a process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/run_tool.h"

namespace updraft {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;

class SignTool : public testing::Test {
 protected:
  void SetUp() override {
    WriteText(At("data"), std::string(6000, 'x'));
    ASSERT_EQ(RunTool({"image", "make", At("app"), "--chip", "esp32c3", "--segment",
                       "0x3c000020:" + At("data"), "--version", "1.0"})
                  .exit_code,
              0);
    for (const std::string name : {"a", "b"}) {
      ASSERT_EQ(RunTool({"key", "new", "sign-p256", At(name + ".pem")}).exit_code, 0);
    }
  }

  std::string At(const std::string& name) const { return folder_ / name; }

  ToolRun Sign(const std::string& from, const std::string& to, std::vector<std::string> options) {
    options.insert(options.begin(), {"image", "sign", At(from), At(to)});
    return RunTool(options);
  }

  void SignWell(const std::string& from, const std::string& to, std::vector<std::string> options) {
    const ToolRun run = Sign(from, to, std::move(options));
    EXPECT_EQ(run.exit_code, 0) << run.err;
    EXPECT_THAT(run.err, IsEmpty());
  }

  // The reason, "" when accepted.
  std::string Verify(const std::string& name, std::vector<std::string> options) {
    options.insert(options.begin(), {"image", "verify", At(name), "--json"});
    const ToolRun run = RunTool(options);
    const json told = json::parse(run.out);
    EXPECT_EQ(run.exit_code, told.at("verdict") == "accept" ? 0 : 1);
    return told.at("reason").is_null() ? "" : told.at("reason").get<std::string>();
  }

  std::string Digest(const std::string& key) {
    const ToolRun run = RunTool({"key", "digest", At(key)});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return run.out.substr(0, 64);
  }

  TemporaryFolder folder_;
};

TEST_F(SignTool, SignsWhatVerifyAccepts) {
  SignWell("app", "signed", {"--key", At("a.pem")});
  EXPECT_EQ(std::filesystem::file_size(At("signed")), 8192U + 4096);
  EXPECT_EQ(Verify("signed", {}), "");
  EXPECT_EQ(Verify("signed", {"--trust", At("a.pem")}), "");
  EXPECT_EQ(Verify("signed", {"--trust", At("b.pem")}), "signature_untrusted");
  EXPECT_EQ(Verify("app", {"--trust", At("a.pem")}), "signature_missing");
  EXPECT_EQ(Verify("app", {}), "");
}

TEST_F(SignTool, TrustsKeysByTheirSlots) {
  SignWell("app", "signed", {"--key", At("a.pem")});
  ASSERT_EQ(RunTool({"key", "digest", At("a.pem"), "--out", At("a.digest")}).exit_code, 0);
  EXPECT_EQ(std::filesystem::file_size(At("a.digest")), 32U);
  EXPECT_EQ(Verify("signed", {"--trust", "none", "--trust", "none", "--trust", At("a.digest")}),
            "");
  EXPECT_EQ(Verify("signed", {"--trust", "none"}), "signature_untrusted");
  EXPECT_EQ(Verify("signed", {"--trust", At("b.pem"), "--trust", At("a.pem"), "--revoke", "0"}),
            "");
  EXPECT_EQ(Verify("signed", {"--trust", At("b.pem"), "--trust", At("a.pem"), "--revoke", "0",
                              "--revoke", "1"}),
            "signature_untrusted");
  EXPECT_EQ(
      RunTool({"image", "verify", At("signed"), "--trust", At("a.pem"), "--revoke", "3"}).exit_code,
      2);
  EXPECT_EQ(RunTool({"image", "verify", At("signed"), "--trust", "none", "--trust", "none",
                     "--trust", "none", "--trust", At("a.pem")})
                .exit_code,
            2);
}

TEST_F(SignTool, AppendsAndReplacesOnlyWhenTold) {
  SignWell("app", "one", {"--key", At("a.pem")});
  const ToolRun refused = Sign("one", "none", {"--key", At("b.pem")});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("--append"));
  EXPECT_FALSE(std::filesystem::exists(At("none")));
  SignWell("one", "two", {"--key", At("b.pem"), "--append"});
  EXPECT_EQ(Verify("two", {"--trust", At("a.pem")}), "");
  EXPECT_EQ(Verify("two", {"--trust", At("b.pem")}), "");
  SignWell("two", "anew", {"--key", At("b.pem"), "--replace"});
  EXPECT_EQ(Verify("anew", {"--trust", At("a.pem")}), "signature_untrusted");
  SignWell("two", "three", {"--key", At("a.pem"), "--append"});
  const ToolRun fourth = Sign("three", "none", {"--key", At("a.pem"), "--append"});
  EXPECT_EQ(fourth.exit_code, 1);
  EXPECT_THAT(fourth.err, HasSubstr("at most 3"));
}

TEST_F(SignTool, DoesNotWriteOverItsKey) {
  const std::string key = FileText(At("a.pem"));
  const ToolRun run = Sign("app", "a.pem", {"--key", At("a.pem")});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("expected another file than the key"));
  EXPECT_EQ(FileText(At("a.pem")), key);
}

TEST_F(SignTool, TakesSignaturesThatWereMadeElsewhere) {
  SignWell("app", "message", {"--message-only"});
  EXPECT_EQ(std::filesystem::file_size(At("message")), 8192U);
  const std::string openssl = "openssl dgst -sha256 -sign '" + At("a.pem") + "' -out '" +
                              At("signature") + "' '" + At("message") + "'";
  ASSERT_EQ(std::system(openssl.c_str()), 0);
  const std::string extract =
      "openssl pkey -in '" + At("a.pem") + "' -pubout -out '" + At("a.pub.pem") + "'";
  ASSERT_EQ(std::system(extract.c_str()), 0);
  SignWell("app", "signed", {"--pub-key", At("a.pub.pem"), "--signature", At("signature")});
  EXPECT_EQ(Verify("signed", {"--trust", At("a.pub.pem")}), "");
  EXPECT_EQ(Digest("a.pub.pem"), Digest("a.pem"));
  const ToolRun wrong =
      Sign("app", "none", {"--pub-key", At("b.pem"), "--signature", At("signature")});
  EXPECT_EQ(wrong.exit_code, 1);
  EXPECT_THAT(wrong.err, HasSubstr("--message-only"));
  EXPECT_EQ(Sign("app", "none", {"--pub-key", At("a.pub.pem")}).exit_code, 2);
  EXPECT_EQ(Sign("app", "none", {"--key", At("a.pub.pem")}).exit_code, 1);
  EXPECT_EQ(Sign("app", "none", {}).exit_code, 2);
  EXPECT_FALSE(std::filesystem::exists(At("none")));
}

TEST_F(SignTool, RefusesAnImageThatEndsBeforeItsFile) {
  WriteText(At("longer"), FileText(At("app")) + std::string(9000, '\xFF'));
  const ToolRun run = Sign("longer", "none", {"--key", At("a.pem")});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("0x2000"));
  WriteText(At("data.bin"), std::string(9000, 'd'));
  SignWell("data.bin", "data.signed", {"--key", At("a.pem")});
}

TEST_F(SignTool, TellsTheBlocksInInfo) {
  SignWell("app", "signed", {"--key", At("a.pem"), "--key", At("b.pem")});
  const ToolRun run = RunTool({"image", "info", At("signed"), "--json"});
  const json blocks = json::parse(run.out).at("signature_blocks");
  ASSERT_EQ(blocks.size(), 2U);
  EXPECT_EQ(blocks[0].at("scheme"), "ecdsa-p256-sha256");
  EXPECT_EQ(blocks[0].at("crc_valid"), true);
  EXPECT_EQ(blocks[0].at("key_digest"), Digest("a.pem"));
  EXPECT_EQ(blocks[1].at("key_digest"), Digest("b.pem"));
  EXPECT_THAT(RunTool({"image", "info", At("signed")}).out, HasSubstr(Digest("b.pem")));
  EXPECT_EQ(json::parse(RunTool({"image", "info", At("app"), "--json"}).out)
                .at("signature_blocks")
                .size(),
            0U);
}

TEST_F(SignTool, TellsInInfoOfABlockWhereNoDeviceLooks) {
  SignWell("app", "signed", {"--key", At("a.pem")});
  const std::string file = FileText(At("signed"));
  const std::size_t sector = file.size() - 4096;
  WriteText(At("late"), file.substr(0, sector) + std::string(4096, '\xFF') + file.substr(sector));
  const ToolRun run = RunTool({"image", "info", At("late")});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.out, HasSubstr(Digest("a.pem")));
  char where[100];
  std::snprintf(where, sizeof where, "at %#zx, where no device looks: expected at %#zx",
                sector + 4096, sector);
  EXPECT_THAT(run.out, HasSubstr(where));
  const auto misplaced = [&](const std::string& name) {
    return json::parse(RunTool({"image", "info", At(name), "--json"}).out)
        .at("signature_blocks")
        .at(0)
        .at("misplaced");
  };
  EXPECT_EQ(misplaced("late"), true);
  EXPECT_EQ(misplaced("signed"), false);
}

TEST_F(SignTool, MakesKeysOfEverySchemeForTheirOwnerOnly) {
  for (const std::string kind : {"sign-rsa-3072", "sign-p256", "sign-p384"}) {
    const std::string key = At(kind + ".pem");
    const ToolRun run = RunTool({"key", "new", kind, key});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    EXPECT_THAT(run.out, MatchesRegex(".*, digest [0-9a-f]+\n"));
    EXPECT_EQ(std::filesystem::status(key).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    SignWell("app", kind, {"--key", key});
    EXPECT_EQ(Verify(kind, {"--trust", key}), "") << kind;
  }
  EXPECT_EQ(RunTool({"key", "new", "sign-p256", At("a.pem")}).exit_code, 1) << "never overwritten";
}

TEST_F(SignTool, MakesAndUsesTheLegacyCurveOnlyWhenAllowed) {
  EXPECT_EQ(RunTool({"key", "new", "sign-p192", At("old.pem")}).exit_code, 2);
  ASSERT_EQ(RunTool({"key", "new", "sign-p192", At("old.pem"), "--allow-legacy"}).exit_code, 0);
  const ToolRun refused = Sign("app", "signed", {"--key", At("old.pem")});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("--allow-legacy"));
  SignWell("app", "signed", {"--key", At("old.pem"), "--allow-legacy"});
  EXPECT_EQ(Verify("signed", {"--trust", At("old.pem")}), "");
}

TEST_F(SignTool, CountsOneSlotOnAChipWithOne) {
  ASSERT_EQ(RunTool({"image", "make", At("esp32"), "--chip", "esp32", "--segment",
                     "0x3f400020:" + At("data"), "--version", "1.0"})
                .exit_code,
            0);
  SignWell("esp32", "signed", {"--key", At("a.pem"), "--key", At("b.pem")});
  EXPECT_EQ(Verify("signed", {"--trust", At("a.pem")}), "");
  EXPECT_EQ(Verify("signed", {"--trust", At("b.pem")}), "signature_untrusted");
  EXPECT_EQ(Verify("signed", {"--trust", "none", "--trust", At("a.pem")}), "signature_untrusted");
}

}  // namespace
}  // namespace updraft
