// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "cli/text.h"
#include "cli/timeline.h"
#include "cli/timeline_drawing.h"

namespace updraft {
namespace {

// Each text has a contrast of at least 4.5 with what lies behind it; tests/page looks.
constexpr std::string_view kStyle = R"css(
:root{color-scheme:light dark;--paper:#fff;--ink:#1c2530;--soft:#566270;--rule:#dfe4ea;
--card:#f4f6f9;--line:#1f5fa8;--bad:#a8201a;--good:#176b2c;--sand:#f7dfb0}
@media(prefers-color-scheme:dark){:root{--paper:#14181d;--ink:#e6eaef;--soft:#a3afbb;
--rule:#333c46;--card:#1d232a;--line:#6cb0ff;--bad:#ff8f85;--good:#7fd495;--sand:#4d3e1c}}
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);
max-width:62rem;margin:0 auto;padding:1.5rem clamp(1rem,4vw,2.5rem) 3rem}
h1{font-size:1.6rem;line-height:1.2;margin:0 0 1.5rem;overflow-wrap:anywhere}
h2{font-size:1.1rem;margin:2.2rem 0 .8rem}
p{margin:.6rem 0}code{font-family:ui-monospace,monospace;font-size:.9em;overflow-wrap:anywhere}
.soft,dt,th,figcaption{color:var(--soft);font-size:.875rem;font-weight:400}
.updated,.not_modified{color:var(--good);font-weight:600}
.refused,.failed,.cancelled,.rolled_back{color:var(--bad);font-weight:600}
dl{display:flex;flex-wrap:wrap;gap:1px;margin:0;
background:var(--rule);border:1px solid var(--rule);border-radius:.5rem;overflow:hidden}
dl div{flex:1 1 7rem;background:var(--card);padding:.6rem .9rem}dd{margin:0;font-size:1.05rem;overflow-wrap:anywhere}
figure{margin:1.5rem 0 0}svg{display:block;width:100%;height:auto}
.narrow{display:none}@media(max-width:40rem){.wide{display:none}.narrow{display:block}}
svg text{font:12px system-ui,sans-serif;fill:var(--soft)}
.grid{stroke:var(--rule)}.whole{stroke:var(--soft);stroke-dasharray:5 4}
.stall{fill:var(--sand)}.bytes{fill:none;stroke:var(--line);stroke-width:2;stroke-linejoin:round}
.below{fill:var(--line);fill-opacity:.1}.retry{fill:var(--bad);stroke:var(--paper);stroke-width:2}
figcaption{display:flex;flex-wrap:wrap;gap:.3rem 1.5rem;margin-top:.5rem}
figcaption span{white-space:nowrap}
.key{display:inline-block;width:1.1em;height:.7em;margin-right:.45em;border-radius:.15em}
.key.l{background:var(--line);height:.2em;vertical-align:middle}.key.s{background:var(--sand)}
.key.r{background:var(--bad);width:.7em;border-radius:50%}
.scrolls{overflow-x:auto}table{border-collapse:collapse;width:100%}
td,th{padding:.45rem 1.2rem .45rem 0;text-align:left;border-bottom:1px solid var(--rule);
vertical-align:top;white-space:nowrap}
td:last-child{white-space:normal;min-width:8rem;padding-right:0;overflow-wrap:anywhere}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
@media(max-width:40rem){td,th{padding-right:.7rem;font-size:.875rem}}
)css";

std::uint64_t Received(const Timeline& timeline) {
  std::uint64_t most = 0;
  for (const TimelineSample& sample : timeline.samples) most = std::max(most, sample.bytes);
  return most;
}

std::string Fact(std::string_view name, const std::string& value) {
  return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", name, value);
}

// What the recorder calls it, for people: "rolled back".
std::string ResultText(const std::string& result) {
  std::string words = result;
  std::ranges::replace(words, '_', ' ');
  return fmt::format("<span class=\"{}\">{}</span>", EscapedXml(result), EscapedXml(words));
}

std::string Facts(const Timeline& timeline) {
  const std::uint64_t received = Received(timeline);
  std::string facts = "<dl>" + Fact("result", ResultText(timeline.result));
  if (!timeline.version.empty()) facts += Fact("version", EscapedXml(timeline.version));
  facts += Fact("received", SizeText(received)) + Fact("took", DurationText(timeline.ms));
  if (timeline.ms > 0) {
    const double rate = static_cast<double>(received) * 1000 / static_cast<double>(timeline.ms);
    facts += Fact("on average", SizeText(static_cast<std::uint64_t>(rate)) + "/s");
  }
  return facts + Fact("new attempts", std::to_string(timeline.retries.size())) +
         Fact("stalls", std::to_string(StallsOf(timeline).size())) + "</dl>\n";
}

std::string Figure(const Timeline& timeline) {
  return fmt::format(
      "<figure>\n<div class=\"wide\">{}</div>\n<div class=\"narrow\">{}</div>\n<figcaption>"
      "<span><i class=\"key l\"></i>bytes of the file</span>"
      "<span><i class=\"key s\"></i>nothing came</span>"
      "<span><i class=\"key r\"></i>a failure, then a new attempt</span></figcaption></figure>\n",
      TimelineDrawing(timeline, {.width = 900, .height = 340, .most_times = 9}),
      TimelineDrawing(timeline, {.width = 360, .height = 260, .most_times = 4}));
}

// For those who cannot rest a pointer on a mark: each stall and each failure, in order.
std::string Obstacles(const Timeline& timeline) {
  struct Obstacle {
    TimelineSample at;
    std::string what;
  };
  std::vector<Obstacle> obstacles;
  for (const auto& [from, to] : StallsOf(timeline)) {
    obstacles.push_back({from, "nothing came for " + DurationText(to.ms - from.ms)});
  }
  for (const TimelineRetry& retry : timeline.retries) {
    obstacles.push_back({{retry.ms, retry.bytes},
                         fmt::format("{}; another attempt after {}", EscapedXml(retry.failure),
                                     DurationText(retry.wait_ms))});
  }
  if (obstacles.empty()) return {};
  std::ranges::stable_sort(obstacles, {}, [](const Obstacle& one) { return one.at.ms; });
  std::string rows;
  for (const Obstacle& one : obstacles) {
    rows += fmt::format("<tr><td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td></tr>\n",
                        DurationText(one.at.ms), SizeText(one.at.bytes), one.what);
  }
  return "<h2>What got in its way</h2>\n<table>\n<tr><th class=\"n\">after"
         "</th><th class=\"n\">received</th><th>what</th></tr>\n" +
         rows + "</table>\n";
}

std::string LastUpdate(const std::optional<Timeline>& timeline) {
  if (!timeline) {
    return "<p>No download by <code>updraft device update</code> has left its timeline here "
           "yet.</p>\n";
  }
  return fmt::format(
      "<h2>The last download</h2>\n{}<p class=\"soft\">from <code>{}</code></p>\n{}{}",
      Facts(*timeline), EscapedXml(timeline->url),
      timeline->samples.empty() ? std::string() : Figure(*timeline), Obstacles(*timeline));
}

std::string Recorder(const std::vector<LoggedUpdate>& entries) {
  std::string page = "<h2>The flight recorder</h2>\n";
  if (entries.empty()) return page + "<p>Nothing is recorded yet.</p>\n";
  page +=
      "<div class=\"scrolls\" tabindex=\"0\" role=\"region\" aria-label=\"The flight recorder\">"
      "<table>\n<tr><th class=\"n\">no.</th><th>result</th><th>version</th>"
      "<th class=\"n\">received</th><th class=\"n\">attempts</th><th class=\"n\">took</th>"
      "<th>why</th></tr>\n";
  for (const LoggedUpdate& entry : entries) {
    page += fmt::format(
        "<tr><td class=\"n\">{}</td><td>{}</td><td>{}</td><td class=\"n\" title=\"{} bytes\">{}"
        "</td><td class=\"n\">{}</td><td class=\"n\">{} s</td><td>{}</td></tr>\n",
        entry.serial, ResultText(entry.result), EscapedXml(entry.version), entry.bytes,
        SizeText(entry.bytes), entry.attempts, entry.seconds, EscapedXml(entry.why));
  }
  return page + "</table></div>\n";
}

}  // namespace

std::string TimelinePage(const std::string& device, const std::optional<Timeline>& timeline,
                         const std::vector<LoggedUpdate>& entries) {
  return fmt::format(
      "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>"
      "<meta charset=\"utf-8\"/><meta name=\"viewport\" content=\"width=device-width\"/>"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\"/>\n<title>Updates of {0}</title><style>{1}</style></head>\n<body>\n"
      "<h1>Updates of {0}</h1>\n{2}{3}</body>\n</html>\n",
      EscapedXml(device), kStyle, LastUpdate(timeline), Recorder(entries));
}

}  // namespace updraft
