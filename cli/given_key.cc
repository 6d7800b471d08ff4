// SPDX-License-Identifier: Apache-2.0
#include "cli/given_key.h"

#include <fmt/format.h>

#include "cli/sentence.h"
#include "cli/token_key.h"

namespace updraft {

std::optional<Failure> GivenKey::Open(const std::string& path, Crypto& crypto) {
  if (path.empty()) return std::nullopt;
  auto loaded = LoadKeyFile(path);
  if (!loaded) return loaded.failure();
  file_ = std::move(*loaded);
  keys_.emplace(*file_, crypto);
  if (!keys_->status().ok()) return FailureOf(keys_->status());
  if (keys_->keys().any()) return std::nullopt;
  return Failure{std::string(CheckReason(Check::kKeyPresent)),
                 fmt::format("{}: expected a private key, found a public one; give the one that "
                             "decrypts.",
                             KeyNameText(path))};
}

}  // namespace updraft
