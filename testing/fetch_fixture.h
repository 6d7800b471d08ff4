// SPDX-License-Identifier: Apache-2.0
// A Fetch over a ScriptedConnection, and what it tells as sentences: for the tests of
// Fetch.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "updraft/fetch.h"

#include "testing/scripted_connection.h"

namespace updraft {

inline constexpr std::string_view kHello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

inline std::string Words(const Value& value) {
  return value.kind == Value::Kind::kText ? std::string(value.text) : std::to_string(value.number);
}

class SentenceObserver final : public Observer {
 public:
  void OnFinding(const Finding& finding) override {
    const std::string words = std::string(CheckReason(finding.check)) + ": " +
                              Words(finding.expected) + " / " + Words(finding.found);
    (finding.passed ? passed : failed).push_back(words);
  }
  std::vector<std::string> passed;
  std::vector<std::string> failed;
};

inline std::string Redirect(int status, std::string_view location, std::string_view more = "") {
  return "HTTP/1.1 " + std::to_string(status) +
         " Moved\r\nContent-Length: 2\r\nLocation: " + std::string(location) + "\r\n" +
         std::string(more) + "\r\nxy";
}

class FetchTest : public testing::Test {
 protected:
  FetchTest() { options_.workspace = workspace_; }

  Status Run(std::string_view url) {
    options_.url = url;
    Fetch fetch(client_, options_, observer_);
    body_.clear();
    const Status status = Drain(fetch);
    received_ = fetch.received();
    redirects_ = fetch.redirects();
    return status;
  }

  Status Drain(Fetch& fetch) {
    std::array<std::uint8_t, 16> out{};
    while (true) {
      UPDRAFT_TRY_ASSIGN(const std::size_t count, fetch.Read(out));
      if (count == 0) return kOk;
      body_.append(reinterpret_cast<const char*>(out.data()), count);
    }
  }

  // What comes of one answer on a new connection.
  Status RunAnswer(std::string_view answer) {
    client_.Close();
    observer_ = {};
    connection_.Accept().Answer(answer).Close();
    return Run("https://a/f");
  }

  ScriptedConnection connection_;
  std::array<std::uint8_t, 4096> buffer_{};
  std::array<std::uint8_t, 4096> workspace_{};
  HttpClient client_{connection_, buffer_};
  SentenceObserver observer_;
  FetchOptions options_;
  std::string body_;
  std::uint64_t received_ = 0;
  unsigned redirects_ = 0;
};

}  // namespace updraft
