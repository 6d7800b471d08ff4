// SPDX-License-Identifier: Apache-2.0
// Bundles of authorities, from the tool's maker to the device's verdict.
#include "ports/mbedtls/certificate_bundle.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ports/host/authority_bundle.h"
#include "testing/openssl_server.h"
#include "testing/test_certificates.h"
#include "tests/ports/connection_ports.h"

namespace updraft {
namespace {

using Bundle = std::vector<std::uint8_t>;

Bundle Make(const std::string& pem) {
  std::string fault;
  const auto bundle = MakeAuthorityBundle(pem, fault);
  EXPECT_TRUE(bundle) << fault;
  return bundle ? bundle->bytes : Bundle{};
}

Code CodeOf(const std::string& pem) {
  std::string fault;
  return MakeAuthorityBundle(pem, fault).error().code();
}

Status ConnectWith(const Bundle& bundle, const OpensslServer& server) {
  MbedtlsUnderTest connection({}, bundle);
  return connection.Connect({"localhost", server.port(), true});
}

TEST(CertificateBundle, TrustsWhomItHoldsAndNobodyElse) {
  const TestAuthority good("Good");
  const TestAuthority other("Other");
  const TestAuthority another("Another");
  OpensslServer server(good.Issue({}));
  EXPECT_EQ(ConnectWith(Make(good.certificate_pem()), server), kOk);
  EXPECT_EQ(ConnectWith(
                Make(other.certificate_pem() + good.certificate_pem() + another.certificate_pem()),
                server),
            kOk);
  EXPECT_EQ(ConnectWith(Make(other.certificate_pem() + another.certificate_pem()), server),
            Status(NetworkFailure::kTls));
}

// The name alone is no trust: another key under it does not verify.
TEST(CertificateBundle, DoesNotTrustAnotherKeyOfTheSameName) {
  const TestAuthority good("Same name");
  const TestAuthority impostor("Same name");
  OpensslServer server(impostor.Issue({}));
  EXPECT_EQ(ConnectWith(Make(good.certificate_pem()), server), Status(NetworkFailure::kTls));
  EXPECT_EQ(ConnectWith(Make(good.certificate_pem() + impostor.certificate_pem()), server), kOk);
}

TEST(CertificateBundle, StillWantsNameAndDates) {
  const TestAuthority authority("Strict");
  CertificateRequest expired;
  expired.valid_until = -60;
  OpensslServer old(authority.Issue(expired));
  EXPECT_EQ(ConnectWith(Make(authority.certificate_pem()), old), Status(NetworkFailure::kTls));
  OpensslServer elsewhere(
      authority.Issue({.common_name = "elsewhere", .names = {"DNS:elsewhere"}}));
  EXPECT_EQ(ConnectWith(Make(authority.certificate_pem()), elsewhere),
            Status(NetworkFailure::kTls));
}

TEST(CertificateBundle, TakesAnAuthorityThatTheServerSendsAlong) {
  const TestAuthority authority("Sent along");
  CertifiedKey identity = authority.Issue({});
  const TemporaryFolder folder;
  WriteFile(folder / "chain.pem", authority.certificate_pem());
  OpensslServer server(identity, {"-cert_chain", (folder / "chain.pem").string()});
  EXPECT_EQ(ConnectWith(Make(authority.certificate_pem()), server), kOk);
  const TestAuthority other("Other");
  EXPECT_EQ(ConnectWith(Make(other.certificate_pem()), server), Status(NetworkFailure::kTls));
}

TEST(CertificateBundle, CountsAndSortsAndDropsWhatComesTwice) {
  const TestAuthority b("B");
  const TestAuthority a("A");
  std::string fault;
  const auto bundle =
      MakeAuthorityBundle(b.certificate_pem() + a.certificate_pem() + b.certificate_pem(), fault);
  ASSERT_TRUE(bundle);
  EXPECT_EQ(bundle->count, 2U);
  const Bundle& bytes = bundle->bytes;
  // Count; then lengths, subject ("A" at its end) and key of the first.
  EXPECT_EQ(Bundle(bytes.begin(), bytes.begin() + 2), (Bundle{0, 2}));
  const std::size_t subject = std::size_t{bytes[2]} << 8U | bytes[3];
  const std::size_t key = std::size_t{bytes[4]} << 8U | bytes[5];
  EXPECT_EQ(bytes[6], 0x30);
  EXPECT_EQ(bytes[6 + subject - 1], 'A');
  EXPECT_EQ(key, 91U);  // SubjectPublicKeyInfo of P-256
  EXPECT_EQ(bytes[6 + subject], 0x30);
  EXPECT_EQ(bytes.size(), 2 + 2 * (4 + subject + key));
  EXPECT_EQ(bytes, Make(a.certificate_pem() + b.certificate_pem()));
}

TEST(CertificateBundle, IsNoneWhenCutOrGrownOrOutOfOrder) {
  const TestAuthority one("One");
  const TestAuthority two("Two");
  const Bundle bundle = Make(one.certificate_pem() + two.certificate_pem());
  EXPECT_TRUE(mbed::IsCertificateBundle(bundle));
  for (std::size_t size = 0; size < bundle.size(); ++size) {
    // Exactly as large as that, so that a sanitizer sees a read beyond it.
    const Bundle cut(bundle.begin(), bundle.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(mbed::IsCertificateBundle(cut)) << size;
  }
  Bundle changed = bundle;
  changed.push_back(0);
  EXPECT_FALSE(mbed::IsCertificateBundle(changed));
  changed = bundle;
  changed[1] = 0;
  EXPECT_FALSE(mbed::IsCertificateBundle(changed));
  const std::size_t entry = (bundle.size() - 2) / 2;
  Bundle swapped(bundle.begin(), bundle.begin() + 2);
  swapped.insert(swapped.end(), bundle.begin() + 2 + static_cast<std::ptrdiff_t>(entry),
                 bundle.end());
  swapped.insert(swapped.end(), bundle.begin() + 2,
                 bundle.begin() + 2 + static_cast<std::ptrdiff_t>(entry));
  EXPECT_FALSE(mbed::IsCertificateBundle(swapped));
}

TEST(CertificateBundle, IsMadeOfSoundCertificatesOnly) {
  EXPECT_EQ(CodeOf(""), Code::kNotFound);
  EXPECT_EQ(CodeOf("no certificate"), Code::kNotFound);
  std::string damaged = TestAuthority("A").certificate_pem();
  damaged.replace(100, 1, "!");
  EXPECT_EQ(CodeOf(damaged), Code::kBadFormat);
  EXPECT_EQ(CodeOf(TestAuthority("A").certificate_pem() + damaged), Code::kBadFormat);
}

}  // namespace
}  // namespace updraft
