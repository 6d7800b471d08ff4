// SPDX-License-Identifier: Apache-2.0
// The TLS session that the connection over OpenSSL keeps for its next attempt.
#include "ports/host/connection_openssl.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "server/file_server.h"
#include "testing/openssl_server.h"
#include "testing/temporary_folder.h"

namespace updraft {
namespace {

class OpensslSession : public testing::Test {
 protected:
  OpensslSession() {
    WriteFile(folder_ / "file", std::string(100'000, 'x'));
    FileServerOptions options;
    options.root = folder_.path();
    server_.emplace(options);
    EXPECT_TRUE(server_->Start().ok());
    options.identity = {};
    other_.emplace(std::move(options));
    EXPECT_TRUE(other_->Start().ok());
    options_.ca_pem = server_->ca_pem() + other_->ca_pem();
  }

  Status Connect(OpensslConnection& connection, const FileServer& server) {
    return connection.Connect({"127.0.0.1", server.port(), true});
  }
  // All of it, or until it fails.
  Status Get(OpensslConnection& connection) {
    UPDRAFT_TRY(connection.Send(
        AsBytes("GET /file HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")));
    std::array<std::uint8_t, 4096> bytes{};
    while (true) {
      UPDRAFT_TRY_ASSIGN(const std::size_t count, connection.Receive(bytes));
      if (count == 0) return kOk;
    }
  }

  TemporaryFolder folder_;
  std::optional<FileServer> server_;
  std::optional<FileServer> other_;
  HostConnectionOptions options_;
};

TEST_F(OpensslSession, IsTakenUpByTheNextStreamToTheSameServer) {
  using Versions = HostConnectionOptions::TlsVersions;
  for (const Versions versions : {Versions::kOnly12, Versions::kOnly13}) {
    options_.tls_versions = versions;
    OpensslConnection connection(options_);
    for (int attempt = 0; attempt < 4; ++attempt) {
      ASSERT_TRUE(Connect(connection, *server_).ok()) << connection.failure_text();
      EXPECT_EQ(connection.is_resumed(), attempt > 0);
      ASSERT_TRUE(Get(connection).ok()) << connection.failure_text();
    }
    ASSERT_TRUE(Connect(connection, *other_).ok()) << connection.failure_text();
    EXPECT_FALSE(connection.is_resumed());
  }
}

TEST_F(OpensslSession, OutlivesAStreamThatWasCut) {
  FaultScript script;
  ASSERT_TRUE(ParseFaultScript(R"({"requests": [{"times": 1, "fault": "reset", "at": 50000}]})",
                               "test", script)
                  .ok());
  ASSERT_TRUE(server_->SetScript(std::move(script)).ok());
  OpensslConnection connection(options_);
  ASSERT_TRUE(Connect(connection, *server_).ok()) << connection.failure_text();
  EXPECT_EQ(Get(connection), Status(NetworkFailure::kReset));
  ASSERT_TRUE(Connect(connection, *server_).ok()) << connection.failure_text();
  EXPECT_TRUE(connection.is_resumed());
  EXPECT_TRUE(Get(connection).ok()) << connection.failure_text();
}

// It was promised to another name, whose certificate nobody has looked at.
TEST_F(OpensslSession, IsNotShownUnderAnotherName) {
  OpensslConnection connection(options_);
  ASSERT_TRUE(Connect(connection, *server_).ok()) << connection.failure_text();
  ASSERT_TRUE(Get(connection).ok());
  ASSERT_TRUE(connection.Connect({"localhost", server_->port(), true}).ok());
  EXPECT_FALSE(connection.is_resumed());
}

// Another server at the same place: the handshake begins anew, and is verified anew.
TEST_F(OpensslSession, IsWorthNothingToAServerThatDidNotGiveIt) {
  const std::uint16_t port = server_->port();
  options_.ca_pem = server_->ca_pem();
  OpensslConnection connection(options_);
  ASSERT_TRUE(Connect(connection, *server_).ok()) << connection.failure_text();
  ASSERT_TRUE(Get(connection).ok());
  connection.Close();
  server_->Stop();
  FileServerOptions options;
  options.root = folder_.path();
  options.port = port;
  FileServer impostor(std::move(options));
  ASSERT_TRUE(impostor.Start().ok());
  EXPECT_EQ(Connect(connection, impostor), Status(NetworkFailure::kTls));
}

}  // namespace
}  // namespace updraft
