// SPDX-License-Identifier: Apache-2.0
#include "ports/host/posix_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace updraft {
namespace {

// Linux moves at most this much in one call.
constexpr std::size_t kMostAtOnce = 1 << 30;

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    Close();
    number_ = std::exchange(other.number_, -1);
  }
  return *this;
}

void Descriptor::Close() {
  if (number_ >= 0) close(number_);
  number_ = -1;
}

Status FileStatus(int error, Stage stage) {
  const auto detail = static_cast<std::int16_t>(error);
  switch (error) {
    case 0: return kOk;
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return {Code::kNoSpace, stage, detail};
    case ENOENT:
    case ENOTDIR: return {Code::kNotFound, stage, detail};
    default: return {Code::kFlash, stage, detail};
  }
}

std::string ErrnoText(int error) {
  if (error == ENODATA) return "the file ends early";
  return std::generic_category().message(error);
}

Status RefuseFile(Observer& observer, Check check, Status status, std::string_view expected,
                  std::string_view found) {
  observer.OnFinding({.check = check,
                      .passed = false,
                      .expected = Value::Text(expected),
                      .found = Value::Text(found)});
  return status;
}

int ReadFully(int file, std::uint64_t offset, MutableBytes out) {
  while (!out.empty()) {
    const ssize_t count =
        pread(file, out.data(), std::min(out.size(), kMostAtOnce), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    if (count == 0) return ENODATA;
    out = out.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return 0;
}

int WriteFully(int file, std::uint64_t offset, Bytes data) {
  while (!data.empty()) {
    const ssize_t count =
        pwrite(file, data.data(), std::min(data.size(), kMostAtOnce), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    if (count == 0) return ENOSPC;
    data = data.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return 0;
}

int SyncFolder(const std::filesystem::path& folder) {
  const Descriptor opened(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.is_open()) return errno;
  return fsync(opened.number()) == 0 ? 0 : errno;
}

int LoadFile(const std::filesystem::path& path, std::size_t limit, std::vector<std::uint8_t>* out) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.is_open()) return errno;
  struct stat about {};
  if (fstat(file.number(), &about) != 0) return errno;
  if (!S_ISREG(about.st_mode)) return S_ISDIR(about.st_mode) ? EISDIR : EINVAL;
  if (static_cast<std::uint64_t>(about.st_size) > limit) return EFBIG;
  out->resize(static_cast<std::size_t>(about.st_size));
  return ReadFully(file.number(), 0, *out);
}

namespace {

int Replace(const std::filesystem::path& path, Bytes content, unsigned mode, bool durable) {
  std::string temporary = path.string() + ".XXXXXX";
  const Descriptor file(mkostemp(temporary.data(), O_CLOEXEC));
  if (!file.is_open()) return errno;
  int error = WriteFully(file.number(), 0, content);
  if (error == 0 && fchmod(file.number(), mode) != 0) error = errno;
  if (error == 0 && durable && fsync(file.number()) != 0) error = errno;
  if (error == 0 && rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) {
    unlink(temporary.c_str());
    return error;
  }
  return durable ? SyncFolder(FolderOf(path)) : 0;
}

}  // namespace

int ReplaceFile(const std::filesystem::path& path, Bytes content, unsigned mode) {
  return Replace(path, content, mode, true);
}

int ReplaceFileUnsynced(const std::filesystem::path& path, Bytes content, unsigned mode) {
  return Replace(path, content, mode, false);
}

std::filesystem::path FolderOf(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.parent_path();
  return folder.empty() ? std::filesystem::path(".") : folder;
}

}  // namespace updraft
