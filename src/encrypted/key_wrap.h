// SPDX-License-Identifier: Apache-2.0
// The AES key in and out of a header's key block, by either scheme. Called by
// the decryptor and the encryptor; keeps nothing.
#pragma once

#include <span>

#include "updraft/encrypted_image.h"

namespace updraft {

// Where the fields of a header are, bytes from its start.
inline constexpr std::size_t kKeyBlockAt = 4;
inline constexpr std::size_t kIvAt = kKeyBlockAt + kKeyBlockSize;
inline constexpr std::size_t kBodySizeAt = kIvAt + kGcmIvSize;
inline constexpr std::size_t kTagAt = kBodySizeAt + 4;

using KeyBlock = std::span<std::uint8_t, kKeyBlockSize>;
using ConstKeyBlock = std::span<const std::uint8_t, kKeyBlockSize>;
using AesKey = std::span<std::uint8_t, kAes256KeySize>;

// PKCS#1 v1.5 with exactly 32 bytes in it. Whatever the block holds, a key comes
// back: one that follows from block and private key, but fits nothing, when the
// padding is wrong, so that nobody can ask this device about paddings. The
// codes of the key and the crypto.
Status UnwrapRsa(RsaPrivateKey& key, Crypto& crypto, ConstKeyBlock block, AesKey aes_key);
Status WrapRsa(const Rsa3072PublicKey& receiver, Crypto& crypto,
               std::span<const std::uint8_t, kAes256KeySize> aes_key, KeyBlock block);

// ECDH with the sender's point, then HKDF. kBadFormat when that is no point.
Status UnwrapEcies(P256PrivateKey& key, Crypto& crypto, ConstKeyBlock block, AesKey aes_key);
// A fresh sender's key, and the AES key that it leads to.
Status WrapEcies(const P256Point& receiver, Crypto& crypto, AesKey aes_key, KeyBlock block);

// What the Decryptor calls for an image of the scheme: the Unwrap above, unless it was
// left out (src/without); then kUnsupported.
Status OpenRsaImage(RsaPrivateKey& key, Crypto& crypto, ConstKeyBlock block, AesKey aes_key);
Status OpenEciesImage(P256PrivateKey& key, Crypto& crypto, ConstKeyBlock block, AesKey aes_key);

inline ConstKeyBlock KeyBlockOf(EncryptedHeaderBytes header) {
  return header.subspan<kKeyBlockAt, kKeyBlockSize>();
}
// As SchemeOf() of encrypted_image.h.
Result<EncryptionScheme> SchemeOf(ConstKeyBlock block, Crypto& crypto);

// The point at the front of a key block of the ECIES scheme.
P256Point SenderPoint(ConstKeyBlock block);

}  // namespace updraft
