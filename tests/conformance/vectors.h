// SPDX-License-Identifier: Apache-2.0
// The vendor's test vectors, where they are: UPDRAFT_VECTORS, or ../shared/vectors
// beside the checkout. Tests that need them skip, and say so, where they are not.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace updraft {

class Vectors {
 public:
  static std::filesystem::path Folder() {
    const char* chosen = std::getenv("UPDRAFT_VECTORS");
    return chosen != nullptr ? std::filesystem::path(chosen)
                             : std::filesystem::path(UPDRAFT_SOURCE_DIR) / "../shared/vectors";
  }
  static bool Present() { return std::filesystem::exists(Folder() / "manifest.json"); }

  // The manifest's entries of one kind.
  static std::vector<nlohmann::json> OfKind(const std::string& kind) {
    static const nlohmann::json manifest =
        nlohmann::json::parse(std::ifstream(Folder() / "manifest.json"));
    std::vector<nlohmann::json> entries;
    for (const auto& entry : manifest) {
      if (entry.at("kind") == kind) entries.push_back(entry);
    }
    return entries;
  }

  static std::vector<std::uint8_t> Read(const std::string& file) {
    std::ifstream in(Folder() / file, std::ios::binary);
    EXPECT_TRUE(in.good()) << file;
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

}  // namespace updraft

#define UPDRAFT_NEED_VECTORS()                                                       \
  if (!::updraft::Vectors::Present())                                                \
  GTEST_SKIP() << "the vendor's vectors are not at " << ::updraft::Vectors::Folder() \
               << "; set UPDRAFT_VECTORS"
