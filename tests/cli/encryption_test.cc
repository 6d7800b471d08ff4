// SPDX-License-Identifier: Apache-2.0
// image encrypt and decrypt, key, and esp_enc_img_gen, run as a script runs them;
// what they make is opened by another implementation, Python's cryptography.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>
#include <random>

#include "testing/encryption_keys.h"
#include "tests/cli/run_tool.h"
#include "tests/project_folders.h"

namespace updraft {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class Encryption : public testing::Test {
 protected:
  Encryption() {
    std::mt19937 random(9);
    for (char& byte : plain_) byte = static_cast<char>(random());
    WriteText(folder_ / "fw.bin", plain_);
    WriteText(folder_ / "rsa.pem", std::string(kTestRsaKeyPem));
    WriteText(folder_ / "other.pem", std::string(kOtherRsaKeyPem));
    WriteText(folder_ / "hmac.bin", std::string(32, 'k'));
  }

  ToolRun Run(const std::vector<std::string>& arguments, const std::string& input = {}) {
    return RunTool(arguments, {.input = input, .folder = folder_.path()});
  }
  ToolRun Generator(const std::vector<std::string>& arguments) {
    return RunTool(arguments, {.program = "esp_enc_img_gen", .folder = folder_.path()});
  }

  // What the other implementation finds in the file.
  std::string SecondOpinion(const std::string& file, const std::string& key,
                            const std::string& signer = {}) {
    const std::string command = "cd '" + folder_.path().string() + "' && /usr/bin/python3 '" +
                                std::string(kSourceFolder) + "/tests/cli/open_encrypted.py' " +
                                file + " " + key + " opinion " + signer;
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    return FileText(folder_ / "opinion");
  }

  bool Exists(const std::string& name) { return std::filesystem::exists(folder_ / name); }
  unsigned Mode(const std::string& name) {
    struct stat facts {};
    EXPECT_EQ(stat((folder_ / name).c_str(), &facts), 0) << name;
    return facts.st_mode & 0777;
  }
  // Nothing beside what the test made: no temporary file is left.
  void ExpectNoRemains() {
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      const std::string name = entry.path().filename();
      EXPECT_EQ(name.find("bin."), std::string::npos) << name;
      EXPECT_EQ(name.find("updraft."), std::string::npos) << name;
    }
  }

  TemporaryFolder folder_;
  std::string plain_ = std::string(200'003, '\0');
};

TEST_F(Encryption, AnotherImplementationOpensWhatTheToolMakes) {
  for (const std::string key : {"rsa.pem", "hmac.bin"}) {
    ASSERT_EQ(Run({"image", "encrypt", "fw.bin", key, "e.bin"}).exit_code, 0) << key;
    EXPECT_TRUE(SecondOpinion("e.bin", key) == plain_) << key;
    ASSERT_EQ(Run({"image", "decrypt", "e.bin", key, "d.bin"}).exit_code, 0) << key;
    EXPECT_TRUE(FileText(folder_ / "d.bin") == plain_) << key;
  }
  ExpectNoRemains();
}

TEST_F(Encryption, StreamsFromStandardInputToStandardOutput) {
  for (const std::string key : {"rsa.pem", "hmac.bin"}) {
    const ToolRun encrypted = Run({"image", "encrypt", "-", key, "-"}, plain_);
    ASSERT_EQ(encrypted.exit_code, 0) << encrypted.err;
    ASSERT_EQ(encrypted.out.size(), plain_.size() + 512);
    WriteText(folder_ / "e.bin", encrypted.out);
    EXPECT_TRUE(SecondOpinion("e.bin", key) == plain_);
    EXPECT_TRUE(Run({"image", "decrypt", "-", key, "-"}, encrypted.out).out == plain_);
  }
}

TEST_F(Encryption, AnEmptyInputIsAnEncryptedImageToo) {
  WriteText(folder_ / "fw.bin", "");
  ASSERT_EQ(Run({"image", "encrypt", "fw.bin", "rsa.pem", "e.bin"}).exit_code, 0);
  EXPECT_THAT(SecondOpinion("e.bin", "rsa.pem"), IsEmpty());
  EXPECT_EQ(Run({"image", "decrypt", "e.bin", "rsa.pem", "d.bin"}).exit_code, 0);
  EXPECT_TRUE(Exists("d.bin"));
}

// In a pipe the body waits on disk, in a file it is where it belongs; neither is
// ever in memory.
TEST_F(Encryption, NeedsNoMoreMemoryForALongInput) {
  constexpr std::uintmax_t kLength = 256 << 20;
  constexpr long kMostKib = 100 << 10;
  WriteText(folder_ / "long.bin", "");
  std::filesystem::resize_file(folder_ / "long.bin", kLength);  // a hole
  const auto run = [&](const std::vector<std::string>& arguments, const std::string& input) {
    const ToolRun done =
        RunTool(arguments, {.input_file = folder_ / input, .folder = folder_.path()});
    EXPECT_EQ(done.exit_code, 0) << done.err;
    EXPECT_LT(done.peak_rss_kib, kMostKib);
  };
  run({"image", "encrypt", "-", "hmac.bin", "/dev/null"}, "long.bin");
  run({"image", "encrypt", "-", "hmac.bin", "e.bin"}, "long.bin");
  EXPECT_EQ(std::filesystem::file_size(folder_ / "e.bin"), kLength + 512);
  run({"image", "decrypt", "-", "hmac.bin", "/dev/null"}, "e.bin");
  ExpectNoRemains();
}

TEST_F(Encryption, RefusesMoreThanTheFormatHolds) {
  WriteText(folder_ / "long.bin", "");
  std::filesystem::resize_file(folder_ / "long.bin", std::uintmax_t{1} << 32);
  const ToolRun run = Run({"image", "encrypt", "long.bin", "rsa.pem", "e.bin", "--json"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_EQ(nlohmann::json::parse(run.out).at("reason").get<std::string>(), "no_space");
  EXPECT_THAT(run.err, HasSubstr("4294967295 bytes"));
  EXPECT_FALSE(Exists("e.bin"));
}

TEST_F(Encryption, PrintsNothingThatIsNotProvenUnlessAskedTo) {
  std::string file = Run({"image", "encrypt", "-", "hmac.bin", "-"}, plain_).out;
  file.back() = static_cast<char>(file.back() ^ 1);
  const ToolRun safe = Run({"image", "decrypt", "-", "hmac.bin", "-"}, file);
  EXPECT_EQ(safe.exit_code, 1);
  EXPECT_THAT(safe.out, IsEmpty());
  const ToolRun unsafe = Run({"image", "decrypt", "-", "hmac.bin", "-", "--unsafe-stream"}, file);
  EXPECT_EQ(unsafe.exit_code, 1);
  EXPECT_EQ(unsafe.out.size(), plain_.size());
}

TEST_F(Encryption, SignsTheHeaderForThoseWhoLook) {
  ASSERT_EQ(Run({"key", "new", "sign-p256", "signer.pem", "--public", "signer.pub"}).exit_code, 0);
  ASSERT_EQ(Run({"key", "new", "sign-p256", "stranger.pem"}).exit_code, 0);
  for (const std::string key : {"rsa.pem", "hmac.bin"}) {
    for (const std::string out : {"e.bin", "-"}) {
      const ToolRun run = Run({"image", "encrypt", "fw.bin", key, out, "--sign-key", "signer.pem"});
      ASSERT_EQ(run.exit_code, 0) << run.err;
      if (out == "-") WriteText(folder_ / "e.bin", run.out);
      EXPECT_TRUE(SecondOpinion("e.bin", key, "signer.pem") == plain_) << key;
    }
    const auto decrypt = [&](const std::vector<std::string>& keys) {
      std::vector<std::string> arguments{"image", "decrypt", "e.bin", key, "d.bin", "--json"};
      for (const std::string& each : keys) {
        arguments.insert(arguments.end(), {"--header-key", each});
      }
      const ToolRun run = Run(arguments);
      return run.exit_code == 0 ? "" : nlohmann::json::parse(run.out).value("reason", "?");
    };
    EXPECT_EQ(decrypt({}), "");
    EXPECT_EQ(decrypt({"signer.pub"}), "");
    EXPECT_EQ(decrypt({"stranger.pem", "signer.pub"}), "");
    EXPECT_EQ(decrypt({"stranger.pem"}), "header_signature_bad");
    ASSERT_EQ(Run({"image", "encrypt", "fw.bin", key, "e.bin"}).exit_code, 0);
    EXPECT_EQ(decrypt({"signer.pub"}), "header_signature_bad");
  }
}

TEST_F(Encryption, TellsInInfoWhetherTheHeaderIsSigned) {
  ASSERT_EQ(Run({"key", "new", "sign-p256", "signer.pem"}).exit_code, 0);
  const auto info = [&] {
    return nlohmann::json::parse(Run({"image", "info", "e.bin", "--json"}).out)
        .at("header_signature");
  };
  ASSERT_EQ(Run({"image", "encrypt", "fw.bin", "rsa.pem", "e.bin"}).exit_code, 0);
  EXPECT_TRUE(info().is_null());
  EXPECT_THAT(Run({"image", "info", "e.bin"}).out, HasSubstr("not signed"));
  ASSERT_EQ(
      Run({"image", "encrypt", "fw.bin", "rsa.pem", "e.bin", "--sign-key", "signer.pem"}).exit_code,
      0);
  EXPECT_EQ(info().at("body_digest").get<std::string>().size(), 40U);
  EXPECT_EQ(info().at("signature").get<std::string>().size(), 128U);
  EXPECT_THAT(Run({"image", "info", "e.bin"}).out, HasSubstr("signed, for the body"));
}

TEST_F(Encryption, RefusesASignerThatCannotSignHeaders) {
  ASSERT_EQ(Run({"key", "new", "sign-p384", "p384.pem"}).exit_code, 0);
  ASSERT_EQ(Run({"key", "new", "sign-p256", "signer.pem", "--public", "signer.pub"}).exit_code, 0);
  const auto error = [&](const std::string& key) {
    const ToolRun run = Run({"image", "encrypt", "fw.bin", "rsa.pem", "e.bin", "--sign-key", key});
    EXPECT_EQ(run.exit_code, 1) << key;
    EXPECT_FALSE(Exists("e.bin"));
    return run.err;
  };
  EXPECT_THAT(error("p384.pem"), HasSubstr("expected a key on P-256"));
  EXPECT_THAT(error("rsa.pem"), HasSubstr("expected a key on P-256"));
  EXPECT_THAT(error("signer.pub"), HasSubstr("found a public one"));
  EXPECT_THAT(error("fw.bin"), HasSubstr("no PEM"));
}

TEST_F(Encryption, LeavesNoOutputOfARefusedFileAndSaysWhy) {
  ASSERT_EQ(Run({"image", "encrypt", "fw.bin", "rsa.pem", "e.bin"}).exit_code, 0);
  const auto expect_refused = [&](const std::string& key, const std::string& reason) {
    WriteText(folder_ / "d.bin", "of an earlier run");
    const ToolRun run = Run({"image", "decrypt", "e.bin", key, "d.bin", "--json"});
    EXPECT_EQ(run.exit_code, 1);
    const auto json = nlohmann::json::parse(run.out);
    EXPECT_EQ(json.at("verdict"), "reject");
    EXPECT_EQ(json.at("reason"), reason) << run.err;
    EXPECT_FALSE(Exists("d.bin"));
    return run.err;
  };
  EXPECT_THAT(expect_refused("other.pem", "bad_tag"),
              HasSubstr("the key does not fit this file, or the file is damaged"));
  expect_refused("hmac.bin", "key_mismatch");
  std::string file = FileText(folder_ / "e.bin");
  WriteText(folder_ / "e.bin", file + "x");
  expect_refused("rsa.pem", "length_mismatch");
  WriteText(folder_ / "e.bin", file.substr(0, file.size() - 1));
  expect_refused("rsa.pem", "length_mismatch");
  WriteText(folder_ / "e.bin", file.substr(0, 300));
  expect_refused("rsa.pem", "length_mismatch");
  WriteText(folder_ / "e.bin", plain_);
  expect_refused("rsa.pem", "bad_encrypted_magic");
  ExpectNoRemains();
}

TEST_F(Encryption, LeavesNoOutputWhenAKeyOrTheInputCannotBeRead) {
  ASSERT_EQ(Run({"image", "encrypt", "fw.bin", "rsa.pem", "e.bin"}).exit_code, 0);
  const auto refused = [&](const std::string& verb, const std::string& in, const std::string& key) {
    WriteText(folder_ / "o.bin", "of an earlier run");
    const ToolRun run = Run({"image", verb, in, key, "o.bin"});
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_FALSE(Exists("o.bin")) << verb << " " << in << " " << key;
    return run.err;
  };
  EXPECT_THAT(refused("decrypt", "e.bin", "none.pem"),
              StartsWith("updraft: cannot read none.pem:"));
  EXPECT_THAT(refused("decrypt", "none", "rsa.pem"), StartsWith("updraft: cannot read none:"));
  EXPECT_THAT(refused("decrypt", "e.bin", "fw.bin"), StartsWith("updraft: cannot read fw.bin:"));
  refused("encrypt", "fw.bin", "none.pem");
  refused("encrypt", "none", "rsa.pem");
  ExpectNoRemains();
}

TEST_F(Encryption, DoesNotWriteOverItsKey) {
  const std::string key = FileText(folder_ / "hmac.bin");
  ASSERT_EQ(Run({"image", "encrypt", "fw.bin", "hmac.bin", "e.bin"}).exit_code, 0);
  for (const char* const in : {"e.bin", "fw.bin"}) {
    const ToolRun run = Run({"image", "decrypt", in, "hmac.bin", "hmac.bin"});
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_THAT(run.err, HasSubstr("expected another file than the key"));
  }
  EXPECT_EQ(Run({"image", "encrypt", "fw.bin", "hmac.bin", "./hmac.bin"}).exit_code, 1);
  EXPECT_EQ(Generator({"encrypt", "fw.bin", "rsa.pem", "rsa.pem"}).exit_code, 1);
  EXPECT_TRUE(FileText(folder_ / "hmac.bin") == key);
  EXPECT_EQ(FileText(folder_ / "rsa.pem"), kTestRsaKeyPem);
}

TEST_F(Encryption, DoesNotRemoveTheInputWhenItIsTheOutputToo) {
  const ToolRun run = Run({"image", "decrypt", "fw.bin", "rsa.pem", "fw.bin"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_TRUE(FileText(folder_ / "fw.bin") == plain_);
}

TEST_F(Encryption, SaysWhyAKeyCannotBeUsed) {
  WriteText(folder_ / "small.pem", std::string(kSmallRsaKeyPem));
  WriteText(folder_ / "p384.pem", std::string(kP384KeyPem));
  WriteText(folder_ / "locked.pem", std::string(kLockedKeyPem));
  WriteText(folder_ / "garbage.pem", "-----BEGIN PRIVATE KEY-----\ngarbage\n");
  WriteText(folder_ / "off_curve.pem", std::string(kOffCurveKeyPem));
  const auto error = [&](const std::string& key) {
    const ToolRun run = Run({"image", "encrypt", "fw.bin", key, "e.bin"});
    EXPECT_EQ(run.exit_code, 1) << key;
    EXPECT_FALSE(Exists("e.bin")) << key;
    return run.err;
  };
  EXPECT_THAT(error("small.pem"), HasSubstr("3072 bits"));
  EXPECT_THAT(error("p384.pem"), HasSubstr("another curve"));
  EXPECT_THAT(error("locked.pem"), HasSubstr("passphrase"));
  EXPECT_THAT(error("garbage.pem"), HasSubstr("found neither"));
  EXPECT_THAT(error("off_curve.pem"), HasSubstr("found neither"));
  EXPECT_THAT(error("missing.pem"), HasSubstr("missing.pem"));
  ASSERT_EQ(Run({"key", "public", "rsa.pem", "public.pem"}).exit_code, 0);
  ASSERT_EQ(Run({"image", "encrypt", "fw.bin", "public.pem", "e.bin"}).exit_code, 0);
  EXPECT_THAT(Run({"image", "decrypt", "e.bin", "public.pem", "d.bin"}).err,
              HasSubstr("found a public key"));
}

TEST_F(Encryption, KeepsKeysPrivateAndDoesNotOverwriteThem) {
  ASSERT_EQ(Run({"key", "new", "ecies", "new.bin", "--public", "new.pem"}).exit_code, 0);
  EXPECT_EQ(Mode("new.bin"), 0600U);
  const std::string key = FileText(folder_ / "new.bin");
  EXPECT_EQ(key.size(), 32U);
  const ToolRun again = Run({"key", "new", "ecies", "new.bin"});
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_THAT(again.err, HasSubstr("found one"));
  EXPECT_EQ(FileText(folder_ / "new.bin"), key);
  EXPECT_EQ(Run({"key", "new", "ecies", "new.bin", "--force"}).exit_code, 0);
  EXPECT_NE(FileText(folder_ / "new.bin"), key);
  EXPECT_EQ(Mode("new.bin"), 0600U);
  ExpectNoRemains();
}

TEST_F(Encryption, PrintsThePublicHalfOfANewKey) {
  ASSERT_EQ(Run({"key", "new", "rsa-3072", "new.pem", "--public", "public.pem"}).exit_code, 0);
  EXPECT_EQ(Run({"key", "public", "new.pem"}).out, FileText(folder_ / "public.pem"));
  ASSERT_EQ(Run({"image", "encrypt", "fw.bin", "public.pem", "e.bin"}).exit_code, 0);
  EXPECT_TRUE(SecondOpinion("e.bin", "new.pem") == plain_);
}

TEST_F(Encryption, GeneratorMakesKeysUnderTheOriginalsNames) {
  ASSERT_EQ(Generator({"--generate_rsa_key"}).exit_code, 0);
  ASSERT_EQ(Generator({"--generate_ecc_key"}).exit_code, 0);
  EXPECT_EQ(Mode("rsa_priv_key.pem"), 0600U);
  EXPECT_EQ(Mode("device_hmac_key.bin"), 0600U);
  const std::string key = FileText(folder_ / "rsa_priv_key.pem");
  EXPECT_THAT(key, testing::StartsWith("-----BEGIN RSA PRIVATE KEY-----\n"));
  EXPECT_EQ(Generator({"--generate_rsa_key"}).exit_code, 1);
  EXPECT_EQ(FileText(folder_ / "rsa_priv_key.pem"), key);
  ASSERT_EQ(Generator({"encrypt", "fw.bin", "device_pub_key.pem", "e.bin"}).exit_code, 0);
  EXPECT_TRUE(SecondOpinion("e.bin", "device_hmac_key.bin") == plain_);
}

TEST_F(Encryption, GeneratorTakesADashForANameAsTheOriginalDoes) {
  EXPECT_EQ(Generator({"encrypt", "fw.bin", "rsa.pem", "-"}).out, "Encrypting image ...\nDone\n");
  EXPECT_EQ(Generator({"decrypt", "-", "rsa.pem", "d.bin"}).exit_code, 0);
  EXPECT_TRUE(FileText(folder_ / "d.bin") == plain_);
}

TEST_F(Encryption, GeneratorTellsThatNobodyReadItsWords) {
  const std::string command = "exec " + std::string(kBuildFolder) +
                              "/bin/esp_enc_img_gen encrypt fw.bin rsa.pem e.bin > /dev/full";
  const ToolRun run = RunTool({"-c", command}, {.program = "/bin/sh", .folder = folder_.path()});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_EQ(run.err,
            "Error: expected to write all of the output, found standard output full or closed\n");
}

TEST_F(Encryption, GeneratorPrintsTheOriginalsWords) {
  const ToolRun encrypted = Generator({"encrypt", "fw.bin", "rsa.pem", "e.bin"});
  EXPECT_EQ(encrypted.exit_code, 0);
  EXPECT_EQ(encrypted.out, "Encrypting image ...\nDone\n");
  EXPECT_THAT(encrypted.err, IsEmpty());
  EXPECT_EQ(Generator({"decrypt", "e.bin", "rsa.pem", "d.bin"}).out,
            "Decrypting image ...\nMagic verified successfully\nBinary size: 200003\nDone\n");
  EXPECT_TRUE(FileText(folder_ / "d.bin") == plain_);
  WriteText(folder_ / "ec.pem", std::string(kTestEcKeyPem));
  ASSERT_EQ(Run({"image", "encrypt", "fw.bin", "ec.pem", "e.bin"}).exit_code, 0);
  EXPECT_EQ(Generator({"decrypt", "e.bin", "ec.pem", "d.bin"}).out,
            "Decrypting image ...\nECDH key exchange completed successfully\n"
            "Magic verified successfully\nBinary size: 200003\nDone\n");
}

TEST_F(Encryption, GeneratorFailsWithTheOriginalsWords) {
  WriteText(folder_ / "ec.pem", std::string(kTestEcKeyPem));
  WriteText(folder_ / "ed.pem", std::string(kEd25519KeyPem));
  const auto error = [&](const std::vector<std::string>& arguments) {
    const ToolRun run = Generator(arguments);
    EXPECT_EQ(run.exit_code, 1);
    return run.err;
  };
  EXPECT_EQ(error({"decrypt", "fw.bin", "rsa.pem", "d.bin"}), "Error: Magic Verification Failed\n");
  EXPECT_EQ(error({"encrypt", "fw.bin", "none.pem", "e.bin"}), "Error: Key file does not exist\n");
  EXPECT_EQ(error({"encrypt", "fw.bin", "fw.bin", "e.bin"}), "Error: Invalid key file format\n");
  EXPECT_EQ(error({"encrypt", "fw.bin", "ec.pem", "e.bin"}), "Error: Invalid key file format\n");
  EXPECT_EQ(error({"encrypt", "fw.bin", "ed.pem", "e.bin"}), "Error: Unsupported key type\n");
  const ToolRun nothing = Generator({});
  EXPECT_EQ(nothing.exit_code, 1);
  EXPECT_THAT(nothing.out, HasSubstr("--generate_rsa_key"));
  EXPECT_EQ(Generator({"encrypt", "fw.bin"}).exit_code, 2);
}

}  // namespace
}  // namespace updraft
