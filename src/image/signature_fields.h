// SPDX-License-Identifier: Apache-2.0
// A signature block of which one stretch is not kept: the second half of an RSA key, two
// numbers that only make its use quicker. SignatureProof gathers blocks so.
#pragma once

#include <cstddef>
#include <optional>

#include "updraft/bytes.h"
#include "updraft/port/crypto.h"
#include "updraft/signature.h"
#include "updraft/status.h"

namespace updraft {

inline constexpr std::size_t kKeyOffset = 36;    // of an RSA key, in the block
inline constexpr std::size_t kKeyTailAt = 424;   // behind its modulus and exponent
inline constexpr std::size_t kKeyTailEnd = 812;  // where the signature begins
inline constexpr std::size_t kKeyTailSize = kKeyTailEnd - kKeyTailAt;
inline constexpr std::size_t kBlockCrcOffset = 1196;
inline constexpr std::size_t kKeptBlockSize = kBlockCrcOffset + 4 - kKeyTailSize;  // 812

// The bytes of a block but for those from kKeyTailAt to kKeyTailEnd, and for the padding at
// its end. A view; the parts only with a scheme.
class KeptBlock {
 public:
  explicit KeptBlock(Bytes bytes) : bytes_(bytes) {}

  bool has_magic() const;
  // As SignatureBlock; known with the first kKeyTailAt bytes.
  std::optional<SignatureScheme> scheme() const;
  std::uint32_t stored_crc() const { return LoadLe32(&bytes_[kBlockCrcOffset - kKeyTailSize]); }

  Bytes digest() const;
  Bytes key() const;  // of RSA: modulus and exponent
  Bytes signature() const;

 private:
  Bytes bytes_;
};

// As VerifySignature(); of an RSA key its modulus and exponent are enough.
Status VerifyParts(Crypto& crypto, SignatureScheme scheme, Bytes key, Bytes signature,
                   Bytes digest);

}  // namespace updraft
