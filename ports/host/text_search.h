// SPDX-License-Identifier: Apache-2.0
// Finds a text in a stream that comes in pieces of any length. Used by the
// launcher on the output of a firmware.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace updraft {

class TextSearch {
 public:
  // An empty text is never found.
  explicit TextSearch(std::string text) : text_(std::move(text)) {}

  // Takes the next piece. True from the piece on that completes the text.
  bool Feed(std::string_view piece) {
    if (found_ || text_.empty()) return found_;
    seen_ += piece;
    found_ = seen_.find(text_) != std::string::npos;
    seen_.erase(0, seen_.size() - std::min(seen_.size(), text_.size() - 1));
    return found_;
  }
  bool found() const { return found_; }

 private:
  std::string text_;
  std::string seen_;  // the end of what came, shorter than the text
  bool found_ = false;
};

}  // namespace updraft
