// SPDX-License-Identifier: Apache-2.0
// ESP-IDF's log: levels at compile time (LOG_LOCAL_LEVEL, a file may define it
// before this header) and at run time by tag. Implemented in esp/src/log.cc.
#pragma once

#include <inttypes.h>
#include <sdkconfig.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  ESP_LOG_NONE = 0,
  ESP_LOG_ERROR = 1,
  ESP_LOG_WARN = 2,
  ESP_LOG_INFO = 3,
  ESP_LOG_DEBUG = 4,
  ESP_LOG_VERBOSE = 5,
  ESP_LOG_MAX = 6,
} esp_log_level_t;

typedef int (*vprintf_like_t)(const char*, va_list);

// "*" sets the default and forgets what was set by tag. NULL is ignored.
void esp_log_level_set(const char* tag, esp_log_level_t level);
// The default for NULL and for a tag that nobody set.
esp_log_level_t esp_log_level_get(const char* tag);
esp_log_level_t esp_log_get_default_level(void);
void esp_log_set_default_level(esp_log_level_t level);
// Returns the former one. NULL brings back the own one.
vprintf_like_t esp_log_set_vprintf(vprintf_like_t func);

// Prints when the tag's level lets it through. `format` is the whole line.
void esp_log_write(esp_log_level_t level, const char* tag, const char* format, ...)
    __attribute__((format(printf, 3, 4)));
void esp_log_writev(esp_log_level_t level, const char* tag, const char* format, va_list args)
    __attribute__((format(printf, 3, 0)));

// Milliseconds since the start of the firmware.
uint32_t esp_log_timestamp(void);
uint32_t esp_log_early_timestamp(void);
// HH:MM:SS.mmm of this day; the text is static.
char* esp_log_system_timestamp(void);

void esp_log_buffer_hex_internal(const char* tag, const void* buffer, uint16_t buff_len,
                                 esp_log_level_t level);
void esp_log_buffer_char_internal(const char* tag, const void* buffer, uint16_t buff_len,
                                  esp_log_level_t level);
void esp_log_buffer_hexdump_internal(const char* tag, const void* buffer, uint16_t buff_len,
                                     esp_log_level_t level);

#ifndef LOG_LOCAL_LEVEL
#define LOG_LOCAL_LEVEL CONFIG_LOG_MAXIMUM_LEVEL
#endif

#ifdef CONFIG_LOG_COLORS
#define LOG_COLOR_BLACK "30"
#define LOG_COLOR_RED "31"
#define LOG_COLOR_GREEN "32"
#define LOG_COLOR_BROWN "33"
#define LOG_COLOR_BLUE "34"
#define LOG_COLOR_PURPLE "35"
#define LOG_COLOR_CYAN "36"
#define LOG_COLOR(COLOR) "\033[0;" COLOR "m"
#define LOG_BOLD(COLOR) "\033[1;" COLOR "m"
#define LOG_RESET_COLOR "\033[0m"
#define LOG_COLOR_E LOG_COLOR(LOG_COLOR_RED)
#define LOG_COLOR_W LOG_COLOR(LOG_COLOR_BROWN)
#define LOG_COLOR_I LOG_COLOR(LOG_COLOR_GREEN)
#define LOG_COLOR_D
#define LOG_COLOR_V
#else
#define LOG_COLOR_E
#define LOG_COLOR_W
#define LOG_COLOR_I
#define LOG_COLOR_D
#define LOG_COLOR_V
#define LOG_RESET_COLOR
#endif

#define LOG_FORMAT(letter, format) \
  LOG_COLOR_##letter #letter " (%" PRIu32 ") %s: " format LOG_RESET_COLOR "\n"
#define LOG_SYSTEM_TIME_FORMAT(letter, format) \
  LOG_COLOR_##letter #letter " (%s) %s: " format LOG_RESET_COLOR "\n"

#if defined(CONFIG_LOG_TIMESTAMP_SOURCE_SYSTEM)
#define UPDRAFT_LOG_FORMAT(letter, format) LOG_SYSTEM_TIME_FORMAT(letter, format)
#define UPDRAFT_LOG_TIME() esp_log_system_timestamp()
#else
#define UPDRAFT_LOG_FORMAT(letter, format) LOG_FORMAT(letter, format)
#define UPDRAFT_LOG_TIME() esp_log_timestamp()
#endif

// Every line goes through one call, which prints it in one piece.
#define UPDRAFT_LOG_LINE(level, letter, tag, format, ...)                           \
  esp_log_write(level, tag, UPDRAFT_LOG_FORMAT(letter, format), UPDRAFT_LOG_TIME(), \
                tag __VA_OPT__(, ) __VA_ARGS__)

#define ESP_LOG_LEVEL(level, tag, format, ...)                                      \
  do {                                                                              \
    if ((level) == ESP_LOG_ERROR) {                                                 \
      UPDRAFT_LOG_LINE(ESP_LOG_ERROR, E, tag, format __VA_OPT__(, ) __VA_ARGS__);   \
    } else if ((level) == ESP_LOG_WARN) {                                           \
      UPDRAFT_LOG_LINE(ESP_LOG_WARN, W, tag, format __VA_OPT__(, ) __VA_ARGS__);    \
    } else if ((level) == ESP_LOG_DEBUG) {                                          \
      UPDRAFT_LOG_LINE(ESP_LOG_DEBUG, D, tag, format __VA_OPT__(, ) __VA_ARGS__);   \
    } else if ((level) == ESP_LOG_VERBOSE) {                                        \
      UPDRAFT_LOG_LINE(ESP_LOG_VERBOSE, V, tag, format __VA_OPT__(, ) __VA_ARGS__); \
    } else {                                                                        \
      UPDRAFT_LOG_LINE(ESP_LOG_INFO, I, tag, format __VA_OPT__(, ) __VA_ARGS__);    \
    }                                                                               \
  } while (0)

#define ESP_LOG_LEVEL_LOCAL(level, tag, format, ...)                \
  do {                                                              \
    if (LOG_LOCAL_LEVEL >= (level)) {                               \
      ESP_LOG_LEVEL(level, tag, format __VA_OPT__(, ) __VA_ARGS__); \
    }                                                               \
  } while (0)

#define UPDRAFT_LOG(level, letter, tag, format, ...)                           \
  do {                                                                         \
    if (LOG_LOCAL_LEVEL >= (level)) {                                          \
      UPDRAFT_LOG_LINE(level, letter, tag, format __VA_OPT__(, ) __VA_ARGS__); \
    }                                                                          \
  } while (0)

#define ESP_LOGE(tag, format, ...) \
  UPDRAFT_LOG(ESP_LOG_ERROR, E, tag, format __VA_OPT__(, ) __VA_ARGS__)
#define ESP_LOGW(tag, format, ...) \
  UPDRAFT_LOG(ESP_LOG_WARN, W, tag, format __VA_OPT__(, ) __VA_ARGS__)
#define ESP_LOGI(tag, format, ...) \
  UPDRAFT_LOG(ESP_LOG_INFO, I, tag, format __VA_OPT__(, ) __VA_ARGS__)
#define ESP_LOGD(tag, format, ...) \
  UPDRAFT_LOG(ESP_LOG_DEBUG, D, tag, format __VA_OPT__(, ) __VA_ARGS__)
#define ESP_LOGV(tag, format, ...) \
  UPDRAFT_LOG(ESP_LOG_VERBOSE, V, tag, format __VA_OPT__(, ) __VA_ARGS__)

#define ESP_EARLY_LOGE ESP_LOGE
#define ESP_EARLY_LOGW ESP_LOGW
#define ESP_EARLY_LOGI ESP_LOGI
#define ESP_EARLY_LOGD ESP_LOGD
#define ESP_EARLY_LOGV ESP_LOGV

#define UPDRAFT_DRAM_LOG(level, letter, tag, format, ...)                                       \
  do {                                                                                          \
    if (LOG_LOCAL_LEVEL >= (level)) {                                                           \
      esp_log_write(level, tag, LOG_COLOR_##letter #letter " %s: " format LOG_RESET_COLOR "\n", \
                    tag __VA_OPT__(, ) __VA_ARGS__);                                            \
    }                                                                                           \
  } while (0)
#define ESP_DRAM_LOGE(tag, format, ...) \
  UPDRAFT_DRAM_LOG(ESP_LOG_ERROR, E, tag, format __VA_OPT__(, ) __VA_ARGS__)
#define ESP_DRAM_LOGW(tag, format, ...) \
  UPDRAFT_DRAM_LOG(ESP_LOG_WARN, W, tag, format __VA_OPT__(, ) __VA_ARGS__)
#define ESP_DRAM_LOGI(tag, format, ...) \
  UPDRAFT_DRAM_LOG(ESP_LOG_INFO, I, tag, format __VA_OPT__(, ) __VA_ARGS__)
#define ESP_DRAM_LOGD(tag, format, ...) \
  UPDRAFT_DRAM_LOG(ESP_LOG_DEBUG, D, tag, format __VA_OPT__(, ) __VA_ARGS__)
#define ESP_DRAM_LOGV(tag, format, ...) \
  UPDRAFT_DRAM_LOG(ESP_LOG_VERBOSE, V, tag, format __VA_OPT__(, ) __VA_ARGS__)

#define UPDRAFT_LOG_BUFFER(kind, tag, buffer, buff_len, level)                    \
  do {                                                                            \
    if (LOG_LOCAL_LEVEL >= (level)) {                                             \
      esp_log_buffer_##kind##_internal(tag, buffer, (uint16_t)(buff_len), level); \
    }                                                                             \
  } while (0)
#define ESP_LOG_BUFFER_HEX_LEVEL(tag, buffer, buff_len, level) \
  UPDRAFT_LOG_BUFFER(hex, tag, buffer, buff_len, level)
#define ESP_LOG_BUFFER_CHAR_LEVEL(tag, buffer, buff_len, level) \
  UPDRAFT_LOG_BUFFER(char, tag, buffer, buff_len, level)
#define ESP_LOG_BUFFER_HEXDUMP(tag, buffer, buff_len, level) \
  UPDRAFT_LOG_BUFFER(hexdump, tag, buffer, buff_len, level)
#define ESP_LOG_BUFFER_HEX(tag, buffer, buff_len) \
  ESP_LOG_BUFFER_HEX_LEVEL(tag, buffer, buff_len, ESP_LOG_INFO)
#define ESP_LOG_BUFFER_CHAR(tag, buffer, buff_len) \
  ESP_LOG_BUFFER_CHAR_LEVEL(tag, buffer, buff_len, ESP_LOG_INFO)
#define esp_log_buffer_hex ESP_LOG_BUFFER_HEX
#define esp_log_buffer_char ESP_LOG_BUFFER_CHAR

#ifdef __cplusplus
}
#endif
