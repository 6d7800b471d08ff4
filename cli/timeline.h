// SPDX-License-Identifier: Apache-2.0
// How an update went over time: bytes, stalls, new attempts. Recorded by `device
// update` in the device's folder, drawn by `device log --html`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "updraft/observer.h"

namespace updraft {

struct TimelineSample {
  std::uint64_t ms = 0;     // since the update began
  std::uint64_t bytes = 0;  // of the file, so far
};

struct TimelineRetry {
  std::uint64_t ms = 0;
  std::uint64_t bytes = 0;
  std::string failure;  // in words: "the connection broke"
  std::uint64_t wait_ms = 0;
};

struct Timeline {
  std::string url{};
  std::string result{};  // as in --json: "updated"
  std::string version{};
  std::uint64_t total = 0;  // bytes of the file; 0: unknown
  std::uint64_t ms = 0;     // all of it
  std::vector<TimelineSample> samples{};
  std::vector<TimelineRetry> retries{};
};

// Keeps what an observer is told, in bounded memory: where there are too many
// samples every second one is dropped, but no end of a silence that StallsOf tells.
class TimelineRecorder {
 public:
  static constexpr std::size_t kMostSamples = 1000;
  static constexpr std::size_t kMostRetries = 200;

  // `now`: milliseconds that never go back.
  void OnProgress(std::uint64_t now, const Progress& progress);
  void OnRetry(std::uint64_t now, const Retry& retry);
  // The recorder is spent.
  Timeline Finish(std::uint64_t now);

 private:
  std::uint64_t Since(std::uint64_t now);

  std::optional<std::uint64_t> began_;
  std::uint64_t every_ms_ = 20;
  std::uint64_t last_ms_ = 0;
  std::uint64_t bytes_ = 0;
  Timeline timeline_;
};

// Beside flash.bin; a folder that cannot be written has none, and nobody is told.
void StoreTimeline(const std::filesystem::path& device, const Timeline& timeline);
// Empty where there is none that can be read.
std::optional<Timeline> LoadTimeline(const std::filesystem::path& device);

// Where nothing came for at least a second and a twentieth of the whole: from, to.
std::vector<std::pair<TimelineSample, TimelineSample>> StallsOf(const Timeline& timeline);

// One XHTML page that needs nothing else: an SVG of the timeline, where there is one,
// for wide windows and for narrow ones, and a table of `entries`, as `device log --json`
// has them.
struct LoggedUpdate {
  std::uint32_t serial = 0;
  std::string result{};
  std::string version{};
  std::string why{};
  std::uint64_t bytes = 0;
  std::uint32_t attempts = 0;
  std::uint32_t seconds = 0;
};
std::string TimelinePage(const std::string& device, const std::optional<Timeline>& timeline,
                         const std::vector<LoggedUpdate>& entries);

}  // namespace updraft
