// SPDX-License-Identifier: Apache-2.0
#include "server/file_server.h"

#include <fmt/format.h>
#include <signal.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <deque>
#include <exception>
#include <future>
#include <set>
#include <thread>

#include "server/certificate.h"
#include "server/document_root.h"
#include "server/session.h"
#include "server/tls_context.h"
#include "server/tls_faults.h"

namespace updraft {
namespace {

constexpr std::chrono::milliseconds kPauseWithoutDescriptors{50};

// Signals are the program's business: its other threads wait for them.
std::thread StartWithoutSignals(auto body) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread(body);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

std::string WithoutBrackets(const std::string& host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    return host.substr(1, host.size() - 2);
  return host;
}

}  // namespace

// What exists while the server runs. All but the constructor, Listen, Run and
// Stop happens on its thread.
class FileServer::Engine {
 public:
  explicit Engine(const FileServerOptions& options)
      : plain_http_(options.plain_http), faults_(options.script), acceptor_(io_), pause_(io_) {
    session_options_ = {.root = &root_,
                        .access_log = options.access_log,
                        .faults = &faults_,
                        .throttle = options.throttle,
                        .idle_timeout = options.idle_timeout,
                        .on_silence = options.on_silence};
  }

  ~Engine() { Stop(); }

  ExplainedStatus OpenRoot(const FileServerOptions& options) {
    if (ExplainedStatus opened = root_.Open(options.root); !opened.ok()) return opened;
    for (const std::string& path : options.withheld) root_.Withhold(path);
    return {};
  }

  // What the TLS of `script` needs, if anything. A context lives as long as the
  // engine: connections of an earlier script may.
  ExplainedStatus MakeTls(const FaultScript& script, CertificateAuthority authority,
                          const CertificateOptions& hosts, const TlsIdentity& honest,
                          asio::ssl::context*& context) {
    const TlsFault fault = script.tls;
    if (fault == TlsFault::kNone || fault == TlsFault::kPlain || plain_http_) return {};
    // With an identity from outside, bad certificates are by an authority of our own.
    if (authority.identity().empty()) {
      if (ExplainedStatus created = authority.Create(); !created.ok()) return created;
    }
    context = &contexts_.emplace_back(asio::ssl::context::tls_server);
    return ConfigureFaultyTls(fault, authority, hosts, honest, *context);
  }

  ExplainedStatus UseIdentity(const TlsIdentity& identity) { return ConfigureTls(identity, tls_); }

  ExplainedStatus Listen(const std::string& host, std::uint16_t port) {
    error_code error;
    const tcp::endpoint endpoint = Resolve(host, port, error);
    if (error) {
      return {Code::kNotFound,
              fmt::format("{} should be an address of this machine to listen on, but is not known "
                          "({}); 127.0.0.1 always is.",
                          host, error.message())};
    }
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) return {};
    const bool in_use = error == asio::error::address_in_use;
    return {in_use ? Code::kNoSpace : Code::kUnsupported,
            fmt::format("The server should listen on {} port {}, but cannot ({}); {}.", host, port,
                        error.message(),
                        in_use ? "end the program that uses the port, or take another port"
                               : "choose another address or port"),
            error.value()};
  }

  std::uint16_t port() const {
    error_code error;
    return acceptor_.local_endpoint(error).port();
  }

  void Run() {
    asio::co_spawn(io_, Accept(), asio::detached);
    thread_ = StartWithoutSignals([this] { RunLoop(); });
  }

  // `tls` is what its TLS needs, if anything.
  void SetScript(FaultScript script, asio::ssl::context* tls) {
    const TlsFaults faults{script.tls, script.tls_skip, script.tls_times, tls};
    FaultPlayer player(std::move(script));
    std::promise<void> set;
    asio::post(io_, [&] {
      faults_ = std::move(player);
      tls_faults_ = faults;
      set.set_value();
    });
    set.get_future().wait();
  }
  // Before Run().
  void SetTlsFault(const FaultScript& script, asio::ssl::context* tls) {
    tls_faults_ = {script.tls, script.tls_skip, script.tls_times, tls};
  }

  void WaitUntilIdle() {
    for (std::size_t open = open_; open != 0; open = open_) open_.wait(open);
  }

  void Stop() {
    if (!thread_.joinable()) return;
    asio::post(io_, [this] {
      error_code ignored;
      acceptor_.close(ignored);
      pause_.cancel(ignored);
      for (Session* session : sessions_) session->Stop();
    });
    thread_.join();
  }

 private:
  static tcp::endpoint Resolve(const std::string& host, std::uint16_t port, error_code& error) {
    const auto address = asio::ip::make_address(host, error);
    if (!error) return {address, port};
    asio::io_context io;
    const auto found = tcp::resolver(io).resolve(host, std::to_string(port), error);
    return error || found.empty() ? tcp::endpoint() : found.begin()->endpoint();
  }

  // A handler that throws must not end the others.
  void RunLoop() {
    for (;;) {
      try {
        io_.run();
        return;
      } catch (const std::exception&) {
        continue;
      }
    }
  }

  Awaitable<void> Accept() {
    while (acceptor_.is_open()) {
      error_code error;
      tcp::socket socket = co_await acceptor_.async_accept(Into(error));
      if (!error) {
        asio::co_spawn(io_, RunSession(std::move(socket)), asio::detached);
      } else if (acceptor_.is_open()) {
        pause_.expires_after(kPauseWithoutDescriptors);
        co_await pause_.async_wait(Into(error));
      }
    }
  }

  struct TlsFaults {
    TlsFault fault = TlsFault::kNone;
    std::uint64_t skip = 0;
    std::optional<std::uint64_t> left = {};
    asio::ssl::context* context = nullptr;
  };

  TlsFault NextTlsFault() {
    if (tls_faults_.skip > 0) {
      --tls_faults_.skip;
      return TlsFault::kNone;
    }
    if (tls_faults_.left && (*tls_faults_.left)-- == 0) tls_faults_ = {};
    return tls_faults_.fault;
  }

  std::unique_ptr<Transport> MakeTransport(tcp::socket socket, TlsFault fault) {
    if (plain_http_ || fault == TlsFault::kPlain) return MakePlainTransport(std::move(socket));
    asio::ssl::context& context = fault == TlsFault::kNone ? tls_ : *tls_faults_.context;
    return MakeTlsTransport(std::move(socket), context, fault == TlsFault::kRenegotiate);
  }

  Awaitable<void> RunSession(tcp::socket socket) {
    const TlsFault fault = NextTlsFault();
    if (fault == TlsFault::kReset) {
      error_code ignored;
      socket.set_option(asio::socket_base::linger(true, 0), ignored);
      co_return;
    }
    auto transport = MakeTransport(std::move(socket), fault);
    if (fault == TlsFault::kSilent) {
      transport->Mute();
      if (session_options_.on_silence) session_options_.on_silence();
    }
    Session session(std::move(transport), io_.get_executor(), session_options_);
    sessions_.insert(&session);
    ++open_;
    if (!acceptor_.is_open()) session.Stop();
    co_await session.Run();
    sessions_.erase(&session);
    --open_;
    open_.notify_all();
  }

  bool plain_http_;
  FaultPlayer faults_;
  DocumentRoot root_;
  SessionOptions session_options_;
  asio::ssl::context tls_{asio::ssl::context::tls_server};
  std::deque<asio::ssl::context> contexts_;  // of scripts; not its thread's
  TlsFaults tls_faults_;
  std::set<Session*> sessions_;
  std::atomic<std::size_t> open_{0};  // as many, for any thread
  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  std::thread thread_;
};

FileServer::FileServer(FileServerOptions options) : options_(std::move(options)) {
  options_.host = WithoutBrackets(options_.host);
}

FileServer::~FileServer() { Stop(); }

ExplainedStatus FileServer::PrepareIdentity() {
  if (options_.plain_http || !identity_.empty()) return {};
  if (!options_.identity.empty()) {
    identity_ = options_.identity;
    ca_pem_ = identity_.certificate_pem;
    return {};
  }
  CertificateOptions certificate;
  const bool everywhere = options_.host == "0.0.0.0" || options_.host == "::";
  if (!everywhere) certificate.hosts.push_back(options_.host);
  if (everywhere) std::ranges::copy(HostsOfThisMachine(), std::back_inserter(certificate.hosts));
  std::ranges::copy(options_.more_hosts, std::back_inserter(certificate.hosts));
  if (ExplainedStatus created = authority_.Create(); !created.ok()) return created;
  ca_pem_ = authority_.identity().certificate_pem;
  certificate_ = std::move(certificate);
  return authority_.Issue(certificate_, identity_);
}

ExplainedStatus FileServer::Start() {
  if (engine_) return {Code::kInvalidState, "The server should be started once, but runs already."};
  try {
    auto engine = std::make_unique<Engine>(options_);
    if (ExplainedStatus opened = engine->OpenRoot(options_); !opened.ok()) return opened;
    if (ExplainedStatus prepared = PrepareIdentity(); !prepared.ok()) return prepared;
    if (!options_.plain_http) {
      if (ExplainedStatus used = engine->UseIdentity(identity_); !used.ok()) return used;
    }
    if (ExplainedStatus listens = engine->Listen(options_.host, options_.port); !listens.ok())
      return listens;
    port_ = engine->port();
    asio::ssl::context* faulty = nullptr;
    if (ExplainedStatus made =
            engine->MakeTls(options_.script, authority_, certificate_, identity_, faulty);
        !made.ok())
      return made;
    engine->SetTlsFault(options_.script, faulty);
    engine->Run();
    engine_ = std::move(engine);
  } catch (const std::exception& exception) {
    return {Code::kUnsupported,
            fmt::format("The server should have started, but the system refused ({}).",
                        exception.what())};
  }
  return {};
}

ExplainedStatus FileServer::SetScript(FaultScript script) {
  if (!engine_) return {Code::kInvalidState, "The server should run, but does not; start it."};
  asio::ssl::context* faulty = nullptr;
  if (ExplainedStatus made = engine_->MakeTls(script, authority_, certificate_, identity_, faulty);
      !made.ok())
    return made;
  engine_->SetScript(std::move(script), faulty);
  return {};
}

void FileServer::WaitUntilIdle() {
  if (engine_) engine_->WaitUntilIdle();
}

void FileServer::Stop() { engine_.reset(); }

std::string FileServer::url() const {
  const bool v6 = options_.host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}/", options_.plain_http ? "http" : "https", v6 ? "[" : "",
                     options_.host, v6 ? "]" : "", port_);
}

}  // namespace updraft
