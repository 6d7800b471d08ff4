// SPDX-License-Identifier: Apache-2.0
// A decorator that breaks another Flash at a chosen operation: it fails there,
// or the power is cut before, within or after it. Power-cut tests count the
// operations of a good run, then repeat the run with a cut at each. Owns the
// record of what a cut may take back; the decorated flash outlives it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include "updraft/port/flash.h"

namespace updraft {

class FaultyFlash final : public Flash {
 public:
  // What happens at the chosen operation. A sync does nothing by halves: cuts
  // within it are cuts before it.
  enum class Fault : std::uint8_t {
    kFail,              // refused, nothing done; the power stays
    kFailHalfway,       // as kFail, but half of it was done
    kCutBefore,         // nothing of it was done
    kCutAtByte,         // `bytes` bytes of it were done
    kCutHalf,           // half of its bytes were done
    kCutAllButOneByte,  // its last byte was not done
    kCutUnstable,       // each bit that it would have changed has or has not
    kCutFlickering,     // as kCutUnstable, and each read sees them differently,
                        // until they are erased or programmed
    kCutAfter,          // done, but its caller never hears of it
  };

  // What a cut does to operations since the last Sync that was done, or Arm.
  enum class Unsynced : std::uint8_t {
    kKept,
    kLost,       // all taken back
    kReordered,  // taken back or kept, each sector by itself, as a page cache would
  };

  // What was asked for, whether it was done or not. A burn is another part's, that
  // hangs on the same power.
  struct Asked {
    enum class Kind : std::uint8_t { kErase, kProgram, kSync, kBurn };
    Kind kind{};
    std::uint64_t address = 0;
    std::uint64_t length = 0;
    bool operator==(const Asked&) const = default;
  };

  struct Plan {
    std::uint64_t operation = 1;  // counted from 1; 0 is never
    Fault fault = Fault::kCutBefore;
    Unsynced unsynced = Unsynced::kKept;
    std::uint64_t bytes = 0;  // for kCutAtByte; more than there are is all
    std::uint64_t times = 1;  // for kFail: how many operations in a row
    std::uint64_t seed = 1;   // of everything random
  };

  explicit FaultyFlash(Flash& flash) : flash_(&flash) {}

  FlashGeometry geometry() const override { return flash_->geometry(); }
  std::uint32_t ProgramUnitAt(std::uint64_t address, std::uint64_t length) const override {
    return flash_->ProgramUnitAt(address, length);
  }

  // Arms a fault and counts operations anew.
  void Arm(const Plan& plan);
  // The n-th read from now on (from 1) fails once; the power stays.
  void FailRead(std::uint64_t read);

  // Erases, programs, syncs and burns that were asked for since Arm (or the start),
  // the broken one included, in order; nothing counts while the power is cut.
  std::uint64_t operations() const { return asked_.size(); }
  const std::vector<Asked>& asked() const { return asked_; }
  bool cut() const { return cut_; }
  // The power is back: what was left is what is there; no fault is armed.
  void Revive();

  // For a part on the same power: counts a burn, says which fault it has to suffer,
  // and gives it something random. Where the fault is a cut, the part then calls
  // CutPower(), which fails with what its caller hears.
  std::optional<Fault> CountBurn() { return Count({Asked::Kind::kBurn}); }
  std::uint64_t Random() { return random_(); }
  Status CutPower();

 private:
  Status DoRead(std::uint64_t address, MutableBytes out) override;
  Status DoErase(std::uint64_t address, std::uint64_t length) override;
  Status DoProgram(std::uint64_t address, Bytes data) override;
  Status DoSync() override;

  // Counts one operation; the fault that it has to suffer.
  std::optional<Fault> Count(const Asked& asked);
  // Carries out what is left of an operation that turns `before` into `after`,
  // and says what its caller hears.
  Status Break(Fault fault, std::uint64_t address, Bytes before, Bytes after);
  // Makes the inner flash hold `wanted` where it holds `before`.
  void Write(std::uint64_t address, Bytes before, Bytes wanted);
  Status Remember(std::uint64_t address, std::uint64_t length);
  void Flicker(std::uint64_t address, Bytes before, Bytes after);
  void Settle(std::uint64_t address, Bytes programmed);

  Flash* flash_;
  Plan plan_{.operation = 0};
  std::vector<Asked> asked_;
  std::uint64_t reads_until_failure_ = 0;
  bool cut_ = false;
  std::mt19937_64 random_{1};
  std::map<std::uint64_t, std::vector<std::uint8_t>> synced_;  // sectors as they last were
  std::map<std::uint64_t, std::uint8_t> flickering_;           // the bits, by byte address
};

}  // namespace updraft
