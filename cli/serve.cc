// SPDX-License-Identifier: Apache-2.0
// `updraft serve DIR`: the development server as a command. Called through
// commands.h; owns the server from the first line to the signal that ends it.
#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/output.h"
#include "cli/text.h"
#include "server/fault_script.h"
#include "server/file_server.h"
#include "server/tls_identity.h"

namespace updraft {
namespace {

struct ServeArguments {
  std::string directory;
  std::string host = "127.0.0.1";
  std::uint64_t port = 0;
  std::string certs;
  std::string certificate;
  std::string key;
  std::string ca_out;
  std::string port_file;
  std::string throttle;
  std::string script;
  bool plain_http = false;
  bool print_nginx = false;
};

// Bytes a second: "65536", "64k", "2M", "1G" (k is 1024, as curl counts).
std::optional<std::uint64_t> ParseRate(const std::string& text) {
  std::uint64_t value = 0;
  std::size_t i = 0;
  for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
    value = value * 10 + static_cast<std::uint64_t>(text[i] - '0');
    if (value > (std::uint64_t{1} << 40)) return std::nullopt;
  }
  if (i == 0 || value == 0) return std::nullopt;
  const std::string unit = text.substr(i);
  if (unit.empty()) return value;
  if (unit == "k" || unit == "K") return value << 10;
  if (unit == "m" || unit == "M") return value << 20;
  if (unit == "g" || unit == "G") return value << 30;
  return std::nullopt;
}

int Refuse(const ExplainedStatus& refusal) {
  PrintError(refusal.message);
  return kExitFailed;
}

ExplainedStatus PrepareOptions(const ServeArguments& arguments, FileServerOptions& options) {
  options.root = arguments.directory;
  options.host = arguments.host;
  options.port = static_cast<std::uint16_t>(arguments.port);
  options.plain_http = arguments.plain_http;
  if (!arguments.throttle.empty()) options.throttle = ParseRate(arguments.throttle).value_or(0);
  options.access_log = [](const AccessEntry& entry) {
    fmt::print(stderr, "{}\n", FormatAccessEntry(entry));
  };
  if (!arguments.script.empty()) {
    if (ExplainedStatus read = LoadFaultScript(arguments.script, options.script); !read.ok())
      return read;
  }
  const bool folder = !arguments.certs.empty();
  if (!folder && arguments.certificate.empty()) return {};
  const std::string certificate = folder ? arguments.certs + "/ca_cert.pem" : arguments.certificate;
  const std::string key = folder ? arguments.certs + "/ca_key.pem" : arguments.key;
  options.withheld.push_back(key);
  return LoadTlsIdentity(certificate, key, options.identity);
}

// Blocked before the server's thread begins, so that they only come here.
sigset_t BlockEndingSignals() {
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGINT);
  sigaddset(&ending, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  return ending;
}

// In nginx's quotes.
std::string NginxText(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '$') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

// What serves the same directory for many, for good: strong tags, lengths and ranges
// are nginx's own as long as nothing compresses on the way.
int PrintNginx(const ServeArguments& arguments) {
  const bool folder = !arguments.certs.empty();
  const auto absolute = [](const std::string& path, const char* otherwise) {
    return NginxText(path.empty() ? otherwise : std::filesystem::absolute(path).string());
  };
  if (arguments.directory.find('$') != std::string::npos) {
    PrintError("expected a directory without '$', which nginx would expand, found one; rename it.");
    return kExitFailed;
  }
  std::string left_out;
  if (!arguments.script.empty()) {
    FaultScript script;
    if (ExplainedStatus read = LoadFaultScript(arguments.script, script); !read.ok())
      return Refuse(read);
    left_out = "# without the faults of --script: nginx serves rightly\n";
  }
  PrintLine(fmt::format(
      "# made by 'updraft serve --print-nginx'; goes into http {{ }}, "
      "/etc/nginx/conf.d/updates.conf\n"
      "{}"
      "server {{\n"
      "  listen {} ssl;\n"
      "  server_name _;\n"
      "  ssl_certificate {};\n"
      "  ssl_certificate_key {};\n"
      "  ssl_protocols TLSv1.2 TLSv1.3;\n"
      "  root {};\n"
      "  # Compressed on the way, an image has no length and no strong tag.\n"
      "  gzip off;\n"
      "  etag on;\n"
      "  default_type application/octet-stream;\n"
      "  location / {{\n"
      "    add_header Cache-Control no-cache;\n"
      "    limit_except GET {{ deny all; }}\n"
      "  }}\n"
      "  location ~ \\.(pem|key)$ {{ deny all; }}\n"
      "}}",
      left_out, arguments.port == 0 ? 443 : arguments.port,
      absolute(folder ? arguments.certs + "/ca_cert.pem" : arguments.certificate,
               "/etc/ssl/updates.pem"),
      absolute(folder ? arguments.certs + "/ca_key.pem" : arguments.key, "/etc/ssl/updates.key"),
      absolute(arguments.directory, "")));
  return kExitDone;
}

int Serve(const ServeArguments& arguments) {
  if (arguments.print_nginx) return PrintNginx(arguments);
  FileServerOptions options;
  if (ExplainedStatus prepared = PrepareOptions(arguments, options); !prepared.ok())
    return Refuse(prepared);
  const sigset_t ending = BlockEndingSignals();
  FileServer server(std::move(options));
  if (ExplainedStatus started = server.Start(); !started.ok()) return Refuse(started);

  if (!arguments.ca_out.empty()) {
    if (const auto failure = WriteWholeFile(arguments.ca_out, AsBytes(server.ca_pem()))) {
      return Fail(*failure);
    }
  }
  if (!arguments.port_file.empty()) {
    const std::string port = fmt::format("{}\n", server.port());
    if (const auto failure = WriteWholeFile(arguments.port_file, AsBytes(port))) {
      return Fail(*failure);
    }
  }
  PrintLine(fmt::format("serving {} from {}", server.url(), arguments.directory));
  if (!FlushOutput()) return kExitFailed;  // main says why

  int signal = 0;
  sigwait(&ending, &signal);
  server.Stop();
  return kExitDone;
}

}  // namespace

void AddServeCommand(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<ServeArguments>();
  CLI::App* const serve = AddCommand(
      app, "serve",
      "Serve a directory over HTTPS for development, until SIGINT or SIGTERM.\nWithout a "
      "certificate one is made, for localhost, the loopback addresses and --host\n(with --host "
      "0.0.0.0 for all addresses of this machine); --ca-out writes what clients must trust.",
      "updraft serve build/images --port 8070 --ca-out ca.pem\n"
      "updraft serve build/images --host 0.0.0.0 --port 8070 --certs certs --throttle 64k\n"
      "updraft serve build/images --script faults.json --ca-out ca.pem\n"
      "updraft serve /srv/updates --print-nginx --cert site.pem --key site.key");
  serve->add_option("DIR", arguments->directory, "Directory whose files are served")->required();
  serve->add_option("--host", arguments->host, "Address to listen on")->capture_default_str();
  AddNumber(*serve, "--port", arguments->port, "Port to listen on (default 0: any free one)",
            0xFFFF);
  CLI::Option* certs =
      serve->add_option("--certs", arguments->certs,
                        "Folder with ca_cert.pem and ca_key.pem: the server's certificate and key");
  CLI::Option* certificate = serve->add_option("--cert", arguments->certificate,
                                               "PEM file: the server's certificate and its chain");
  CLI::Option* key = serve->add_option("--key", arguments->key, "PEM file: its private key");
  CLI::Option* ca_out = serve->add_option("--ca-out", arguments->ca_out,
                                          "Write what clients must trust to this PEM file");
  serve->add_option("--port-file", arguments->port_file, "Write the port's number to this file");
  serve
      ->add_option("--throttle", arguments->throttle,
                   "Bytes a second that each connection gets at most (units k, M, G of 1024)")
      ->check([](const std::string& text) {
        return ParseRate(text) ? std::string()
                               : fmt::format("expected a rate such as 65536, 64k or 2M, found '{}'",
                                             PrintableText(text));
      });
  serve
      ->add_option("--script", arguments->script,
                   "JSON file: which requests are answered wrongly, and how\n"
                   "(docs/hostile-server.md)")
      ->type_name("FILE");
  serve->add_flag("--print-nginx", arguments->print_nginx,
                  "Serve nothing: print what nginx needs to serve the same");
  CLI::Option* http = serve->add_flag("--http", arguments->plain_http, "Plain HTTP, without TLS");
  certs->excludes(certificate)->excludes(key)->excludes(http);
  certificate->needs(key)->excludes(http);
  key->needs(certificate);
  ca_out->excludes(http);
  serve->callback([arguments, &exit_code] { exit_code = Serve(*arguments); });
}

}  // namespace updraft
