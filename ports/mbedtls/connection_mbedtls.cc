// SPDX-License-Identifier: Apache-2.0
#include "ports/mbedtls/connection_mbedtls.h"

#include <mbedtls/platform.h>

#include <algorithm>
#include <charconv>

#include "ports/mbedtls/certificate_bundle.h"
#include "ports/mbedtls/mbedtls_status.h"
#include "ports/mbedtls/tls_words.h"
#include "ports/mbedtls/versions.h"

namespace updraft {
namespace {

// What f_send and f_recv answer when the stream failed; stream_failure_ says how.
constexpr int kStreamFailed = MBEDTLS_ERR_SSL_TIMEOUT;
constexpr std::size_t kRecordHead = 5;
constexpr std::size_t kTextSize = 192;
// What a record of TLS 1.2 has beside its content: nonce and tag of GCM.
constexpr std::uint32_t kRecordSurplus = 24;
constexpr std::uint32_t kMaxRecord = 0x4000 + 256;
constexpr std::uint8_t kBadRecordMac = 20;
constexpr Status kNoMemory{Code::kNoSpace, Stage::kFetch};
constexpr Status kBadOption{Code::kInvalidArgument, Stage::kFetch};

bool IsHost(std::string_view host) {
  return !host.empty() && host.size() <= kMaxHostLength && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == ':';
  });
}

}  // namespace

MbedtlsConnection::MbedtlsConnection(const MbedtlsConnectionOptions& options, TcpStream& stream,
                                     System& system, MbedtlsRandom& random)
    : options_(options), stream_(&stream), system_(&system), random_(&random) {
  mbedtls_ssl_config_init(&config_);
  mbedtls_ssl_init(&tls_context_);
  mbedtls_x509_crt_init(&authorities_);
  mbedtls_x509_crt_init(&own_certificate_);
  mbedtls_pk_init(&own_key_);
  mbedtls_ssl_session_init(&session_);
}

MbedtlsConnection::~MbedtlsConnection() {
  Close();
  Hush();
  mbedtls_ssl_session_free(&session_);
  mbedtls_pk_free(&own_key_);
  mbedtls_x509_crt_free(&own_certificate_);
  mbedtls_x509_crt_free(&authorities_);
  mbedtls_ssl_config_free(&config_);
}

void MbedtlsConnection::Close() {
  if (open_ && tls_) {
    handshaking_ = false;
    static_cast<void>(mbedtls_ssl_close_notify(&tls_context_));
  }
  open_ = false;
  mbedtls_ssl_free(&tls_context_);
  mbedtls_ssl_init(&tls_context_);
  stream_->Close();
}

// --- what is said -----------------------------------------------------------

void MbedtlsConnection::Hush() {
  text_ = {};
  mbedtls_free(text_block_);
  text_block_ = nullptr;
}

void MbedtlsConnection::Say(std::string_view text) {
  if (text_block_ == nullptr) return;
  const std::size_t some = std::min(text.size(), kTextSize - text_.size());
  std::copy_n(text.begin(), some, text_block_ + text_.size());
  text_ = {text_block_, text_.size() + some};
}

void MbedtlsConnection::SayNumber(std::uint32_t number, int base) {
  std::array<char, 12> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base).ptr;
  Say({digits.data(), static_cast<std::size_t>(end - digits.data())});
}

Status MbedtlsConnection::Fail(Status status, std::string_view text, std::string_view more) {
  Hush();
  open_ = false;  // no close_notify after a failure
  Close();
  // Texts are of failures, and there is room when TLS has given back its own. Where
  // there is none all the same, what is constant stays.
  text_block_ = static_cast<char*>(mbedtls_calloc(1, kTextSize));
  if (text_block_ == nullptr) {
    text_ = text;
    return status;
  }
  Say(text);
  Say(more);
  return status;
}

Status MbedtlsConnection::StreamFailed(Status status) {
  if (status.code() == Code::kCancelled) return Fail(status, "told to stop");
  switch (static_cast<NetworkFailure>(status.detail())) {
    case NetworkFailure::kResolve:
      return Fail(status, "no address for ", {host_.data(), host_size_});
    case NetworkFailure::kConnect:
      return Fail(status, "no connection to ", {host_.data(), host_size_});
    case NetworkFailure::kTimeout: {
      const Status failed = Fail(status, "no byte for ");
      SayNumber(handshaking_ ? options_.connect_timeout_ms : options_.stall_timeout_ms);
      Say(" ms");
      return failed;
    }
    default: return Fail(status, "the connection broke");
  }
}

// --- the library's view of the stream ---------------------------------------

std::uint32_t MbedtlsConnection::TimeLeft() {
  if (!handshaking_) return options_.stall_timeout_ms;
  const std::uint64_t now = system_->NowMs();
  return now >= deadline_ms_ ? 0 : static_cast<std::uint32_t>(deadline_ms_ - now);
}

int MbedtlsConnection::OnSend(void* self, const unsigned char* data, std::size_t size) {
  auto* connection = static_cast<MbedtlsConnection*>(self);
  const Result<std::size_t> count = connection->stream_->Send({data, size}, connection->TimeLeft());
  if (count) return static_cast<int>(*count);
  connection->stream_failure_ = count.error();
  return kStreamFailed;
}

int MbedtlsConnection::OnReceive(void* self, unsigned char* out, std::size_t size) {
  auto* connection = static_cast<MbedtlsConnection*>(self);
  const Result<std::size_t> count =
      connection->stream_->Receive({out, size}, connection->TimeLeft());
  if (!count) {
    connection->stream_failure_ = count.error();
    return kStreamFailed;
  }
  connection->TrackRecord({out, *count});
  return static_cast<int>(*count);
}

// The library refuses a record that does not fit its buffer without a word on the
// length; so the lengths are read here as they pass.
void MbedtlsConnection::TrackRecord(Bytes received) {
  while (!received.empty()) {
    if (record_left_ > 0) {
      const std::size_t some = std::min<std::size_t>(received.size(), record_left_);
      record_left_ -= static_cast<std::uint32_t>(some);
      received = received.subspan(some);
      continue;
    }
    record_head_[record_head_size_++] = received.front();
    received = received.subspan(1);
    if (record_head_size_ < kRecordHead) continue;
    record_head_size_ = 0;
    record_left_ = std::uint32_t{record_head_[3]} << 8U | record_head_[4];
    const bool is_tls = record_head_[0] >= 20 && record_head_[0] <= 23 && record_head_[1] == 3;
    if (is_tls && record_left_ <= kMaxRecord &&
        record_left_ > MBEDTLS_SSL_IN_CONTENT_LEN + kRecordSurplus) {
      large_record_ = record_left_;
    }
  }
}

// Called from the root to the leaf (depth 0), with the faults of each certificate.
int MbedtlsConnection::OnVerify(void* self, mbedtls_x509_crt* certificate, int depth,
                                std::uint32_t* flags) {
  auto* connection = static_cast<MbedtlsConnection*>(self);
  const MbedtlsConnectionOptions& options = connection->options_;
  connection->verified_ = true;
  if ((*flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) != 0 && !options.authority_bundle.empty()) {
    const int error = mbed::VerifyByBundle(options.authority_bundle, *certificate);
    if (mbed::IsOutOfMemory(error)) return error;
    if (error == 0) *flags &= ~static_cast<std::uint32_t>(MBEDTLS_X509_BADCERT_NOT_TRUSTED);
  }
  if (depth > 0) return 0;
  const std::string_view host(connection->host_.data(), connection->host_size_);
  if (options.skip_common_name_check) {
    *flags &= ~static_cast<std::uint32_t>(MBEDTLS_X509_BADCERT_CN_MISMATCH);
  } else if (connection->address_.size > 0 &&
             !mbed::IsForAddress(*certificate, host, connection->address_)) {
    *flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
  }
  return 0;
}

// --- connecting --------------------------------------------------------------

Status MbedtlsConnection::PrepareTrust() {
  if (options_.authorities.empty() && options_.authority_bundle.empty()) {
    return Fail(NetworkFailure::kTls, "no certificate authority is given to trust");
  }
  if (!options_.authority_bundle.empty() && !mbed::IsCertificateBundle(options_.authority_bundle)) {
    return Fail(kBadOption, "the certificate bundle is damaged");
  }
  if (options_.authorities.empty()) return kOk;
  mbedtls_x509_crt_free(&authorities_);
  const int error = mbedtls_x509_crt_parse(&authorities_, options_.authorities.data(),
                                           options_.authorities.size());
  if (mbed::IsOutOfMemory(error))
    return Fail(kNoMemory, "no memory for the authorities: give Mbed TLS more");
  return error == 0 ? kOk : Fail(kBadOption, "the authorities' certificates are not readable");
}

Status MbedtlsConnection::Prepare() {
  if (prepared_) return kOk;
  UPDRAFT_TRY(PrepareTrust());
  if (!options_.certificate.empty()) {
    mbedtls_x509_crt_free(&own_certificate_);
    mbedtls_pk_free(&own_key_);
    int error = mbedtls_x509_crt_parse(&own_certificate_, options_.certificate.data(),
                                       options_.certificate.size());
    if (error == 0) {
      error = mbed::ParseKey(&own_key_, options_.key.data(), options_.key.size(),
                             &MbedtlsRandom::Generate, random_);
    }
    if (error == 0) error = mbedtls_ssl_conf_own_cert(&config_, &own_certificate_, &own_key_);
    if (mbed::IsOutOfMemory(error)) {
      return Fail(kNoMemory, "no memory for the client's certificate and key: give Mbed TLS more");
    }
    if (error != 0) return Fail(kBadOption, "the client's certificate or key is not readable");
  }
  if (mbedtls_ssl_config_defaults(&config_, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                  MBEDTLS_SSL_PRESET_DEFAULT) != 0) {
    return Fail(kNoMemory, "no memory for TLS: give Mbed TLS more");
  }
  mbed::OnlyTls12(&config_);
  mbedtls_ssl_conf_authmode(&config_, MBEDTLS_SSL_VERIFY_REQUIRED);
  // With a bundle alone the list is empty: then OnVerify finds who is trusted.
  mbedtls_ssl_conf_ca_chain(&config_, &authorities_, nullptr);
  mbedtls_ssl_conf_verify(&config_, &OnVerify, this);
  mbedtls_ssl_conf_rng(&config_, &MbedtlsRandom::Generate, random_);
  mbedtls_ssl_conf_ciphersuites(&config_, mbed::CipherSuites());
  mbed::PreferFastCurves(&config_);
  if (mbedtls_ssl_conf_alpn_protocols(&config_, mbed::Protocols()) != 0 ||
      !mbed::LimitRecords(&config_, options_.record_limit)) {
    return Fail(kBadOption, "the limit of records is none of 512, 1024, 2048, 4096");
  }
  prepared_ = true;
  return kOk;
}

bool MbedtlsConnection::MayResume(const Endpoint& endpoint) const {
  return has_session_ && port_ == endpoint.port &&
         std::string_view(host_.data(), host_size_) == endpoint.host;
}

Status MbedtlsConnection::Connect(const Endpoint& endpoint) {
  Close();
  Hush();
  if (!IsHost(endpoint.host) || endpoint.port == 0) return Fail(kBadOption, "not a host name");
  if (!MayResume(endpoint)) {
    mbedtls_ssl_session_free(&session_);
    mbedtls_ssl_session_init(&session_);
    has_session_ = false;
  }
  host_size_ = endpoint.host.size();
  std::ranges::copy(endpoint.host, host_.begin());
  host_[host_size_] = '\0';
  port_ = endpoint.port;
  address_ = mbed::ParseIpAddress(endpoint.host);
  tls_ = endpoint.tls;
  handshaking_ = true;
  deadline_ms_ = system_->NowMs() + options_.connect_timeout_ms;
  const Status opened = stream_->Open(endpoint.host, port_, options_.connect_timeout_ms);
  Status status = opened.ok() ? kOk : StreamFailed(opened);
  if (status.ok() && tls_) status = Prepare();
  if (status.ok() && tls_) status = StartTls(endpoint);
  handshaking_ = false;
  open_ = status.ok();
  return status;
}

Status MbedtlsConnection::StartTls(const Endpoint& endpoint) {
  stream_failure_ = kOk;
  verified_ = ended_ = false;
  large_record_ = record_left_ = 0;
  record_head_size_ = 0;
  int error = mbedtls_ssl_setup(&tls_context_, &config_);
  // An address is no name for the server (RFC 6066), and none that the library knows.
  if (error == 0) {
    error = mbedtls_ssl_set_hostname(&tls_context_, address_.size > 0 ? nullptr : host_.data());
  }
  if (error == 0 && MayResume(endpoint)) error = mbedtls_ssl_set_session(&tls_context_, &session_);
  if (error != 0) return HandshakeFailed(error);
  mbedtls_ssl_set_bio(&tls_context_, this, &OnSend, &OnReceive, nullptr);
  return Handshake();
}

Status MbedtlsConnection::Handshake() {
  int error = 0;
  do {
    error = mbedtls_ssl_handshake(&tls_context_);
  } while (error == MBEDTLS_ERR_SSL_WANT_READ || error == MBEDTLS_ERR_SSL_WANT_WRITE);
  if (error != 0) return HandshakeFailed(error);
  KeepSession();
  return kOk;
}

void MbedtlsConnection::KeepSession() {
  mbedtls_ssl_session_free(&session_);
  mbedtls_ssl_session_init(&session_);
  has_session_ = mbedtls_ssl_get_session(&tls_context_, &session_) == 0;
}

Status MbedtlsConnection::HandshakeFailed(int error) {
  has_session_ = false;  // it may be the reason
  if (!stream_failure_.ok()) {
    const bool broke = stream_failure_ == Status(NetworkFailure::kReset);
    return broke ? Fail(NetworkFailure::kConnect, "the connection broke in the TLS handshake")
                 : StreamFailed(stream_failure_);
  }
  if (error == MBEDTLS_ERR_SSL_CONN_EOF) {
    return Fail(NetworkFailure::kConnect, "the peer closed the connection in the TLS handshake");
  }
  if (mbed::IsOutOfMemory(error))
    return Fail(kNoMemory, "no memory for the TLS handshake: give Mbed TLS more");
  if (error == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED) {
    const std::uint32_t flags = mbedtls_ssl_get_verify_result(&tls_context_);
    const std::string_view words = mbed::WordsOfFlags(flags);
    return Fail(
        NetworkFailure::kTls, words,
        words.ends_with(' ') ? std::string_view(host_.data(), host_size_) : std::string_view{});
  }
  return DataFailed(error);
}

Status MbedtlsConnection::DataFailed(int error) {
  if (!stream_failure_.ok()) return StreamFailed(stream_failure_);
  if (error == MBEDTLS_ERR_SSL_CONN_EOF) {
    return Fail(NetworkFailure::kReset, "TLS stream cut off without close_notify");
  }
  if (large_record_ > 0) {
    const Status failed = Fail(NetworkFailure::kTls, "a TLS record of ");
    SayNumber(large_record_);
    Say(" bytes does not fit MBEDTLS_SSL_IN_CONTENT_LEN ");
    SayNumber(MBEDTLS_SSL_IN_CONTENT_LEN);
    Say(": ask for ranges so small that the answer's head and body fit together (range_size ");
    SayNumber(MBEDTLS_SSL_IN_CONTENT_LEN - 512);
    Say("), or build it larger");
    return failed;
  }
  // A peer that refuses, from a stream that was damaged on its way: that may be tried
  // again.
  const bool alerted = error == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE;
  const bool damaged =
      !handshaking_ && (!alerted || tls_context_.UPDRAFT_MBED_FIELD(in_msg)[1] == kBadRecordMac);
  const Status failed =
      Fail(damaged ? NetworkFailure::kReset : NetworkFailure::kTls, mbed::WordsOfError(error));
  Say(" (Mbed TLS error -0x");
  SayNumber(static_cast<std::uint32_t>(-error), 16);
  Say(")");
  return failed;
}

// --- bytes --------------------------------------------------------------------

Status MbedtlsConnection::Send(Bytes data) {
  Hush();
  if (!open_) return Fail(NetworkFailure::kReset, "not connected");
  while (!data.empty()) {
    int sent = 0;
    if (!tls_) {
      const Result<std::size_t> count = stream_->Send(data, options_.stall_timeout_ms);
      if (!count) return StreamFailed(count.error());
      sent = static_cast<int>(*count);
    } else {
      sent = mbedtls_ssl_write(&tls_context_, data.data(), data.size());
      if (sent == MBEDTLS_ERR_SSL_WANT_READ || sent == MBEDTLS_ERR_SSL_WANT_WRITE) continue;
      if (sent < 0) return DataFailed(sent);
    }
    data = data.subspan(static_cast<std::size_t>(sent));
  }
  return kOk;
}

Result<std::size_t> MbedtlsConnection::Receive(MutableBytes out) {
  Hush();
  if (out.empty()) return Status(Code::kInvalidArgument, Stage::kFetch);
  if (!open_) return Fail(NetworkFailure::kReset, "not connected");
  if (!tls_) {
    const Result<std::size_t> count = stream_->Receive(out, options_.stall_timeout_ms);
    return count ? count : StreamFailed(count.error());
  }
  if (ended_) return std::size_t{0};
  int count = 0;
  do {
    count = mbedtls_ssl_read(&tls_context_, out.data(), out.size());
  } while (count == MBEDTLS_ERR_SSL_WANT_READ || count == MBEDTLS_ERR_SSL_WANT_WRITE);
  if (count == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) ended_ = true;
  if (ended_) return std::size_t{0};
  if (count == 0) return DataFailed(MBEDTLS_ERR_SSL_CONN_EOF);
  return count > 0 ? Result<std::size_t>(static_cast<std::size_t>(count)) : DataFailed(count);
}

std::string_view MbedtlsConnection::protocol() const {
  const char* chosen = open_ && tls_ ? mbedtls_ssl_get_alpn_protocol(&tls_context_) : nullptr;
  return chosen == nullptr ? std::string_view{} : std::string_view(chosen);
}

}  // namespace updraft
