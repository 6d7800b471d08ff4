// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "cli/text.h"
#include "cli/timeline.h"

namespace updraft {
namespace {

constexpr double kLeft = 90;
constexpr double kTop = 20;
constexpr double kWidth = 780;
constexpr double kHeight = 300;

constexpr std::string_view kStyle =
    "body{font:15px/1.45 sans-serif;margin:2em;max-width:58em;color:#222;background:#fff}"
    "h1{font-size:1.3em}h2{font-size:1.1em}table{border-collapse:collapse}"
    "td,th{padding:.2em .8em;text-align:left;border-bottom:1px solid #ddd}"
    "td.n,th.n{text-align:right}.updated{color:#176b2c}.refused,.failed,.rolled_back{color:#a11}"
    "svg{width:100%;height:auto}svg text{font:12px sans-serif;fill:#444}";

std::string Escaped(const std::string& text) {
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

// From milliseconds and bytes to the drawing.
class Scale {
 public:
  explicit Scale(const Timeline& timeline) {
    for (const TimelineSample& sample : timeline.samples) bytes_ = std::max(bytes_, sample.bytes);
    bytes_ = std::max({bytes_, timeline.total, std::uint64_t{1}});
    ms_ = std::max(timeline.ms, std::uint64_t{1});
  }
  double X(std::uint64_t ms) const {
    return kLeft + kWidth * static_cast<double>(ms) / static_cast<double>(ms_);
  }
  double Y(std::uint64_t bytes) const {
    return kTop + kHeight - kHeight * static_cast<double>(bytes) / static_cast<double>(bytes_);
  }
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t ms() const { return ms_; }

 private:
  std::uint64_t bytes_ = 0;
  std::uint64_t ms_ = 0;
};

std::string Axes(const Scale& scale) {
  std::string svg;
  for (unsigned quarter = 0; quarter <= 4; ++quarter) {
    const std::uint64_t bytes = scale.bytes() / 4 * quarter;
    const std::uint64_t ms = scale.ms() * quarter / 4;
    svg += fmt::format(
        "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"#ddd\"/>"
        "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>"
        "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{:.2f} s</text>\n",
        kLeft, scale.Y(bytes), kLeft + kWidth, scale.Y(bytes), kLeft - 8, scale.Y(bytes) + 4,
        SizeText(bytes), scale.X(ms), kTop + kHeight + 18, static_cast<double>(ms) / 1000);
  }
  return svg;
}

std::string Drawing(const Timeline& timeline) {
  const Scale scale(timeline);
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\">\n"
      "<title>Bytes of the download over time</title>\n",
      kLeft + kWidth + 40, kTop + kHeight + 40);
  svg += Axes(scale);
  for (const auto& [from, to] : StallsOf(timeline)) {
    svg += fmt::format(
        "<rect class=\"stall\" x=\"{:.1f}\" y=\"{:.0f}\" width=\"{:.1f}\" height=\"{:.0f}\" "
        "fill=\"#f4d9a8\" fill-opacity=\".6\"><title>nothing came for {:.1f} s</title></rect>\n",
        scale.X(from.ms), kTop, scale.X(to.ms) - scale.X(from.ms), kHeight,
        static_cast<double>(to.ms - from.ms) / 1000);
  }
  std::string points;
  for (const TimelineSample& sample : timeline.samples) {
    points += fmt::format("{:.1f},{:.1f} ", scale.X(sample.ms), scale.Y(sample.bytes));
  }
  svg += fmt::format(
      "<polyline points=\"{}\" fill=\"none\" stroke=\"#1f5fa8\" stroke-width=\"2\"/>\n", points);
  for (const TimelineRetry& retry : timeline.retries) {
    svg += fmt::format(
        "<circle class=\"retry\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5\" fill=\"#a11\"><title>{:.2f} "
        "s: "
        "{}; another attempt after {:.1f} s</title></circle>\n",
        scale.X(retry.ms), scale.Y(retry.bytes), static_cast<double>(retry.ms) / 1000,
        Escaped(retry.failure), static_cast<double>(retry.wait_ms) / 1000);
  }
  return svg + "</svg>\n";
}

std::string Described(const Timeline& timeline) {
  return fmt::format(
      "<h2>The last update</h2>\n<p><span class=\"{0}\">{0}</span>{1}: {2} in {3:.2f} s, {4} "
      "attempts more, {5} stalls, from <code>{6}</code>.</p>\n{7}"
      "<p>Red: the connection failed, and another attempt began. Sand: nothing came for a while. "
      "What stands behind a mark shows when you rest on it.</p>\n",
      Escaped(timeline.result),
      timeline.version.empty() ? "" : ", version " + Escaped(timeline.version),
      SizeText(timeline.samples.empty() ? 0 : timeline.samples.back().bytes),
      static_cast<double>(timeline.ms) / 1000, timeline.retries.size(), StallsOf(timeline).size(),
      Escaped(timeline.url), Drawing(timeline));
}

std::string Table(const std::vector<LoggedUpdate>& entries) {
  std::string rows;
  for (const LoggedUpdate& entry : entries) {
    rows += fmt::format(
        "<tr><td class=\"n\">{}</td><td class=\"{}\">{}</td><td>{}</td><td class=\"n\">{}</td>"
        "<td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td></tr>\n",
        entry.serial, Escaped(entry.result), Escaped(entry.result), Escaped(entry.version),
        entry.bytes, entry.attempts, entry.seconds, Escaped(entry.why));
  }
  return "<h2>What the flight recorder has</h2>\n<table>\n<tr><th class=\"n\">no.</th>"
         "<th>result</th><th>version</th><th class=\"n\">bytes</th><th class=\"n\">attempts</th>"
         "<th class=\"n\">seconds</th><th>why</th></tr>\n" +
         rows + "</table>\n";
}

}  // namespace

std::string TimelinePage(const std::string& device, const std::optional<Timeline>& timeline,
                         const std::vector<LoggedUpdate>& entries) {
  return fmt::format(
      "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>"
      "<meta charset=\"utf-8\"/><title>Updates of {0}</title><style>{1}</style></head>\n<body>\n"
      "<h1>Updates of {0}</h1>\n{2}{3}</body>\n</html>\n",
      Escaped(device), kStyle,
      timeline ? Described(*timeline)
               : "<p>No update by 'updraft device update' has left its timeline here.</p>\n",
      Table(entries));
}

}  // namespace updraft
