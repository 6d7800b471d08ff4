// SPDX-License-Identifier: Apache-2.0
// The checks and conveniences that stand before every port.
#include "updraft/port/crypto.h"
#include "updraft/port/flash.h"

namespace updraft {
namespace {

bool InFlash(std::uint64_t address, std::uint64_t length, std::uint64_t size) {
  return address <= size && length <= size - address;
}

}  // namespace

Status Flash::Read(std::uint64_t address, MutableBytes out) {
  if (!InFlash(address, out.size(), geometry().size)) {
    return {Code::kInvalidArgument, Stage::kFlash};
  }
  return out.empty() ? kOk : DoRead(address, out);
}

Status Flash::Erase(std::uint64_t address, std::uint64_t length) {
  const FlashGeometry shape = geometry();
  if (!InFlash(address, length, shape.size) || !IsAligned(address, shape.sector_size) ||
      !IsAligned(length, shape.sector_size)) {
    return {Code::kInvalidArgument, Stage::kFlash};
  }
  return length == 0 ? kOk : DoErase(address, length);
}

Status Flash::Program(std::uint64_t address, Bytes data) {
  const std::uint32_t unit = ProgramUnitAt(address, data.size());
  if (!InFlash(address, data.size(), geometry().size) || !IsAligned(address, unit) ||
      !IsAligned(data.size(), unit)) {
    return {Code::kInvalidArgument, Stage::kFlash};
  }
  return data.empty() ? kOk : DoProgram(address, data);
}

Status Flash::Sync() { return DoSync(); }

Status Hash::Start(HashKind kind) {
  Discard();
  UPDRAFT_TRY(crypto_->HashStart(kind, state_));
  running_ = true;
  return kOk;
}

Status Hash::Fork(Hash& fork) const {
  fork.Discard();
  UPDRAFT_TRY(fork.crypto_->HashClone(state_, fork.state_));
  fork.running_ = true;
  return kOk;
}

Status Hash::Finish(MutableBytes digest) {
  running_ = false;
  return crypto_->HashFinish(state_, digest);
}

void Hash::Discard() {
  if (running_) crypto_->HashDiscard(state_);
  running_ = false;
}

Status Gcm::Start(Crypto::GcmDirection direction, std::span<const std::uint8_t, kAes256KeySize> key,
                  std::span<const std::uint8_t, kGcmIvSize> iv) {
  Discard();
  UPDRAFT_TRY(crypto_->GcmStart(direction, key, iv, state_));
  running_ = true;
  return kOk;
}

Status Gcm::SealFinish(std::span<std::uint8_t, kGcmTagSize> tag) {
  running_ = false;
  return crypto_->GcmSealFinish(state_, tag);
}

Status Gcm::OpenFinish(std::span<const std::uint8_t, kGcmTagSize> tag) {
  running_ = false;
  return crypto_->GcmOpenFinish(state_, tag);
}

void Gcm::Discard() {
  if (running_) crypto_->GcmDiscard(state_);
  running_ = false;
}

Result<Sha256Digest> Sha256(Crypto& crypto, Bytes data) {
  Hash hash(crypto);
  Sha256Digest digest{};
  UPDRAFT_TRY(hash.Start(HashKind::kSha256));
  UPDRAFT_TRY(hash.Update(data));
  UPDRAFT_TRY(hash.Finish(digest));
  return digest;
}

}  // namespace updraft
