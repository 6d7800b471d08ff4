// SPDX-License-Identifier: Apache-2.0
#include "esp/host/host_network.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "ports/host/host_connection.h"
#include "ports/host/read_ahead.h"

namespace updraft::esp {
namespace {

using Options = HostConnectionOptions;

constexpr std::size_t kAhead = std::size_t{512} * 1024;

Options::TlsVersions VersionsOf(TlsVersions versions) {
  switch (versions) {
    case TlsVersions::kAny: break;
    case TlsVersions::kOnly12: return Options::TlsVersions::kOnly12;
    case TlsVersions::kOnly13: return Options::TlsVersions::kOnly13;
  }
  return Options::TlsVersions::k12OrNewer;
}

Options::AddressFamily FamilyOf(AddressFamily family) {
  switch (family) {
    case AddressFamily::kAny: break;
    case AddressFamily::kIpv4: return Options::AddressFamily::kIpv4;
    case AddressFamily::kIpv6: return Options::AddressFamily::kIpv6;
  }
  return Options::AddressFamily::kAny;
}

TlsFault FaultOf(TlsFailure failure) {
  switch (failure) {
    case TlsFailure::kNone: break;
    case TlsFailure::kNotTrusted: return TlsFault::kNotTrusted;
    case TlsFailure::kExpired: return TlsFault::kExpired;
    case TlsFailure::kNotYetValid: return TlsFault::kNotYetValid;
    case TlsFailure::kOtherName: return TlsFault::kOtherName;
    case TlsFailure::kOtherCertificate: return TlsFault::kOtherCertificate;
    case TlsFailure::kAlert: return TlsFault::kAlert;
    case TlsFailure::kNoTls: return TlsFault::kNoTls;
    case TlsFailure::kNoCommonVersion: return TlsFault::kNoCommonVersion;
    case TlsFailure::kHandshake: return TlsFault::kHandshake;
    case TlsFailure::kCutOff: return TlsFault::kCutOff;
  }
  return TlsFault::kNone;
}

Options OptionsOf(ConnectionSettings settings) {
  Options options;
  options.ca_pem = std::move(settings.trusted_pem);
  for (Authority& authority : settings.authorities) {
    options.authorities.push_back({std::move(authority.subject), std::move(authority.key)});
  }
  options.certificate_pem = std::move(settings.certificate_pem);
  options.key_pem = std::move(settings.key_pem);
  options.key_password = std::move(settings.key_password);
  options.skip_common_name_check = settings.skip_name_check;
  options.tls_versions = VersionsOf(settings.versions);
  options.address_family = FamilyOf(settings.family);
  options.protocols = std::move(settings.protocols);
  options.interface_name = std::move(settings.interface_name);
  options.keep_alive.reset();
  if (settings.keep_alive) {
    options.keep_alive = {.idle = settings.keep_alive_idle,
                          .interval = settings.keep_alive_interval,
                          .count = settings.keep_alive_count};
  }
  options.connect_timeout = settings.timeout;
  options.stall_timeout = settings.timeout;
  options.open_after_stall = true;
  return options;
}

// A connection verifies the name that it connects to. Another one is asked of it, and
// the way to the real host is given beside it.
class HostStream final : public NetworkStream, private Connection {
 public:
  explicit HostStream(ConnectionSettings settings)
      : verified_name_(settings.verified_name), options_(OptionsOf(std::move(settings))) {}

  Connection& connection() override { return *this; }
  void SetTimeout(std::chrono::milliseconds timeout) override {
    options_.connect_timeout = timeout;
    options_.stall_timeout = timeout;
    if (ahead_.has_value()) ahead_->Pause();
    if (stream_ != nullptr) stream_->SetTimeouts(timeout, timeout);
  }
  int socket() override {
    if (ahead_.has_value()) ahead_->Pause();
    return stream_ != nullptr ? stream_->socket() : -1;
  }
  TlsFault tls_fault() override {
    if (ahead_.has_value()) ahead_->Pause();
    return stream_ != nullptr ? FaultOf(stream_->tls_failure()) : TlsFault::kNone;
  }

 private:
  Status Connect(const Endpoint& endpoint) override {
    if (verified_name_.empty() || !endpoint.tls) return Ahead().Connect(endpoint);
    options_.connect_to = Options::Place{std::string(endpoint.host), endpoint.port};
    ahead_.reset();
    stream_.reset();
    return Ahead().Connect({.host = verified_name_, .port = endpoint.port, .tls = true});
  }
  Status Send(Bytes data) override { return Ahead().Send(data); }
  Result<std::size_t> Receive(MutableBytes out) override { return Ahead().Receive(out); }
  void Close() override {
    if (ahead_.has_value()) ahead_->Close();
  }
  bool is_open() const override { return ahead_.has_value() && ahead_->is_open(); }
  std::string_view failure_text() const override {
    return ahead_.has_value() ? ahead_->failure_text() : std::string_view{};
  }

  ReadAheadConnection& Ahead() {
    if (stream_ == nullptr) stream_ = MakeHostConnection(options_);
    if (!ahead_.has_value()) ahead_.emplace(*stream_, kAhead);
    return *ahead_;
  }

  std::string verified_name_;
  HostConnectionOptions options_;
  std::unique_ptr<HostConnection> stream_;
  // The program's tasks write and prove while more is received.
  std::optional<ReadAheadConnection> ahead_;
};

}  // namespace

std::unique_ptr<NetworkStream> HostNetwork::MakeStream(ConnectionSettings settings) {
  return std::make_unique<HostStream>(std::move(settings));
}

}  // namespace updraft::esp
