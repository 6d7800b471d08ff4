// SPDX-License-Identifier: Apache-2.0
// eFuse on the power of a FaultyFlash: its burns are operations there, and cut as
// the plan that is armed there says. A cut within a burn of the secure version
// leaves any of its bits; keys and revocations are burnt or not.
#pragma once

#include <functional>

#include "updraft/port/efuse.h"

#include "testing/fake_efuse.h"
#include "testing/faulty_flash.h"

namespace updraft {

class FaultyEfuse final : public Efuse {
 public:
  // Both outlive it.
  FaultyEfuse(FakeEfuse& efuse, FaultyFlash& power) : efuse_(&efuse), power_(&power) {}

  Result<std::uint32_t> ReadSecureVersion() override;
  Status BurnSecureVersion(std::uint32_t version) override;
  Result<EfuseKeyBlock> ReadKeyBlock(std::size_t block) override;
  Status BurnKey(const EfuseKeyBurn& burn) override;
  Result<bool> IsDigestRevoked(std::size_t slot) override;
  Status RevokeDigest(std::size_t slot) override;

 private:
  Status BurnWhole(const std::function<Status()>& burn);

  FakeEfuse* efuse_;
  FaultyFlash* power_;
};

}  // namespace updraft
