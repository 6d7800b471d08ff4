// SPDX-License-Identifier: Apache-2.0
#include "cli/streams.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "cli/text.h"

namespace updraft {
namespace {

constexpr std::size_t kPiece = 64 << 10;

Status StatusOfErrno() {
  const Code code = errno == ENOENT                                        ? Code::kNotFound
                    : errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? Code::kNoSpace
                                                                           : Code::kFlash;
  return {code, Stage::kNone, static_cast<std::int16_t>(errno)};
}

std::string TemporaryFolder() {
  const char* const chosen = std::getenv("TMPDIR");
  return chosen != nullptr && *chosen != '\0' ? chosen : "/tmp";
}

}  // namespace

InputFile::InputFile(std::string path) : path_(std::move(path)) {}

InputFile::~InputFile() {
  if (descriptor_ > STDERR_FILENO) close(descriptor_);
}

Status InputFile::Open() {
  descriptor_ = path_ == "-" ? STDIN_FILENO : open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat facts {};
  if (descriptor_ < 0 || fstat(descriptor_, &facts) != 0) return StatusOfErrno();
  if (S_ISDIR(facts.st_mode)) {
    errno = EISDIR;
    return StatusOfErrno();
  }
  // Standard input may have been read before, by somebody else.
  if (S_ISREG(facts.st_mode) && path_ != "-") size_ = static_cast<std::uint64_t>(facts.st_size);
  return kOk;
}

Result<std::size_t> InputFile::Read(MutableBytes out) {
  for (;;) {
    const ssize_t count = read(descriptor_, out.data(), out.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) return StatusOfErrno();
  }
}

Failure InputFile::FailureOf(Status status) const {
  return {status.code() == Code::kNotFound ? "not_found" : "invalid_argument",
          fmt::format("cannot read {}: expected a readable file, found: {}; check the path and its "
                      "permissions.",
                      path_ == "-" ? "standard input" : PrintableText(path_),
                      std::strerror(status.detail()))};
}

Spool::Spool(std::string folder)
    : folder_(folder.empty() ? TemporaryFolder() : std::move(folder)) {}

Spool::~Spool() {
  if (descriptor_ >= 0) close(descriptor_);
}

Status Spool::Open() {
  if (descriptor_ >= 0) return kOk;
  std::string name = folder_ + "/updraft.XXXXXX";
  descriptor_ = mkostemp(name.data(), O_CLOEXEC);
  if (descriptor_ < 0) return StatusOfErrno();
  unlink(name.c_str());
  return kOk;
}

Status Spool::Write(Bytes data) {
  UPDRAFT_TRY(Open());
  while (!data.empty()) {
    const ssize_t count = write(descriptor_, data.data(), data.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return StatusOfErrno();
    data = data.subspan(static_cast<std::size_t>(count));
  }
  return kOk;
}

Status Spool::CopyTo(Sink& sink) {
  UPDRAFT_TRY(Open());
  std::vector<std::uint8_t> piece(kPiece);
  off_t at = 0;
  for (;;) {
    const ssize_t count = pread(descriptor_, piece.data(), piece.size(), at);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return StatusOfErrno();
    if (count == 0) return kOk;
    UPDRAFT_TRY(sink.Write(Bytes(piece).first(static_cast<std::size_t>(count))));
    at += count;
  }
}

Failure Spool::FailureOf(Status status) const {
  return {status.code() == Code::kNoSpace ? "no_space" : std::string(CodeName(status.code())),
          fmt::format("cannot keep what comes in a temporary file in {}: expected space for it, "
                      "found: {}; name another folder with --tmpdir.",
                      PrintableText(folder_), std::strerror(status.detail()))};
}

Status Pump(Source& source, Sink& sink) {
  std::vector<std::uint8_t> piece(kPiece);
  for (;;) {
    UPDRAFT_TRY_ASSIGN(const std::size_t count, source.Read(piece));
    if (count == 0) return kOk;
    UPDRAFT_TRY(sink.Write(Bytes(piece).first(count)));
  }
}

}  // namespace updraft
