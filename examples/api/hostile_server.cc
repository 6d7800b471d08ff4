// SPDX-License-Identifier: Apache-2.0
// A test of a client against the hostile server: a download that breaks, and a
// server that says nothing, without waiting for the time-out. docs/hostile-server.md
// shows it.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "ports/host/host_connection.h"
#include "ports/host/peer_silence.h"
#include "server/file_server.h"

namespace {

// What curl says of the answer: 0 whole, 18 cut short, 56 the connection broke.
int AskedByCurl(const updraft::FileServer& server) {
  const std::string command = "curl --silent --insecure --output /dev/null '" + server.url() +
                              "data.bin'; echo curl ended with $?";
  return std::system(command.c_str());
}

int BreaksADownload() {
  updraft::FileServerOptions options;
  options.root = "images";
  updraft::FileServer server(std::move(options));  // a thread of its own, a free port
  const updraft::ExplainedStatus started = server.Start();
  updraft::FaultScript script;
  const updraft::ExplainedStatus read = updraft::ParseFaultScript(
      R"({"requests": [{"fault": "reset", "at": 5000}]})", "test", script);
  const updraft::ExplainedStatus set =
      server.SetScript(std::move(script));  // and again, as often as needed
  // ... your client against server.url(), trusting server.ca_pem()
  return started.ok() && read.ok() && set.ok() ? AskedByCurl(server) : 1;
}

int SkipsATimeout() {
  updraft::FileServerOptions server_options;
  updraft::HostConnectionOptions connection_options;
  updraft::PeerSilence silence;
  server_options.on_silence = [&silence] { silence.Begin(); };
  connection_options.silence = &silence;  // an hour's time-out passes at once
  // ... silence.skipped() tells how long nobody waited
  connection_options.connect_timeout = connection_options.stall_timeout = std::chrono::hours(1);
  server_options.root = "images";
  const updraft::ExplainedStatus read =
      updraft::ParseFaultScript(R"({"tls": "silent"})", "test", server_options.script);
  updraft::FileServer server(std::move(server_options));
  if (!read.ok() || !server.Start().ok()) return 1;
  const auto connection = updraft::MakeHostConnection(connection_options);
  const updraft::Status status = connection->Connect({"localhost", server.port(), true});
  std::printf("%s, %s\n", status.ok() ? "connected" : "not connected",
              silence.skipped() > std::chrono::minutes(59) ? "an hour skipped" : "it waited");
  return 0;
}

}  // namespace

int main() { return BreaksADownload() == 0 && SkipsATimeout() == 0 ? 0 : 1; }
