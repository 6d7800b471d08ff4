// SPDX-License-Identifier: Apache-2.0
#include "ports/host/sleep_record.h"

#include <fmt/format.h>

#include <charconv>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include "ports/host/posix_file.h"

namespace updraft {
namespace {

constexpr const char* kFile = "sleep";
constexpr std::size_t kLimit = 200;  // bytes; three numbers need less

}  // namespace

int WriteSleepRecord(const std::filesystem::path& folder, const SleepRecord& record) {
  const std::string duration = record.duration_us ? fmt::format("{}", *record.duration_us) : "-";
  const std::string text = fmt::format("{} {} {}\n", record.cause, record.pins, duration);
  return ReplaceFileUnsynced(
      folder / kFile, Bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()), 0600);
}

std::optional<SleepRecord> ReadSleepRecord(const std::filesystem::path& folder) {
  std::vector<std::uint8_t> bytes;
  if (LoadFile(folder / kFile, kLimit, &bytes) != 0) return std::nullopt;
  std::istringstream text(std::string(bytes.begin(), bytes.end()));
  SleepRecord record;
  std::string duration;
  if (!(text >> record.cause >> record.pins >> duration)) return std::nullopt;
  if (duration == "-") return record;
  std::uint64_t number = 0;
  const char* const end = duration.data() + duration.size();
  const auto parsed = std::from_chars(duration.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  record.duration_us = number;
  return record;
}

void RemoveSleepRecord(const std::filesystem::path& folder) {
  std::error_code ignored;
  std::filesystem::remove(folder / kFile, ignored);
}

}  // namespace updraft
