// SPDX-License-Identifier: Apache-2.0
// A flash that is one file, byte for byte a dump of the chip: the flash.bin of
// a device folder, a dump read from a real device, or a block device. Opened by
// HostDevice and the tool; owns the open file and the lock on it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>

#include "updraft/observer.h"
#include "updraft/port/flash.h"

#include "ports/host/erased_ranges.h"
#include "ports/host/posix_file.h"
#include "ports/host/recent_pages.h"

namespace updraft {

// NOR rules hold although the file has none. Beside the codes of Flash, erases,
// programs and syncs return kNoSpace when the disk is full (a sparse file, or a
// file system that copies on write). After a failed sync all later ones fail:
// the kernel has dropped what it could not write and would not say so again.
class FileFlash final : public Flash {
 public:
  enum class Mode : std::uint8_t {
    kReadOnly,   // takes no lock: never waits, and sees a writer's work as it goes
    kReadWrite,  // alone: holds an exclusive lock until it is closed
  };

  static constexpr auto kForever = std::chrono::milliseconds::max();

  struct Options {
    Mode mode = Mode::kReadOnly;
    bool wait = false;  // for the writer that holds the lock, at most so long:
    std::chrono::milliseconds longest_wait = kForever;
    std::uint64_t minimum_size = 0;  // bytes that the caller is going to need
    std::uint32_t sector_size = 4096;
    std::uint32_t program_unit = 1;
  };

  // Each refusal is one finding that names the file:
  //   kNotFound     no such file
  //   kUnsupported  neither a regular file nor a block device
  //   kTruncated    shorter than minimum_size or one sector
  //   kBadFormat    not a whole number of sectors
  //   kInvalidState another process has it open for writing, and still has after
  //                 the wait (Check::kDeviceLock)
  //   kFlash        read-only, or the system says no; detail is errno
  // A file without any write permission is read-only for root too.
  static Result<std::unique_ptr<FileFlash>> Open(const std::filesystem::path& path,
                                                 const Options& options,
                                                 Observer& observer = NoObserver());

  enum class Existing : std::uint8_t { kRefuse, kReplace };

  // Makes an erased flash of `size` bytes, room on the disk included; it appears
  // under its name only when whole. kInvalidState when there is a file already
  // and it is to be kept, kNoSpace, kNotFound (no such folder), kFlash;
  // kInvalidArgument (no finding) when size is not a multiple of 4096, or 0; kCancelled
  // (no finding) when OnProgress, which is called every so often, says so.
  static Status Create(const std::filesystem::path& path, std::uint64_t size,
                       Existing existing = Existing::kRefuse, Observer& observer = NoObserver());

  FileFlash(const FileFlash&) = delete;
  FileFlash& operator=(const FileFlash&) = delete;
  ~FileFlash();

  FlashGeometry geometry() const override { return geometry_; }
  Mode mode() const { return mode_; }

 private:
  FileFlash(Descriptor file, Mode mode, FlashGeometry geometry);

  Status DoRead(std::uint64_t address, MutableBytes out) override;
  Status DoErase(std::uint64_t address, std::uint64_t length) override;
  Status DoProgram(std::uint64_t address, Bytes data) override;
  Status DoSync() override;

  // Erases in the file, from front to back, what it does not show yet up to `end`.
  Status WriteOutErased(std::uint64_t end);
  Status CheckOnlyClears(std::uint64_t address, Bytes data);
  // Lets the disk begin with what was programmed, so that a sync has little left to
  // wait for. Promises nothing.
  void PushOut(std::uint64_t begin, std::uint64_t end);

  Descriptor file_;
  Mode mode_;
  FlashGeometry geometry_;
  ErasedRanges erased_;
  RecentPages recent_;  // of the one writer; who only reads sees a writer's work
  // Erased, but not in the file yet: what is programmed next, as by an update, need
  // not be written twice. In the file by the next sync, by any other erase or
  // program, and at the end.
  std::uint64_t unwritten_begin_ = 0;
  std::uint64_t unwritten_end_ = 0;
  // What was programmed in a row, and how much of it the disk has been given.
  std::uint64_t pushed_end_ = 0;
  std::uint64_t programmed_end_ = 0;
  bool dirty_ = false;
  Status sync_failure_{};
};

}  // namespace updraft
