// SPDX-License-Identifier: Apache-2.0
// esp_log.h: levels by tag, one line in one piece through the vprintf hook.
#include <esp_log.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "esp/src/immortal.h"
#include "esp/src/no_memory.h"
#include "esp/src/project_config.h"

namespace updraft::esp {
namespace {

using Clock = std::chrono::steady_clock;

struct Log {
  std::mutex mutex;  // of the levels
  std::map<std::string, esp_log_level_t, std::less<>> levels;
  esp_log_level_t standard = static_cast<esp_log_level_t>(updraft_project_config.log_default_level);
  std::recursive_mutex output;  // of the hook; a hook may log
  vprintf_like_t print = &std::vprintf;
};

// Never destroyed: tasks log until the process is gone.
Log& TheLog() {
  static updraft::esp::Immortal<Log> log;
  return *log;
}

const Clock::time_point g_start = Clock::now();

constexpr std::size_t kBytesPerLine = 16;

void Line(esp_log_level_t level, const char* tag, const char* text) {
  const bool colors = updraft_project_config.log_colors != 0;
  const char* color = "";
  if (colors && level == ESP_LOG_ERROR) color = "\033[0;31m";
  if (colors && level == ESP_LOG_WARN) color = "\033[0;33m";
  if (colors && level == ESP_LOG_INFO) color = "\033[0;32m";
  constexpr std::array<char, 6> kLetters{'I', 'E', 'W', 'I', 'D', 'V'};
  const auto index = static_cast<std::size_t>(level);
  esp_log_write(level, tag, "%s%c (%" PRIu32 ") %s: %s%s\n", color,
                kLetters[index < kLetters.size() ? index : 0], esp_log_timestamp(), tag, text,
                colors ? "\033[0m" : "");
}

// Calls `make_line` with each piece of up to 16 bytes and its offset.
template <typename MakeLine>
void ByLines(const char* tag, const void* buffer, std::uint16_t length, esp_log_level_t level,
             MakeLine make_line) {
  if (buffer == nullptr || tag == nullptr) return;
  const auto* const bytes = static_cast<const std::uint8_t*>(buffer);
  for (std::size_t at = 0; at < length; at += kBytesPerLine) {
    std::string text;
    make_line(bytes + at, std::min<std::size_t>(kBytesPerLine, length - at), text);
    Line(level, tag, text.c_str());
  }
}

void AppendHex(std::uint8_t byte, std::string& text) {
  constexpr const char* kDigits = "0123456789abcdef";
  text += kDigits[byte >> 4];
  text += kDigits[byte & 15];
  text += ' ';
}

}  // namespace
}  // namespace updraft::esp

using updraft::esp::TheLog;

void esp_log_level_set(const char* tag, esp_log_level_t level) try {
  if (tag == nullptr) return;
  auto& log = TheLog();
  const std::lock_guard lock(log.mutex);
  if (std::string_view(tag) == "*") {
    log.levels.clear();
    log.standard = level;
  } else {
    log.levels[tag] = level;
  }
}
UPDRAFT_NO_MEMORY()

esp_log_level_t esp_log_level_get(const char* tag) {
  auto& log = TheLog();
  const std::lock_guard lock(log.mutex);
  if (tag == nullptr) return log.standard;
  const auto found = log.levels.find(std::string_view(tag));
  return found != log.levels.end() ? found->second : log.standard;
}

esp_log_level_t esp_log_get_default_level(void) { return esp_log_level_get(nullptr); }

void esp_log_set_default_level(esp_log_level_t level) {
  auto& log = TheLog();
  const std::lock_guard lock(log.mutex);
  log.standard = level;
}

vprintf_like_t esp_log_set_vprintf(vprintf_like_t func) {
  auto& log = TheLog();
  const std::lock_guard lock(log.output);
  return std::exchange(log.print, func != nullptr ? func : &std::vprintf);
}

void esp_log_writev(esp_log_level_t level, const char* tag, const char* format, va_list args) {
  if (format == nullptr || level > esp_log_level_get(tag)) return;
  auto& log = TheLog();
  const std::lock_guard lock(log.output);
  log.print(format, args);
}

void esp_log_write(esp_log_level_t level, const char* tag, const char* format, ...) {
  va_list args;
  va_start(args, format);
  esp_log_writev(level, tag, format, args);
  va_end(args);
}

std::uint32_t esp_log_timestamp(void) {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  const auto passed = updraft::esp::Clock::now() - updraft::esp::g_start;
  return static_cast<std::uint32_t>(duration_cast<milliseconds>(passed).count());
}

std::uint32_t esp_log_early_timestamp(void) { return esp_log_timestamp(); }

char* esp_log_system_timestamp(void) {
  thread_local std::array<char, 16> text;
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  tm parts{};
  localtime_r(&now.tv_sec, &parts);
  std::snprintf(
      text.data(), text.size(), "%02u:%02u:%02u.%03u", static_cast<unsigned>(parts.tm_hour) % 100U,
      static_cast<unsigned>(parts.tm_min) % 100U, static_cast<unsigned>(parts.tm_sec) % 100U,
      static_cast<unsigned>(now.tv_nsec / 1'000'000) % 1000U);
  return text.data();
}

void esp_log_buffer_hex_internal(const char* tag, const void* buffer, std::uint16_t buff_len,
                                 esp_log_level_t level) try {
  updraft::esp::ByLines(tag, buffer, buff_len, level,
                        [](const std::uint8_t* bytes, std::size_t count, std::string& text) {
                          for (std::size_t i = 0; i < count; ++i) {
                            updraft::esp::AppendHex(bytes[i], text);
                          }
                        });
}
UPDRAFT_NO_MEMORY()

void esp_log_buffer_char_internal(const char* tag, const void* buffer, std::uint16_t buff_len,
                                  esp_log_level_t level) try {
  updraft::esp::ByLines(tag, buffer, buff_len, level,
                        [](const std::uint8_t* bytes, std::size_t count, std::string& text) {
                          text.assign(bytes, bytes + count);
                        });
}
UPDRAFT_NO_MEMORY()

void esp_log_buffer_hexdump_internal(const char* tag, const void* buffer, std::uint16_t buff_len,
                                     esp_log_level_t level) try {
  updraft::esp::ByLines(
      tag, buffer, buff_len, level,
      [](const std::uint8_t* bytes, std::size_t count, std::string& text) {
        std::array<char, 2 + 2 * sizeof(void*) + 1> address{};
        std::snprintf(address.data(), address.size(), "0x%" PRIxPTR,
                      reinterpret_cast<std::uintptr_t>(bytes));
        text = std::string(address.data()) + "  ";
        for (std::size_t i = 0; i < updraft::esp::kBytesPerLine; ++i) {
          if (i % 8 == 0) text += ' ';
          if (i < count) {
            updraft::esp::AppendHex(bytes[i], text);
          } else {
            text += "   ";
          }
        }
        text += " |";
        for (std::size_t i = 0; i < count; ++i) {
          text += bytes[i] >= 0x20 && bytes[i] < 0x7F ? static_cast<char>(bytes[i]) : '.';
        }
        text += '|';
      });
}
UPDRAFT_NO_MEMORY()
