// SPDX-License-Identifier: Apache-2.0
// The vectors made with Espressif's own tools: found beside the checkout or by
// UPDRAFT_VECTORS. Tests over them are skipped where they are absent.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <vector>

#include "tests/project_folders.h"

namespace updraft {

inline std::string VectorsFolder() {
  const char* const given = std::getenv("UPDRAFT_VECTORS");
  return given != nullptr ? given : std::string(kSourceFolder) + "/../shared/vectors";
}

inline bool HaveVectors() { return std::filesystem::exists(VectorsFolder() + "/manifest.json"); }

// Entries of one kind, in the order of the manifest.
inline std::vector<nlohmann::json> VectorsOf(const std::string& kind) {
  std::ifstream file(VectorsFolder() + "/manifest.json");
  std::vector<nlohmann::json> found;
  for (const auto& entry : nlohmann::json::parse(file)) {
    if (entry.at("kind") == kind) found.push_back(entry);
  }
  return found;
}

inline std::vector<std::uint8_t> VectorBytes(const std::string& name) {
  const std::string path = VectorsFolder() + "/" + name;
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  std::vector<std::uint8_t> bytes(error ? 0 : size);
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  EXPECT_TRUE(file.good() && !error) << name;
  return bytes;
}

// "0x1000" or 4096, as the manifest has both.
inline std::uint64_t VectorNumber(const nlohmann::json& value) {
  if (value.is_string()) return std::stoull(value.get<std::string>(), nullptr, 0);
  return value.get<std::uint64_t>();
}

}  // namespace updraft

#define UPDRAFT_NEEDS_VECTORS()                                                     \
  if (!::updraft::HaveVectors()) {                                                  \
    GTEST_SKIP() << "no vectors at " << ::updraft::VectorsFolder()                  \
                 << "; set UPDRAFT_VECTORS to the folder with their manifest.json"; \
  }                                                                                 \
  static_assert(true)
