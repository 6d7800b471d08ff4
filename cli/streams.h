// SPDX-License-Identifier: Apache-2.0
// Files of any length as the commands that stream them use them: one read piece
// by piece, and one that lies on disk without a name until it may be shown.
#pragma once

#include <string>

#include "updraft/stream.h"

#include "cli/failure.h"

namespace updraft {

// The bytes of a file or, for "-", of standard input.
class InputFile final : public Source {
 public:
  explicit InputFile(std::string path);
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile();

  // kNotFound, kFlash; the detail is errno.
  Status Open();
  Result<std::size_t> Read(MutableBytes out) override;
  // Of a regular file, from Open() on.
  std::optional<std::uint64_t> size() const override { return size_; }

  Failure FailureOf(Status status) const;

 private:
  std::string path_;
  int descriptor_ = -1;
  std::optional<std::uint64_t> size_;
};

// Keeps what it takes in a file of its own that has no name and is gone with it.
class Spool final : public Sink {
 public:
  // Where the file lies; "" is $TMPDIR or /tmp.
  explicit Spool(std::string folder);
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;
  ~Spool();

  // kNoSpace for a full disk, else kFlash; the detail is errno.
  Status Write(Bytes data) override;
  Status Finish() override { return kOk; }
  // All of it, in order; the codes of `sink` too.
  Status CopyTo(Sink& sink);

  Failure FailureOf(Status status) const;

 private:
  Status Open();

  std::string folder_;
  int descriptor_ = -1;
};

// All of the source goes to the sink, which is not finished. Both codes.
Status Pump(Source& source, Sink& sink);

}  // namespace updraft
