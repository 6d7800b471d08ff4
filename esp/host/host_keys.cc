// SPDX-License-Identifier: Apache-2.0
#include "esp/host/host_keys.h"

#include <utility>

#include "ports/host/efuse_hmac_key.h"
#include "ports/host/key_file.h"

namespace updraft::esp {

std::optional<PrivateKeys::Rsa> HostKeys::ParseRsa(Bytes file) {
  const auto parsed = ParseKeyFile(file);
  const auto* const found = std::get_if<std::unique_ptr<KeyFile>>(&parsed);
  if (found == nullptr || (*found)->kind != KeyKind::kRsaPrivate) return std::nullopt;
  return Rsa{.key = std::move((*found)->rsa_private), .half = (*found)->rsa_public};
}

std::shared_ptr<HmacKey> HostKeys::Hmac(std::size_t block) {
  return std::make_shared<EfuseHmacKey>(*efuse_, *crypto_, block);
}

}  // namespace updraft::esp
