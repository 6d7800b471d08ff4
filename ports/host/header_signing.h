// SPDX-License-Identifier: Apache-2.0
// Signs the header of an encrypted image (updraft/header_signature.h) with a key
// of the host. Used by the tool and by tests.
#pragma once

#include "updraft/header_signature.h"
#include "updraft/port/crypto.h"
#include "updraft/status.h"

#include "ports/host/signer_openssl.h"

namespace updraft {

// The header is complete but for its signature; `body` is the SHA-256 of what the
// image holds. kUnsupported with a key that is not on P-256; the codes of
// SignatureKey::Sign().
Status SignHeader(Crypto& crypto, const SignatureKey& key, const Sha256Digest& body,
                  MutableEncryptedHeader header);

// The public half, as devices hold it. kUnsupported as above.
Result<P256Point> HeaderKeyOf(const SignatureKey& key);

}  // namespace updraft
