// SPDX-License-Identifier: Apache-2.0
#include "ports/host/connection_openssl.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "ports/host/name_lookup.h"
#include "ports/host/tcp_opening.h"

namespace updraft {
namespace {

using End = SocketWait::End;

constexpr Status kCancelled(Code::kCancelled, Stage::kFetch);

bool IsAddress(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

// A peer that refuses by an alert, as for a client certificate in TLS 1.3, is told
// from a stream that was damaged on its way. The latter may be tried again.
bool IsRefusal(unsigned long error) {
  constexpr int kAlerts = SSL_AD_REASON_OFFSET;
  const int reason = ERR_GET_REASON(error);
  return ERR_GET_LIB(error) == ERR_LIB_SSL && reason >= kAlerts &&
         reason != kAlerts + SSL_AD_BAD_RECORD_MAC;
}

bool IsCutOff(unsigned long error) {
  return ERR_GET_LIB(error) == ERR_LIB_SSL &&
         ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
}

TlsFailure FailureOf(long verdict) {
  switch (verdict) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE: return TlsFailure::kNotTrusted;
    case X509_V_ERR_CERT_HAS_EXPIRED: return TlsFailure::kExpired;
    case X509_V_ERR_CERT_NOT_YET_VALID: return TlsFailure::kNotYetValid;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return TlsFailure::kOtherName;
    default: return TlsFailure::kOtherCertificate;
  }
}

TlsFailure FailureOf(unsigned long error) {
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return TlsFailure::kHandshake;
  const int reason = ERR_GET_REASON(error);
  if (reason >= SSL_AD_REASON_OFFSET) return TlsFailure::kAlert;
  switch (reason) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG: return TlsFailure::kNoTls;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_WRONG_SSL_VERSION: return TlsFailure::kNoCommonVersion;
    default: return TlsFailure::kHandshake;
  }
}

// What SSL_set_tlsext_host_name() is, but for a cast that C++ does not like.
bool SetServerName(SSL& tls, const std::string& host) {
  return SSL_ctrl(&tls, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                  const_cast<char*>(host.c_str())) == 1;
}

std::string TextOf(const TlsSocket& socket) {
  return socket.error == 0 ? "the peer closed the connection" : ErrnoText(socket.error);
}

}  // namespace

Status OpensslConnection::Fail(Status status, std::string text) {
  failure_text_ = std::move(text);
  Close();
  return status;
}

void OpensslConnection::Close() {
  if (tls_ != nullptr) {
    if (open_ && !tls_socket_.ended && tls_socket_.error == 0) SSL_shutdown(tls_.get());
    ERR_clear_error();
    // A stream that was cut does not spoil its session; who finds it spoilt drops it.
    SSL_set_shutdown(tls_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    tls_.reset();
  }
  tls_socket_ = {};
  socket_.Close();
  open_ = false;
}

void OpensslConnection::SetTimeouts(std::chrono::milliseconds connect,
                                    std::chrono::milliseconds stall) {
  options_.connect_timeout = connect;
  options_.stall_timeout = stall;
}

Status OpensslConnection::FailToConnect(End end, Status otherwise, std::string text) {
  switch (end) {
    case End::kStopped: return Fail(kCancelled, "told to stop");
    case End::kTimedOut:
      return Fail(NetworkFailure::kTimeout,
                  fmt::format("not connected within {} ms", options_.connect_timeout.count()));
    default: return Fail(otherwise, std::move(text));
  }
}

Status OpensslConnection::Connect(const Endpoint& endpoint) {
  Close();
  failure_text_.clear();
  tls_failure_ = TlsFailure::kNone;
  if (!IsHost(endpoint.host) || endpoint.port == 0) {
    return Fail({Code::kInvalidArgument, Stage::kFetch}, "not a host name");
  }
  if (wait_.ShouldStop()) return Fail(kCancelled, "told to stop");
  const Clock::time_point limit = Clock::now() + options_.connect_timeout;
  const auto place = options_.connect_to.value_or(
      HostConnectionOptions::Place{std::string(endpoint.host), endpoint.port});
  NameLookup lookup = LookUp(place.host, place.port, options_.address_family, wait_, limit);
  if (lookup.addresses.empty()) {
    return FailToConnect(lookup.end, NetworkFailure::kResolve, std::move(lookup.failure));
  }
  TcpOpening opening = OpenTcp(lookup.addresses, options_, wait_, limit);
  if (!opening.socket.is_open()) {
    return FailToConnect(opening.end, NetworkFailure::kConnect, std::move(opening.failure));
  }
  socket_ = std::move(opening.socket);
  if (endpoint.tls) UPDRAFT_TRY(StartTls(endpoint, limit));
  open_ = true;
  return kOk;
}

bool OpensslConnection::NameThePeer(const std::string& host) {
  const bool is_address = IsAddress(host);
  if (!is_address && !SetServerName(*tls_, host)) return false;
  if (options_.skip_common_name_check) return true;
  X509_VERIFY_PARAM* const rules = SSL_get0_param(tls_.get());
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  verified_address_ = is_address ? host : std::string();
  return is_address || X509_VERIFY_PARAM_set1_host(rules, host.c_str(), host.size()) == 1;
}

Status OpensslConnection::StartTls(const Endpoint& endpoint, Clock::time_point limit) {
  if (client_ == nullptr) {
    std::string fault;
    client_ = MakeTlsClient(options_, fault);
    if (client_ == nullptr) return Fail(NetworkFailure::kTls, std::move(fault));
    SSL_CTX_sess_set_new_cb(client_.get(), &KeepSession);
    SSL_CTX_set_cert_verify_callback(client_.get(), &VerifyPeer, this);
  }
  std::string host(endpoint.host);
  if (host.ends_with('.')) host.pop_back();
  verified_address_.clear();
  const Status no_memory(Code::kNoSpace, Stage::kFetch);
  tls_.reset(SSL_new(client_.get()));
  tls_socket_ = {.number = socket_.number()};
  BIO* const bio = tls_ == nullptr ? nullptr : NewSocketBio(tls_socket_);
  if (bio == nullptr) return Fail(no_memory, "out of memory");
  SSL_set_bio(tls_.get(), bio, bio);
  SSL_set_app_data(tls_.get(), this);
  if (!NameThePeer(host)) return Fail(no_memory, "out of memory");
  std::string peer = fmt::format("{}:{}", host, endpoint.port);
  // A ticket of TLS 1.3 is shown once: nobody who listens knows the client again by it.
  if (session_ != nullptr && peer == session_peer_) SSL_set_session(tls_.get(), session_.get());
  session_.reset();
  session_peer_ = std::move(peer);
  while (true) {
    ERR_clear_error();
    const int result = SSL_connect(tls_.get());
    if (result == 1) break;
    const int error = SSL_get_error(tls_.get(), result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return FailHandshake(error);
    const End end =
        wait_.Until(socket_.number(), error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, limit);
    if (end != End::kReady) return FailToConnect(end, NetworkFailure::kConnect, "poll fails");
  }
  // Only TLS 1.3 gives another one then.
  const bool keeps_it =
      SSL_session_reused(tls_.get()) == 1 && SSL_version(tls_.get()) < TLS1_3_VERSION;
  if (keeps_it) session_.reset(SSL_get1_session(tls_.get()));
  return kOk;
}

// OpenSSL compares names, and addresses only with alternative names that are such. A
// certificate without alternative names may have the address for its common name.
int OpensslConnection::VerifyPeer(X509_STORE_CTX* chain, void* connection) {
  if (X509_verify_cert(chain) != 1) return 0;
  const std::string& address = static_cast<OpensslConnection*>(connection)->verified_address_;
  X509* const certificate = X509_STORE_CTX_get0_cert(chain);
  if (address.empty() || X509_check_ip_asc(certificate, address.c_str(), 0) == 1 ||
      (X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1) < 0 &&
       X509_check_host(certificate, address.c_str(), address.size(), 0, nullptr) == 1)) {
    return 1;
  }
  X509_STORE_CTX_set_error(chain, X509_V_ERR_IP_ADDRESS_MISMATCH);
  return 0;
}

// A handshake that was refused is told from one whose connection broke, which may be
// tried again.
Status OpensslConnection::FailHandshake(int tls_error) {
  session_.reset();
  const unsigned long error = ERR_peek_error();
  if (tls_error == SSL_ERROR_SYSCALL || IsCutOff(error)) {
    tls_failure_ = TlsFailure::kCutOff;
    return Fail(NetworkFailure::kConnect, "in the TLS handshake: " + TextOf(tls_socket_));
  }
  const long verdict = SSL_get_verify_result(tls_.get());
  tls_failure_ = verdict != X509_V_OK ? FailureOf(verdict) : FailureOf(error);
  std::string reason = TakeTlsError();
  if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH) {
    const std::size_t colon = session_peer_.rfind(':');
    reason = fmt::format("the server's certificate is not for {}", session_peer_.substr(0, colon));
  } else if (verdict != X509_V_OK) {
    reason = fmt::format("the server's certificate: {}", X509_verify_cert_error_string(verdict));
  }
  return Fail(NetworkFailure::kTls, std::move(reason));
}

// Called by OpenSSL whenever the server gives a session; it is ours then.
int OpensslConnection::KeepSession(SSL* tls, SSL_SESSION* session) {
  static_cast<OpensslConnection*>(SSL_get_app_data(tls))->session_.reset(session);
  return 1;
}

// Until the stream can go on, or `wake` (-1: none): then `woken`. `last_byte` is when
// a byte last moved; readiness counts, so that a TLS record that drips in is progress.
Status OpensslConnection::WaitFor(Clock::time_point& last_byte, int wake, bool& woken) {
  switch (wait_.Until(socket_.number(), awaited_, last_byte + options_.stall_timeout, wake)) {
    case End::kReady: last_byte = Clock::now(); return kOk;
    case End::kWoken: woken = true; return kOk;
    case End::kStopped: return Fail(kCancelled, "told to stop");
    case End::kTimedOut: break;
    case End::kFailed: return Fail(NetworkFailure::kReset, "poll fails");
  }
  std::string text = fmt::format("no byte for {} ms", options_.stall_timeout.count());
  if (!options_.open_after_stall) return Fail(NetworkFailure::kTimeout, std::move(text));
  failure_text_ = std::move(text);
  return NetworkFailure::kTimeout;
}

// What a call of OpenSSL came to: bytes, none for now, or the end.
Result<std::optional<std::size_t>> OpensslConnection::Moved(int tls_result, std::size_t count) {
  if (tls_result == 1) return std::optional(count);
  const int error = SSL_get_error(tls_.get(), tls_result);
  switch (error) {
    case SSL_ERROR_WANT_READ: awaited_ = POLLIN; return std::optional<std::size_t>();
    case SSL_ERROR_WANT_WRITE: awaited_ = POLLOUT; return std::optional<std::size_t>();
    case SSL_ERROR_ZERO_RETURN: return std::optional<std::size_t>(0);
    default: break;
  }
  const unsigned long entry = ERR_peek_error();
  if (IsCutOff(entry)) {
    ERR_clear_error();
    return Fail(NetworkFailure::kReset, "TLS stream cut off without close_notify");
  }
  if (error == SSL_ERROR_SYSCALL) {
    ERR_clear_error();
    return Fail(NetworkFailure::kReset, TextOf(tls_socket_));
  }
  session_.reset();
  const bool is_refusal = IsRefusal(entry);
  tls_socket_.ended = true;  // nothing more is said to such a peer
  return Fail(is_refusal ? NetworkFailure::kTls : NetworkFailure::kReset, TakeTlsError());
}

Result<std::optional<std::size_t>> OpensslConnection::SendSome(Bytes data) {
  if (tls_ != nullptr) {
    ERR_clear_error();
    std::size_t count = 0;
    const int result = SSL_write_ex(tls_.get(), data.data(), data.size(), &count);
    return Moved(result, count);
  }
  const ssize_t count = send(socket_.number(), data.data(), data.size(), MSG_NOSIGNAL);
  if (count >= 0) return std::optional(static_cast<std::size_t>(count));
  awaited_ = POLLOUT;
  if (errno == EAGAIN || errno == EINTR) return std::optional<std::size_t>();
  return Fail(NetworkFailure::kReset, ErrnoText(errno));
}

Result<std::optional<std::size_t>> OpensslConnection::ReceiveSome(MutableBytes out) {
  if (tls_ != nullptr) {
    ERR_clear_error();
    std::size_t count = 0;
    const int result = SSL_read_ex(tls_.get(), out.data(), out.size(), &count);
    return Moved(result, count);
  }
  const ssize_t count = recv(socket_.number(), out.data(), out.size(), 0);
  if (count >= 0) return std::optional(static_cast<std::size_t>(count));
  awaited_ = POLLIN;
  if (errno == EAGAIN || errno == EINTR) return std::optional<std::size_t>();
  return Fail(NetworkFailure::kReset, ErrnoText(errno));
}

Status OpensslConnection::Send(Bytes data) {
  failure_text_.clear();
  if (!open_) return Fail(NetworkFailure::kReset, "not connected");
  Clock::time_point last_byte = Clock::now();
  while (!data.empty()) {
    UPDRAFT_TRY_ASSIGN(const auto count, SendSome(data));
    if (count.has_value()) {
      if (*count == 0) return Fail(NetworkFailure::kReset, "the peer has closed the stream");
      last_byte = Clock::now();
      data = data.subspan(*count);
      continue;
    }
    bool woken = false;
    UPDRAFT_TRY(WaitFor(last_byte, -1, woken));
  }
  return kOk;
}

Result<std::size_t> OpensslConnection::Receive(MutableBytes out) {
  UPDRAFT_TRY_ASSIGN(const auto count, ReceiveUnlessWoken(out, -1));
  return count.value_or(0);
}

Result<std::optional<std::size_t>> OpensslConnection::ReceiveUnlessWoken(MutableBytes out,
                                                                         int wake) {
  Clock::time_point last_byte = Clock::now();
  while (true) {
    UPDRAFT_TRY_ASSIGN(const auto count, ReceiveNow(out));
    if (count.has_value()) return count;
    bool woken = false;
    UPDRAFT_TRY(WaitFor(last_byte, wake, woken));
    if (woken) return std::optional<std::size_t>();
  }
}

Result<std::optional<std::size_t>> OpensslConnection::ReceiveNow(MutableBytes out) {
  failure_text_.clear();
  if (out.empty()) return Status(Code::kInvalidArgument, Stage::kFetch);
  if (!open_) return Fail(NetworkFailure::kReset, "not connected");
  if (wait_.ShouldStop()) return Fail(kCancelled, "told to stop");
  return ReceiveSome(out);
}

std::string_view OpensslConnection::tls_version() const {
  return open_ && tls_ != nullptr ? std::string_view(SSL_get_version(tls_.get()))
                                  : std::string_view{};
}

}  // namespace updraft
