// SPDX-License-Identifier: Apache-2.0
// Places on disk for one test: a folder that is gone afterwards, and a tiny
// file system that fills up, for tests of full disks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace updraft {

// Below TMPDIR or /tmp; removed with all it holds when this ends.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  // The names in it, sorted.
  std::vector<std::string> names() const;

 private:
  std::filesystem::path path_;
};

// A tmpfs of `size` bytes over a folder, seen by this process alone (it gets a
// mount namespace of its own). Needs root: look at problem() first.
class TinyDisk {
 public:
  TinyDisk(const std::filesystem::path& folder, std::uint64_t size);
  TinyDisk(const TinyDisk&) = delete;
  TinyDisk& operator=(const TinyDisk&) = delete;
  ~TinyDisk();

  // Why there is none; empty when there is.
  const std::string& problem() const { return problem_; }

 private:
  std::filesystem::path folder_;
  std::string problem_;
};

}  // namespace updraft
