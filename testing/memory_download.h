// SPDX-License-Identifier: Apache-2.0
// A file in memory that an update can take up again, as Download does over a
// network: it knows its identity, may break off at a byte, and counts what it gave.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "updraft/resume.h"

namespace updraft {

class MemoryDownload final : public ResumableSource {
 public:
  // An empty tag: the file is told by its head. Yields at most `chunk` bytes a read.
  explicit MemoryDownload(std::vector<std::uint8_t> file, std::string_view tag = "\"a\"",
                          std::size_t chunk = 700)
      : file_(std::move(file)), chunk_(chunk) {
    std::ranges::copy(tag, identity_.text.begin());
    identity_.size = tag.size();
    identity_.is_tag = !tag.empty();
  }

  // From byte `offset` of the file on, every read fails as a broken connection.
  void BreakAt(std::uint64_t offset) { break_at_ = offset; }

  Status Start() override {
    position_ = first_ = 0;
    return kOk;
  }
  Result<bool> StartAt(const ResumePoint& point) override {
    bool same = point.length == file_.size() && point.offset < file_.size();
    if (identity_.size > 0) {
      same = same && point.identity.view() == identity_.view();
    } else {
      same = same && std::equal(point.head.begin(), point.head.end(), file_.begin());
    }
    position_ = first_ = same ? point.offset : 0;
    return same;
  }
  const FileIdentity& identity() const override { return identity_; }

  Result<std::size_t> Read(MutableBytes out) override {
    std::size_t count = std::min({out.size(), file_.size() - position_, chunk_});
    if (break_at_) {
      if (position_ >= *break_at_) return Status(NetworkFailure::kReset);
      count = std::min<std::size_t>(count, *break_at_ - position_);
    }
    std::copy_n(file_.begin() + static_cast<std::ptrdiff_t>(position_), count, out.begin());
    position_ += count;
    return count;
  }
  std::optional<std::uint64_t> size() const override { return file_.size(); }

  // Where it was opened, and how far it was read, in bytes of the file.
  std::uint64_t first() const { return first_; }
  std::uint64_t position() const { return position_; }

 private:
  std::vector<std::uint8_t> file_;
  std::size_t chunk_;
  FileIdentity identity_{};
  std::optional<std::uint64_t> break_at_{};
  std::uint64_t first_ = 0;
  std::uint64_t position_ = 0;
};

}  // namespace updraft
