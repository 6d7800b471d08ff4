// SPDX-License-Identifier: Apache-2.0
#include "esp/host/socket_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace updraft::esp {
namespace {

constexpr std::uint16_t kPrivileged = 1024;
constexpr std::uint16_t kInstead = 8000;  // 80 becomes 8080, 443 becomes 8443

struct Free {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* session) const { SSL_free(session); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

class Socket {
 public:
  explicit Socket(int number) : number_(number) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() {
    if (number_ >= 0) close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

void SetTimeout(int socket, int option, std::chrono::seconds timeout) {
  const timeval value{.tv_sec = timeout.count(), .tv_usec = 0};
  setsockopt(socket, SOL_SOCKET, option, &value, sizeof value);
}

class SocketStream final : public ServerStream {
 public:
  SocketStream(int socket, Owned<SSL> tls) : socket_(socket), tls_(std::move(tls)) {}

  std::ptrdiff_t Receive(MutableBytes buffer) override;
  std::ptrdiff_t Send(Bytes data) override;
  bool pending() const override { return tls_ != nullptr && SSL_pending(tls_.get()) > 0; }
  void Finish() override;
  int socket() const override { return socket_.number(); }

 private:
  std::ptrdiff_t Judge(int result, bool reads);

  Socket socket_;
  Owned<SSL> tls_;
};

std::ptrdiff_t FailureOfErrno() {
  return errno == EAGAIN || errno == EWOULDBLOCK ? kStreamTimedOut : kStreamFailed;
}

std::ptrdiff_t SocketStream::Judge(int result, bool reads) {
  if (result > 0) return result;
  const int error = SSL_get_error(tls_.get(), result);
  ERR_clear_error();
  if (error == SSL_ERROR_ZERO_RETURN && reads) return 0;
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return kStreamTimedOut;
  return kStreamFailed;
}

std::ptrdiff_t SocketStream::Receive(MutableBytes buffer) {
  if (tls_ != nullptr) {
    return Judge(SSL_read(tls_.get(), buffer.data(), static_cast<int>(buffer.size())), true);
  }
  ssize_t count = 0;
  do {
    count = recv(socket_.number(), buffer.data(), buffer.size(), 0);
  } while (count < 0 && errno == EINTR);
  return count >= 0 ? count : FailureOfErrno();
}

std::ptrdiff_t SocketStream::Send(Bytes data) {
  if (tls_ != nullptr) {
    return Judge(SSL_write(tls_.get(), data.data(), static_cast<int>(data.size())), false);
  }
  ssize_t count = 0;
  do {
    count = send(socket_.number(), data.data(), data.size(), MSG_NOSIGNAL);
  } while (count < 0 && errno == EINTR);
  return count >= 0 ? count : FailureOfErrno();
}

void SocketStream::Finish() {
  if (tls_ != nullptr) SSL_shutdown(tls_.get());
  ERR_clear_error();
  shutdown(socket_.number(), SHUT_WR);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  std::array<std::uint8_t, 4096> thrown_away{};
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd waits{.fd = socket_.number(), .events = POLLIN, .revents = 0};
    if (left.count() <= 0 || poll(&waits, 1, static_cast<int>(left.count())) <= 0) return;
    if (recv(socket_.number(), thrown_away.data(), thrown_away.size(), 0) <= 0) return;
  }
}

Owned<BIO> BioOf(const std::string& text) {
  return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

bool UseCertificates(SSL_CTX& context, const std::string& pem) {
  const Owned<BIO> bio = BioOf(pem);
  const Owned<X509> own(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (!own || SSL_CTX_use_certificate(&context, own.get()) != 1) return false;
  while (X509* const next = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    if (SSL_CTX_add0_chain_cert(&context, next) != 1) {
      X509_free(next);
      return false;
    }
  }
  return true;
}

int RefusePassphrase(char* /*passphrase*/, int /*size*/, int /*writes*/, void* /*context*/) {
  return -1;
}

bool UseKey(SSL_CTX& context, const std::string& pem) {
  const Owned<EVP_PKEY> key(
      PEM_read_bio_PrivateKey(BioOf(pem).get(), nullptr, &RefusePassphrase, nullptr));
  return key && SSL_CTX_use_PrivateKey(&context, key.get()) == 1 &&
         SSL_CTX_check_private_key(&context) == 1;
}

bool DemandClients(SSL_CTX& context, const std::string& pem) {
  const Owned<BIO> bio = BioOf(pem);
  int count = 0;
  while (const Owned<X509> authority{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(&context), authority.get()) != 1 ||
        SSL_CTX_add_client_CA(&context, authority.get()) != 1) {
      return false;
    }
    ++count;
  }
  SSL_CTX_set_verify(&context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return count > 0;
}

// nullptr, and why.
Owned<SSL_CTX> MakeTls(const ListenSettings& settings, std::string& problem) {
  Owned<SSL_CTX> context(SSL_CTX_new(TLS_server_method()));
  if (!context) return nullptr;
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  constexpr std::array<unsigned char, 4> kSessions{'h', 't', 't', 'p'};
  SSL_CTX_set_session_id_context(context.get(), kSessions.data(), kSessions.size());
  if (!UseCertificates(*context, settings.certificate_pem)) {
    problem = "expected a server's certificate, found none";
  } else if (!UseKey(*context, settings.key_pem)) {
    problem = "expected the private key of the server's certificate, found another or none";
  } else if (!settings.client_authorities_pem.empty() &&
             !DemandClients(*context, settings.client_authorities_pem)) {
    problem = "expected certificates of the clients' authorities, found none";
  }
  ERR_clear_error();
  return problem.empty() ? std::move(context) : nullptr;
}

// What OpenSSL keeps for the server's task ends with the listener, not some time after
// the task.
struct ThreadStop {
  ThreadStop() = default;
  ThreadStop(const ThreadStop&) = delete;
  ThreadStop& operator=(const ThreadStop&) = delete;
  ~ThreadStop() { OPENSSL_thread_stop(); }
};

class SocketListener final : public Listener {
 public:
  SocketListener(int socket, std::uint16_t port, const ListenSettings& settings, Owned<SSL_CTX> tls)
      : socket_(socket),
        port_(port),
        receive_timeout_(settings.receive_timeout),
        send_timeout_(settings.send_timeout),
        tls_(std::move(tls)) {}

  std::unique_ptr<ServerStream> Accept() override;
  int socket() const override { return socket_.number(); }
  std::uint16_t port() const override { return port_; }

 private:
  ThreadStop stop_{};  // the first to be made is the last to go
  Socket socket_;
  std::uint16_t port_;
  std::chrono::seconds receive_timeout_;
  std::chrono::seconds send_timeout_;
  Owned<SSL_CTX> tls_;
};

std::unique_ptr<ServerStream> SocketListener::Accept() {
  const int client = accept4(socket_.number(), nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return nullptr;
  SetTimeout(client, SO_RCVTIMEO, receive_timeout_);
  SetTimeout(client, SO_SNDTIMEO, send_timeout_);
  const int at_once = 1;
  setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
  Owned<SSL> tls;
  if (tls_ != nullptr) {
    tls.reset(SSL_new(tls_.get()));
    const bool shaken =
        tls != nullptr && SSL_set_fd(tls.get(), client) == 1 && SSL_accept(tls.get()) == 1;
    ERR_clear_error();
    if (!shaken) {
      tls.reset();
      close(client);
      return nullptr;
    }
  }
  return std::make_unique<SocketStream>(client, std::move(tls));
}

// A socket that listens on that port of all interfaces, or -1 and errno.
int ListenOn(std::uint16_t port, int backlog) {
  const int listening = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listening < 0) return -1;
  const int yes = 1;
  const int no = 0;
  setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  setsockopt(listening, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_any;
  address.sin6_port = htons(port);
  if (bind(listening, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      listen(listening, backlog) == 0) {
    return listening;
  }
  const int error = errno;
  close(listening);
  errno = error;
  return -1;
}

std::uint16_t PortOf(int listening) {
  sockaddr_in6 address{};
  socklen_t size = sizeof address;
  getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin6_port);
}

}  // namespace

std::unique_ptr<Listener> SocketServer::Listen(const ListenSettings& settings,
                                               std::string& problem) {
  Owned<SSL_CTX> tls;
  if (!settings.certificate_pem.empty()) {
    tls = MakeTls(settings, problem);
    if (tls == nullptr) return nullptr;
    // OpenSSL writes without MSG_NOSIGNAL; a chip has no signals.
    std::signal(SIGPIPE, SIG_IGN);
  }
  int listening = ListenOn(settings.port, settings.backlog);
  if (listening < 0 && errno == EACCES && settings.port < kPrivileged) {
    listening = ListenOn(static_cast<std::uint16_t>(settings.port + kInstead), settings.backlog);
  }
  if (listening < 0) {
    problem = "expected port " + std::to_string(settings.port) +
              " to be free, found: " + std::strerror(errno);
    return nullptr;
  }
  return std::make_unique<SocketListener>(listening, PortOf(listening), settings, std::move(tls));
}

}  // namespace updraft::esp
