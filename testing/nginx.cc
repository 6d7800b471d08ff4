// SPDX-License-Identifier: Apache-2.0
#include "testing/nginx.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace updraft {

// On a socket that we have bound and listen on, handed over the way that nginx hands
// sockets to its own successor: no port to guess, no start to wait for.
Nginx::Nginx(const std::string& block, bool tls) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      listen(listener, 16) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    throw std::runtime_error("no port for nginx");
  }
  port_ = ntohs(address.sin_port);
  const std::string configuration = folder_ / "nginx.conf";
  std::ofstream(configuration) << Configuration(block, tls);
  const std::string log_path = folder_ / "nginx.log";
  const std::string prefix = folder_.path();
  const std::string inherited = "NGINX=" + std::to_string(listener) + ";";
  process_ = fork();
  if (process_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    const int log = open(log_path.c_str(), O_WRONLY | O_CREAT, 0600);
    dup2(log, STDERR_FILENO);
    const char* arguments[] = {"nginx", "-p", prefix.c_str(), "-c", configuration.c_str(), nullptr};
    const char* environment[] = {inherited.c_str(), nullptr};
    execve(Path(), const_cast<char* const*>(arguments), const_cast<char* const*>(environment));
    _exit(127);
  }
  close(listener);
}

Nginx::~Nginx() {
  kill(process_, SIGTERM);
  waitpid(process_, nullptr, 0);
}

const char* Nginx::Path() {
  for (const char* path : {"/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"}) {
    if (access(path, X_OK) == 0) return path;
  }
  return nullptr;
}

std::string Nginx::Log() const {
  std::ostringstream text;
  text << std::ifstream(folder_ / "nginx.log").rdbuf();
  return text.str();
}

std::string Nginx::Configuration(const std::string& block, bool tls) const {
  std::string paths;
  for (const char* name : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
    paths += std::string(name) + "_temp_path " + (folder_ / name).string() + ";\n";
  }
  // "before" is what RFC 9110 asks for; nginx's default is "exact".
  // Without a master, nginx 1.22 crashes on a socket that it was given.
  return "daemon off; user root; worker_processes 1; pid nginx.pid; error_log stderr;\n"
         "events {}\n"
         "http { access_log off; default_type application/octet-stream;\n"
         "if_modified_since before; large_client_header_buffers 4 64k;\n" +
         paths + "server { listen 127.0.0.1:" + std::to_string(port_) + (tls ? " ssl" : "") +
         ";\n" + block + "\n} }\n";
}

}  // namespace updraft
