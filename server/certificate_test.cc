// SPDX-License-Identifier: Apache-2.0
#include "server/certificate.h"

#include <gtest/gtest.h>

#include "server/openssl_handle.h"

namespace updraft {
namespace {

using StoreHandle = std::unique_ptr<X509_STORE, OpensslFree<X509_STORE_free>>;
using VerificationHandle = std::unique_ptr<X509_STORE_CTX, OpensslFree<X509_STORE_CTX_free>>;

// What a strict client says of `server` when it trusts `authority` alone.
int Verify(const TlsIdentity& server, const TlsIdentity& authority, const std::string& host) {
  const CertificateHandle certificate = ParseCertificate(server.certificate_pem);
  const CertificateHandle trusted = ParseCertificate(authority.certificate_pem);
  const StoreHandle store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), trusted.get());
  const VerificationHandle verification(X509_STORE_CTX_new());
  X509_STORE_CTX_init(verification.get(), store.get(), certificate.get(), nullptr);
  X509_VERIFY_PARAM* wanted = X509_STORE_CTX_get0_param(verification.get());
  X509_VERIFY_PARAM_set_flags(wanted, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
  X509_VERIFY_PARAM_set_purpose(wanted, X509_PURPOSE_SSL_SERVER);
  if (X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) != 1)
    X509_VERIFY_PARAM_set1_host(wanted, host.c_str(), 0);
  X509_verify_cert(verification.get());
  return X509_STORE_CTX_get_error(verification.get());
}

class Certificates : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(authority_.Create().ok()); }
  TlsIdentity Issue(const CertificateOptions& options) {
    TlsIdentity server;
    EXPECT_TRUE(authority_.Issue(options, server).ok());
    return server;
  }

  CertificateAuthority authority_;
};

TEST_F(Certificates, SatisfyAStrictClientUnderEachName) {
  const TlsIdentity server = Issue({.hosts = {"localhost", "127.0.0.1", "::1", "ota.example"}});
  for (const char* host : {"localhost", "127.0.0.1", "::1", "ota.example"})
    EXPECT_EQ(Verify(server, authority_.identity(), host), X509_V_OK) << host;
}

TEST_F(Certificates, NameTheLoopbackByDefault) {
  const TlsIdentity server = Issue({});
  for (const char* host : {"localhost", "127.0.0.1", "::1"})
    EXPECT_EQ(Verify(server, authority_.identity(), host), X509_V_OK) << host;
}

TEST_F(Certificates, AreForTheirHostsOnly) {
  const TlsIdentity server = Issue({.hosts = {"wrong.example"}});
  EXPECT_EQ(Verify(server, authority_.identity(), "localhost"), X509_V_ERR_HOSTNAME_MISMATCH);
  EXPECT_EQ(Verify(server, authority_.identity(), "127.0.0.1"), X509_V_ERR_IP_ADDRESS_MISMATCH);
}

TEST_F(Certificates, CanBeExpired) {
  const TlsIdentity server = Issue({.first_day = -30, .days = 29});
  EXPECT_EQ(Verify(server, authority_.identity(), "localhost"), X509_V_ERR_CERT_HAS_EXPIRED);
}

TEST_F(Certificates, CanBeOfTheFuture) {
  const TlsIdentity server = Issue({.first_day = 2, .days = 10});
  EXPECT_EQ(Verify(server, authority_.identity(), "localhost"), X509_V_ERR_CERT_NOT_YET_VALID);
}

TEST_F(Certificates, AreTrustedThroughTheirOwnAuthorityOnly) {
  CertificateAuthority other;
  ASSERT_TRUE(other.Create().ok());
  EXPECT_EQ(Verify(Issue({}), other.identity(), "localhost"),
            X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
}

TEST_F(Certificates, AreValidFromYesterdayFor825Days) {
  const CertificateHandle server = ParseCertificate(Issue({}).certificate_pem);
  int days = 0;
  int seconds = 0;
  ASSERT_EQ(ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(server.get()), nullptr), 1);
  EXPECT_EQ(days, 1);
  ASSERT_EQ(ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(server.get()),
                           X509_get0_notAfter(server.get())),
            1);
  EXPECT_EQ(days, 824);  // and 86399 seconds: the last second counts
  EXPECT_EQ(seconds, 86399);
}

TEST_F(Certificates, OfAServerSignNothing) {
  const TlsIdentity server = Issue({});
  const CertificateHandle certificate = ParseCertificate(server.certificate_pem);
  EXPECT_EQ(X509_check_ca(certificate.get()), 0);
  EXPECT_EQ(X509_get_extended_key_usage(certificate.get()), unsigned{XKU_SSL_SERVER});
  EXPECT_EQ(X509_get_key_usage(certificate.get()), unsigned{KU_DIGITAL_SIGNATURE});
  const CertificateHandle ca = ParseCertificate(authority_.identity().certificate_pem);
  EXPECT_EQ(X509_check_ca(ca.get()), 1);
  EXPECT_EQ(X509_get_pathlen(ca.get()), 0);
}

TEST_F(Certificates, HaveKeysOfP256AndSerialsOfTheirOwn) {
  const TlsIdentity first = Issue({});
  const TlsIdentity second = Issue({});
  EXPECT_EQ(EVP_PKEY_get_bits(ParseKey(first.key_pem).get()), 256);
  EXPECT_NE(first.key_pem, second.key_pem);
  const CertificateHandle one = ParseCertificate(first.certificate_pem);
  const CertificateHandle two = ParseCertificate(second.certificate_pem);
  EXPECT_NE(ASN1_INTEGER_cmp(X509_get0_serialNumber(one.get()), X509_get0_serialNumber(two.get())),
            0);
}

TEST_F(Certificates, AreNotIssuedForNothingOrNonsense) {
  TlsIdentity server;
  EXPECT_EQ(authority_.Issue({.hosts = {}}, server).status.code(), Code::kInvalidArgument);
  for (const char* host : {"", "a b", "a,DNS:b", "https://a"})
    EXPECT_EQ(authority_.Issue({.hosts = {host}}, server).status.code(), Code::kInvalidArgument)
        << host;
  EXPECT_TRUE(server.empty());
}

TEST_F(Certificates, TakeALongHostName) {
  std::string host(60, 'a');
  host += ".";
  host.append(60, 'b').append(".example");
  EXPECT_EQ(Verify(Issue({.hosts = {host}}), authority_.identity(), host), X509_V_OK);
}

}  // namespace
}  // namespace updraft
