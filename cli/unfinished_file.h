// SPDX-License-Identifier: Apache-2.0
// A file in the making, under a temporary name: whoever ends the tool by SIGINT, SIGTERM
// or SIGHUP leaves none behind, least of all half a decrypted image.
#pragma once

#include <atomic>
#include <string>

namespace updraft {

class UnfinishedFile {
 public:
  UnfinishedFile() = default;
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;
  // Removes it, unless it was released.
  ~UnfinishedFile();

  // Creates it, as "PATH.XXXXXX" for its owner only; a descriptor, or -1 with errno.
  int Create(const std::string& path);
  // It has its own name now: not removed any more.
  void Release();

  // Empty when there is none.
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  std::atomic<const char*>* place_ = nullptr;  // where the signal finds the name
};

}  // namespace updraft
