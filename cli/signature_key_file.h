// SPDX-License-Identifier: Apache-2.0
// Keys of signatures as people name them on the command line: PEM files, and the
// 32-byte digests that eFuse holds.
#pragma once

#include <string>

#include "updraft/port/crypto.h"

#include "cli/failure.h"
#include "ports/host/signer_openssl.h"

namespace updraft {

// Private or public. Reasons: not_found, bad_format, unsupported.
Outcome<SignatureKey> ReadSignatureKey(const std::string& path);
// The same, but the private half must be there. invalid_argument.
Outcome<SignatureKey> ReadPrivateSignatureKey(const std::string& path);
// The point of one on P-256, private or public, that signs the headers of
// encrypted images. unsupported for any other.
Outcome<P256Point> ReadHeaderKey(const std::string& path);
// Of a PEM, private or public, or a file that is a digest itself.
Outcome<Sha256Digest> TrustedDigest(const std::string& path, Crypto& crypto);

}  // namespace updraft
