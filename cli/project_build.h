// SPDX-License-Identifier: Apache-2.0
// What the build of an ESP-IDF project leaves for a device: read from the
// project_description.json that tools/cmake/project.cmake writes. Called by
// `updraft device new --project`.
#pragma once

#include <cstdint>
#include <string>

#include "cli/failure.h"

namespace updraft {

struct ProjectBuild {
  std::string chip;
  std::uint64_t flash_size = 0;
  std::string partition_table;  // path of the binary
  std::uint64_t partition_table_offset = 0;
  bool rollback = false;
  bool anti_rollback = false;
  std::string signature = "none";  // "on-update", "on-boot": when images must be signed
  std::string signing_key;         // path or URI; empty when the build signs nothing
  std::string image;               // path
};

// `folder`: the build folder. "device", "not_found" or "bad_format" when the
// description is not there or is not whole.
Outcome<ProjectBuild> ReadProjectBuild(const std::string& folder);

}  // namespace updraft
