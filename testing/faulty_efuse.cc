// SPDX-License-Identifier: Apache-2.0
#include "testing/faulty_efuse.h"

#include <bit>

namespace updraft {
namespace {

using Fault = FaultyFlash::Fault;

constexpr Status kBroken{Code::kFlash, Stage::kDevice};

bool KeepsThePower(Fault fault) { return fault == Fault::kFail || fault == Fault::kFailHalfway; }

// Which of the bits to burn are burnt.
std::uint32_t BurntBits(Fault fault, std::uint32_t bits, FaultyFlash& power) {
  switch (fault) {
    case Fault::kFail:
    case Fault::kCutBefore: return 0;
    case Fault::kCutAtByte: return bits & (~bits + 1);  // the lowest
    case Fault::kFailHalfway:
    case Fault::kCutHalf: return bits & 0x55555555U;
    case Fault::kCutAllButOneByte: return bits & ~std::bit_floor(bits);
    case Fault::kCutUnstable:
    case Fault::kCutFlickering: return bits & static_cast<std::uint32_t>(power.Random());
    case Fault::kCutAfter: return bits;
  }
  return 0;
}

}  // namespace

Result<std::uint32_t> FaultyEfuse::ReadSecureVersion() {
  if (power_->cut()) return kBroken;
  return efuse_->ReadSecureVersion();
}

Status FaultyEfuse::BurnSecureVersion(std::uint32_t version) {
  if (power_->cut()) return kBroken;
  const std::uint32_t before = efuse_->field();
  UPDRAFT_TRY(efuse_->BurnSecureVersion(version));
  const std::uint32_t bits = efuse_->field() & ~before;
  if (bits == 0) return kOk;
  const std::optional<Fault> fault = power_->CountBurn();
  if (!fault.has_value()) return kOk;
  efuse_->set_field(before | BurntBits(*fault, bits, *power_));
  return KeepsThePower(*fault) ? kBroken : power_->CutPower();
}

Result<EfuseKeyBlock> FaultyEfuse::ReadKeyBlock(std::size_t block) {
  if (power_->cut()) return kBroken;
  return efuse_->ReadKeyBlock(block);
}

Status FaultyEfuse::BurnKey(const EfuseKeyBurn& burn) {
  return BurnWhole([&] { return efuse_->BurnKey(burn); });
}

Result<bool> FaultyEfuse::IsDigestRevoked(std::size_t slot) {
  if (power_->cut()) return kBroken;
  return efuse_->IsDigestRevoked(slot);
}

Status FaultyEfuse::RevokeDigest(std::size_t slot) {
  return BurnWhole([&] { return efuse_->RevokeDigest(slot); });
}

Status FaultyEfuse::BurnWhole(const std::function<Status()>& burn) {
  if (power_->cut()) return kBroken;
  const std::optional<Fault> fault = power_->CountBurn();
  if (!fault.has_value()) return burn();
  if (KeepsThePower(*fault)) return kBroken;
  if (*fault == Fault::kCutAfter) UPDRAFT_TRY(burn());
  return power_->CutPower();
}

}  // namespace updraft
