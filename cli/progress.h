// SPDX-License-Identifier: Apache-2.0
// How far a transfer is: a bar that is redrawn on a terminal, plain lines in a
// log. The caller says where the words go and what time it is.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace updraft {

class ProgressMeter {
 public:
  struct Options {
    bool terminal = false;  // redraw one line instead of writing new ones
    bool color = false;
    std::size_t width = 80;  // columns of the terminal
    std::string label;       // what is moving: "update"
  };
  using Write = std::function<void(std::string_view)>;
  using Clock = std::function<std::uint64_t()>;  // milliseconds, never back

  ProgressMeter(Options options, Write write, Clock clock);

  // `done` of `total` bytes; 0 when nobody knows the total. Cheap: it draws at
  // most ten times a second, and in a log at each tenth of the total, or every
  // ten seconds where that is unknown.
  void Update(std::uint64_t done, std::uint64_t total);
  // The last state, and the line ended. Harmless when nothing was shown.
  void Finish();

 private:
  bool IsDue(std::uint64_t now) const;
  void Show(std::uint64_t now);
  unsigned Tenths() const;  // of the total, which is known
  std::string Figures(std::uint64_t now) const;
  std::string Bar(std::size_t width) const;

  Options options_;
  Write write_;
  Clock clock_;
  std::uint64_t started_ = 0;  // milliseconds
  std::uint64_t shown_at_ = 0;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
  unsigned shown_tenths_ = 0;
  bool any_ = false;
  bool shown_last_ = false;
};

// On standard error, as it is: a terminal with its width, or a log.
ProgressMeter StandardErrorMeter(std::string label);

}  // namespace updraft
