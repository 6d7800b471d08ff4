// SPDX-License-Identifier: Apache-2.0
// The flash of a device drawn for a terminal: a line a partition, with a bar
// that shows where in the flash it lies and how full a slot is. Called by
// `device info`; pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace updraft {

struct FlashMapOptions {
  std::size_t width = 80;  // columns
  bool color = false;
};

// `device` is what DescribeDevice() returns. No line is wider than the terminal,
// unless that is narrower than a name and its figures.
std::vector<std::string> DrawFlashMap(const nlohmann::ordered_json& device,
                                      const FlashMapOptions& options);

// How full, in whole percent; 1 for the first byte, 100 for the last only.
std::uint64_t FillPercent(std::uint64_t used, std::uint64_t size);

// What an image in a slot is called: "hello 1.2.3", "-" without a description.
std::string ImageText(const nlohmann::ordered_json& slot);
// "29%", "invalid" for a description without a sound image, "none".
std::string FillText(const nlohmann::ordered_json& slot);

// A JSON value as a table shows it: "-" for null, texts made printable.
std::string WordText(const nlohmann::ordered_json& value);

}  // namespace updraft
