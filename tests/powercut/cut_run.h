// SPDX-License-Identifier: Apache-2.0
// Power cuts, all of them: the operations of one good run are counted, then the
// power goes before, within (in each manner) and after each of them; then again at
// the operations of what follows such a cut. What lives through it says what was
// wrong with what it found. Rows of the table that `./dev cuts` prints come from here.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "testing/faulty_flash.h"

namespace updraft {

// What was found wrong, in words; the first of them with the cut that led there.
class CutFaults {
 public:
  // Where later faults happen: "operation 3, program of 700 at 0x20020, half".
  void SetPlace(std::string place) { place_ = std::move(place); }
  // Notes `what` unless it holds; says whether it does.
  bool Check(bool holds, std::string_view what);
  std::uint64_t count() const { return count_; }
  const std::vector<std::string>& texts() const { return texts_; }
  // What was found at all, without the places.
  const std::set<std::string, std::less<>>& kinds() const { return kinds_; }

 private:
  std::string place_ = "without a cut";
  std::uint64_t count_ = 0;
  std::vector<std::string> texts_;
  std::set<std::string, std::less<>> kinds_;
};

// A device with its software, made anew for each cut.
class CutLife {
 public:
  virtual ~CutLife() = default;
  virtual FaultyFlash& power() = 0;
  // What is cut; must succeed where it is not. Ends early when the power is gone.
  virtual void Act(CutFaults& faults) = 0;
  // The power is back: looks at what lies there, starts, and does it anew, to the end.
  // Ends early too; then it is called again.
  virtual void Recover(CutFaults& faults) = 0;
};

struct CutSettings {
  std::uint64_t every = 1;  // of the single cuts, counted over operations and manners
  std::uint64_t pairs = 0;  // at most, spread evenly over all that there are
  bool flickering = true;   // bits that read differently each time, too
  bool steady = true;       // and those that do not
};
// UPDRAFT_CUTS=EVERY[,PAIRS]; without it a part of them, under sanitizers every 17th.
CutSettings CutSettingsHere();

struct CutCounts {
  enum Manner : std::uint8_t { kBefore, kPart, kUnstable, kFlickering, kAfter, kManners };

  std::string scenario;
  std::uint64_t operations = 0;  // of the good run
  std::array<std::uint64_t, kManners> cuts{};
  std::uint64_t unsynced_lost = 0;  // of the cuts
  std::uint64_t unsynced_reordered = 0;
  std::uint64_t possible_cuts = 0;
  std::uint64_t pairs = 0;
  std::uint64_t possible_pairs = 0;  // behind the cuts that were made
  std::uint64_t failures = 0;

  std::uint64_t all_cuts() const;
};

CutCounts RunCuts(const std::string& scenario,
                  const std::function<std::unique_ptr<CutLife>()>& make,
                  const CutSettings& settings, CutFaults& faults);

// RunCuts with the settings here; a row of the table, and a failure of the test with
// what was found wrong.
void ExpectNoCutHurts(const std::string& scenario,
                      const std::function<std::unique_ptr<CutLife>()>& make,
                      const CutSettings& settings = CutSettingsHere());

}  // namespace updraft
