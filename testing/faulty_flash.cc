// SPDX-License-Identifier: Apache-2.0
#include "testing/faulty_flash.h"

#include <algorithm>
#include <cstddef>

namespace updraft {
namespace {

constexpr Status kBroken{Code::kFlash, Stage::kFlash};

bool KeepsThePower(FaultyFlash::Fault fault) {
  return fault == FaultyFlash::Fault::kFail || fault == FaultyFlash::Fault::kFailHalfway;
}

std::vector<std::uint8_t> Erased(std::uint64_t length) {
  return std::vector<std::uint8_t>(length, 0xFF);
}

}  // namespace

void FaultyFlash::Arm(const Plan& plan) {
  plan_ = plan;
  asked_.clear();
  random_.seed(plan.seed);
  synced_.clear();
}

void FaultyFlash::FailRead(std::uint64_t read) { reads_until_failure_ = read; }

void FaultyFlash::Revive() {
  cut_ = false;
  plan_ = {.operation = 0};
  reads_until_failure_ = 0;
  synced_.clear();
}

std::optional<FaultyFlash::Fault> FaultyFlash::Count(const Asked& asked) {
  asked_.push_back(asked);
  if (plan_.operation == 0 || operations() < plan_.operation) return std::nullopt;
  const std::uint64_t times = KeepsThePower(plan_.fault) ? plan_.times : 1;
  if (operations() - plan_.operation >= times) return std::nullopt;
  return plan_.fault;
}

Status FaultyFlash::DoRead(std::uint64_t address, MutableBytes out) {
  if (cut_) return kBroken;
  if (reads_until_failure_ > 0 && --reads_until_failure_ == 0) return kBroken;
  UPDRAFT_TRY(flash_->Read(address, out));
  for (auto at = flickering_.lower_bound(address);
       at != flickering_.end() && at->first - address < out.size(); ++at) {
    out[at->first - address] ^= static_cast<std::uint8_t>(random_() & at->second);
  }
  return kOk;
}

Status FaultyFlash::DoErase(std::uint64_t address, std::uint64_t length) {
  if (cut_) return kBroken;
  const std::optional<Fault> fault = Count({Asked::Kind::kErase, address, length});
  UPDRAFT_TRY(Remember(address, length));
  if (!fault.has_value()) {
    flickering_.erase(flickering_.lower_bound(address), flickering_.lower_bound(address + length));
    return flash_->Erase(address, length);
  }
  std::vector<std::uint8_t> before(length);
  UPDRAFT_TRY(flash_->Read(address, before));
  if (*fault != Fault::kCutUnstable && *fault != Fault::kCutFlickering) {
    return Break(*fault, address, before, Erased(length));
  }
  // Sectors are erased one after another: the one in the middle is caught.
  const std::uint32_t sector = geometry().sector_size;
  const std::uint64_t done = length / sector / 2 * sector;
  UPDRAFT_TRY(flash_->Erase(address, done));
  return Break(*fault, address + done, Bytes(before).subspan(done, sector), Erased(sector));
}

Status FaultyFlash::DoProgram(std::uint64_t address, Bytes data) {
  if (cut_) return kBroken;
  const std::optional<Fault> fault = Count({Asked::Kind::kProgram, address, data.size()});
  UPDRAFT_TRY(Remember(address, data.size()));
  if (!fault.has_value()) {
    Settle(address, data);
    return flash_->Program(address, data);
  }
  std::vector<std::uint8_t> before(data.size());
  UPDRAFT_TRY(flash_->Read(address, before));
  return Break(*fault, address, before, data);
}

Status FaultyFlash::DoSync() {
  if (cut_) return kBroken;
  const std::optional<Fault> fault = Count({Asked::Kind::kSync});
  if (fault.has_value() && KeepsThePower(*fault)) return kBroken;
  if (fault.has_value() && *fault != Fault::kCutAfter) return CutPower();
  UPDRAFT_TRY(flash_->Sync());
  synced_.clear();
  return fault.has_value() ? CutPower() : kOk;
}

Status FaultyFlash::Break(Fault fault, std::uint64_t address, Bytes before, Bytes after) {
  std::vector<std::uint8_t> left(before.begin(), before.end());
  const auto copy_first = [&](std::uint64_t count) {
    std::ranges::copy(after.first(std::min<std::uint64_t>(count, after.size())), left.begin());
  };
  switch (fault) {
    case Fault::kFail:
    case Fault::kCutBefore: break;
    case Fault::kCutAtByte: copy_first(plan_.bytes); break;
    case Fault::kFailHalfway:
    case Fault::kCutHalf: copy_first(after.size() / 2); break;
    case Fault::kCutAllButOneByte: copy_first(after.size() - 1); break;
    case Fault::kCutUnstable:
    case Fault::kCutFlickering:
      for (std::size_t i = 0; i < left.size(); ++i) {
        left[i] ^= static_cast<std::uint8_t>((before[i] ^ after[i]) & random_());
      }
      if (fault == Fault::kCutFlickering) Flicker(address, before, after);
      break;
    case Fault::kCutAfter: copy_first(after.size()); break;
  }
  Write(address, before, left);
  return KeepsThePower(fault) ? kBroken : CutPower();
}

// Every part of it obeys NOR rules, so that the inner flash may be any; that it
// refuses a program against the rules is the news that its caller is due.
void FaultyFlash::Write(std::uint64_t address, Bytes before, Bytes wanted) {
  if (std::ranges::equal(before, wanted)) return;
  const std::uint32_t sector = geometry().sector_size;
  const bool whole_sectors = IsAligned(address, sector) && IsAligned(wanted.size(), sector);
  if (whole_sectors) static_cast<void>(flash_->Erase(address, wanted.size()));
  static_cast<void>(flash_->Program(address, wanted));
}

Status FaultyFlash::Remember(std::uint64_t address, std::uint64_t length) {
  if (plan_.operation == 0 || plan_.unsynced == Unsynced::kKept) return kOk;
  const std::uint32_t sector = geometry().sector_size;
  for (std::uint64_t at = address / sector * sector; at < address + length; at += sector) {
    if (synced_.contains(at)) continue;
    std::vector<std::uint8_t> content(sector);
    UPDRAFT_TRY(flash_->Read(at, content));
    synced_.emplace(at, std::move(content));
  }
  return kOk;
}

Status FaultyFlash::CutPower() {
  cut_ = true;
  for (const auto& [address, content] : synced_) {
    if (plan_.unsynced == Unsynced::kReordered && (random_() & 1) != 0) continue;
    std::vector<std::uint8_t> now(content.size());
    UPDRAFT_TRY(flash_->Read(address, now));
    Write(address, now, content);
    flickering_.erase(flickering_.lower_bound(address),
                      flickering_.lower_bound(address + content.size()));
  }
  synced_.clear();
  return kBroken;
}

void FaultyFlash::Flicker(std::uint64_t address, Bytes before, Bytes after) {
  for (std::size_t i = 0; i < before.size(); ++i) {
    const auto bits = static_cast<std::uint8_t>(before[i] ^ after[i]);
    if (bits != 0) flickering_[address + i] |= bits;
  }
}

void FaultyFlash::Settle(std::uint64_t address, Bytes programmed) {
  auto at = flickering_.lower_bound(address);
  while (at != flickering_.end() && at->first - address < programmed.size()) {
    at->second &= programmed[at->first - address];
    if (at->second == 0) {
      at = flickering_.erase(at);
    } else {
      ++at;
    }
  }
}

}  // namespace updraft
