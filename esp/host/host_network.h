// SPDX-License-Identifier: Apache-2.0
// The façade's network on a host: the connections of ports/host.
#pragma once

#include "esp/network_binding.h"

namespace updraft::esp {

class HostNetwork final : public Network {
 public:
  std::unique_ptr<NetworkStream> MakeStream(ConnectionSettings settings) override;
};

}  // namespace updraft::esp
