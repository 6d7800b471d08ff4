// SPDX-License-Identifier: Apache-2.0
#include "testing/fake_efuse.h"

#include <algorithm>
#include <bit>

namespace updraft {
namespace {

std::uint32_t LowBits(std::uint32_t count) {
  return count >= 32 ? ~std::uint32_t{0} : (std::uint32_t{1} << count) - 1;
}

}  // namespace

Result<std::uint32_t> FakeEfuse::ReadSecureVersion() {
  if (broken_) return Status{Code::kFlash, Stage::kDevice};
  const std::uint32_t field = field_ & LowBits(static_cast<std::uint32_t>(width_));
  return static_cast<std::uint32_t>(std::popcount(field));
}

Status FakeEfuse::BurnSecureVersion(std::uint32_t version) {
  UPDRAFT_TRY_ASSIGN(const std::uint32_t burnt, ReadSecureVersion());
  if (version > static_cast<std::uint32_t>(width_)) {
    return {Code::kInvalidArgument, Stage::kDevice};
  }
  if (version < burnt) return {Code::kDowngrade, Stage::kDevice};
  if (version == burnt) return kOk;
  field_ |= RaisedSecureVersion(field_ & LowBits(static_cast<std::uint32_t>(width_)), version);
  ++burns_;
  return kOk;
}

Result<EfuseKeyBlock> FakeEfuse::ReadKeyBlock(std::size_t block) {
  if (broken_) return Status{Code::kFlash, Stage::kDevice};
  if (block >= blocks_.size()) return Status{Code::kInvalidArgument, Stage::kDevice};
  EfuseKeyBlock seen = blocks_[block];
  if (seen.read_protected) seen.key.fill(0);
  return seen;
}

Status FakeEfuse::BurnKey(const EfuseKeyBurn& burn) {
  UPDRAFT_TRY_ASSIGN(const EfuseKeyBlock before, ReadKeyBlock(burn.block));
  if (burn.key.size() != kEfuseKeySize) return {Code::kInvalidArgument, Stage::kDevice};
  if (before.burnt) return {Code::kInvalidState, Stage::kDevice};
  EfuseKeyBlock& block = blocks_[burn.block];
  block = {burn.purpose, true, burn.read_protect, burn.write_protect, {}};
  std::copy(burn.key.begin(), burn.key.end(), block.key.begin());
  ++burns_;
  return kOk;
}

Result<bool> FakeEfuse::IsDigestRevoked(std::size_t slot) {
  if (broken_) return Status{Code::kFlash, Stage::kDevice};
  if (slot >= revoked_.size()) return Status{Code::kInvalidArgument, Stage::kDevice};
  return revoked_[slot];
}

Status FakeEfuse::RevokeDigest(std::size_t slot) {
  UPDRAFT_TRY_ASSIGN(const bool revoked, IsDigestRevoked(slot));
  if (revoked) return kOk;
  revoked_[slot] = true;
  ++burns_;
  return kOk;
}

}  // namespace updraft
