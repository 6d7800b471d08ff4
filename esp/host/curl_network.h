// SPDX-License-Identifier: Apache-2.0
// The façade's network on a host: libcurl's connections.
#pragma once

#include "esp/network_binding.h"

namespace updraft::esp {

class CurlNetwork final : public Network {
 public:
  std::unique_ptr<NetworkStream> MakeStream(ConnectionSettings settings) override;
};

}  // namespace updraft::esp
