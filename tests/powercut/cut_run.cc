// SPDX-License-Identifier: Apache-2.0
#include "tests/powercut/cut_run.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <span>

#include "tests/powercut/cut_table.h"

namespace updraft {
namespace {

using Fault = FaultyFlash::Fault;
using Unsynced = FaultyFlash::Unsynced;
using Asked = FaultyFlash::Asked;

struct Cut {
  Fault fault = Fault::kCutBefore;
  std::uint64_t bytes = 0;
  Unsynced unsynced = Unsynced::kKept;
};

// Bytes that end within the parts of a record of otadata, and at their ends.
std::vector<Cut> MakeSingleCuts() {
  std::vector<Cut> cuts;
  for (const Unsynced unsynced : {Unsynced::kKept, Unsynced::kLost, Unsynced::kReordered}) {
    cuts.push_back({Fault::kCutBefore, 0, unsynced});
    for (const std::uint64_t bytes : {1U, 4U, 8U, 12U, 23U, 24U, 31U}) {
      cuts.push_back({Fault::kCutAtByte, bytes, unsynced});
    }
    for (const Fault fault : {Fault::kCutHalf, Fault::kCutAllButOneByte, Fault::kCutUnstable,
                              Fault::kCutFlickering, Fault::kCutAfter}) {
      cuts.push_back({fault, 0, unsynced});
    }
  }
  return cuts;
}
const std::vector<Cut> kSingleCuts = MakeSingleCuts();

const std::vector<Cut> kSecondCuts{
    {Fault::kCutBefore, 0, Unsynced::kKept},        {Fault::kCutBefore, 0, Unsynced::kReordered},
    {Fault::kCutAtByte, 13, Unsynced::kKept},       {Fault::kCutHalf, 0, Unsynced::kLost},
    {Fault::kCutAllButOneByte, 0, Unsynced::kKept}, {Fault::kCutUnstable, 0, Unsynced::kReordered},
    {Fault::kCutFlickering, 0, Unsynced::kKept},    {Fault::kCutAfter, 0, Unsynced::kLost},
};

// A sync has no inside; a program of fewer bytes is whole at that byte.
bool DiffersAt(const Cut& cut, const Asked& asked) {
  switch (asked.kind) {
    case Asked::Kind::kSync: return cut.fault == Fault::kCutBefore || cut.fault == Fault::kCutAfter;
    case Asked::Kind::kBurn: return cut.fault != Fault::kCutAtByte || cut.bytes == 1;
    case Asked::Kind::kErase:
    case Asked::Kind::kProgram: return cut.bytes < asked.length;
  }
  return true;
}

CutCounts::Manner MannerOf(Fault fault) {
  switch (fault) {
    case Fault::kCutBefore: return CutCounts::kBefore;
    case Fault::kCutUnstable: return CutCounts::kUnstable;
    case Fault::kCutFlickering: return CutCounts::kFlickering;
    case Fault::kCutAfter: return CutCounts::kAfter;
    default: return CutCounts::kPart;
  }
}

std::string Text(const Cut& cut) {
  static constexpr std::array<std::string_view, 3> kUnsynced{"", ", unsynced lost",
                                                             ", unsynced reordered"};
  const std::string_view unsynced = kUnsynced[static_cast<std::size_t>(cut.unsynced)];
  switch (cut.fault) {
    case Fault::kCutBefore: return fmt::format("before it{}", unsynced);
    case Fault::kCutAtByte: return fmt::format("after {} bytes{}", cut.bytes, unsynced);
    case Fault::kCutHalf: return fmt::format("in half{}", unsynced);
    case Fault::kCutAllButOneByte: return fmt::format("before its last byte{}", unsynced);
    case Fault::kCutUnstable: return fmt::format("unstable{}", unsynced);
    case Fault::kCutFlickering: return fmt::format("flickering{}", unsynced);
    default: return fmt::format("after it{}", unsynced);
  }
}

std::string Text(const Asked& asked) {
  switch (asked.kind) {
    case Asked::Kind::kSync: return "sync";
    case Asked::Kind::kBurn: return "burn";
    case Asked::Kind::kErase:
      return fmt::format("erase of {:#x} at {:#x}", asked.length, asked.address);
    case Asked::Kind::kProgram:
      return fmt::format("program of {} at {:#x}", asked.length, asked.address);
  }
  return "";
}

FaultyFlash::Plan PlanOf(std::uint64_t operation, const Cut& cut) {
  return {.operation = operation,
          .fault = cut.fault,
          .unsynced = cut.unsynced,
          .bytes = cut.bytes,
          .seed = operation};
}

// One cut that was made, and what the way back from it asked of the flash.
struct Made {
  std::uint64_t operation = 0;
  Cut cut{};
  std::string place{};
  std::vector<Asked> recovery{};
};

class Run {
 public:
  Run(const std::function<std::unique_ptr<CutLife>()>& make, const CutSettings& settings,
      CutFaults& faults, CutCounts& counts)
      : make_(&make), settings_(settings), faults_(&faults), counts_(&counts) {}

  void All() {
    const std::vector<Asked> good = GoodRun();
    for (std::size_t i = 0; i < good.size(); ++i) CutAt(i + 1, good[i]);
    CutTwice();
  }

 private:
  bool Differs(const Cut& cut, const Asked& asked) const {
    const bool wanted =
        cut.fault == Fault::kCutFlickering ? settings_.flickering : settings_.steady;
    return wanted && DiffersAt(cut, asked);
  }

  std::vector<Asked> GoodRun() {
    const auto life = (*make_)();
    life->power().Arm({.operation = 0});
    life->Act(*faults_);
    std::vector<Asked> asked = life->power().asked();
    counts_->operations = asked.size();
    faults_->Check(!asked.empty(), "there is nothing to cut");
    life->power().Arm({.operation = 0});
    life->Recover(*faults_);
    return asked;
  }

  void CutAt(std::uint64_t operation, const Asked& asked) {
    for (const Cut& cut : kSingleCuts) {
      if (!Differs(cut, asked)) continue;
      if (counts_->possible_cuts++ % settings_.every != 0) continue;
      Made made{.operation = operation, .cut = cut};
      made.place = fmt::format("operation {}, {}, cut {}", operation, Text(asked), Text(cut));
      faults_->SetPlace(made.place);
      const auto life = (*make_)();
      if (!Begin(*life, made)) continue;
      life->Recover(*faults_);
      made.recovery = life->power().asked();
      ++counts_->cuts[MannerOf(cut.fault)];
      counts_->unsynced_lost += cut.unsynced == Unsynced::kLost ? 1 : 0;
      counts_->unsynced_reordered += cut.unsynced == Unsynced::kReordered ? 1 : 0;
      if (settings_.pairs > 0) made_.push_back(std::move(made));
    }
  }

  // Up to the power's coming back.
  bool Begin(CutLife& life, const Made& made) {
    life.power().Arm(PlanOf(made.operation, made.cut));
    life.Act(*faults_);
    if (!faults_->Check(life.power().cut(), "the same run asked for less")) return false;
    life.power().Revive();
    life.power().Arm({.operation = 0});
    return true;
  }

  void CutTwice() {
    std::vector<std::uint64_t> behind;  // pairs, this first cut included
    for (const Made& made : made_) {
      for (const Asked& asked : made.recovery) {
        counts_->possible_pairs += static_cast<std::uint64_t>(std::ranges::count_if(
            kSecondCuts, [&](const Cut& cut) { return Differs(cut, asked); }));
      }
      behind.push_back(counts_->possible_pairs);
    }
    if (settings_.pairs == 0) return;
    const std::uint64_t step =
        std::max<std::uint64_t>(counts_->possible_pairs / settings_.pairs, 1);
    for (std::uint64_t i = step / 2; i < counts_->possible_pairs; i += step) {
      const auto first = std::ranges::upper_bound(behind, i) - behind.begin();
      const std::uint64_t before = first == 0 ? 0 : behind[static_cast<std::size_t>(first) - 1];
      CutPair(made_[static_cast<std::size_t>(first)], i - before);
    }
  }

  // The `index`th second cut behind that first one.
  void CutPair(const Made& made, std::uint64_t index) {
    for (std::size_t i = 0; i < made.recovery.size(); ++i) {
      for (const Cut& cut : kSecondCuts) {
        if (!Differs(cut, made.recovery[i]) || index-- > 0) continue;
        faults_->SetPlace(fmt::format("{}; then operation {}, {}, cut {}", made.place, i + 1,
                                      Text(made.recovery[i]), Text(cut)));
        const auto life = (*make_)();
        if (!Begin(*life, made)) return;
        life->power().Arm(PlanOf(i + 1, cut));
        life->Recover(*faults_);
        // Bits that flicker may have led another, shorter way.
        if (!life->power().cut()) return;
        life->power().Revive();
        life->power().Arm({.operation = 0});
        life->Recover(*faults_);
        ++counts_->pairs;
        return;
      }
    }
  }

  const std::function<std::unique_ptr<CutLife>()>* make_;
  CutSettings settings_;
  CutFaults* faults_;
  CutCounts* counts_;
  std::vector<Made> made_;
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

}  // namespace

bool CutFaults::Check(bool holds, std::string_view what) {
  if (holds) return true;
  ++count_;
  kinds_.emplace(what);
  if (texts_.size() < 5) texts_.push_back(fmt::format("{}: {}", place_, what));
  return false;
}

CutSettings CutSettingsHere() {
  CutSettings settings{.every = kSanitized ? 17U : 7U, .pairs = kSanitized ? 10U : 60U};
  const char* const wanted = std::getenv("UPDRAFT_CUTS");
  if (wanted == nullptr) return settings;
  char* end = nullptr;
  settings.every = std::max<std::uint64_t>(std::strtoull(wanted, &end, 10), 1);
  if (*end == ',') settings.pairs = std::strtoull(end + 1, nullptr, 10);
  return settings;
}

std::uint64_t CutCounts::all_cuts() const {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : cuts) sum += count;
  return sum;
}

CutCounts RunCuts(const std::string& scenario,
                  const std::function<std::unique_ptr<CutLife>()>& make,
                  const CutSettings& settings, CutFaults& faults) {
  CutCounts counts{.scenario = scenario};
  Run(make, settings, faults, counts).All();
  counts.failures = faults.count();
  return counts;
}

void ExpectNoCutHurts(const std::string& scenario,
                      const std::function<std::unique_ptr<CutLife>()>& make,
                      const CutSettings& settings) {
  CutFaults faults;
  AddToCutTable(RunCuts(scenario, make, settings, faults));
  for (const std::string& text : faults.texts()) ADD_FAILURE() << text;
  EXPECT_EQ(faults.count(), 0U);
}

}  // namespace updraft
