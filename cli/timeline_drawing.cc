// SPDX-License-Identifier: Apache-2.0
#include "cli/timeline_drawing.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "cli/text.h"

namespace updraft {
namespace {

constexpr double kLeft = 70;    // the labels of bytes stand there
constexpr double kRight = 24;   // half a label of time
constexpr double kTop = 24;     // the words on the line of the whole file
constexpr double kBottom = 30;  // the labels of time
constexpr std::uint64_t kMostSizes = 5;

// The smallest of these that has at most `most` of itself in `range`.
std::uint64_t TimeStep(std::uint64_t range, std::uint64_t most) {
  constexpr std::uint64_t kSecond = 1000;
  constexpr std::uint64_t kMinute = 60 * kSecond;
  constexpr std::uint64_t kHour = 60 * kMinute;
  constexpr std::array kSteps{std::uint64_t{1},   std::uint64_t{2},
                              std::uint64_t{5},   std::uint64_t{10},
                              std::uint64_t{20},  std::uint64_t{50},
                              std::uint64_t{100}, std::uint64_t{200},
                              std::uint64_t{500}, kSecond,
                              2 * kSecond,        5 * kSecond,
                              10 * kSecond,       20 * kSecond,
                              30 * kSecond,       kMinute,
                              2 * kMinute,        5 * kMinute,
                              10 * kMinute,       20 * kMinute,
                              30 * kMinute,       kHour,
                              2 * kHour,          6 * kHour,
                              12 * kHour};
  for (const std::uint64_t step : kSteps) {
    if (range / step <= most) return step;
  }
  return std::max<std::uint64_t>(range / most, 1);
}

std::uint64_t SizeStep(std::uint64_t range) {
  std::uint64_t step = 1;
  while (range / step > kMostSizes) step *= 2;
  return step;
}

class Frame {
 public:
  Frame(const Timeline& timeline, const DrawingSize& size) : size_(size) {
    for (const TimelineSample& sample : timeline.samples) bytes_ = std::max(bytes_, sample.bytes);
    bytes_ = std::max({bytes_, timeline.total, std::uint64_t{1}});
    for (const TimelineSample& sample : timeline.samples) ms_ = std::max(ms_, sample.ms);
    ms_ = std::max({ms_, timeline.ms, std::uint64_t{1}});
  }
  double X(std::uint64_t ms) const {
    return kLeft + (right() - kLeft) * static_cast<double>(ms) / static_cast<double>(ms_);
  }
  double Y(std::uint64_t bytes) const {
    return bottom() - (bottom() - kTop) * static_cast<double>(bytes) / static_cast<double>(bytes_);
  }
  double right() const { return size_.width - kRight; }
  double bottom() const { return size_.height - kBottom; }
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t ms() const { return ms_; }

 private:
  DrawingSize size_;
  std::uint64_t bytes_ = 0;
  std::uint64_t ms_ = 0;
};

std::string Axes(const Frame& frame, unsigned most_times) {
  std::string svg;
  const std::uint64_t size_step = SizeStep(frame.bytes());
  for (std::uint64_t bytes = 0; bytes <= frame.bytes(); bytes += size_step) {
    svg += fmt::format(
        "<line class=\"grid\" x1=\"{:.0f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>"
        "<text x=\"{:.0f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n",
        kLeft, frame.Y(bytes), frame.right(), frame.Y(bytes), kLeft - 8, frame.Y(bytes) + 4,
        bytes == 0 ? "0" : SizeText(bytes));
  }
  const std::uint64_t time_step = TimeStep(frame.ms(), most_times);
  for (std::uint64_t ms = 0; ms <= frame.ms(); ms += time_step) {
    svg += fmt::format(
        "<line class=\"grid\" x1=\"{0:.1f}\" y1=\"{1:.1f}\" x2=\"{0:.1f}\" y2=\"{2:.1f}\"/>"
        "<text x=\"{0:.1f}\" y=\"{3:.1f}\" text-anchor=\"middle\">{4}</text>\n",
        frame.X(ms), frame.bottom(), frame.bottom() + 5, frame.bottom() + 20,
        ms == 0 ? "0" : DurationText(ms));
  }
  return svg;
}

std::string WholeFile(const Frame& frame, std::uint64_t total) {
  if (total == 0) return {};
  return fmt::format(
      "<line class=\"whole\" x1=\"{:.0f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>"
      "<text x=\"{:.0f}\" y=\"{:.1f}\">the whole file: {}</text>\n",
      kLeft, frame.Y(total), frame.right(), frame.Y(total), kLeft, frame.Y(total) - 8,
      SizeText(total));
}

std::string Stalls(const Frame& frame, const Timeline& timeline) {
  std::string svg;
  for (const auto& [from, to] : StallsOf(timeline)) {
    const double wide = frame.X(to.ms) - frame.X(from.ms);
    const std::string length = DurationText(to.ms - from.ms);
    svg += fmt::format(
        "<rect class=\"stall\" x=\"{:.1f}\" y=\"{:.0f}\" width=\"{:.1f}\" height=\"{:.1f}\">"
        "<title>nothing came for {}</title></rect>\n",
        frame.X(from.ms), kTop, wide, frame.bottom() - kTop, length);
    if (wide < 8.0 * static_cast<double>(length.size())) continue;
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n",
                       frame.X(from.ms) + wide / 2, frame.bottom() - 8, length);
  }
  return svg;
}

std::string Line(const Frame& frame, const Timeline& timeline) {
  if (timeline.samples.empty()) return {};
  std::string points;
  for (const TimelineSample& sample : timeline.samples) {
    points += fmt::format("{:.1f},{:.1f} ", frame.X(sample.ms), frame.Y(sample.bytes));
  }
  return fmt::format(
      "<polygon class=\"below\" points=\"{:.1f},{:.1f} {}{:.1f},{:.1f}\"/>"
      "<polyline class=\"bytes\" points=\"{}\"/>\n",
      frame.X(timeline.samples.front().ms), frame.bottom(), points,
      frame.X(timeline.samples.back().ms), frame.bottom(), points);
}

std::string Retries(const Frame& frame, const Timeline& timeline) {
  std::string svg;
  for (const TimelineRetry& retry : timeline.retries) {
    svg += fmt::format(
        "<circle class=\"retry\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5\"><title>{}: {}; another "
        "attempt after {}</title></circle>\n",
        frame.X(std::min(retry.ms, frame.ms())), frame.Y(std::min(retry.bytes, frame.bytes())),
        DurationText(retry.ms), EscapedXml(retry.failure), DurationText(retry.wait_ms));
  }
  return svg;
}

}  // namespace

std::string EscapedXml(const std::string& text) {
  std::string out;
  for (const char c : PrintableText(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string DurationText(std::uint64_t ms) {
  if (ms < 10'000) return fmt::format("{:.2g} s", static_cast<double>(ms) / 1000);
  const std::uint64_t seconds = ms / 1000;
  if (seconds < 60) return fmt::format("{} s", seconds);
  const auto pair = [](std::uint64_t large, std::string_view unit, std::uint64_t rest,
                       std::string_view small) {
    if (rest == 0) return fmt::format("{} {}", large, unit);
    return fmt::format("{} {} {} {}", large, unit, rest, small);
  };
  if (seconds < 3600) return pair(seconds / 60, "min", seconds % 60, "s");
  return pair(seconds / 3600, "h", seconds / 60 % 60, "min");
}

std::string TimelineDrawing(const Timeline& timeline, DrawingSize size) {
  const Frame frame(timeline, size);
  return fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\">"
             "\n<title>Bytes of the download over time</title>\n",
             size.width, size.height) +
         Stalls(frame, timeline) + Axes(frame, size.most_times) + Line(frame, timeline) +
         WholeFile(frame, timeline.total) + Retries(frame, timeline) + "</svg>\n";
}

}  // namespace updraft
