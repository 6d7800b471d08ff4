// SPDX-License-Identifier: Apache-2.0
#include "tests/powercut/cut_table.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

namespace updraft {
namespace {

constexpr std::string_view kRow =
    "{:<44} {:>5} {:>7} {:>8} {:>8} {:>8} {:>7} {:>8} {:>9} {:>9} {:>7} {:>9} {:>8}\n";

CutCounts Sum(const std::vector<CutCounts>& rows) {
  CutCounts sum{.scenario = fmt::format("{} scenarios", rows.size())};
  for (const CutCounts& row : rows) {
    sum.operations += row.operations;
    for (std::size_t i = 0; i < row.cuts.size(); ++i) sum.cuts[i] += row.cuts[i];
    sum.unsynced_lost += row.unsynced_lost;
    sum.unsynced_reordered += row.unsynced_reordered;
    sum.possible_cuts += row.possible_cuts;
    sum.pairs += row.pairs;
    sum.possible_pairs += row.possible_pairs;
    sum.failures += row.failures;
  }
  return sum;
}

void Print(const CutCounts& row) {
  fmt::print(fmt::runtime(kRow), row.scenario, row.operations, row.cuts[CutCounts::kBefore],
             row.cuts[CutCounts::kPart], row.cuts[CutCounts::kUnstable],
             row.cuts[CutCounts::kFlickering], row.cuts[CutCounts::kAfter], row.all_cuts(),
             row.unsynced_lost, row.unsynced_reordered, row.pairs, row.possible_pairs,
             row.failures);
}

nlohmann::json Json(const CutCounts& row) {
  return {{"scenario", row.scenario},
          {"operations", row.operations},
          {"before", row.cuts[CutCounts::kBefore]},
          {"part", row.cuts[CutCounts::kPart]},
          {"unstable", row.cuts[CutCounts::kUnstable]},
          {"flickering", row.cuts[CutCounts::kFlickering]},
          {"after", row.cuts[CutCounts::kAfter]},
          {"cuts", row.all_cuts()},
          {"possible_cuts", row.possible_cuts},
          {"unsynced_lost", row.unsynced_lost},
          {"unsynced_reordered", row.unsynced_reordered},
          {"pairs", row.pairs},
          {"possible_pairs", row.possible_pairs},
          {"failures", row.failures}};
}

class Table final : public testing::Environment {
 public:
  void Add(const CutCounts& counts) { rows_.push_back(counts); }

  void TearDown() override {
    if (rows_.empty()) return;
    fmt::print(fmt::runtime(kRow), "power cuts", "oper.", "before", "part", "unstable", "flicker.",
               "after", "cuts", "lost", "reordered", "pairs", "of", "failures");
    for (const CutCounts& row : rows_) Print(row);
    const CutCounts sum = Sum(rows_);
    Print(sum);
    if (sum.all_cuts() < sum.possible_cuts) {
      fmt::print("{} of {} single cuts were made: UPDRAFT_CUTS=1 makes all of them\n",
                 sum.all_cuts(), sum.possible_cuts);
    }
    if (sum.pairs < sum.possible_pairs) {
      fmt::print("{} of the {} pairs behind them were made, evenly spread\n", sum.pairs,
                 sum.possible_pairs);
    }
    std::fflush(stdout);
    const char* const path = std::getenv("UPDRAFT_CUTS_JSON");
    if (path == nullptr) return;
    nlohmann::json json{{"sum", Json(sum)}, {"scenarios", nlohmann::json::array()}};
    for (const CutCounts& row : rows_) json["scenarios"].push_back(Json(row));
    std::ofstream file(path);
    file << json.dump() << '\n';
    file.close();
    EXPECT_TRUE(file.good()) << path << " cannot be written";
  }

 private:
  std::vector<CutCounts> rows_;
};

// GoogleTest owns it.
Table& TheTable() {
  static auto* const table = new Table;
  static const bool registered = testing::AddGlobalTestEnvironment(table) != nullptr;
  static_cast<void>(registered);
  return *table;
}

// Before the tests run: later it would not be asked.
[[maybe_unused]] const bool kRegistered = (static_cast<void>(TheTable()), true);

}  // namespace

void AddToCutTable(const CutCounts& counts) { TheTable().Add(counts); }

}  // namespace updraft
