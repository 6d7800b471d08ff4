// SPDX-License-Identifier: Apache-2.0
#include "cli/project_build.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "updraft/observer.h"

#include "cli/files.h"
#include "cli/text.h"

namespace updraft {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kLargestDescription = 1 << 20;

// A description with a key of another type, or without it, is none.
ProjectBuild Interpret(const Json& about, const std::filesystem::path& folder) {
  ProjectBuild build;
  build.chip = about.at("target").get<std::string>();
  build.flash_size = about.at("flash_size").get<std::uint64_t>();
  build.partition_table = folder / about.at("partition_table").get<std::string>();
  build.partition_table_offset = about.at("partition_table_offset").get<std::uint64_t>();
  build.rollback = about.at("rollback").get<bool>();
  build.anti_rollback = about.at("anti_rollback").get<bool>();
  build.signature = about.at("signature").get<std::string>();
  build.signing_key = about.at("signing_key").get<std::string>();
  build.image = folder / about.at("app_bin").get<std::string>();
  return build;
}

}  // namespace

Outcome<ProjectBuild> ReadProjectBuild(const std::string& folder) {
  const std::string path = std::filesystem::path(folder) / "project_description.json";
  const auto text = ReadWholeFile(path, kLargestDescription);
  if (!text) return text.failure();
  try {
    return Interpret(Json::parse(*text), folder);
  } catch (const Json::exception& problem) {
    return Failure{std::string(CheckReason(Check::kDevice)),
                   fmt::format("{}: expected the description of a build by idf.py, found none "
                               "({}); build the project anew.",
                               PrintableText(path), PrintableText(problem.what()))};
  }
}

}  // namespace updraft
