// SPDX-License-Identifier: Apache-2.0
// Keys that stay in a token: signing and decrypting with them, what is said when
// that does not go, and that no PIN is ever said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "testing/encryption_keys.h"
#include "tests/cli/run_tool.h"
#include "tests/cli/soft_token.h"

namespace updraft {
namespace {

using testing::HasSubstr;
using testing::Not;

// One token for all tests: making one takes longer than most of them.
class Token : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!SoftToken::Available()) return;
    shared() = std::make_unique<Shared>();
    SoftToken& token = shared()->token;
    ASSERT_TRUE(token.made());
    WriteText(Pem("rsa"), std::string(kTestRsaKeyPem));
    WriteText(Pem("ec"), std::string(kTestEcKeyPem));
    ASSERT_EQ(RunTool({"key", "new", "sign-p384", Pem("p384")}).exit_code, 0);
    ASSERT_TRUE(token.Import(Pem("rsa"), "rsa"));
    ASSERT_TRUE(token.Import(Pem("ec"), "ec", true));
    ASSERT_TRUE(token.Import(Pem("p384"), "p384"));
  }
  static void TearDownTestSuite() { shared().reset(); }

  void SetUp() override {
    if (shared() == nullptr) {
      GTEST_SKIP() << "needs libengine-pkcs11-openssl, softhsm2 and opensc";
    }
    WriteText(folder_ / "fw.bin", plain_);
    environment_ = shared()->token.Environment();
    environment_["UPDRAFT_PKCS11_PIN"] = SoftToken::kPin;
  }

  ToolRun Run(const std::vector<std::string>& arguments) {
    ToolRun run = RunTool(arguments, {.environment = environment_, .folder = folder_.path()});
    EXPECT_THAT(run.out + run.err, Not(HasSubstr(SoftToken::kPin)));
    return run;
  }

  static std::string Pem(const std::string& label) { return shared()->keys / (label + ".pem"); }

  struct Shared {
    SoftToken token;
    TemporaryFolder keys;
  };
  static std::unique_ptr<Shared>& shared() {
    static std::unique_ptr<Shared> made;
    return made;
  }
  TemporaryFolder folder_;
  std::string plain_ = std::string(9000, 'u');
  std::map<std::string, std::string> environment_;
};

TEST_F(Token, SignsImagesWithEveryKindOfKey) {
  for (const std::string label : {"rsa", "ec", "p384"}) {
    ToolRun run = Run({"image", "sign", "fw.bin", "signed.bin", "--key", SoftToken::Uri(label)});
    ASSERT_EQ(run.exit_code, 0) << label << run.err;
    // By the key as a file, the signature is of the same image by the same key.
    EXPECT_EQ(Run({"key", "digest", SoftToken::Uri(label)}).out,
              Run({"key", "digest", Pem(label)}).out);
    run = Run({"image", "sign", "signed.bin", "both.bin", "--append", "--key", Pem(label)});
    EXPECT_EQ(run.exit_code, 0) << "the first block is for these bytes: " << run.err;
  }
}

TEST_F(Token, DecryptsWhatIsEncryptedForItsKeys) {
  for (const std::string label : {"rsa", "ec"}) {
    ASSERT_EQ(Run({"image", "encrypt", "fw.bin", Pem(label), "e.bin"}).exit_code, 0);
    const ToolRun run = Run({"image", "decrypt", "e.bin", SoftToken::Uri(label), "d.bin"});
    ASSERT_EQ(run.exit_code, 0) << label << run.err;
    EXPECT_TRUE(FileText(folder_ / "d.bin") == plain_);
    ASSERT_EQ(Run({"image", "encrypt", "fw.bin", SoftToken::Uri(label), "e.bin"}).exit_code, 0);
    EXPECT_EQ(Run({"image", "decrypt", "e.bin", Pem(label), "d.bin"}).exit_code, 0);
  }
}

TEST_F(Token, AnswersADamagedKeyBlockWithABadTag) {
  for (const std::string label : {"rsa", "ec"}) {
    ASSERT_EQ(Run({"image", "encrypt", "fw.bin", Pem(label), "e.bin"}).exit_code, 0);
    std::string file = FileText(folder_ / "e.bin");
    file[90] = static_cast<char>(file[90] ^ 1);  // the salt, for ECIES
    WriteText(folder_ / "e.bin", file);
    const ToolRun run =
        Run({"image", "decrypt", "e.bin", SoftToken::Uri(label), "d.bin", "--json"});
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_EQ(nlohmann::json::parse(run.out).at("reason").get<std::string>(), "bad_tag");
  }
}

TEST_F(Token, SignsHeadersOfEncryptedImages) {
  ASSERT_EQ(
      Run({"image", "encrypt", "fw.bin", Pem("rsa"), "e.bin", "--sign-key", SoftToken::Uri("ec")})
          .exit_code,
      0);
  EXPECT_EQ(
      Run({"image", "decrypt", "e.bin", Pem("rsa"), "d.bin", "--header-key", Pem("ec")}).exit_code,
      0);
}

TEST_F(Token, TakesThePinFromEachOfItsPlaces) {
  const auto sign = [&](const std::string& query) {
    return Run({"image", "sign", "fw.bin", "signed.bin", "--key", SoftToken::Uri("ec") + query});
  };
  WriteText(folder_ / "pin", std::string(SoftToken::kPin) + "\nanother line\n");
  EXPECT_EQ(sign("").exit_code, 0);
  environment_["UPDRAFT_PKCS11_PIN"] = "wrong";
  EXPECT_EQ(sign("?pin-source=pin").exit_code, 0) << "before the environment";
  EXPECT_EQ(sign("?pin-source=file:" + (folder_ / "pin").string()).exit_code, 0);
  EXPECT_EQ(sign("?pin-value=%39" + std::string(SoftToken::kPin + 1)).exit_code, 0);
  environment_["UPDRAFT_PKCS11_PIN"] = "";
  EXPECT_THAT(sign("").err, HasSubstr("expected a PIN, found none"));
  EXPECT_THAT(sign("?pin-source=missing").err, HasSubstr("expected a PIN, found none"));
  EXPECT_THAT(sign("?pin-value=%3").err, HasSubstr("expected a PIN, found none"));
}

TEST_F(Token, SaysWhatIsMissing) {
  const auto error = [&](const std::string& uri) {
    const ToolRun run = Run({"image", "sign", "fw.bin", "signed.bin", "--key", uri});
    EXPECT_EQ(run.exit_code, 1) << uri;
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
    EXPECT_FALSE(std::filesystem::exists(folder_ / "signed.bin"));
    return run.err;
  };
  EXPECT_THAT(error("pkcs11:token=nowhere;object=ec"), HasSubstr("expected a token of that name"));
  EXPECT_THAT(error(SoftToken::Uri("nobody")), HasSubstr("expected a private key of that name"));
  EXPECT_THAT(error("pkcs11:"), HasSubstr("a PKCS#11 URI"));
  EXPECT_THAT(error(SoftToken::Uri("ec") + ";pin-value=" + SoftToken::kPin),
              HasSubstr("a PKCS#11 URI"));
  EXPECT_THAT(error(SoftToken::Uri("ec") + "?module-path=/nowhere.so"),
              HasSubstr("expected a token of that name"));
  environment_["UPDRAFT_PKCS11_PIN"] = "000000";
  EXPECT_THAT(error(SoftToken::Uri("ec")), HasSubstr("expected the token's PIN, found a wrong"));
  environment_["OPENSSL_ENGINES"] = folder_.path();
  EXPECT_THAT(error(SoftToken::Uri("ec")), HasSubstr("libengine-pkcs11-openssl"));
}

}  // namespace
}  // namespace updraft
