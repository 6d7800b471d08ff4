// SPDX-License-Identifier: Apache-2.0
// What the façade logs during a test.
#pragma once

#include <esp_log.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <string>
#include <vector>

namespace updraft {

// What is printed while it lives.
class CapturedLog {
 public:
  CapturedLog() : former_(esp_log_set_vprintf(&Capture)) { Text().clear(); }
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;
  ~CapturedLog() { esp_log_set_vprintf(former_); }

  static const std::string& text() { return Text(); }
  // Whether the lines hold these pieces, in this order.
  static testing::AssertionResult Tells(const std::vector<std::string>& pieces) {
    std::size_t at = 0;
    for (const std::string& piece : pieces) {
      at = Text().find(piece, at);
      if (at == std::string::npos) return testing::AssertionFailure() << piece << "\n" << Text();
      at += piece.size();
    }
    return testing::AssertionSuccess();
  }

 private:
  static std::string& Text() {
    static std::string text;
    return text;
  }
  __attribute__((format(printf, 1, 0))) static int Capture(const char* format, va_list arguments) {
    std::array<char, 512> line{};
    const int length = std::vsnprintf(line.data(), line.size(), format, arguments);
    Text() += line.data();
    return length;
  }

  vprintf_like_t former_;
};

}  // namespace updraft
