// SPDX-License-Identifier: Apache-2.0
// Files as the commands use them: read whole, written whole or not at all. "-"
// is standard input and output.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "updraft/bytes.h"
#include "updraft/stream.h"

#include "cli/failure.h"
#include "cli/unfinished_file.h"

namespace updraft {

// All bytes of the file. Reasons: not_found; invalid_argument (a folder, no
// permission); no_space for more than `limit` bytes.
Outcome<std::vector<std::uint8_t>> ReadWholeFile(const std::string& path, std::uint64_t limit);

// Both names lead to one file that is there.
bool IsSameFile(const std::string& one, const std::string& other);

// Why `output` is not written where it is the file `key`; a result over one's key
// would be the end of it.
std::optional<Failure> JudgeNotKey(const std::string& output, const std::string& key);

// A file that appears under its name when it is whole: bytes go to a temporary
// one beside it, Finish() renames. Without Finish() nothing is left behind, nor by a
// signal that ends the tool.
class NewFile final : public Sink {
 public:
  // Names only; the first call of Write or Finish creates the file.
  explicit NewFile(std::string path) : path_(std::move(path)) {}
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile();

  // kNoSpace for a full disk, else kFlash; the detail is errno.
  Status Write(Bytes data) override;
  Status Finish() override;

  // Whether bytes that were written can be given anew before Finish(): not those
  // of a pipe, a device or standard output.
  Result<bool> CanRewrite();
  // Bytes at `offset`, all written before. The codes of Write.
  Status Rewrite(std::uint64_t offset, Bytes data);

  // What to say of a Status that Write or Finish returned.
  Failure FailureOf(Status status) const;

 private:
  Status Open();
  bool standard_output() const { return path_ == "-"; }

  std::string path_;
  UnfinishedFile temporary_;
  int descriptor_ = -1;
};

// The bytes, under that name, whole or not at all. Nothing when done.
std::optional<Failure> WriteWholeFile(const std::string& path, Bytes data);

}  // namespace updraft
