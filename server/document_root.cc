// SPDX-License-Identifier: Apache-2.0
#include "server/document_root.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <string_view>

namespace updraft {
namespace {

bool SameMoment(const timespec& left, const timespec& right) {
  return left.tv_sec == right.tv_sec && left.tv_nsec == right.tv_nsec;
}

std::string ProcPath(int fd) { return fmt::format("/proc/self/fd/{}", fd); }

// Where the open descriptor really lies; empty when the kernel does not say.
std::string RealPath(int fd) {
  std::array<char, PATH_MAX> path{};
  const ssize_t length = readlink(ProcPath(fd).c_str(), path.data(), path.size());
  if (length <= 0 || static_cast<std::size_t>(length) == path.size()) return {};
  return {path.data(), static_cast<std::size_t>(length)};
}

DocumentRoot::Refusal RefusalOfErrno(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
    case ELOOP: return DocumentRoot::Refusal::kNotFound;
    case EACCES:
    case EPERM: return DocumentRoot::Refusal::kForbidden;
    default: return DocumentRoot::Refusal::kFailed;
  }
}

}  // namespace

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) close(fd_);
}

std::string ServedFile::etag() const {
  return fmt::format("\"{:x}-{:x}-{:x}.{:x}-{:x}.{:x}\"", facts_.st_ino, facts_.st_size,
                     facts_.st_mtim.tv_sec, facts_.st_mtim.tv_nsec, facts_.st_ctim.tv_sec,
                     facts_.st_ctim.tv_nsec);
}

std::int64_t ServedFile::Read(std::uint64_t offset, char* buffer, std::size_t capacity) const {
  ssize_t count = 0;
  do {
    count = pread(fd_.get(), buffer, capacity, static_cast<off_t>(offset));
  } while (count < 0 && errno == EINTR);
  return count;
}

bool ServedFile::ChangedSinceOpened() const {
  struct stat now {};
  return fstat(fd_.get(), &now) != 0 || now.st_size != facts_.st_size ||
         !SameMoment(now.st_mtim, facts_.st_mtim);
}

ExplainedStatus DocumentRoot::Open(const std::string& directory) {
  directory_ = FileDescriptor(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory_) return {};
  const int error = errno;
  return {Code::kNotFound,
          fmt::format("{} should be a directory to serve, but cannot be opened ({}); name one "
                      "that exists and may be read.",
                      directory, std::strerror(error)),
          error};
}

void DocumentRoot::Withhold(const std::string& path) {
  struct stat facts {};
  if (stat(path.c_str(), &facts) == 0) withheld_.emplace_back(facts.st_dev, facts.st_ino);
}

bool DocumentRoot::IsWithheld(const struct stat& facts) const {
  return std::ranges::find(withheld_, std::pair(facts.st_dev, facts.st_ino)) != withheld_.end();
}

bool DocumentRoot::Contains(int fd) const {
  std::string root = RealPath(directory_.get());
  const std::string path = RealPath(fd);
  if (root.empty() || path.empty()) return false;
  if (root.back() != '/') root += '/';
  return path.starts_with(root);
}

// A descriptor that can only be looked at comes first: opening a device or a
// pipe for reading may have effects, and a check by name could be raced.
DocumentRoot::Refusal DocumentRoot::OpenFile(const std::string& path, ServedFile& file) const {
  if (path.empty()) return Refusal::kNotFound;
  const FileDescriptor place(openat(directory_.get(), path.c_str(), O_PATH | O_CLOEXEC));
  if (!place) return RefusalOfErrno(errno);
  struct stat facts {};
  if (fstat(place.get(), &facts) != 0) return Refusal::kFailed;
  if (!S_ISREG(facts.st_mode)) return Refusal::kNotFound;
  if (!Contains(place.get()) || IsWithheld(facts)) return Refusal::kForbidden;

  FileDescriptor readable(open(ProcPath(place.get()).c_str(), O_RDONLY | O_CLOEXEC));
  if (!readable) return RefusalOfErrno(errno);
  if (fstat(readable.get(), &facts) != 0) return Refusal::kFailed;
  file = ServedFile(std::move(readable), facts);
  return Refusal::kNone;
}

}  // namespace updraft
