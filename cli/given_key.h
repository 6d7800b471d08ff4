// SPDX-License-Identifier: Apache-2.0
// The key of encrypted images that a command was given with --key, for as long as
// the command runs. Used by the commands that update a device, or say what an
// update would do.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "updraft/encrypted_image.h"

#include "cli/encryption.h"
#include "cli/failure.h"

namespace updraft {

class GivenKey {
 public:
  // No path, no key. Why the file is none that decrypts; the crypto outlives this.
  std::optional<Failure> Open(const std::string& path, Crypto& crypto);
  // None before Open().
  DecryptionKeys keys() const { return keys_.has_value() ? keys_->keys() : DecryptionKeys{}; }

 private:
  std::unique_ptr<KeyFile> file_;
  std::optional<PrivateKeys> keys_;
};

}  // namespace updraft
