// SPDX-License-Identifier: Apache-2.0
#include "ports/host/file_flash.h"

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
#include <thread>
#include <vector>

namespace updraft {
namespace {

constexpr std::size_t kEraseBlock = 1U << 16;
constexpr std::uint64_t kFillStep = 16 << 20;
// Large enough for the disk to write in one go, small beside what a sync is about.
constexpr std::uint64_t kPushedAtOnce = 1U << 20;
constexpr std::chrono::milliseconds kLockInterval{20};

Bytes ErasedBlock() {
  static const std::vector<std::uint8_t> kBlock(kEraseBlock, 0xFF);
  return kBlock;
}

int WriteErased(int file, std::uint64_t offset, std::uint64_t length) {
  while (length > 0) {
    const std::uint64_t some = std::min<std::uint64_t>(length, kEraseBlock);
    if (const int error = WriteFully(file, offset, ErasedBlock().first(some)); error != 0) {
      return error;
    }
    offset += some;
    length -= some;
  }
  return 0;
}

// One attempt at a file: what is refused, and in which words.
class Opening {
 public:
  Opening(const std::filesystem::path& path, const FileFlash::Options& options, Observer& observer)
      : path_(path), options_(options), observer_(observer) {}

  Result<Descriptor> Run();
  std::uint64_t size() const { return size_; }

 private:
  bool writes() const { return options_.mode == FileFlash::Mode::kReadWrite; }
  Status Refuse(Status status, const std::string& expected, const std::string& found) {
    return RefuseFile(observer_, Check::kFlash, status, expected, found);
  }
  Status RefuseErrno(int error);
  Status CheckKind(const struct stat& about);
  Status Lock(int file);
  Result<bool> IsStillThere(int file);
  Status Measure(int file);

  const std::filesystem::path& path_;
  const FileFlash::Options& options_;
  Observer& observer_;
  std::uint64_t size_ = 0;
};

Result<Descriptor> Opening::Run() {
  for (;;) {
    struct stat about {};
    if (stat(path_.c_str(), &about) != 0) return RefuseErrno(errno);
    UPDRAFT_TRY(CheckKind(about));
    // O_EXCL on a block device: not one that is mounted.
    const int flags = (writes() ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY |
                      (writes() && S_ISBLK(about.st_mode) ? O_EXCL : 0);
    Descriptor file(open(path_.c_str(), flags));
    if (!file.is_open()) return RefuseErrno(errno);
    if (writes()) {
      UPDRAFT_TRY(Lock(file.number()));
      // While it waited, the file may have been replaced by another.
      UPDRAFT_TRY_ASSIGN(const bool still_there, IsStillThere(file.number()));
      if (!still_there) continue;
    }
    UPDRAFT_TRY(Measure(file.number()));
    return file;
  }
}

Status Opening::RefuseErrno(int error) {
  return Refuse(
      FileStatus(error, Stage::kFlash),
      fmt::format("a flash file at {}{}", path_.string(), writes() ? " that can be written" : ""),
      ErrnoText(error));
}

Status Opening::CheckKind(const struct stat& about) {
  if (!S_ISREG(about.st_mode) && !S_ISBLK(about.st_mode)) {
    return Refuse({Code::kUnsupported, Stage::kFlash},
                  fmt::format("a file or a block device at {}", path_.string()),
                  S_ISDIR(about.st_mode) ? "a folder" : "something else");
  }
  if (writes() && (about.st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)) == 0) {
    return Refuse({Code::kFlash, Stage::kFlash, EACCES},
                  fmt::format("a flash file at {} that can be written", path_.string()),
                  "a read-only file");
  }
  return kOk;
}

Status Opening::Lock(int file) {
  const bool forever = options_.wait && options_.longest_wait == FileFlash::kForever;
  const int operation = LOCK_EX | (forever ? 0 : LOCK_NB);
  // The system has no lock with a time limit: it is asked now and then.
  const auto started = std::chrono::steady_clock::now();
  while (flock(file, operation) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return RefuseErrno(errno);
    if (options_.wait && std::chrono::steady_clock::now() - started < options_.longest_wait) {
      std::this_thread::sleep_for(kLockInterval);
      continue;
    }
    return RefuseFile(
        observer_, Check::kDeviceLock, {Code::kInvalidState, Stage::kFlash, EWOULDBLOCK},
        fmt::format("{} free to be written", path_.string()), "another process that writes it");
  }
  return kOk;
}

Result<bool> Opening::IsStillThere(int file) {
  struct stat opened {};
  struct stat named {};
  if (fstat(file, &opened) != 0) return RefuseErrno(errno);
  if (stat(path_.c_str(), &named) != 0) return RefuseErrno(errno);
  return opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

Status Opening::Measure(int file) {
  struct stat about {};
  if (fstat(file, &about) != 0) return RefuseErrno(errno);
  size_ = static_cast<std::uint64_t>(about.st_size);
  if (S_ISBLK(about.st_mode) && ioctl(file, BLKGETSIZE64, &size_) != 0) return RefuseErrno(errno);
  const std::uint64_t minimum =
      std::max<std::uint64_t>(options_.minimum_size, options_.sector_size);
  if (size_ < minimum) {
    return Refuse({Code::kTruncated, Stage::kFlash},
                  fmt::format("at least {} bytes in {}", minimum, path_.string()),
                  fmt::format("{} bytes", size_));
  }
  if (!IsAligned(size_, options_.sector_size)) {
    return Refuse(
        {Code::kBadFormat, Stage::kFlash},
        fmt::format("whole sectors of {} bytes in {}", options_.sector_size, path_.string()),
        fmt::format("{} bytes", size_));
  }
  return kOk;
}

// Gives a finished file its name; 0 or errno. EEXIST when it must not replace.
int Publish(const std::string& temporary, const std::filesystem::path& path,
            FileFlash::Existing existing) {
  if (existing == FileFlash::Existing::kReplace) {
    return rename(temporary.c_str(), path.c_str()) == 0 ? 0 : errno;
  }
  // A hard link never replaces a file, on any file system that has them.
  if (link(temporary.c_str(), path.c_str()) == 0) {
    unlink(temporary.c_str());
    return 0;
  }
  if (errno == EEXIST) return EEXIST;
  return renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0
             ? 0
             : errno;
}

// ECANCELED when the observer does not want it any more.
int FillErased(int file, std::uint64_t size, Observer& observer) {
  if (const int error = posix_fallocate(file, 0, static_cast<off_t>(size)); error != 0) {
    return error;
  }
  for (std::uint64_t done = 0; done < size;) {
    const std::uint64_t some = std::min(size - done, kFillStep);
    if (const int error = WriteErased(file, done, some); error != 0) return error;
    done += some;
    if (!observer.OnProgress({.written = done})) return ECANCELED;
  }
  if (fchmod(file, 0644) != 0) return errno;
  return fsync(file) == 0 ? 0 : errno;
}

}  // namespace

FileFlash::FileFlash(Descriptor file, Mode mode, FlashGeometry geometry)
    : file_(std::move(file)), mode_(mode), geometry_(geometry) {}

Result<std::unique_ptr<FileFlash>> FileFlash::Open(const std::filesystem::path& path,
                                                   const Options& options, Observer& observer) {
  Opening opening(path, options, observer);
  UPDRAFT_TRY_ASSIGN(Descriptor file, opening.Run());
  const FlashGeometry geometry{.size = opening.size(),
                               .sector_size = options.sector_size,
                               .program_unit = options.program_unit};
  return std::unique_ptr<FileFlash>(new FileFlash(std::move(file), options.mode, geometry));
}

Status FileFlash::Create(const std::filesystem::path& path, std::uint64_t size, Existing existing,
                         Observer& observer) {
  if (size == 0 || !IsAligned(size, Options().sector_size)) {
    return {Code::kInvalidArgument, Stage::kFlash};
  }
  const auto refuse = [&](int error) {
    const Status status = error == EEXIST ? Status{Code::kInvalidState, Stage::kFlash, EEXIST}
                                          : FileStatus(error, Stage::kFlash);
    return RefuseFile(
        observer, status.code() == Code::kNoSpace ? Check::kSpace : Check::kFlash, status,
        fmt::format("a new flash file of {} bytes at {}", size, path.string()), ErrnoText(error));
  };
  struct stat about {};
  if (existing == Existing::kRefuse && lstat(path.c_str(), &about) == 0) return refuse(EEXIST);
  std::string temporary = path.string() + ".XXXXXX";
  const Descriptor file(mkostemp(temporary.data(), O_CLOEXEC));
  if (!file.is_open()) return refuse(errno);
  int error = FillErased(file.number(), size, observer);
  if (error == 0) error = Publish(temporary, path, existing);
  if (error != 0) unlink(temporary.c_str());
  if (error == ECANCELED) return {Code::kCancelled, Stage::kFlash};
  if (error == 0) error = SyncFolder(FolderOf(path));
  return error == 0 ? kOk : refuse(error);
}

FileFlash::~FileFlash() {
  // Too late to tell anybody; a caller who minds has synced.
  static_cast<void>(WriteOutErased(unwritten_end_));
}

Status FileFlash::DoRead(std::uint64_t address, MutableBytes out) {
  if (mode_ == Mode::kReadOnly || !recent_.Read(file_.number(), address, out)) {
    UPDRAFT_TRY(FileStatus(ReadFully(file_.number(), address, out), Stage::kFlash));
  }
  const std::uint64_t begin = std::max(address, unwritten_begin_);
  const std::uint64_t end = std::min(address + out.size(), unwritten_end_);
  if (begin < end) {
    const MutableBytes erased = out.subspan(begin - address, end - begin);
    std::fill(erased.begin(), erased.end(), std::uint8_t{0xFF});
  }
  return kOk;
}

Status FileFlash::DoErase(std::uint64_t address, std::uint64_t length) {
  if (mode_ == Mode::kReadOnly) return {Code::kFlash, Stage::kFlash, EROFS};
  if (erased_.Contains(address, address + length)) return kOk;
  dirty_ = true;
  if (unwritten_begin_ == unwritten_end_ || address != unwritten_end_) {
    UPDRAFT_TRY(WriteOutErased(unwritten_end_));
    unwritten_begin_ = address;
  }
  unwritten_end_ = address + length;
  erased_.Add(address, unwritten_end_);
  return kOk;
}

Status FileFlash::DoProgram(std::uint64_t address, Bytes data) {
  if (mode_ == Mode::kReadOnly) return {Code::kFlash, Stage::kFlash, EROFS};
  const std::uint64_t end = address + data.size();
  if (!erased_.Contains(address, end)) UPDRAFT_TRY(CheckOnlyClears(address, data));
  erased_.Remove(address, end);
  dirty_ = true;
  // It may begin before that, in a sector that an earlier program has reached.
  const bool into_unwritten = end >= unwritten_begin_ && end <= unwritten_end_;
  if (!into_unwritten) {
    UPDRAFT_TRY(WriteOutErased(unwritten_end_));
  } else if (address > unwritten_begin_) {
    UPDRAFT_TRY(WriteOutErased(address));
  }
  recent_.Forget(address, end);
  UPDRAFT_TRY(FileStatus(WriteFully(file_.number(), address, data), Stage::kFlash));
  if (into_unwritten) unwritten_begin_ = end;
  PushOut(address, end);
  return kOk;
}

void FileFlash::PushOut(std::uint64_t begin, std::uint64_t end) {
  if (begin != programmed_end_) pushed_end_ = begin;
  programmed_end_ = end;
  if (end - pushed_end_ < kPushedAtOnce) return;
  // What goes wrong, the next sync tells.
  static_cast<void>(sync_file_range(file_.number(), static_cast<off_t>(pushed_end_),
                                    static_cast<off_t>(end - pushed_end_), SYNC_FILE_RANGE_WRITE));
  pushed_end_ = end;
}

Status FileFlash::WriteOutErased(std::uint64_t end) {
  if (unwritten_begin_ == end) return kOk;
  recent_.Forget(unwritten_begin_, end);
  UPDRAFT_TRY(FileStatus(WriteErased(file_.number(), unwritten_begin_, end - unwritten_begin_),
                         Stage::kFlash));
  unwritten_begin_ = end;
  return kOk;
}

Status FileFlash::DoSync() {
  if (!dirty_) return kOk;
  UPDRAFT_TRY(sync_failure_);
  UPDRAFT_TRY(WriteOutErased(unwritten_end_));
  if (fdatasync(file_.number()) != 0) {
    sync_failure_ = FileStatus(errno, Stage::kFlash);
    return sync_failure_;
  }
  dirty_ = false;
  return kOk;
}

Status FileFlash::CheckOnlyClears(std::uint64_t address, Bytes data) {
  std::vector<std::uint8_t> stored(std::min<std::size_t>(data.size(), kEraseBlock));
  while (!data.empty()) {
    const std::size_t some = std::min(data.size(), stored.size());
    UPDRAFT_TRY(DoRead(address, MutableBytes(stored).first(some)));
    for (std::size_t i = 0; i < some; ++i) {
      if ((data[i] & ~stored[i]) != 0) return {Code::kFlash, Stage::kFlash};
    }
    data = data.subspan(some);
    address += some;
  }
  return kOk;
}

}  // namespace updraft
