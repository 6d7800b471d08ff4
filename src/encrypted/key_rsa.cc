// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "updraft/key_derivation.h"

#include "src/encrypted/key_wrap.h"

namespace updraft {
namespace {

// 00 02, at least eight bytes that are not zero, 00, the message: with 32 bytes
// of message everything has its place.
constexpr std::size_t kPaddingStart = 2;
constexpr std::size_t kSeparator = kRsa3072Size - kAes256KeySize - 1;
constexpr std::uint8_t kBlockType = 2;

// 1 for zero, else 0, without a branch.
std::uint32_t IsZero(std::uint32_t byte) { return ((byte - 1) >> 31) & 1; }

// The key in the padded block, or the substitute: same steps, same memory,
// whatever the block holds.
void SelectKey(ConstKeyBlock padded, std::span<const std::uint8_t, kAes256KeySize> substitute,
               AesKey aes_key) {
  std::uint32_t wrong = padded[0];
  wrong |= static_cast<std::uint32_t>(padded[1] ^ kBlockType);
  for (std::size_t i = kPaddingStart; i < kSeparator; ++i) wrong |= IsZero(padded[i]);
  wrong |= padded[kSeparator];
  // Through memory that the compiler must not look into: no branch comes of it.
  const volatile std::uint32_t fits = IsZero(wrong);
  const std::uint32_t mask = 0U - fits;
  for (std::size_t i = 0; i < kAes256KeySize; ++i) {
    aes_key[i] =
        static_cast<std::uint8_t>((padded[kSeparator + 1 + i] & mask) | (substitute[i] & ~mask));
  }
}

Status FillWithoutZeros(Crypto& crypto, MutableBytes out) {
  UPDRAFT_TRY(crypto.Random(out));
  constexpr int kMostDraws = 64;  // a generator that yields only zeros is broken
  for (std::uint8_t& byte : out) {
    for (int draw = 0; byte == 0; ++draw) {
      if (draw == kMostDraws) return {Code::kInvalidState, Stage::kEncrypted};
      UPDRAFT_TRY(crypto.Random({&byte, 1}));
    }
  }
  return kOk;
}

}  // namespace

Status UnwrapRsa(RsaPrivateKey& key, Crypto& crypto, ConstKeyBlock block, AesKey aes_key) {
  Secret<kRsa3072Size> padded;
  const Status decrypted = key.RawDecrypt(block, padded.mutable_bytes().first<kRsa3072Size>());
  // Not below the modulus: everybody can see that, but it is answered alike.
  if (!decrypted.ok() && decrypted.code() != Code::kInvalidArgument) return decrypted;
  Secret<kSha256Size> rejection;
  Secret<kAes256KeySize> substitute;
  UPDRAFT_TRY(key.RejectionSecret(rejection.mutable_bytes().first<kSha256Size>()));
  UPDRAFT_TRY(
      HmacOf(crypto, rejection.bytes(), block, substitute.mutable_bytes().first<kAes256KeySize>()));
  SelectKey(padded.bytes().first<kRsa3072Size>(), substitute.bytes().first<kAes256KeySize>(),
            aes_key);
  return kOk;
}

Status WrapRsa(const Rsa3072PublicKey& receiver, Crypto& crypto,
               std::span<const std::uint8_t, kAes256KeySize> aes_key, KeyBlock block) {
  Secret<kRsa3072Size> padded;
  const MutableBytes bytes = padded.mutable_bytes();
  bytes[1] = kBlockType;
  UPDRAFT_TRY(FillWithoutZeros(crypto, bytes.subspan(kPaddingStart, kSeparator - kPaddingStart)));
  std::ranges::copy(aes_key, bytes.subspan(kSeparator + 1).begin());
  return crypto.RsaPublic(receiver, padded.bytes().first<kRsa3072Size>(), block);
}

}  // namespace updraft
