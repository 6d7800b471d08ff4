// SPDX-License-Identifier: Apache-2.0
// Files as the host ports need them: calls that finish what they start, small
// files replaced in one piece, and errno as a Status. Used by the flash file,
// the eFuse file and the device folder; owns nothing but descriptors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "updraft/bytes.h"
#include "updraft/observer.h"
#include "updraft/status.h"

namespace updraft {

// An open file, closed when this ends.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { Close(); }

  bool is_open() const { return number_ >= 0; }
  int number() const { return number_; }
  void Close();

 private:
  int number_ = -1;
};

// kOk for 0; kNoSpace when the disk or quota is full, kNotFound when there is no
// such file, kFlash for all else; the detail is errno.
Status FileStatus(int error, Stage stage);
// The system's words for an errno: "No space left on device".
std::string ErrnoText(int error);

// Tells the observer why a file is refused, and returns `status`.
Status RefuseFile(Observer& observer, Check check, Status status, std::string_view expected,
                  std::string_view found);

// Each returns 0 or an errno, and never stops half-way for a signal or a short
// count. A file that ends early is ENODATA.
int ReadFully(int file, std::uint64_t offset, MutableBytes out);
int WriteFully(int file, std::uint64_t offset, Bytes data);
// Makes what was renamed or created in `folder` survive a power cut.
int SyncFolder(const std::filesystem::path& folder);

// The whole file; `limit` guards against a wrong one (EFBIG).
int LoadFile(const std::filesystem::path& path, std::size_t limit, std::vector<std::uint8_t>* out);
// After this or a power cut in it the file has the old content or the new one,
// whole. An empty path or a folder in its place is an error. `mode`: who may read
// it, whoever could before.
int ReplaceFile(const std::filesystem::path& path, Bytes content, unsigned mode = 0644);
// The same but for power cuts: after one it may hold anything. For what can be missed.
int ReplaceFileUnsynced(const std::filesystem::path& path, Bytes content, unsigned mode = 0644);

// The folder that holds `path`: "." for a bare name.
std::filesystem::path FolderOf(const std::filesystem::path& path);

}  // namespace updraft
