// SPDX-License-Identifier: Apache-2.0
// `updraft device efuse` as a script uses it: what is burnt shows, stays, and is
// burnt once; what cannot be burnt is refused in one sentence and burns nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/run_tool.h"

namespace updraft {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class EfuseTool : public testing::Test {
 protected:
  EfuseTool() { MakeDevice("esp32c3"); }

  void MakeDevice(const std::string& chip) {
    std::filesystem::remove_all(device_);
    EXPECT_EQ(RunTool({"device", "new", device_, "--chip", chip, "--chip-revision", "4"}).exit_code,
              0);
  }
  std::string KeyFile(const std::string& name, const std::string& bytes) {
    WriteText(folder_ / name, bytes);
    return folder_ / name;
  }
  std::string Key() { return KeyFile("key.bin", std::string(32, 'K')); }

  ToolRun Efuse(std::vector<std::string> arguments, const std::vector<std::string>& more = {}) {
    arguments.insert(arguments.begin() + 1, device_);
    arguments.insert(arguments.begin(), {"device", "efuse"});
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunTool(arguments);
  }
  Json Show() { return Json::parse(Efuse({"show"}, {"--json"}).out); }
  Json Block(std::size_t index) { return Show().at("key_blocks").at(index); }

  // Refused with this exit code and these words, and not a bit is burnt.
  void ExpectRefused(const std::vector<std::string>& arguments, int exit_code,
                     const std::string& words) {
    const std::string before = FileText(folder_ / "device/efuse.bin");
    const ToolRun run = Efuse(arguments);
    EXPECT_EQ(run.exit_code, exit_code) << run.err;
    EXPECT_THAT(run.err, HasSubstr("expected"));
    EXPECT_THAT(run.err, HasSubstr(words));
    EXPECT_EQ(run.out, "");
    EXPECT_EQ(FileText(folder_ / "device/efuse.bin"), before);
  }

  TemporaryFolder folder_;
  std::string device_ = folder_ / "device";
};

TEST_F(EfuseTool, ShowsAFreshDevice) {
  const Json json = Show();
  EXPECT_EQ(json.at("chip").get<std::string>(), "esp32c3");
  EXPECT_EQ(json.at("chip_revision").get<int>(), 4);
  EXPECT_EQ(json.at("secure_version").get<int>(), 0);
  EXPECT_EQ(json.at("secure_version_bits").get<int>(), 16);
  ASSERT_EQ(json.at("key_blocks").size(), 6U);
  for (const Json& block : json.at("key_blocks")) {
    EXPECT_FALSE(block.at("burnt").get<bool>());
    EXPECT_TRUE(block.at("purpose").is_null());
  }
  ASSERT_EQ(json.at("digests").size(), 3U);
  EXPECT_FALSE(json.at("digests").at(0).at("revoked").get<bool>());
  EXPECT_THAT(Efuse({"show"}).out, HasSubstr("BLOCK_KEY5  free"));
}

TEST_F(EfuseTool, BurnsAnHmacKeyThatIsNeverShown) {
  ASSERT_EQ(Efuse({"burn-key", "BLOCK_KEY0", Key(), "HMAC_UP"}).exit_code, 0);
  const Json block = Block(0);
  EXPECT_EQ(block.at("name").get<std::string>(), "BLOCK_KEY0");
  EXPECT_EQ(block.at("purpose").get<std::string>(), "HMAC_UP");
  EXPECT_TRUE(block.at("burnt").get<bool>());
  EXPECT_TRUE(block.at("read_protected").get<bool>());
  EXPECT_TRUE(block.at("write_protected").get<bool>());
  EXPECT_TRUE(block.at("key").is_null());
  EXPECT_THAT(Efuse({"show"}, {"--json"}).out, Not(HasSubstr("4b4b")));
  EXPECT_THAT(Efuse({"show"}).out, Not(HasSubstr("4b4b")));
}

TEST_F(EfuseTool, NeverShowsASecretEvenWithoutReadProtection) {
  ASSERT_EQ(
      Efuse({"burn-key", "BLOCK_KEY0", Key(), "XTS_AES_128_KEY"}, {"--no-read-protect"}).exit_code,
      0);
  EXPECT_FALSE(Block(0).at("read_protected").get<bool>());
  EXPECT_TRUE(Block(0).at("key").is_null());
  EXPECT_THAT(Efuse({"show"}).out, Not(HasSubstr("4b4b")));
}

TEST_F(EfuseTool, ShowsWhatSoftwareMayRead) {
  ASSERT_EQ(Efuse({"burn-key", "BLOCK_KEY1", Key(), "USER"}, {"--no-write-protect"}).exit_code, 0);
  EXPECT_EQ(Block(1).at("key").get<std::string>().substr(0, 6), "4b4b4b");
  EXPECT_FALSE(Block(1).at("write_protected").get<bool>());
  EXPECT_THAT(Efuse({"show"}).out, HasSubstr("4b4b"));
}

TEST_F(EfuseTool, BurnsABlockOnce) {
  ASSERT_EQ(Efuse({"burn-key", "BLOCK_KEY0", Key(), "HMAC_UP"}).exit_code, 0);
  ExpectRefused({"burn-key", "BLOCK_KEY0", Key(), "HMAC_UP"}, 1,
                "expected BLOCK_KEY0 to be free, found it burnt with the purpose HMAC_UP");
  ExpectRefused({"burn-key", "BLOCK_KEY0", Key(), "USER"}, 1, "found it burnt");
  ASSERT_EQ(Efuse({"burn-key", "BLOCK_KEY1", Key(), "HMAC_UP"}).exit_code, 0)
      << "a second key for the same peripheral is another block";
}

TEST_F(EfuseTool, BurnsAPurposeThatHardwareLooksForOnce) {
  ASSERT_EQ(Efuse({"burn-key", "BLOCK_KEY0", Key(), "SECURE_BOOT_DIGEST1"}).exit_code, 0);
  ExpectRefused({"burn-key", "BLOCK_KEY1", Key(), "SECURE_BOOT_DIGEST1"}, 1,
                "expected no key of the purpose SECURE_BOOT_DIGEST1 yet, found one in BLOCK_KEY0");
  ASSERT_EQ(Efuse({"burn-key", "BLOCK_KEY2", Key(), "XTS_AES_128_KEY"}).exit_code, 0);
  ExpectRefused({"burn-key", "BLOCK_KEY3", Key(), "XTS_AES_128_KEY"}, 1, "found one in BLOCK_KEY2");
}

TEST_F(EfuseTool, RefusesKeysThatNoHardwareOfTheChipLooksFor) {
  ExpectRefused({"burn-key", "BLOCK_KEY0", Key(), "XTS_AES_256_KEY_1"}, 1,
                "expected a chip with flash encryption by XTS-AES-256, found esp32c3");
  for (const std::string chip : {"esp32", "esp32c2"}) {
    const std::string device = folder_ / chip;
    ASSERT_EQ(RunTool({"device", "new", device, "--chip", chip}).exit_code, 0);
    const ToolRun run =
        RunTool({"device", "efuse", "burn-key", device, "BLOCK_KEY0", Key(), "HMAC_UP"});
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_THAT(run.err, HasSubstr("expected a chip with an HMAC peripheral, found " + chip));
  }
}

TEST_F(EfuseTool, RefusesKeysBlocksAndPurposesThatAreNone) {
  ExpectRefused({"burn-key", "BLOCK_KEY6", Key(), "HMAC_UP"}, 2, "found 'BLOCK_KEY6'");
  ExpectRefused({"burn-key", "KEY0", Key(), "HMAC_UP"}, 2, "BLOCK_KEY0");
  ExpectRefused({"burn-key", "BLOCK_KEY0", Key(), "hmac_up"}, 2, "found 'hmac_up'");
  ExpectRefused({"burn-key", "BLOCK_KEY0", Key(), "RESERVED"}, 2, "found 'RESERVED'");
  ExpectRefused({"burn-key", "BLOCK_KEY0", folder_ / "none.bin", "HMAC_UP"}, 1, "none.bin");
  ExpectRefused({"burn-key", "BLOCK_KEY0", KeyFile("short.bin", std::string(31, 'K')), "HMAC_UP"},
                1, "expected a key of 32 bytes, found 31");
  ExpectRefused({"burn-key", "BLOCK_KEY0", KeyFile("long.bin", std::string(64, 'K')), "HMAC_UP"}, 1,
                "found 64");
  ExpectRefused({"burn-key", "BLOCK_KEY0", KeyFile("empty.bin", ""), "HMAC_UP"}, 1, "found 0");
  ExpectRefused({"burn-key", "BLOCK_KEY0", KeyFile("zeros.bin", std::string(32, '\0')), "HMAC_UP"},
                1, "nothing but zeros");
}

TEST_F(EfuseTool, RefusesAFolderThatIsNoDevice) {
  for (const char* command : {"show", "revoke", "set-secure-version"}) {
    std::vector<std::string> arguments{"device", "efuse", command, folder_ / "none"};
    if (command != std::string("show")) arguments.emplace_back("1");
    const ToolRun run = RunTool(arguments);
    EXPECT_EQ(run.exit_code, 1) << command;
    EXPECT_THAT(run.err, HasSubstr("expected")) << command;
  }
  EXPECT_EQ(RunTool({"device", "efuse", "burn-digest", folder_ / "none", Key()}).exit_code, 1);
}

TEST_F(EfuseTool, RefusesADamagedFileAndLeavesItAlone) {
  std::string file = FileText(folder_ / "device/efuse.bin");
  file[20] = 1;
  WriteText(folder_ / "device/efuse.bin", file);
  ExpectRefused({"burn-key", "BLOCK_KEY0", Key(), "HMAC_UP"}, 1, "efuse.bin");
  ExpectRefused({"set-secure-version", "1"}, 1, "checksum");
}

TEST_F(EfuseTool, BurnsDigestsIntoTheFirstFreeSlotAndBlock) {
  ASSERT_EQ(RunTool({"key", "new", "sign-p256", folder_ / "a.pem", "--public", folder_ / "a.pub"})
                .exit_code,
            0);
  std::string digest = RunTool({"key", "digest", folder_ / "a.pem"}).out;
  digest.pop_back();
  ASSERT_EQ(Efuse({"burn-digest", folder_ / "a.pub"}).exit_code, 0);
  ASSERT_EQ(Efuse({"burn-digest", Key()}).exit_code, 0) << "a file of 32 bytes is a digest";
  const Json digests = Show().at("digests");
  EXPECT_EQ(digests.at(0).at("digest").get<std::string>(), digest);
  EXPECT_EQ(digests.at(0).at("block").get<std::string>(), "BLOCK_KEY0");
  EXPECT_EQ(digests.at(1).at("block").get<std::string>(), "BLOCK_KEY1");
  EXPECT_EQ(Block(0).at("purpose").get<std::string>(), "SECURE_BOOT_DIGEST0");
  EXPECT_FALSE(Block(0).at("read_protected").get<bool>()) << "the bootloader reads it";
  EXPECT_TRUE(digests.at(2).at("digest").is_null());
}

TEST_F(EfuseTool, BurnsADigestWhereItIsTold) {
  ASSERT_EQ(Efuse({"burn-digest", Key()}, {"--slot", "2", "--block", "BLOCK_KEY4"}).exit_code, 0);
  EXPECT_EQ(Show().at("digests").at(2).at("block").get<std::string>(), "BLOCK_KEY4");
  ExpectRefused({"burn-digest", Key(), "--slot", "2"}, 1, "found one in BLOCK_KEY4");
  ExpectRefused({"burn-digest", Key(), "--block", "BLOCK_KEY4"}, 1, "found it burnt");
  ExpectRefused({"burn-digest", Key(), "--block", "BLOCK_KEY9"}, 2, "found 'BLOCK_KEY9'");
  EXPECT_EQ(Efuse({"burn-digest", Key()}, {"--slot", "3"}).exit_code, 2);
  ExpectRefused({"burn-digest", KeyFile("garbage.pem", "garbage")}, 1, "garbage.pem");
}

TEST_F(EfuseTool, SaysWhenNoSlotIsLeftForADigest) {
  for (int i = 0; i < 2; ++i) ASSERT_EQ(Efuse({"burn-digest", Key()}).exit_code, 0);
  ASSERT_EQ(Efuse({"revoke", "2"}).exit_code, 0);
  ExpectRefused({"burn-digest", Key()}, 1, "all 3 burnt or revoked");
}

TEST_F(EfuseTool, KnowsHowManyDigestsTheChipHas) {
  MakeDevice("esp32c2");
  ASSERT_EQ(Show().at("digests").size(), 1U);
  ExpectRefused({"burn-key", "BLOCK_KEY0", Key(), "SECURE_BOOT_DIGEST1"}, 1,
                "expected a digest slot below 1, as many as the esp32c2 has, found 1");
  ExpectRefused({"revoke", "0"}, 1, "a chip whose eFuse can revoke a digest");
  EXPECT_EQ(Efuse({"burn-digest", Key()}).exit_code, 0);
}

TEST_F(EfuseTool, RevokesForGood) {
  ASSERT_EQ(Efuse({"burn-digest", Key()}).exit_code, 0);
  ASSERT_EQ(Efuse({"revoke", "0"}).exit_code, 0);
  EXPECT_TRUE(Show().at("digests").at(0).at("revoked").get<bool>());
  const ToolRun again = Efuse({"revoke", "0"});
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.out, HasSubstr("already"));
  EXPECT_EQ(Efuse({"revoke", "3"}).exit_code, 2);
  EXPECT_EQ(Efuse({"revoke", "one"}).exit_code, 2);
}

TEST_F(EfuseTool, RaisesTheSecureVersionWithinTheChipsWidth) {
  ASSERT_EQ(Efuse({"set-secure-version", "3"}).exit_code, 0);
  EXPECT_EQ(Show().at("secure_version").get<int>(), 3);
  EXPECT_THAT(Efuse({"set-secure-version", "3"}).out, HasSubstr("already"));
  ExpectRefused({"set-secure-version", "2"}, 1, "expected a secure version from 3 on, found 2");
  ExpectRefused({"set-secure-version", "17"}, 1, "in 16 bits: expected a number from 3 to 16");
  EXPECT_EQ(Efuse({"set-secure-version", "many"}).exit_code, 2);
  EXPECT_EQ(Show().at("secure_version").get<int>(), 3);
}

TEST_F(EfuseTool, WaitsForNobodyWhileAnotherWrites) {
  const int file = open((folder_ / "device/flash.bin").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_GE(file, 0);
  struct flock lock {};
  lock.l_type = F_WRLCK;
  // Either kind of lock that a writer may hold.
  const bool held = flock(file, LOCK_EX | LOCK_NB) == 0 && fcntl(file, F_OFD_SETLK, &lock) == 0;
  EXPECT_TRUE(held);
  ExpectRefused({"set-secure-version", "1"}, 1, "in use");
  EXPECT_EQ(Efuse({"show"}).exit_code, 0);
  close(file);
}

}  // namespace
}  // namespace updraft
