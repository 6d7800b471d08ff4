// SPDX-License-Identifier: Apache-2.0
// The picture of a timeline: an SVG that takes its colours from the page's classes.
#pragma once

#include <string>

#include "cli/timeline.h"

namespace updraft {

// In the SVG's own units, which a page of that width shows as pixels.
struct DrawingSize {
  double width = 0;
  double height = 0;
  unsigned most_times = 8;  // labels below the drawing
};

// A line of bytes (class "bytes"), the silences ("stall") and the new attempts
// ("retry"), each with a <title>. Text from outside is escaped.
std::string TimelineDrawing(const Timeline& timeline, DrawingSize size);

// Text in XML, in content and in attributes.
std::string EscapedXml(const std::string& text);
// "0.25 s", "12 s", "3 min 20 s".
std::string DurationText(std::uint64_t ms);

}  // namespace updraft
