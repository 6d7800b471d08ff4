// SPDX-License-Identifier: Apache-2.0
#include "ports/host/efuse_hmac_key.h"

namespace updraft {

Status EfuseHmacKey::Load() {
  UPDRAFT_TRY_ASSIGN(const EfuseBits bits, efuse_->Read());
  const bool fits = block_ < kEfuseKeyBlocks && bits.IsBurnt(block_) &&
                    bits.purposes[block_] == static_cast<std::uint8_t>(KeyPurpose::kHmacUp);
  if (!fits) return {Code::kNotFound, Stage::kDevice};
  hmac_.emplace(*crypto_);
  const Status set = hmac_->SetKey(bits.keys[block_]);
  if (!set.ok()) hmac_.reset();
  return set;
}

Status EfuseHmacKey::Hmac(Bytes message, std::span<std::uint8_t, kSha256Size> mac) {
  if (!hmac_.has_value()) UPDRAFT_TRY(Load());
  return hmac_->Hmac(message, mac);
}

}  // namespace updraft
