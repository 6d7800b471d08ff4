// SPDX-License-Identifier: Apache-2.0
// What the Mbed TLS port has beside the suite of every Connection: addresses in
// certificates, resumption, limits of records, bundles of authorities.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "testing/hex.h"
#include "testing/loopback_peer.h"
#include "testing/openssl_server.h"
#include "testing/test_identity.h"
#include "tests/ports/connection_ports.h"

namespace updraft {
namespace {

using mbed::ParseIpAddress;
using testing::HasSubstr;

ConnectionWishes Trusting() {
  ConnectionWishes wishes;
  wishes.ca_pem = Authority().certificate_pem();
  return wishes;
}

Status ConnectTo(std::string_view host, const OpensslServer& server, std::string* text = nullptr) {
  ConnectionWishes wishes = Trusting();
  wishes.redirected_port = server.port();
  MbedtlsUnderTest connection(wishes);
  const Status status = connection.Connect({host, 443, true});
  if (text != nullptr) *text = connection.failure_text();
  return status;
}

TEST(MbedtlsConnectionTest, TakesAnAddressFromTheAlternativeNamesOnly) {
  OpensslServer server(
      Authority().Issue({.common_name = "192.0.2.9", .names = {"IP:192.0.2.1", "IP:2001:db8::7"}}));
  EXPECT_EQ(ConnectTo("192.0.2.1", server), kOk);
  EXPECT_EQ(ConnectTo("2001:db8:0::7", server), kOk);
  std::string text;
  EXPECT_EQ(ConnectTo("192.0.2.2", server, &text), Status(NetworkFailure::kTls));
  EXPECT_EQ(text, "certificate is for another name than 192.0.2.2");
  EXPECT_EQ(ConnectTo("2001:db8::8", server), Status(NetworkFailure::kTls));
  // The common name does not count where there are alternative names.
  EXPECT_EQ(ConnectTo("192.0.2.9", server), Status(NetworkFailure::kTls));
}

TEST(MbedtlsConnectionTest, TakesAnAddressFromTheCommonNameWhereThereIsNothingElse) {
  OpensslServer server(Authority().Issue({.common_name = "192.0.2.1", .names = {}}));
  EXPECT_EQ(ConnectTo("192.0.2.1", server), kOk);
  EXPECT_EQ(ConnectTo("192.0.2.2", server), Status(NetworkFailure::kTls));
  EXPECT_EQ(ConnectTo("localhost", server), Status(NetworkFailure::kTls));
}

TEST(MbedtlsConnectionTest, TakesNoDnsNameForAnAddress) {
  OpensslServer server(Authority().Issue({.common_name = "192.0.2.1", .names = {"DNS:192.0.2.1"}}));
  EXPECT_EQ(ConnectTo("192.0.2.1", server), Status(NetworkFailure::kTls));
}

TEST(IpAddressTest, ReadsWhatIsAnAddressAndNothingElse) {
  EXPECT_EQ(ToHex(ParseIpAddress("192.0.2.1").bytes()), "c0000201");
  EXPECT_EQ(ToHex(ParseIpAddress("255.255.255.255").bytes()), "ffffffff");
  EXPECT_EQ(ToHex(ParseIpAddress("::").bytes()), std::string(32, '0'));
  EXPECT_EQ(ToHex(ParseIpAddress("::1").bytes()), std::string(31, '0') + "1");
  EXPECT_EQ(ToHex(ParseIpAddress("1::").bytes()), "0001" + std::string(28, '0'));
  EXPECT_EQ(ToHex(ParseIpAddress("2001:DB8::a:b").bytes()), "20010db80000000000000000000a000b");
  EXPECT_EQ(ToHex(ParseIpAddress("1:2:3:4:5:6:7:8").bytes()), "00010002000300040005000600070008");
  EXPECT_EQ(ToHex(ParseIpAddress("::ffff:192.0.2.1").bytes()), "00000000000000000000ffffc0000201");
  for (const char* text : {"",
                           "1",
                           "1.2.3",
                           "1.2.3.4.5",
                           "256.1.1.1",
                           "01.2.3.4",
                           "1.2.3.",
                           "1.2.3.4.",
                           "a.b.c.d",
                           ":",
                           ":::",
                           "1::2::3",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "1:2:3:4:5:6:7:8::",
                           "12345::",
                           "g::",
                           "1:",
                           ":1",
                           "fe80::1%eth0",
                           "1:2:3:4:5:6:7:1.2.3.4",
                           "::1.2.3.4:5",
                           "localhost"}) {
    EXPECT_EQ(ParseIpAddress(text).size, 0U) << text;
  }
}

TEST(MbedtlsConnectionTest, ResumesTheSessionOfTheSameEndpoint) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"-tls1_2"}, std::vector<std::string>{"-tls1_2", "-no_ticket"}}) {
    OpensslServer server(Authority().Issue({}), arguments);
    MbedtlsUnderTest connection(Trusting());
    for (const bool again : {false, true, true}) {
      ASSERT_EQ(connection.Connect({"localhost", server.port(), true}), kOk)
          << connection.failure_text();
      EXPECT_EQ(connection.inner().resumed(), again);
      ASSERT_EQ(connection.Send(AsBytes("hello\n")), kOk);
      server.WaitFor("hello\n");
      connection.Close();
    }
    // Another name is another peer: it is verified anew.
    ASSERT_EQ(connection.Connect({"127.0.0.1", server.port(), true}), kOk);
    EXPECT_FALSE(connection.inner().resumed());
  }
}

TEST(MbedtlsConnectionTest, VerifiesANewServerAtTheEndpointOfASession) {
  OpensslServer good(Authority().Issue({}));
  OpensslServer impostor(SelfSigned({}));
  MbedtlsUnderTest connection(Trusting());
  connection.RedirectTo(good.port());
  ASSERT_EQ(connection.Connect({"localhost", 443, true}), kOk);
  connection.RedirectTo(impostor.port());
  EXPECT_EQ(connection.Connect({"localhost", 443, true}), Status(NetworkFailure::kTls));
  EXPECT_FALSE(connection.is_open());
}

TEST(MbedtlsConnectionTest, TellsTheProtocolThatTheServerChose) {
  OpensslServer server(Authority().Issue({}), {"-alpn", "h2,http/1.1"});
  MbedtlsUnderTest connection(Trusting());
  ASSERT_EQ(connection.Connect({"localhost", server.port(), true}), kOk);
  EXPECT_EQ(connection.inner().protocol(), "http/1.1");
}

TEST(MbedtlsConnectionTest, TrustsNobodyWhereNobodyIsGiven) {
  OpensslServer server(Authority().Issue({}));
  MbedtlsUnderTest connection(ConnectionWishes{});
  EXPECT_EQ(connection.Connect({"localhost", server.port(), true}), Status(NetworkFailure::kTls));
  EXPECT_EQ(connection.failure_text(), "no certificate authority is given to trust");
}

TEST(MbedtlsConnectionTest, RefusesOptionsThatAreNone) {
  OpensslServer server(Authority().Issue({}));
  ConnectionWishes wishes = Trusting();
  wishes.ca_pem = "no certificate";
  MbedtlsUnderTest by_authority(wishes);
  EXPECT_EQ(by_authority.Connect({"localhost", server.port(), true}).code(),
            Code::kInvalidArgument);
  EXPECT_THAT(std::string(by_authority.failure_text()), HasSubstr("authorities"));
  wishes = Trusting();
  wishes.certificate_pem = Authority().certificate_pem();
  wishes.key_pem = "no key";
  MbedtlsUnderTest by_key(wishes);
  EXPECT_EQ(by_key.Connect({"localhost", server.port(), true}).code(), Code::kInvalidArgument);
  const std::array<std::uint8_t, 5> bundle{0, 1, 0, 3, 0};
  MbedtlsUnderTest by_bundle({}, bundle);
  EXPECT_EQ(by_bundle.Connect({"localhost", server.port(), true}).code(), Code::kInvalidArgument);
}

TEST(MbedtlsConnectionTest, TakesAPeerThatClosesInTheHandshakeForNoConnection) {
  const LoopbackPeer peer([](int) {});
  MbedtlsUnderTest connection(Trusting());
  EXPECT_EQ(connection.Connect({"127.0.0.1", peer.port(), true}), Status(NetworkFailure::kConnect));
  EXPECT_THAT(std::string(connection.failure_text()), HasSubstr("handshake"));
}

}  // namespace
}  // namespace updraft
