// SPDX-License-Identifier: Apache-2.0
// The façade's listening sockets on a host, over OpenSSL where there is TLS.
#pragma once

#include "esp/server_binding.h"

namespace updraft::esp {

class SocketServer final : public ServerNetwork {
 public:
  // A port below 1024 that this user may not have becomes one 8000 higher.
  std::unique_ptr<Listener> Listen(const ListenSettings& settings, std::string& problem) override;
};

}  // namespace updraft::esp
