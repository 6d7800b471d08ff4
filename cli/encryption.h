// SPDX-License-Identifier: Apache-2.0
// Encrypting and decrypting files, for `updraft image` and for esp_enc_img_gen:
// in constant memory, the output whole or not at all.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "updraft/encrypted_image.h"
#include "updraft/key_derivation.h"

#include "cli/failure.h"
#include "ports/host/key_file.h"
#include "ports/host/signer_openssl.h"

namespace updraft {

// The words for a file that holds no key of an encrypted image.
Failure FailureOf(KeyFault fault, const std::string& path);

// A key file. Beside the reasons of a file: bad_format, unsupported.
Outcome<std::unique_ptr<KeyFile>> LoadKeyFile(const std::string& path);

// The point of a P-256 key; of an HMAC key, the device's.
Outcome<P256Point> PointOf(const KeyFile& key, Crypto& crypto);

// A private key as the decryptor takes it. Key file and crypto outlive it; a
// public key opens nothing.
class PrivateKeys {
 public:
  PrivateKeys(const KeyFile& key, Crypto& crypto);
  PrivateKeys(const PrivateKeys&) = delete;
  PrivateKeys& operator=(const PrivateKeys&) = delete;

  // kOk, or what the crypto said of the key.
  Status status() const { return status_; }
  const DecryptionKeys& keys() const { return keys_; }

 private:
  HmacSha256 hmac_;
  HmacDerivedKey derived_;
  ScalarKey scalar_;
  Status status_;
  DecryptionKeys keys_;
};

struct EncryptionFacts {
  EncryptionScheme scheme{};
  std::uint64_t body_size = 0;
};

struct EncryptionJob {
  std::string input;   // "-": standard input
  std::string output;  // "-": standard output
  std::string key{};   // where its key lies, which is not to be overwritten
  std::string spool_folder{};
  // Decrypted bytes go out before they are proven.
  bool unsafe_stream = false;
  // Encrypting: signs the header; a private key on P-256.
  const SignatureKey* signer = nullptr;
  // Decrypting: whose signature of the header is demanded.
  HeaderTrust trust{};
  // Called when a header has been opened, which proves nothing yet.
  std::function<void(const EncryptionFacts&)> opened{};
};

// For the receiver whose key, public or private, this is.
Outcome<EncryptionFacts> EncryptFile(const KeyFile& key, const EncryptionJob& job);
// With a private key; no output is left of what is refused. Reasons: those of the checks, of files;
// invalid_argument for a public key.
Outcome<EncryptionFacts> DecryptFile(const KeyFile& key, const EncryptionJob& job);

// Takes away what was there under the name of the output, which would pass for the
// result: after a refusal before either was called. A regular file, and neither
// input nor key.
void RemoveStaleOutput(const EncryptionJob& job);

}  // namespace updraft
