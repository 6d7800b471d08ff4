// SPDX-License-Identifier: Apache-2.0
#include "server/tls_identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/certificate.h"
#include "server/test_client.h"

namespace updraft {
namespace {

using testing::HasSubstr;

class TlsIdentityTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(authority_.Create().ok());
    ASSERT_TRUE(authority_.Issue({}, server_).ok());
    folder_.Write("cert.pem", server_.certificate_pem);
    folder_.Write("key.pem", server_.key_pem);
  }
  ExplainedStatus Load(const char* certificate, const char* key) {
    TlsIdentity identity;
    return LoadTlsIdentity(folder_ / certificate, folder_ / key, identity);
  }

  TestFolder folder_;
  CertificateAuthority authority_;
  TlsIdentity server_;
};

TEST_F(TlsIdentityTest, LoadsAPair) {
  TlsIdentity identity;
  ASSERT_TRUE(LoadTlsIdentity(folder_ / "cert.pem", folder_ / "key.pem", identity).ok());
  EXPECT_EQ(identity.certificate_pem, server_.certificate_pem);
  EXPECT_EQ(identity.key_pem, server_.key_pem);
}

TEST_F(TlsIdentityTest, RefusesAFileThatIsNotThere) {
  const ExplainedStatus certificate = Load("none.pem", "key.pem");
  EXPECT_EQ(certificate.status.code(), Code::kNotFound);
  EXPECT_EQ(certificate.status.detail(), ENOENT);
  EXPECT_THAT(certificate.message, HasSubstr("none.pem"));
  EXPECT_THAT(Load("cert.pem", "none.key").message, HasSubstr("none.key"));
}

TEST_F(TlsIdentityTest, RefusesADirectory) { EXPECT_FALSE(Load("", "key.pem").ok()); }

TEST_F(TlsIdentityTest, RefusesWhatIsNoPem) {
  folder_.Write("text.pem", "hello");
  folder_.Write("empty.pem", "");
  for (const char* bad : {"text.pem", "empty.pem", "key.pem"}) {
    const ExplainedStatus outcome = Load(bad, "key.pem");
    EXPECT_EQ(outcome.status.code(), Code::kBadFormat) << bad;
    EXPECT_THAT(outcome.message, HasSubstr(bad));
  }
  for (const char* bad : {"text.pem", "empty.pem", "cert.pem"})
    EXPECT_EQ(Load("cert.pem", bad).status.code(), Code::kBadFormat) << bad;
}

TEST_F(TlsIdentityTest, RefusesAKeyOfAnotherCertificate) {
  TlsIdentity other;
  ASSERT_TRUE(authority_.Issue({}, other).ok());
  folder_.Write("other.pem", other.key_pem);
  EXPECT_EQ(Load("cert.pem", "other.pem").status.code(), Code::kInvalidArgument);
}

TEST_F(TlsIdentityTest, RefusesAKeyWithAPassphraseInsteadOfAsking) {
  const KeyHandle key = ParseKey(server_.key_pem);
  const BioHandle bio(BIO_new(BIO_s_mem()));
  char passphrase[] = "secret";
  ASSERT_EQ(PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), EVP_aes_256_cbc(), passphrase, 6,
                                          nullptr, nullptr),
            1);
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &data);
  folder_.Write("locked.pem", {data, static_cast<std::size_t>(length)});
  const ExplainedStatus outcome = Load("cert.pem", "locked.pem");
  EXPECT_EQ(outcome.status.code(), Code::kBadFormat);
  EXPECT_THAT(outcome.message, HasSubstr("passphrase"));
}

}  // namespace
}  // namespace updraft
