// SPDX-License-Identifier: Apache-2.0
// One slot of a gateway that takes bytes as they come: a block device, or a file of
// any size. Written front to back with little dirty memory, read back from the
// medium. Opened by RawInstall; owns the descriptor and the lock on it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "updraft/observer.h"
#include "updraft/status.h"

#include "ports/host/posix_file.h"

namespace updraft {

class RawSlot {
 public:
  // A file that is not there is made, empty. One finding each:
  //   kUnsupported  neither a regular file nor a block device
  //   kInvalidState mounted, or another process writes it (Check::kDeviceLock)
  //   kNotFound, kFlash  no such folder; the system says no; detail is errno
  static Result<std::unique_ptr<RawSlot>> Open(const std::filesystem::path& path,
                                               Observer& observer = NoObserver());

  // Bytes that fit; of a file only where `limit` is not 0.
  std::optional<std::uint64_t> Capacity(std::uint64_t limit) const;
  bool is_block_device() const { return block_device_; }
  // Bytes of the file, or of the device.
  std::uint64_t size() const { return size_; }

  // Room on the disk for so many bytes, where the file system can promise that.
  // kNoSpace, kFlash; the detail is errno.
  Status Reserve(std::uint64_t length);
  // What is written is on its way to the medium soon; at most two of kWindow are
  // waiting in memory. kNoSpace, kFlash.
  Status Write(std::uint64_t offset, Bytes data);
  // All of it is on the medium when this returns, and no longer in memory, so that
  // what is read then is what is stored. kNoSpace, kFlash.
  Status Sync();
  // A file has this length from here on; of a device nothing changes.
  Status Finish(std::uint64_t length);
  // Whoever reads to the end of a window has all of it dropped from memory: a slot may be
  // larger than that, and pages just used are quicker than fresh ones. kTruncated beyond
  // the end, kFlash.
  Status Read(std::uint64_t offset, MutableBytes out) const;

  static constexpr std::uint64_t kWindow = std::uint64_t{8} * 1024 * 1024;

 private:
  RawSlot(Descriptor file, bool block_device, std::uint64_t size)
      : file_(std::move(file)), block_device_(block_device), size_(size) {}

  Status PushOut(std::uint64_t end);

  Descriptor file_;
  bool block_device_;
  std::uint64_t size_;
  // What was handed to the medium and is waited for next; what comes behind.
  std::uint64_t pushed_begin_ = 0;
  std::uint64_t pushed_end_ = 0;
  std::uint64_t written_end_ = 0;
};

}  // namespace updraft
