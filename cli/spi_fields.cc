// SPDX-License-Identifier: Apache-2.0
#include "cli/spi_fields.h"

#include <array>
#include <bit>
#include <span>

#include "cli/text.h"

namespace updraft {
namespace {

struct Word {
  std::string_view text;
  std::uint8_t value;
};

constexpr std::array<Word, 6> kModes{
    {{"qio", 0}, {"qout", 1}, {"dio", 2}, {"dout", 3}, {"fast_read", 4}, {"slow_read", 5}}};
constexpr std::array<Word, 6> kDescriptionModes{
    {{"unknown", 0}, {"qio", 1}, {"qout", 2}, {"dio", 3}, {"dout", 4}, {"opi", 5}}};

constexpr std::array<Word, 4> kSpeedsOf80{{{"80m", 0xF}, {"40m", 0}, {"26m", 1}, {"20m", 2}}};
constexpr std::array<Word, 4> kSpeedsOf60{{{"60m", 0xF}, {"30m", 0}, {"20m", 1}, {"15m", 2}}};
constexpr std::array<Word, 4> kSpeedsOf48{{{"48m", 0xF}, {"24m", 0}, {"16m", 1}, {"12m", 2}}};
// The ESP32-C6 stores the same value for both.
constexpr std::array<Word, 3> kSpeedsOfC6{{{"80m", 0}, {"40m", 0}, {"20m", 2}}};

std::span<const Word> SpeedsOf(const ChipFamily& family) {
  if (family.name == "esp32c2") return kSpeedsOf60;
  if (family.name == "esp32h2" || family.name == "esp32h4") return kSpeedsOf48;
  if (family.name == "esp32c6") return kSpeedsOfC6;
  return kSpeedsOf80;
}

std::optional<std::uint8_t> Find(std::span<const Word> words, std::string_view text,
                                 std::uint64_t highest) {
  for (const Word& word : words) {
    if (word.text == text) return word.value;
  }
  const auto number = ParseNumber(text);
  if (!number || *number > highest) return std::nullopt;
  return static_cast<std::uint8_t>(*number);
}

}  // namespace

std::optional<std::uint8_t> ParseSpiMode(std::string_view text) { return Find(kModes, text, 0xFF); }

std::optional<std::uint8_t> ParseSpiSpeed(std::string_view text, const ChipFamily& family) {
  return Find(SpeedsOf(family), text, 0xF);
}

std::string SpiSpeeds(const ChipFamily& family) {
  std::string names;
  for (const Word& word : SpeedsOf(family)) {
    if (!names.empty()) names += ", ";
    names += word.text;
  }
  return names;
}

std::optional<std::uint8_t> ParseSpiSize(std::string_view text) {
  const auto size = ParseSize(text);
  if (!size || !std::has_single_bit(*size)) return std::nullopt;
  const int power = std::countr_zero(*size) - 20;
  if (power < 0 || power > 7) return std::nullopt;
  return static_cast<std::uint8_t>(power);
}

std::optional<std::uint8_t> ParseDescriptionSpiMode(std::string_view text) {
  return Find(kDescriptionModes, text, 0xFF);
}

}  // namespace updraft
