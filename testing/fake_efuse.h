// SPDX-License-Identifier: Apache-2.0
// eFuse bits in memory, with the width of any chip. Bits only rise, as in the
// part; tests may set the field as a real part could have been left.
#pragma once

#include <array>
#include <cstdint>

#include "updraft/port/efuse.h"

namespace updraft {

class FakeEfuse final : public Efuse {
 public:
  // `width`: bits of the secure version field, 1 to 32.
  explicit FakeEfuse(int width = 16) : width_(width) {}

  Result<std::uint32_t> ReadSecureVersion() override;
  Status BurnSecureVersion(std::uint32_t version) override;
  Result<EfuseKeyBlock> ReadKeyBlock(std::size_t block) override;
  Status BurnKey(const EfuseKeyBurn& burn) override;
  Result<bool> IsDigestRevoked(std::size_t slot) override;
  Status RevokeDigest(std::size_t slot) override;

  // All 32 bits, those beyond the width included: a read must not count them.
  void set_field(std::uint32_t bits) { field_ = bits; }
  std::uint32_t field() const { return field_; }
  // Burns that changed a bit.
  int burns() const { return burns_; }
  // Every call fails with kFlash as long as this is on.
  void set_broken(bool broken) { broken_ = broken; }

 private:
  int width_;
  std::uint32_t field_ = 0;
  std::array<EfuseKeyBlock, kEfuseKeyBlocks> blocks_{};
  std::array<bool, kEfuseDigests> revoked_{};
  int burns_ = 0;
  bool broken_ = false;
};

}  // namespace updraft
