// SPDX-License-Identifier: Apache-2.0
// A server in memory that knows ranges, as the Connection to it: for downloads in
// parts under power cuts, thousands of them a second.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "updraft/bytes.h"
#include "updraft/port/connection.h"

namespace updraft {

class RangePeer final : public Connection {
 public:
  // The file outlives it; `tag` is its entity tag, quoted. Gone at byte `until`.
  RangePeer(Bytes file, std::string_view tag, std::uint64_t until)
      : file_(file), tag_(tag), until_(until) {}

  Status Connect(const Endpoint& /*endpoint*/) override {
    open_ = true;
    request_.clear();
    answer_.clear();
    return kOk;
  }
  Status Send(Bytes data) override {
    request_.append(reinterpret_cast<const char*>(data.data()), data.size());
    if (request_.find("\r\n\r\n") == std::string::npos) return kOk;
    Answer();
    request_.clear();
    return kOk;
  }
  Result<std::size_t> Receive(MutableBytes out) override {
    if (answer_.empty()) return Status(NetworkFailure::kReset);
    const std::size_t count = std::min(out.size(), answer_.size());
    std::copy_n(answer_.begin(), count, out.begin());
    answer_.erase(0, count);
    return count;
  }
  void Close() override { open_ = false; }
  bool is_open() const override { return open_; }
  std::string_view failure_text() const override { return {}; }

 private:
  std::string_view Header(std::string_view name) const {
    const std::string line = "\r\n" + std::string(name) + ": ";
    const std::size_t at = request_.find(line);
    if (at == std::string::npos) return {};
    const std::size_t from = at + line.size();
    return std::string_view(request_).substr(from, request_.find("\r\n", from) - from);
  }

  void Answer() {
    std::string range(Header("Range"));
    const std::string_view condition = Header("If-Range");
    if (!condition.empty() && condition != tag_) range.clear();
    std::uint64_t first = 0;
    std::uint64_t last = file_.size() - 1;
    if (!range.empty()) {
      const std::size_t dash = range.find('-');
      first = std::stoull(range.substr(6));  // "bytes="
      if (dash + 1 < range.size())
        last = std::min<std::uint64_t>(last, std::stoull(range.substr(dash + 1)));
    }
    answer_ = range.empty() ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 206 Partial Content\r\n";
    answer_ += "ETag: " + tag_ + "\r\nContent-Length: " + std::to_string(last + 1 - first) + "\r\n";
    if (!range.empty()) {
      answer_ += "Content-Range: bytes " + std::to_string(first) + "-" + std::to_string(last) +
                 "/" + std::to_string(file_.size()) + "\r\n";
    }
    answer_ += "\r\n";
    for (std::uint64_t at = first; at <= last && at < until_; ++at) {
      answer_ += static_cast<char>(file_[static_cast<std::size_t>(at)]);
    }
  }

  Bytes file_;
  std::string tag_;
  std::uint64_t until_;
  bool open_ = false;
  std::string request_;
  std::string answer_;
};

}  // namespace updraft
