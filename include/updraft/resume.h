// SPDX-License-Identifier: Apache-2.0
// What lets an update go on after a restart: where it was, and what tells whether
// the file is still the one that it began with. Update keeps both in the partition
// `updraft` (docs/formats.md); Download is the Source that can go on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "updraft/bytes.h"
#include "updraft/port/state_sizes.h"
#include "updraft/status.h"
#include "updraft/stream.h"

namespace updraft {

// What tells one file from another.
struct FileIdentity {
  static constexpr std::size_t kMaxSize = kMaxIdentitySize;  // bytes; of a longer tag, the date

  std::array<char, kMaxSize> text{};  // not terminated
  std::size_t size = 0;               // 0: unknown
  bool is_tag = false;  // a strong entity tag, which may stand in If-Range; else a date

  std::string_view view() const { return {text.data(), size}; }  // as long as this
};

struct ResumePoint {                      // Where a download is to go on.
  std::uint64_t offset = 0;               // bytes of the file that are there
  std::optional<std::uint64_t> length{};  // of the whole file, where it was known
  FileIdentity identity{};                // of the file that was begun
  // The first bytes of the file, at most 512: where nothing else tells the file,
  // these do. Valid during the call.
  Bytes head{};
};

// A Source that is opened by whoever knows where to begin.
class ResumableSource : public Source {
 public:
  // Opens it at the first byte. Once, and not beside StartAt.
  virtual Status Start() = 0;
  // Opens it at the point when that is of the file that is there now, and says
  // true; else opens it at the first byte of what is there, and says false.
  virtual Result<bool> StartAt(const ResumePoint& point) = 0;
  // Of what was opened.
  virtual const FileIdentity& identity() const = 0;

 protected:
  ~ResumableSource() = default;
};

// How often the place is written down: when one of the two is reached. A cut costs
// at most so much of the download, and a sector; each writing costs a sync and
// about a sixtieth of a sector's life.
struct JournalPolicy {
  std::uint64_t bytes = std::uint64_t{64} * 1024;  // of the download
  std::uint32_t milliseconds = 10'000;             // since the last
};

}  // namespace updraft
