// SPDX-License-Identifier: Apache-2.0
#include "ports/host/host_connection.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "ports/host/connection_curl.h"
#include "ports/host/connection_openssl.h"

namespace updraft {
namespace {

// libcurl judges them, and no_proxy.
bool EnvironmentNamesAProxy() {
  constexpr std::array kNames{"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
  return std::ranges::any_of(kNames, [](const char* name) {
    const char* const value = std::getenv(name);
    return value != nullptr && *value != '\0';
  });
}

bool LiesInAToken(std::string_view file) { return file.starts_with("pkcs11:"); }

bool WantsCurl(const HostConnectionOptions& options) {
  return !options.proxy.empty() || EnvironmentNamesAProxy() || !options.interface_name.empty() ||
         LiesInAToken(options.key_file) || LiesInAToken(options.certificate_file);
}

}  // namespace

std::unique_ptr<HostConnection> MakeHostConnection(HostConnectionOptions options) {
  if (WantsCurl(options)) return std::make_unique<CurlConnection>(std::move(options));
  return std::make_unique<OpensslConnection>(std::move(options));
}

}  // namespace updraft
