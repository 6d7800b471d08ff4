// SPDX-License-Identifier: Apache-2.0
#include "ports/host/connection_curl.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

#include "ports/host/curl_library.h"
#include "ports/host/name_lookup.h"

namespace updraft {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kTlsReadBuffer = std::size_t{64} * 1024;

// OpenSSL must tell a TLS stream that was cut off from one that has ended.
CURLcode PrepareTls(CURL*, void* context, void* user) {
  auto* const tls = static_cast<SSL_CTX*>(context);
  const auto& options = *static_cast<const HostConnectionOptions*>(user);
  SSL_CTX_clear_options(tls, SSL_OP_IGNORE_UNEXPECTED_EOF);
  // Several records by one call of the system, not one by two.
  SSL_CTX_set_read_ahead(tls, 1);
  SSL_CTX_set_default_read_buffer_len(tls, kTlsReadBuffer);
  if (!options.authorities.empty() && !TrustAuthorities(*tls, options.authorities)) {
    return CURLE_OUT_OF_MEMORY;
  }
  if (options.protocols.empty()) return CURLE_OK;
  std::vector<unsigned char> list;
  for (const std::string& protocol : options.protocols) {
    if (protocol.empty() || protocol.size() > 255) return CURLE_SSL_CONNECT_ERROR;
    list.push_back(static_cast<unsigned char>(protocol.size()));
    list.insert(list.end(), protocol.begin(), protocol.end());
  }
  return SSL_CTX_set_alpn_protos(tls, list.data(), static_cast<unsigned>(list.size())) == 0
             ? CURLE_OK
             : CURLE_SSL_CONNECT_ERROR;
}

int SetKeepAliveCount(void* count, curl_socket_t socket, curlsocktype) {
  setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, count, sizeof(int));
  return CURL_SOCKOPT_OK;
}

long VersionsOf(HostConnectionOptions::TlsVersions versions) {
  using Versions = HostConnectionOptions::TlsVersions;
  constexpr long k12 = CURL_SSLVERSION_TLSv1_2;
  switch (versions) {
    case Versions::k12OrNewer: break;
    // CURL_SSLVERSION_MAX_TLSv1_2, which is too large for its own enumeration.
    case Versions::kOnly12: return k12 | k12 << 16U;
    case Versions::kOnly13: return CURL_SSLVERSION_TLSv1_3;
  }
  return CURL_SSLVERSION_TLSv1_2;
}

long FamilyOf(HostConnectionOptions::AddressFamily family) {
  using Family = HostConnectionOptions::AddressFamily;
  switch (family) {
    case Family::kAny: break;
    case Family::kIpv4: return CURL_IPRESOLVE_V4;
    case Family::kIpv6: return CURL_IPRESOLVE_V6;
  }
  return CURL_IPRESOLVE_WHATEVER;
}

std::size_t Swallow(char*, std::size_t size, std::size_t count, void*) { return size * count; }

Status StatusOf(CURLcode code, Status otherwise) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY: return NetworkFailure::kResolve;
    case CURLE_COULDNT_CONNECT: return NetworkFailure::kConnect;
    case CURLE_OPERATION_TIMEDOUT: return NetworkFailure::kTimeout;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_USE_SSL_FAILED: return NetworkFailure::kTls;
    case CURLE_OUT_OF_MEMORY: return {Code::kNoSpace, Stage::kFetch};
    default: return otherwise;
  }
}

std::string Authority(std::string_view host, std::uint16_t port) {
  const bool bracketed = host.find(':') != std::string_view::npos;
  return fmt::format("{}{}{}:{}", bracketed ? "[" : "", host, bracketed ? "]" : "", port);
}

std::string Trimmed(std::string text) {
  const std::size_t end = text.find_last_not_of(" \t\r\n.");
  text.erase(end == std::string::npos ? 0 : end + 1);
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

// libcurl has one code for all failures of an open stream; OpenSSL's text tells a
// peer that refuses by an alert, as for a client certificate in TLS 1.3, from a
// stream that was cut or damaged on its way. The latter may be tried again.
bool IsTlsRefusal(std::string_view text) {
  return text.find("SSL routines") != std::string_view::npos &&
         text.find(" alert ") != std::string_view::npos &&
         text.find("bad record mac") == std::string_view::npos;
}

// One code, too, for a handshake that was refused and one whose connection broke.
// The latter may be tried again.
bool IsBrokenHandshake(CURLcode code, std::string_view text) {
  if (code != CURLE_SSL_CONNECT_ERROR) return false;
  constexpr std::array<std::string_view, 4> kBroken{"SSL_ERROR_SYSCALL", "Connection reset",
                                                    "unexpected eof", "Broken pipe"};
  return std::ranges::any_of(kBroken, [text](std::string_view words) {
    return text.find(words) != std::string_view::npos;
  });
}

curl_blob BlobOf(const std::string& text) {
  curl_blob blob{};
  blob.data = const_cast<char*>(text.data());
  blob.len = text.size();
  blob.flags = CURL_BLOB_COPY;
  return blob;
}

// Sets options until one fails.
class OptionSetter {
 public:
  OptionSetter(const CurlLibrary& curl, CURL* easy) : curl_(curl), easy_(easy) {}
  template <typename T>
  OptionSetter& Set(CURLoption option, T value) {
    if (code_ == CURLE_OK) code_ = curl_.easy_setopt(easy_, option, value);
    return *this;
  }
  OptionSetter& SetText(CURLoption option, const std::string& text) {
    return text.empty() ? *this : Set(option, text.c_str());
  }
  OptionSetter& SetPem(CURLoption option, const std::string& pem) {
    if (pem.empty()) return *this;
    curl_blob blob = BlobOf(pem);
    return Set(option, &blob);
  }
  bool ok() const { return code_ == CURLE_OK; }

 private:
  const CurlLibrary& curl_;
  CURL* easy_;
  CURLcode code_ = CURLE_OK;
};

}  // namespace

struct CurlConnection::Handles {
  explicit Handles(const CurlLibrary& library) : curl(library) {}
  Handles(const Handles&) = delete;
  Handles& operator=(const Handles&) = delete;
  ~Handles() {
    curl.easy_cleanup(easy);
    curl.multi_cleanup(multi);
    curl.slist_free_all(connect_to);
  }

  OptionSetter Options() const { return {curl, easy}; }

  const CurlLibrary& curl;
  CURLM* multi = curl.multi_init();
  CURL* easy = curl.easy_init();
  curl_slist* connect_to = nullptr;
};

CurlConnection::CurlConnection(HostConnectionOptions options)
    : options_(std::move(options)), wait_(options_), error_buffer_(CURL_ERROR_SIZE) {
  if (const CurlLibrary* const curl = LoadCurl(failure_text_); curl != nullptr) {
    handles_ = std::make_unique<Handles>(*curl);
  }
}

CurlConnection::~CurlConnection() { Close(); }

Status CurlConnection::Fail(Status status, std::string text) {
  failure_text_ = std::move(text);
  Close();
  return status;
}

Status CurlConnection::FailBy(int curl_code, Status otherwise) {
  const auto code = static_cast<CURLcode>(curl_code);
  std::string text = Trimmed(error_buffer_.data());
  if (text.empty()) text = handles_->curl.easy_strerror(code);
  Status status = StatusOf(code, otherwise);
  if (open_ && tls_ && IsTlsRefusal(text)) status = NetworkFailure::kTls;
  if (!open_ && IsBrokenHandshake(code, text)) status = NetworkFailure::kConnect;
  return Fail(status, std::move(text));
}

void CurlConnection::Close() {
  // Taken out of the multi handle, a connect-only transfer is closed.
  if (attached_) handles_->curl.multi_remove_handle(handles_->multi, handles_->easy);
  attached_ = false;
  open_ = false;
  socket_ = -1;
}

Status CurlConnection::Connect(const Endpoint& endpoint) {
  if (handles_ == nullptr) {
    std::string fault;
    LoadCurl(fault);
    return Fail(
        {Code::kUnsupported, Stage::kFetch},
        fmt::format("expected libcurl, which a proxy, an interface's name or a token's key needs, "
                    "found none ({}); install it (Debian: libcurl4)",
                    fault));
  }
  Close();
  failure_text_.clear();
  std::fill(error_buffer_.begin(), error_buffer_.end(), '\0');
  if (!IsHost(endpoint.host) || endpoint.port == 0) {
    return Fail({Code::kInvalidArgument, Stage::kFetch}, "not a host name");
  }
  if (wait_.ShouldStop()) return Fail({Code::kCancelled, Stage::kFetch}, "told to stop");
  UPDRAFT_TRY(Configure(endpoint));
  UPDRAFT_TRY(Perform());
  if (handles_->curl.easy_getinfo(handles_->easy, CURLINFO_ACTIVESOCKET, &socket_) != CURLE_OK ||
      socket_ < 0) {
    return Fail(NetworkFailure::kConnect, "libcurl has no socket");
  }
  tls_ = endpoint.tls;
  open_ = true;
  return kOk;
}

bool CurlConnection::SetTrust() {
  OptionSetter options = handles_->Options();
  options.Set(CURLOPT_SSLVERSION, VersionsOf(options_.tls_versions))
      .Set(CURLOPT_SSL_VERIFYPEER, 1L)
      .Set(CURLOPT_SSL_VERIFYHOST, options_.skip_common_name_check ? 0L : 2L)
      .Set(CURLOPT_SSL_CTX_FUNCTION, &PrepareTls)
      .Set(CURLOPT_SSL_CTX_DATA, static_cast<void*>(&options_));
  if (!options_.ca_pem.empty() || !options_.ca_file.empty()) {
    options.Set(CURLOPT_CAPATH, static_cast<char*>(nullptr))
        .SetText(CURLOPT_CAINFO, options_.ca_file)
        .SetPem(CURLOPT_CAINFO_BLOB, options_.ca_pem);
  }
  options.SetText(CURLOPT_PROXY_CAINFO, options_.proxy_ca_file);
  if (!options_.proxy_ca_file.empty()) {
    options.Set(CURLOPT_PROXY_CAPATH, static_cast<char*>(nullptr));
  }
  return options.ok();
}

bool CurlConnection::SetClientCertificate() {
  return handles_->Options()
      .SetText(CURLOPT_SSLCERT, options_.certificate_file)
      .SetPem(CURLOPT_SSLCERT_BLOB, options_.certificate_pem)
      .SetText(CURLOPT_SSLKEY, options_.key_file)
      .SetPem(CURLOPT_SSLKEY_BLOB, options_.key_pem)
      .SetText(CURLOPT_KEYPASSWD, options_.key_password)
      .ok();
}

bool CurlConnection::SetSocket() {
  OptionSetter options = handles_->Options();
  options.Set(CURLOPT_IPRESOLVE, FamilyOf(options_.address_family));
  if (!options_.interface_name.empty()) {
    options.SetText(CURLOPT_INTERFACE, "if!" + options_.interface_name);
  }
  if (options_.keep_alive.has_value()) {
    options.Set(CURLOPT_TCP_KEEPALIVE, 1L)
        .Set(CURLOPT_TCP_KEEPIDLE, static_cast<long>(options_.keep_alive->idle.count()))
        .Set(CURLOPT_TCP_KEEPINTVL, static_cast<long>(options_.keep_alive->interval.count()))
        .Set(CURLOPT_SOCKOPTDATA, static_cast<void*>(&options_.keep_alive->count))
        .Set(CURLOPT_SOCKOPTFUNCTION, &SetKeepAliveCount);
  }
  return options.ok();
}

void CurlConnection::SetTimeouts(milliseconds connect, milliseconds stall) {
  options_.connect_timeout = connect;
  options_.stall_timeout = stall;
}

Status CurlConnection::Configure(const Endpoint& endpoint) {
  const Status no_memory(Code::kNoSpace, Stage::kFetch);
  if (handles_->multi == nullptr || handles_->easy == nullptr)
    return Fail(no_memory, "libcurl does not start");
  const CurlLibrary& curl = handles_->curl;
  curl.easy_reset(handles_->easy);
  curl.slist_free_all(std::exchange(handles_->connect_to, nullptr));
  if (options_.connect_to.has_value()) {
    const auto& [host, port] = *options_.connect_to;
    handles_->connect_to = curl.slist_append(nullptr, ("::" + Authority(host, port)).c_str());
    if (handles_->connect_to == nullptr) return Fail(no_memory, "out of memory");
  }
  const std::string url = fmt::format("{}://{}/", endpoint.tls ? "https" : "http",
                                      Authority(endpoint.host, endpoint.port));
  const auto connect_timeout = static_cast<long>(options_.connect_timeout.count());
  OptionSetter options = handles_->Options();
  options.Set(CURLOPT_ERRORBUFFER, error_buffer_.data())
      .Set(CURLOPT_URL, url.c_str())
      .Set(CURLOPT_PROTOCOLS_STR, "http,https")
      .Set(CURLOPT_CONNECT_ONLY, 1L)
      .Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1))
      .Set(CURLOPT_SSL_ENABLE_ALPN, 1L)
      .Set(CURLOPT_NOSIGNAL, 1L)
      .Set(CURLOPT_TCP_NODELAY, 1L)
      .Set(CURLOPT_FRESH_CONNECT, 1L)
      .Set(CURLOPT_CONNECTTIMEOUT_MS, connect_timeout)
      // libcurl would send a plain request to a proxy otherwise, not open a stream.
      .Set(CURLOPT_HTTPPROXYTUNNEL, 1L)
      .Set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L)
      .Set(CURLOPT_WRITEFUNCTION, &Swallow)
      .Set(CURLOPT_HEADERFUNCTION, &Swallow)
      .SetText(CURLOPT_PROXY, options_.proxy);
  if (handles_->connect_to != nullptr) {
    options.Set(CURLOPT_CONNECT_TO, handles_->connect_to);
  }
  if (!options.ok() || !SetSocket() || !SetTrust() || !SetClientCertificate()) {
    return Fail(NetworkFailure::kTls, "libcurl refuses an option");
  }
  return kOk;
}

// Connects, without sleeping through a wish to stop.
Status CurlConnection::Perform() {
  if (handles_->curl.multi_add_handle(handles_->multi, handles_->easy) != CURLM_OK) {
    return Fail({Code::kNoSpace, Stage::kFetch}, "libcurl takes no transfer");
  }
  attached_ = true;
  const Clock::time_point limit = Clock::now() + options_.connect_timeout;
  curl_waitfd silence{wait_.SilenceDescriptor(), CURL_WAIT_POLLIN, 0};
  const unsigned watched = silence.fd < 0 ? 0 : 1;
  int running = 1;
  while (true) {
    if (handles_->curl.multi_perform(handles_->multi, &running) != CURLM_OK) {
      return Fail(NetworkFailure::kConnect, "libcurl fails");
    }
    if (running == 0) break;
    int ready = 0;
    handles_->curl.multi_poll(handles_->multi, watched == 0 ? nullptr : &silence, watched,
                              static_cast<int>(SocketWait::kStopInterval.count()), &ready);
    if (wait_.ShouldStop()) {
      // A resolver that is stuck must not hold us back.
      handles_->curl.easy_setopt(handles_->easy, CURLOPT_QUICK_EXIT, 1L);
      return Fail({Code::kCancelled, Stage::kFetch}, "told to stop");
    }
    if (ready == 1 && std::exchange(silence.revents, short{0}) != 0) {
      options_.silence->Skip(std::chrono::ceil<milliseconds>(limit - Clock::now()));
      return Fail(NetworkFailure::kTimeout,
                  fmt::format("not connected within {} ms", options_.connect_timeout.count()));
    }
  }
  int left = 0;
  const CURLMsg* message = handles_->curl.multi_info_read(handles_->multi, &left);
  if (message == nullptr || message->msg != CURLMSG_DONE) {
    return Fail(NetworkFailure::kConnect, "libcurl gives no result");
  }
  const CURLcode code = message->data.result;
  return code == CURLE_OK ? kOk : FailBy(code, NetworkFailure::kConnect);
}

Status CurlConnection::Stall() {
  std::string text = fmt::format("no byte for {} ms", options_.stall_timeout.count());
  if (!options_.open_after_stall) return Fail(NetworkFailure::kTimeout, std::move(text));
  failure_text_ = std::move(text);
  return NetworkFailure::kTimeout;
}

// Until the socket is ready, or `wake` (-1: none): then false. `last_byte` is when a
// byte last moved; readiness counts, so that a TLS record that drips in is progress.
Result<bool> CurlConnection::WaitFor(short events, Clock::time_point& last_byte, int wake) {
  switch (wait_.Until(socket_, events, last_byte + options_.stall_timeout, wake)) {
    case SocketWait::End::kReady: last_byte = Clock::now(); return true;
    case SocketWait::End::kWoken: return false;
    case SocketWait::End::kStopped: return Fail({Code::kCancelled, Stage::kFetch}, "told to stop");
    case SocketWait::End::kTimedOut: return Stall();
    case SocketWait::End::kFailed: break;
  }
  return Fail(NetworkFailure::kReset, "poll fails");
}

Status CurlConnection::Send(Bytes data) {
  failure_text_.clear();
  error_buffer_.front() = '\0';
  if (!open_) return Fail(NetworkFailure::kReset, "not connected");
  Clock::time_point last_byte = Clock::now();
  while (!data.empty()) {
    std::size_t count = 0;
    const CURLcode code =
        handles_->curl.easy_send(handles_->easy, data.data(), data.size(), &count);
    if (code == CURLE_AGAIN || (code == CURLE_OK && count == 0)) {
      const auto ready = WaitFor(POLLOUT, last_byte, -1);
      if (!ready) return ready.error();
    } else if (code != CURLE_OK) {
      return FailBy(code, NetworkFailure::kReset);
    } else {
      last_byte = Clock::now();
      data = data.subspan(count);
    }
  }
  return kOk;
}

Result<std::size_t> CurlConnection::Receive(MutableBytes out) {
  UPDRAFT_TRY_ASSIGN(const auto count, ReceiveUnlessWoken(out, -1));
  return count.value_or(0);
}

Result<std::optional<std::size_t>> CurlConnection::ReceiveUnlessWoken(MutableBytes out, int wake) {
  Clock::time_point last_byte = Clock::now();
  while (true) {
    UPDRAFT_TRY_ASSIGN(const auto count, ReceiveNow(out));
    if (count.has_value()) return count;
    UPDRAFT_TRY_ASSIGN(const bool ready, WaitFor(POLLIN, last_byte, wake));
    if (!ready) return std::optional<std::size_t>();
  }
}

Result<std::optional<std::size_t>> CurlConnection::ReceiveNow(MutableBytes out) {
  failure_text_.clear();
  error_buffer_.front() = '\0';
  if (out.empty()) return Status(Code::kInvalidArgument, Stage::kFetch);
  if (!open_) return Fail(NetworkFailure::kReset, "not connected");
  if (wait_.ShouldStop()) return Fail({Code::kCancelled, Stage::kFetch}, "told to stop");
  std::size_t count = 0;
  const CURLcode code = handles_->curl.easy_recv(handles_->easy, out.data(), out.size(), &count);
  if (code == CURLE_AGAIN) return std::optional<std::size_t>();
  if (code != CURLE_OK) return FailBy(code, NetworkFailure::kReset);
  if (count == 0 && !ClosedInGoodOrder()) {
    return Fail(NetworkFailure::kReset, "TLS stream cut off without close_notify");
  }
  return std::optional<std::size_t>(count);
}

// Known once libcurl has received; null before and without TLS.
const SSL* CurlConnection::Tls() const {
  curl_tlssessioninfo* info = nullptr;
  if (!open_ || !tls_ ||
      handles_->curl.easy_getinfo(handles_->easy, CURLINFO_TLS_SSL_PTR, &info) != CURLE_OK ||
      info == nullptr || info->backend != CURLSSLBACKEND_OPENSSL) {
    return nullptr;
  }
  return static_cast<const SSL*>(info->internals);
}

// libcurl 7.88 answers 0 for a TCP stream that ended, whatever TLS says.
bool CurlConnection::ClosedInGoodOrder() const {
  const SSL* const tls = Tls();
  return !tls_ || (tls != nullptr && (SSL_get_shutdown(tls) & SSL_RECEIVED_SHUTDOWN) != 0);
}

std::string_view CurlConnection::tls_version() const {
  const SSL* const tls = Tls();
  return tls == nullptr ? std::string_view{} : std::string_view(SSL_get_version(tls));
}

}  // namespace updraft
