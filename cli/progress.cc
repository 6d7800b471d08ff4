// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <utility>

#include "cli/output.h"
#include "cli/text.h"

namespace updraft {
namespace {

constexpr std::uint64_t kRedrawMs = 100;
constexpr std::uint64_t kLogMs = 10'000;

std::string DurationText(std::uint64_t seconds) {
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{}:{:02} min", seconds / 60, seconds % 60);
  return fmt::format("{}:{:02} h", seconds / 3600, seconds / 60 % 60);
}

std::uint64_t SteadyMs() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

}  // namespace

ProgressMeter::ProgressMeter(Options options, Write write, Clock clock)
    : options_(std::move(options)),
      write_(std::move(write)),
      clock_(std::move(clock)),
      started_(clock_()) {}

void ProgressMeter::Update(std::uint64_t done, std::uint64_t total) {
  if (any_ && done == done_ && total == total_ && total != 0) return;
  const std::uint64_t now = clock_();
  done_ = done;
  total_ = total;
  shown_last_ = false;
  if (IsDue(now)) Show(now);
}

void ProgressMeter::Finish() {
  if (done_ == 0 && !any_) return;
  if (!shown_last_) Show(clock_());
  if (options_.terminal) write_("\n");
  any_ = false;
  done_ = 0;
}

bool ProgressMeter::IsDue(std::uint64_t now) const {
  if (options_.terminal) return !any_ || now - shown_at_ >= kRedrawMs;
  if (total_ != 0) return Tenths() > shown_tenths_;
  return now - (any_ ? shown_at_ : started_) >= kLogMs;
}

void ProgressMeter::Show(std::uint64_t now) {
  const std::string figures = Figures(now);
  if (options_.terminal) {
    const std::size_t used = options_.label.size() + figures.size() + 4;
    const std::size_t room = options_.width > used ? options_.width - used : 0;
    const std::string bar = total_ != 0 && room >= 5 ? Bar(std::min<std::size_t>(room, 30)) : "";
    write_(fmt::format("\r{} {}{}\x1b[K", options_.label, bar, figures));
  } else {
    write_(fmt::format("{}: {}\n", options_.label, figures));
  }
  if (total_ != 0) shown_tenths_ = Tenths();
  any_ = true;
  shown_last_ = true;
  shown_at_ = now;
}

unsigned ProgressMeter::Tenths() const {
  return static_cast<unsigned>(10 * static_cast<double>(std::min(done_, total_)) /
                               static_cast<double>(total_));
}

std::string ProgressMeter::Figures(std::uint64_t now) const {
  const double seconds = static_cast<double>(std::max<std::uint64_t>(1, now - started_)) / 1000;
  const double rate = static_cast<double>(done_) / seconds;
  const std::string rate_text = fmt::format("{}/s", SizeText(static_cast<std::uint64_t>(rate)));
  if (total_ == 0) return fmt::format("{}, {}", SizeText(done_), rate_text);
  const std::uint64_t done = std::min(done_, total_);
  // Rounded down: what is not whole is not 100 %.
  const double percent = std::floor(100 * static_cast<double>(done) / static_cast<double>(total_));
  std::string text = fmt::format("{:3.0f}% of {}, {}", percent, SizeText(total_), rate_text);
  if (done < total_ && rate >= 1) {
    const double left = static_cast<double>(total_ - done) / rate;
    text += fmt::format(", {} left", DurationText(static_cast<std::uint64_t>(left + 0.999)));
  }
  return text;
}

std::string ProgressMeter::Bar(std::size_t width) const {
  const std::size_t inside = width - 3;
  const double part = static_cast<double>(std::min(done_, total_)) / static_cast<double>(total_);
  const auto filled = static_cast<std::size_t>(part * static_cast<double>(inside));
  const std::string_view begin = options_.color ? "\x1b[32m" : "";
  const std::string_view end = options_.color ? "\x1b[0m" : "";
  return fmt::format("[{}{}{}{}] ", begin, std::string(filled, '='), end,
                     std::string(inside - filled, ' '));
}

ProgressMeter StandardErrorMeter(std::string label) {
  ProgressMeter::Options options;
  options.terminal = IsTerminal(STDERR_FILENO);
  options.color = WantsColor(STDERR_FILENO);
  options.width = TerminalWidth(STDERR_FILENO);
  options.label = std::move(label);
  const auto write = [](std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
  };
  return {std::move(options), write, SteadyMs};
}

}  // namespace updraft
