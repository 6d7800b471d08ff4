// SPDX-License-Identifier: Apache-2.0
// Connection of a device: TLS 1.2 of Mbed TLS over a TcpStream. Certificates are
// always verified. Made by whoever downloads on a device; all memory that TLS takes
// comes from Mbed TLS's allocator.
#pragma once

#include <mbedtls/ssl.h>

#include <array>
#include <cstdint>
#include <string_view>

#include "updraft/port/connection.h"
#include "updraft/port/state_sizes.h"
#include "updraft/port/system.h"

#include "ports/mbedtls/peer_name.h"
#include "ports/mbedtls/random.h"
#include "ports/mbedtls/tcp_stream.h"

namespace updraft {

// Views; what they show outlives the connection.
struct MbedtlsConnectionOptions {
  // Who is trusted: certificates, DER of one or PEM of some (PEM ends with a NUL
  // that is counted, here and below); or a bundle of subjects and keys
  // (certificate_bundle.h), which stays in flash. Both empty: no TLS. Both given: one
  // of them suffices.
  Bytes authorities{};
  Bytes authority_bundle{};
  // For servers that want to know the client.
  Bytes certificate{};
  Bytes key{};
  // The chain is verified, the name in the certificate is not.
  bool skip_common_name_check = false;
  // Until the stream is open, TLS included.
  std::uint32_t connect_timeout_ms = 15000;
  // Sending or receiving without a byte for so long is a stall.
  std::uint32_t stall_timeout_ms = 30000;
  // The server is asked for records of no more (max_fragment_length, RFC 6066): 512,
  // 1024, 2048 or 4096 bytes. 0: for the largest of these that both of this build's buffers
  // take, for nothing where its receive buffer takes any record. kWholeRecords: for nothing.
  std::uint16_t record_limit = 0;
  static constexpr std::uint16_t kWholeRecords = 0xFFFF;
};

// TLS 1.2 with ephemeral keys and authenticated ciphers, ALPN http/1.1. Where the
// same endpoint is connected to again, the TLS session is resumed if the server
// knows it still; the peer is not verified anew then. Not for two threads at once.
// Beside what Connection says: kInvalidArgument for an endpoint without a sound host
// or for options that are none, kNoSpace when Mbed TLS's allocator has nothing left.
// A peer that closes in the handshake is kConnect. A record that does not fit the
// buffer is kTls; failure_text() says what to set.
class MbedtlsConnection final : public Connection {
 public:
  MbedtlsConnection(const MbedtlsConnectionOptions& options, TcpStream& stream, System& system,
                    MbedtlsRandom& random);
  MbedtlsConnection(const MbedtlsConnection&) = delete;
  MbedtlsConnection& operator=(const MbedtlsConnection&) = delete;
  ~MbedtlsConnection();

  Status Connect(const Endpoint& endpoint) override;
  Status Send(Bytes data) override;
  Result<std::size_t> Receive(MutableBytes out) override;
  void Close() override;
  bool is_open() const override { return open_; }
  // In a block of Mbed TLS's allocator, where that has one; shorter otherwise.
  std::string_view failure_text() const override { return text_; }

  // Whether the open connection took up an earlier TLS session.
  bool resumed() const { return open_ && tls_ && !verified_; }
  // "http/1.1" where the server has chosen it; empty otherwise.
  std::string_view protocol() const;

 private:
  static int OnSend(void* self, const unsigned char* data, std::size_t size);
  static int OnReceive(void* self, unsigned char* out, std::size_t size);
  static int OnVerify(void* self, mbedtls_x509_crt* certificate, int depth, std::uint32_t* flags);

  Status Prepare();
  Status PrepareTrust();
  Status StartTls(const Endpoint& endpoint);
  Status Handshake();
  Status HandshakeFailed(int error);
  Status StreamFailed(Status status);
  Status DataFailed(int error);
  void KeepSession();
  bool MayResume(const Endpoint& endpoint) const;
  void TrackRecord(Bytes received);
  std::uint32_t TimeLeft();
  Status Fail(Status status, std::string_view text, std::string_view more = {});
  void Say(std::string_view text);
  void Hush();
  void SayNumber(std::uint32_t number, int base = 10);

  MbedtlsConnectionOptions options_;
  TcpStream* stream_;
  System* system_;
  MbedtlsRandom* random_;

  mbedtls_ssl_config config_{};
  mbedtls_ssl_context tls_context_{};
  mbedtls_x509_crt authorities_{};
  mbedtls_x509_crt own_certificate_{};
  mbedtls_pk_context own_key_{};
  mbedtls_ssl_session session_{};
  bool prepared_ = false;
  bool has_session_ = false;
  bool tls_ = false;
  bool open_ = false;
  bool verified_ = false;  // a chain was judged in this handshake
  bool ended_ = false;     // the peer's close_notify has come

  // Whom the connection leads to, and the session belongs to.
  std::array<char, kMaxHostLength + 1> host_{};
  std::size_t host_size_ = 0;
  std::uint16_t port_ = 0;
  mbed::IpAddress address_{};

  bool handshaking_ = false;
  std::uint64_t deadline_ms_ = 0;   // of the handshake
  Status stream_failure_{};         // what the stream said under the library
  std::uint32_t large_record_ = 0;  // bytes in a record that does not fit
  std::array<std::uint8_t, 5> record_head_{};
  std::size_t record_head_size_ = 0;
  std::uint32_t record_left_ = 0;

  std::string_view text_{};
  char* text_block_ = nullptr;
};

}  // namespace updraft
