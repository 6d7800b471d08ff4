// SPDX-License-Identifier: Apache-2.0
#include "ports/host/tls_files.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "testing/temporary_folder.h"
#include "testing/test_identity.h"

namespace updraft {
namespace {

using Which = WrongTlsFile::Which;

struct Files {
  std::string ca{};
  std::string proxy_ca{};
  std::string certificate{};
  std::string key{};
  std::string key_password{};
};

std::optional<WrongTlsFile> Judge(const Files& files) {
  HostConnectionOptions options;
  options.ca_file = files.ca;
  options.proxy_ca_file = files.proxy_ca;
  options.certificate_file = files.certificate;
  options.key_file = files.key;
  options.key_password = files.key_password;
  return JudgeTlsFiles(options);
}

class TlsFiles : public testing::Test {
 protected:
  std::string Put(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }
  static std::string Told(const Files& options, Which which, Code code) {
    const auto wrong = Judge(options);
    if (!wrong) return "nothing";
    EXPECT_EQ(wrong->which, which);
    EXPECT_EQ(wrong->code, code);
    return wrong->expected + ", found " + wrong->found;
  }

  TemporaryFolder folder_;
  std::string absent_ = folder_ / "absent";
  std::string ca_ = Put("ca.pem", Authority().certificate_pem());
  std::string cert_ = Put("cert.pem", GoodIdentity().certificate_pem);
  std::string key_ = Put("key.pem", GoodIdentity().key_pem);
  std::string garbage_ = Put("garbage", std::string(3000, '\x91'));
};

TEST_F(TlsFiles, PassWhereTheyCanBeUsed) {
  EXPECT_FALSE(Judge({}));
  EXPECT_FALSE(Judge({.ca = ca_, .certificate = cert_, .key = key_}));
  EXPECT_FALSE(Judge({.proxy_ca = ca_}));
  // As one file may hold both.
  const std::string both = Put("both", GoodIdentity().certificate_pem + GoodIdentity().key_pem);
  EXPECT_FALSE(Judge({.certificate = both}));
}

TEST_F(TlsFiles, AreToldThatAreNotThere) {
  const auto expect = [&](const Files& options, Which which, const char* words) {
    EXPECT_EQ(Told(options, which, Code::kNotFound),
              std::string(words) + " in " + absent_ + ", found no such file");
  };
  expect({.ca = absent_}, Which::kAuthorities, "certificates in PEM");
  expect({.proxy_ca = absent_}, Which::kProxyAuthorities, "certificates in PEM");
  expect({.certificate = absent_, .key = key_}, Which::kCertificate,
         "the client's certificate in PEM");
  expect({.ca = ca_, .certificate = cert_, .key = absent_}, Which::kKey,
         "the client's private key in PEM");
}

TEST_F(TlsFiles, AreToldThatHoldSomethingElse) {
  EXPECT_EQ(Told({.ca = garbage_}, Which::kAuthorities, Code::kBadFormat),
            "certificates in PEM in " + garbage_ + ", found none");
  EXPECT_EQ(Told({.ca = Put("empty", "")}, Which::kAuthorities, Code::kBadFormat),
            "certificates in PEM in " + (folder_ / "empty").string() + ", found none");
  EXPECT_EQ(Told({.ca = key_}, Which::kAuthorities, Code::kBadFormat),
            "certificates in PEM in " + key_ + ", found none");
  EXPECT_EQ(Told({.certificate = garbage_}, Which::kCertificate, Code::kBadFormat),
            "the client's certificate in PEM in " + garbage_ + ", found none");
  EXPECT_EQ(Told({.certificate = cert_, .key = cert_}, Which::kKey, Code::kBadFormat),
            "the client's private key in PEM in " + cert_ + ", found none");
  std::string damaged = Authority().certificate_pem();
  damaged[damaged.size() / 2] = '!';
  EXPECT_EQ(Told({.ca = Put("damaged", damaged)}, Which::kAuthorities, Code::kBadFormat),
            "certificates in PEM in " + (folder_ / "damaged").string() +
                ", found what OpenSSL refuses (bad base64 decode)");
}

TEST_F(TlsFiles, AreToldThatDoNotBelongTogether) {
  const std::string other = Put("other.pem", Authority().Issue({}).key_pem);
  EXPECT_EQ(
      Told({.certificate = cert_, .key = other}, Which::kKey, Code::kBadFormat),
      "the client's private key in PEM in " + other + ", found the key of another certificate");
}

// Root reads everything, so it is nobody meanwhile.
class SomebodyElse {
 public:
  SomebodyElse() {
    if (is_root_ && seteuid(65534) != 0) ADD_FAILURE() << "seteuid fails";
  }
  SomebodyElse(const SomebodyElse&) = delete;
  SomebodyElse& operator=(const SomebodyElse&) = delete;
  ~SomebodyElse() {
    if (is_root_ && seteuid(0) != 0) ADD_FAILURE() << "seteuid fails";
  }

 private:
  bool is_root_ = geteuid() == 0;
};

TEST_F(TlsFiles, AreToldThatAreFolders) {
  EXPECT_EQ(Told({.ca = folder_.path()}, Which::kAuthorities, Code::kInvalidArgument),
            "certificates in PEM in " + folder_.path().string() + ", found a folder");
}

TEST_F(TlsFiles, AreToldThatCannotBeRead) {
  ASSERT_EQ(chmod(ca_.c_str(), 0), 0);
  const SomebodyElse reader;
  EXPECT_EQ(
      Told({.ca = ca_}, Which::kAuthorities, Code::kInvalidArgument),
      "certificates in PEM in " + ca_ + ", found that it is not readable (Permission denied)");
}

TEST_F(TlsFiles, AskForNoPasswordOfAKey) {
  EVP_PKEY* const key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  const std::string locked = folder_ / "locked.pem";
  std::FILE* const file = std::fopen(locked.c_str(), "w");
  ASSERT_NE(file, nullptr);
  PEM_write_PKCS8PrivateKey(file, key, EVP_aes_128_cbc(), "secret", 6, nullptr, nullptr);
  std::fclose(file);
  EVP_PKEY_free(key);
  EXPECT_EQ(Told({.key = locked}, Which::kKey, Code::kBadFormat),
            "the client's private key in PEM in " + locked +
                ", found one under a password, which is missing or wrong");
  EXPECT_EQ(Told({.key = locked, .key_password = "wrong"}, Which::kKey, Code::kBadFormat),
            "the client's private key in PEM in " + locked +
                ", found one under a password, which is missing or wrong");
  EXPECT_FALSE(Judge({.key = locked, .key_password = "secret"}));
}

// What is read once is left to who connects.
TEST_F(TlsFiles, AreNotTakenFromAPipeOrAToken) {
  const std::string pipe = folder_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_FALSE(Judge({.ca = pipe}));
  EXPECT_FALSE(Judge({.certificate = cert_, .key = "pkcs11:object=key"}));
}

}  // namespace
}  // namespace updraft
