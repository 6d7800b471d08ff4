// SPDX-License-Identifier: Apache-2.0
#include "testing/fake_efuse.h"

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
  field_ |= LowBits(version) & ~LowBits(burnt);
  ++burns_;
  return kOk;
}

}  // namespace updraft
