// SPDX-License-Identifier: Apache-2.0
// Each fuzz target over each of its seeds, and over cut and damaged ones: what the
// fuzzer once found stays found. A broken promise ends the program and is told.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz/targets.h"
#include "tests/project_folders.h"

namespace updraft {
namespace {

using Seed = std::vector<std::uint8_t>;

Seed Load(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class FuzzCorpus : public testing::TestWithParam<fuzz::Target> {
 protected:
  // In an allocation of its very size, so that a sanitizer sees a byte too many.
  void Run(const Seed& seed) {
    const Seed exact(seed);
    EXPECT_EQ(GetParam().run(exact.data(), exact.size()), 0);
  }
};

TEST_P(FuzzCorpus, BreaksNoPromise) {
  const auto folder = std::filesystem::path(kSourceFolder) / "fuzz" / "corpus" / GetParam().name;
  int seeds = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(file.path().string());
    const Seed seed = Load(file.path());
    Run(seed);
    for (std::size_t i = 0; i < 8; ++i) {
      Run(Seed(seed.begin(), seed.begin() + static_cast<std::ptrdiff_t>(seed.size() * i / 8)));
    }
    for (std::size_t at = 0; at < seed.size(); at += 1 + seed.size() / 16) {
      Seed damaged = seed;
      damaged[at] = static_cast<std::uint8_t>(damaged[at] ^ (1U << (at % 8)));
      Run(damaged);
    }
    ++seeds;
  }
  EXPECT_GT(seeds, 0) << "a target without seeds: " << folder;
}

INSTANTIATE_TEST_SUITE_P(Targets, FuzzCorpus,
                         testing::ValuesIn(fuzz::Targets().begin(), fuzz::Targets().end()),
                         [](const auto& target) { return std::string(target.param.name); });

}  // namespace
}  // namespace updraft
