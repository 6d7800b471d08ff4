// SPDX-License-Identifier: Apache-2.0
#include "testing/temporary_folder.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

namespace updraft {

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "updraft-test.XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    std::perror("TemporaryFolder");
    std::abort();
  }
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::vector<std::string> TemporaryFolder::names() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path_)) {
    names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

TinyDisk::TinyDisk(const std::filesystem::path& folder, std::uint64_t size) : folder_(folder) {
  const std::string options = "size=" + std::to_string(size);
  if (unshare(CLONE_NEWNS) != 0 ||
      mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      mount("tmpfs", folder.c_str(), "tmpfs", 0, options.c_str()) != 0) {
    problem_ =
        "cannot mount a small tmpfs (root needed): " + std::generic_category().message(errno);
  }
}

TinyDisk::~TinyDisk() {
  if (problem_.empty()) umount2(folder_.c_str(), MNT_DETACH);
}

}  // namespace updraft
