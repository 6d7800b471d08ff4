// SPDX-License-Identifier: Apache-2.0
#include "updraft/key_derivation.h"

#include <algorithm>

namespace updraft {
namespace {

constexpr std::size_t kBlockSize = 64;
constexpr Status kTooLong{Code::kInvalidArgument, Stage::kEncrypted};

Status StartPadded(Hash& hash, Secret<kBlockSize>& key, std::uint8_t pad) {
  for (std::uint8_t& byte : key.mutable_bytes()) byte = static_cast<std::uint8_t>(byte ^ pad);
  UPDRAFT_TRY(hash.Start(HashKind::kSha256));
  return hash.Update(key.bytes());
}

}  // namespace

Status HmacSha256::SetKey(Bytes key) {
  Secret<kBlockSize> block;
  if (key.size() <= kBlockSize) {
    std::ranges::copy(key, block.mutable_bytes().begin());
  } else {
    UPDRAFT_TRY(running_.Start(HashKind::kSha256));
    UPDRAFT_TRY(running_.Update(key));
    UPDRAFT_TRY(running_.Finish(block.mutable_bytes()));
  }
  constexpr std::uint8_t kInnerPad = 0x36;
  constexpr std::uint8_t kOuterPad = 0x5C;
  UPDRAFT_TRY(StartPadded(inner_, block, kInnerPad));
  return StartPadded(outer_, block, kInnerPad ^ kOuterPad);
}

Status HmacSha256::Hmac(Bytes message, Sha256Bytes mac) {
  if (!inner_.running() || !outer_.running()) return {Code::kInvalidState, Stage::kEncrypted};
  Secret<kSha256Size> digest;
  UPDRAFT_TRY(inner_.Fork(running_));
  UPDRAFT_TRY(running_.Update(message));
  UPDRAFT_TRY(running_.Finish(digest.mutable_bytes()));
  UPDRAFT_TRY(outer_.Fork(running_));
  UPDRAFT_TRY(running_.Update(digest.bytes()));
  return running_.Finish(mac);
}

Status HmacOf(Crypto& crypto, Bytes key, Bytes message, Sha256Bytes mac) {
  HmacSha256 hmac(crypto);
  UPDRAFT_TRY(hmac.SetKey(key));
  return hmac.Hmac(message, mac);
}

// 32 bytes are exactly the first block, number 1.
Status Pbkdf2Sha256(HmacKey& password, Bytes salt, std::uint32_t iterations, Sha256Bytes key) {
  if (salt.size() > kMaxPbkdf2Salt || iterations == 0) return kTooLong;
  std::array<std::uint8_t, kMaxPbkdf2Salt + 4> first{};
  std::ranges::copy(salt, first.begin());
  StoreBe32(first.data() + salt.size(), 1);
  Secret<kSha256Size> turn;
  const Sha256Bytes bytes = turn.mutable_bytes().first<kSha256Size>();
  UPDRAFT_TRY(password.Hmac(Bytes(first).first(salt.size() + 4), bytes));
  std::ranges::copy(bytes, key.begin());
  for (std::uint32_t i = 1; i < iterations; ++i) {
    UPDRAFT_TRY(password.Hmac(bytes, bytes));
    for (std::size_t at = 0; at < kSha256Size; ++at) {
      key[at] = static_cast<std::uint8_t>(key[at] ^ bytes[at]);
    }
  }
  return kOk;
}

Status HkdfSha256(Crypto& crypto, Bytes salt, Bytes input, Bytes info, Sha256Bytes key) {
  if (info.size() > kMaxHkdfInfo) return kTooLong;
  Secret<kSha256Size> extracted;
  UPDRAFT_TRY(HmacOf(crypto, salt, input, extracted.mutable_bytes().first<kSha256Size>()));
  std::array<std::uint8_t, kMaxHkdfInfo + 1> message{};
  std::ranges::copy(info, message.begin());
  message[info.size()] = 1;
  return HmacOf(crypto, extracted.bytes(), Bytes(message).first(info.size() + 1), key);
}

}  // namespace updraft
