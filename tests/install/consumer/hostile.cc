// SPDX-License-Identifier: Apache-2.0
// The hostile server in a program outside of the project: it plays a script.
#include <cstdio>

#include "server/file_server.h"

int main() {
  updraft::FileServerOptions options;
  options.root = ".";
  updraft::FileServer server(std::move(options));
  const updraft::ExplainedStatus started = server.Start();
  updraft::FaultScript script;
  const updraft::ExplainedStatus read = updraft::ParseFaultScript(
      R"({"tls": "expired", "requests": [{"fault": "reset", "at": 5000}]})", "test", script);
  if (!started.ok() || !read.ok() || !server.SetScript(std::move(script)).ok()) return 1;
  std::printf("hostile at port %s\n", server.port() > 0 ? "one" : "none");
  return 0;
}
