// SPDX-License-Identifier: Apache-2.0
#include "gateway/raw_slot.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

namespace updraft {
namespace {

Status OfErrno(int error) { return FileStatus(error, Stage::kFlash); }

Status Refuse(Observer& observer, Check check, Status status, const std::filesystem::path& path,
              std::string_view expected, std::string_view found) {
  return RefuseFile(observer, check, status, fmt::format("{} at {}", expected, path.string()),
                    found);
}

}  // namespace

Result<std::unique_ptr<RawSlot>> RawSlot::Open(const std::filesystem::path& path,
                                               Observer& observer) {
  constexpr std::string_view kWanted = "a slot that can be written";
  struct stat about {};
  const bool there = stat(path.c_str(), &about) == 0;
  if (!there && errno != ENOENT) {
    return Refuse(observer, Check::kFlash, OfErrno(errno), path, kWanted, ErrnoText(errno));
  }
  if (there && !S_ISREG(about.st_mode) && !S_ISBLK(about.st_mode)) {
    return Refuse(observer, Check::kFlash, {Code::kUnsupported, Stage::kFlash}, path,
                  "a file or a block device",
                  S_ISDIR(about.st_mode) ? "a folder" : "something else");
  }
  const bool block_device = there && S_ISBLK(about.st_mode);
  // O_EXCL on a block device: not one that is mounted. A device is never made.
  const int flags = O_RDWR | O_CLOEXEC | O_NOCTTY | (block_device ? O_EXCL : O_CREAT);
  Descriptor file(open(path.c_str(), flags, 0600));
  if (!file.is_open()) {
    const int error = errno;
    if (error == EBUSY) {
      return Refuse(observer, Check::kDeviceLock, {Code::kInvalidState, Stage::kFlash, EBUSY}, path,
                    "a slot that nobody uses", "one that is mounted or in use");
    }
    return Refuse(observer, Check::kFlash, OfErrno(error), path, kWanted, ErrnoText(error));
  }
  if (flock(file.number(), LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    return Refuse(observer, Check::kDeviceLock,
                  {Code::kInvalidState, Stage::kFlash, static_cast<std::int16_t>(error)}, path,
                  "a slot that nobody uses", "another process that writes it");
  }
  std::uint64_t size = 0;
  if (fstat(file.number(), &about) != 0) return OfErrno(errno);
  size = static_cast<std::uint64_t>(about.st_size);
  if (block_device && ioctl(file.number(), BLKGETSIZE64, &size) != 0) {
    return Refuse(observer, Check::kFlash, OfErrno(errno), path, kWanted, ErrnoText(errno));
  }
  return std::unique_ptr<RawSlot>(new RawSlot(std::move(file), block_device, size));
}

std::optional<std::uint64_t> RawSlot::Capacity(std::uint64_t limit) const {
  if (block_device_) return size_;
  if (limit == 0) return std::nullopt;
  return limit;
}

Status RawSlot::Reserve(std::uint64_t length) {
  if (block_device_ || length <= size_) return kOk;
  if (fallocate(file_.number(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(length)) == 0) {
    return kOk;
  }
  // Where it cannot be promised, it shows in writing.
  return errno == EOPNOTSUPP || errno == ENOSYS ? kOk : OfErrno(errno);
}

Status RawSlot::Write(std::uint64_t offset, Bytes data) {
  if (const int error = WriteFully(file_.number(), offset, data); error != 0) return OfErrno(error);
  if (offset != written_end_) {  // the first bytes of a download that goes on
    pushed_begin_ = offset;
    pushed_end_ = offset;
  }
  written_end_ = offset + data.size();
  return written_end_ - pushed_end_ >= kWindow ? PushOut(written_end_) : kOk;
}

// Waits for the window before this one, so that at most two are dirty.
Status RawSlot::PushOut(std::uint64_t end) {
  const int file = file_.number();
  const auto start = static_cast<off_t>(pushed_end_);
  if (sync_file_range(file, start, static_cast<off_t>(end - pushed_end_), SYNC_FILE_RANGE_WRITE) !=
          0 &&
      errno != ENOSYS && errno != ESPIPE) {
    return OfErrno(errno);
  }
  const auto before = static_cast<off_t>(pushed_begin_);
  const auto length = static_cast<off_t>(pushed_end_ - pushed_begin_);
  if (length > 0) {
    if (sync_file_range(file, before, length,
                        SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
                            SYNC_FILE_RANGE_WAIT_AFTER) != 0 &&
        errno != ENOSYS) {
      return OfErrno(errno);
    }
    posix_fadvise(file, before, length, POSIX_FADV_DONTNEED);
  }
  pushed_begin_ = pushed_end_;
  pushed_end_ = end;
  return kOk;
}

Status RawSlot::Sync() {
  if (fsync(file_.number()) != 0) return OfErrno(errno);
  posix_fadvise(file_.number(), 0, 0, POSIX_FADV_DONTNEED);
  return kOk;
}

Status RawSlot::Finish(std::uint64_t length) {
  if (!block_device_ && ftruncate(file_.number(), static_cast<off_t>(length)) != 0) {
    return OfErrno(errno);
  }
  return Sync();
}

Status RawSlot::Read(std::uint64_t offset, MutableBytes out) const {
  const int error = ReadFully(file_.number(), offset, out);
  if (error == ENODATA) return {Code::kTruncated, Stage::kFlash};
  const std::uint64_t window = offset - offset % kWindow;
  if (offset + out.size() >= window + kWindow) {
    posix_fadvise(file_.number(), static_cast<off_t>(window), static_cast<off_t>(kWindow),
                  POSIX_FADV_DONTNEED);
  }
  return OfErrno(error);
}

}  // namespace updraft
