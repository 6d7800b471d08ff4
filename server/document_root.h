// SPDX-License-Identifier: Apache-2.0
// The served directory and the files that are opened in it. Called by the
// answers; owns the descriptors. Whatever the path and the symbolic links on
// it, a file outside the directory is never opened for reading.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "server/explained_status.h"

namespace updraft {

// An open descriptor that closes itself.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor();

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// A regular file as it was when it was opened.
class ServedFile {
 public:
  ServedFile() = default;
  ServedFile(FileDescriptor fd, const struct stat& facts) : fd_(std::move(fd)), facts_(facts) {}

  std::uint64_t size() const { return static_cast<std::uint64_t>(facts_.st_size); }
  std::int64_t modified_seconds() const { return facts_.st_mtim.tv_sec; }
  // Strong: another one as soon as the file is replaced or written to.
  std::string etag() const;

  // Up to `capacity` bytes at `offset`; 0 at the end of the file, -1 on error.
  std::int64_t Read(std::uint64_t offset, char* buffer, std::size_t capacity) const;
  // True when the file was written to since it was opened: what was read of it
  // may be a mixture of two files.
  bool ChangedSinceOpened() const;

 private:
  FileDescriptor fd_;
  struct stat facts_ {};
};

class DocumentRoot {
 public:
  enum class Refusal { kNone, kNotFound, kForbidden, kFailed };

  // kNotFound (with errno) when `directory` is not a directory that can be read.
  ExplainedStatus Open(const std::string& directory);

  // Never served, although it lies in the directory: a private key.
  void Withhold(const std::string& path);

  // `path` is relative, as PathOfTarget gives it. On kNone `file` is open;
  // directories and special files are kNotFound.
  Refusal OpenFile(const std::string& path, ServedFile& file) const;

 private:
  bool Contains(int fd) const;
  bool IsWithheld(const struct stat& facts) const;

  FileDescriptor directory_;
  std::vector<std::pair<dev_t, ino_t>> withheld_;
};

}  // namespace updraft
