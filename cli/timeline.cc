// SPDX-License-Identifier: Apache-2.0
#include "cli/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ports/host/posix_file.h"

namespace updraft {
namespace {

using Json = nlohmann::json;

constexpr const char* kFile = "timeline.json";
constexpr std::size_t kLargestFile = 1 << 20;
constexpr std::uint64_t kShortestStall = 1000;  // ms

std::uint64_t ShortestStall(std::uint64_t whole) { return std::max(kShortestStall, whole / 20); }

bool IsSilence(const TimelineSample& from, const TimelineSample& to, std::uint64_t shortest) {
  return to.ms >= from.ms + shortest && to.bytes == from.bytes;
}

// Every second sample, and both ends of each silence: of these there are 20 at most.
void Thin(std::vector<TimelineSample>& samples) {
  const std::uint64_t shortest = ShortestStall(samples.back().ms);
  std::vector<TimelineSample> kept;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const bool ends = i > 0 && IsSilence(samples[i - 1], samples[i], shortest);
    const bool begins = i + 1 < samples.size() && IsSilence(samples[i], samples[i + 1], shortest);
    if (i % 2 == 0 || ends || begins) kept.push_back(samples[i]);
  }
  samples = std::move(kept);
}

std::string FailureWords(Status failure) {
  if (failure.code() == Code::kHttpStatus) {
    return fmt::format("the server answered {}", failure.detail());
  }
  if (failure.code() != Code::kNetwork) return std::string(CodeName(failure.code()));
  switch (static_cast<NetworkFailure>(failure.detail())) {
    case NetworkFailure::kResolve: return "the name has no address";
    case NetworkFailure::kConnect: return "nobody accepted the connection";
    case NetworkFailure::kTls: return "TLS failed";
    case NetworkFailure::kTimeout: return "silence for longer than allowed";
    case NetworkFailure::kReset: return "the connection broke";
    case NetworkFailure::kBadResponse: return "the answer was no acceptable HTTP";
    case NetworkFailure::kPlainHttp: return "plain http was offered";
    case NetworkFailure::kRedirect: return "a redirect that is not followed";
    case NetworkFailure::kFileChanged: return "the file changed";
    case NetworkFailure::kTooSlow: return "it was too slow";
    case NetworkFailure::kDeadline: return "the time for all of it was over";
    case NetworkFailure::kByteLimit: return "too many bytes over all attempts";
  }
  return std::string(CodeName(failure.code()));
}

}  // namespace

std::uint64_t TimelineRecorder::Since(std::uint64_t now) {
  if (!began_) began_ = now;
  return now - *began_;
}

void TimelineRecorder::OnProgress(std::uint64_t now, const Progress& progress) {
  const std::uint64_t ms = Since(now);
  bytes_ = progress.received;
  timeline_.total = progress.total;
  std::vector<TimelineSample>& samples = timeline_.samples;
  const bool stalled = ms - last_ms_ >= kShortestStall;
  if (!samples.empty() && ms - last_ms_ < every_ms_) return;
  // The end of a silence is where it was silent up to.
  if (stalled && !samples.empty()) samples.push_back({ms, samples.back().bytes});
  samples.push_back({ms, progress.received});
  last_ms_ = ms;
  if (samples.size() <= kMostSamples) return;
  Thin(samples);
  every_ms_ *= 2;
}

void TimelineRecorder::OnRetry(std::uint64_t now, const Retry& retry) {
  const std::uint64_t ms = Since(now);
  if (!retry.begins || timeline_.retries.size() >= kMostRetries) return;
  timeline_.retries.push_back({.ms = ms,
                               .bytes = bytes_,
                               .failure = FailureWords(retry.failure),
                               .wait_ms = retry.wait_ms});
}

Timeline TimelineRecorder::Finish(std::uint64_t now) {
  timeline_.ms = Since(now);
  if (!timeline_.samples.empty()) timeline_.samples.push_back({timeline_.ms, bytes_});
  return std::move(timeline_);
}

void StoreTimeline(const std::filesystem::path& device, const Timeline& timeline) {
  Json samples = Json::array();
  for (const TimelineSample& sample : timeline.samples) {
    samples.push_back({sample.ms, sample.bytes});
  }
  Json retries = Json::array();
  for (const TimelineRetry& retry : timeline.retries) {
    retries.push_back({{"ms", retry.ms},
                       {"bytes", retry.bytes},
                       {"failure", retry.failure},
                       {"wait_ms", retry.wait_ms}});
  }
  const Json json{{"url", timeline.url},         {"result", timeline.result},
                  {"version", timeline.version}, {"total", timeline.total},
                  {"ms", timeline.ms},           {"samples", samples},
                  {"retries", retries}};
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  // A page shows it, and does without one that cannot be read: not worth waiting for.
  static_cast<void>(ReplaceFileUnsynced(device / kFile, AsBytes(text)));
}

std::optional<Timeline> LoadTimeline(const std::filesystem::path& device) {
  std::vector<std::uint8_t> text;
  if (LoadFile(device / kFile, kLargestFile, &text) != 0) return std::nullopt;
  try {
    const Json json = Json::parse(text);
    Timeline timeline{.url = json.at("url"),
                      .result = json.at("result"),
                      .version = json.at("version"),
                      .total = json.at("total"),
                      .ms = json.at("ms"),
                      .samples = {},
                      .retries = {}};
    for (const Json& sample : json.at("samples")) {
      timeline.samples.push_back({sample.at(0), sample.at(1)});
    }
    for (const Json& retry : json.at("retries")) {
      timeline.retries.push_back(
          {retry.at("ms"), retry.at("bytes"), retry.at("failure"), retry.at("wait_ms")});
    }
    return timeline;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

std::vector<std::pair<TimelineSample, TimelineSample>> StallsOf(const Timeline& timeline) {
  std::vector<std::pair<TimelineSample, TimelineSample>> stalls;
  const std::uint64_t shortest = ShortestStall(timeline.ms);
  for (std::size_t i = 1; i < timeline.samples.size(); ++i) {
    const TimelineSample& from = timeline.samples[i - 1];
    const TimelineSample& to = timeline.samples[i];
    // Behind the last byte the image is proven: nothing is to come.
    if (timeline.total != 0 && from.bytes >= timeline.total) continue;
    if (IsSilence(from, to, shortest)) stalls.emplace_back(from, to);
  }
  return stalls;
}

}  // namespace updraft
