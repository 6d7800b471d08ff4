// SPDX-License-Identifier: Apache-2.0
#include "cli/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "cli/sentence.h"
#include "cli/text.h"

namespace updraft {
namespace {

constexpr std::size_t kReadSize = 1 << 20;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ > STDERR_FILENO) close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

Failure CannotRead(const std::string& path, int error) {
  return {error == ENOENT ? "not_found" : "invalid_argument",
          fmt::format("cannot read {}: expected a readable file, found: {}; check the path and its "
                      "permissions.",
                      PrintableText(path), std::strerror(error))};
}

Failure TooLarge(const std::string& path, std::uint64_t limit) {
  return {"no_space", fmt::format("cannot read {}: expected at most {}, found more; check that it "
                                  "is the right file.",
                                  PrintableText(path), ExactSizeText(limit))};
}

Status StatusOfErrno() {
  const Code code =
      errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? Code::kNoSpace : Code::kFlash;
  return {code, Stage::kNone, static_cast<std::int16_t>(errno)};
}

Status WriteAll(int descriptor, Bytes data) {
  while (!data.empty()) {
    const ssize_t count = write(descriptor, data.data(), data.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return StatusOfErrno();
    data = data.subspan(static_cast<std::size_t>(count));
  }
  return kOk;
}

}  // namespace

Outcome<std::vector<std::uint8_t>> ReadWholeFile(const std::string& path, std::uint64_t limit) {
  const Descriptor file(path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) return CannotRead(path, errno);
  struct stat facts {};
  if (fstat(file.number(), &facts) != 0) return CannotRead(path, errno);
  if (S_ISDIR(facts.st_mode)) return CannotRead(path, EISDIR);
  if (S_ISREG(facts.st_mode) && static_cast<std::uint64_t>(facts.st_size) > limit) {
    return TooLarge(path, limit);
  }
  std::vector<std::uint8_t> bytes;
  if (S_ISREG(facts.st_mode)) bytes.reserve(static_cast<std::size_t>(facts.st_size) + 1);
  while (true) {
    const std::size_t size = bytes.size();
    bytes.resize(std::max(bytes.capacity(), size + std::min(kReadSize, size + 4096)));
    const ssize_t count = read(file.number(), bytes.data() + size, bytes.size() - size);
    if (count < 0 && errno != EINTR) return CannotRead(path, errno);
    bytes.resize(size + static_cast<std::size_t>(std::max<ssize_t>(0, count)));
    if (count == 0) return bytes;
    if (bytes.size() > limit) return TooLarge(path, limit);
  }
}

bool IsSameFile(const std::string& one, const std::string& other) {
  std::error_code error;
  return std::filesystem::equivalent(one, other, error) && !error;
}

std::optional<Failure> JudgeNotKey(const std::string& output, const std::string& key) {
  if (output == "-" || !IsSameFile(output, key)) return std::nullopt;
  return Failure{"invalid_argument",
                 fmt::format("cannot write {}: expected another file than the key, found the key; "
                             "name another for the result.",
                             PrintableText(output))};
}

NewFile::~NewFile() {
  if (descriptor_ > STDERR_FILENO) close(descriptor_);
}

Status NewFile::Open() {
  if (descriptor_ >= 0) return kOk;
  if (standard_output()) {
    std::fflush(stdout);
    descriptor_ = STDOUT_FILENO;
    return kOk;
  }
  // A device or a pipe cannot be replaced by a new file: it is written as it is.
  struct stat facts {};
  if (stat(path_.c_str(), &facts) == 0 && !S_ISREG(facts.st_mode)) {
    descriptor_ = open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    return descriptor_ >= 0 ? kOk : StatusOfErrno();
  }
  // A link stays; what it leads to is replaced.
  std::error_code error;
  if (std::filesystem::is_symlink(path_, error)) {
    const auto target = std::filesystem::canonical(path_, error);
    if (!error) path_ = target.string();
  }
  descriptor_ = temporary_.Create(path_);
  if (descriptor_ < 0) return StatusOfErrno();
  const mode_t mask = umask(0);
  umask(mask);
  fchmod(descriptor_, 0666 & ~mask);
  return kOk;
}

Status NewFile::Write(Bytes data) {
  UPDRAFT_TRY(Open());
  return WriteAll(descriptor_, data);
}

Result<bool> NewFile::CanRewrite() {
  UPDRAFT_TRY(Open());
  return !temporary_.name().empty();
}

Status NewFile::Rewrite(std::uint64_t offset, Bytes data) {
  while (!data.empty()) {
    const ssize_t count = pwrite(descriptor_, data.data(), data.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return StatusOfErrno();
    offset += static_cast<std::uint64_t>(count);
    data = data.subspan(static_cast<std::size_t>(count));
  }
  return kOk;
}

Status NewFile::Finish() {
  UPDRAFT_TRY(Open());
  if (standard_output()) return kOk;
  const int descriptor = descriptor_;
  descriptor_ = -1;
  if (close(descriptor) != 0) return StatusOfErrno();
  if (temporary_.name().empty()) return kOk;
  if (std::rename(temporary_.name().c_str(), path_.c_str()) != 0) return StatusOfErrno();
  temporary_.Release();
  return kOk;
}

Failure NewFile::FailureOf(Status status) const {
  return {
      std::string(CodeName(status.code())),
      fmt::format("cannot write {}: expected to create the file, found: {}; check the path, its "
                  "permissions and the space left.",
                  standard_output() ? "standard output" : PrintableText(path_),
                  std::strerror(status.detail()))};
}

std::optional<Failure> WriteWholeFile(const std::string& path, Bytes data) {
  NewFile file(path);
  Status status = file.Write(data);
  if (status.ok()) status = file.Finish();
  if (status.ok()) return std::nullopt;
  return file.FailureOf(status);
}

}  // namespace updraft
