// SPDX-License-Identifier: Apache-2.0
#include "cli/flash_map.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/text.h"

namespace updraft {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kNarrowestBar = 8;
constexpr std::size_t kWidestBar = 64;

constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kPlain = "\x1b[0m";

std::uint64_t Number(const Json& row, const char* key) { return row.at(key).get<std::uint64_t>(); }

// The slot that the partition is, or null.
const Json* SlotOf(const Json& device, const Json& partition) {
  for (const Json& slot : device.at("slots")) {
    if (Number(slot, "offset") == Number(partition, "offset") &&
        slot.at("name") == partition.at("name")) {
      return &slot;
    }
  }
  return nullptr;
}

// Which cells of the bar bytes lie in; at least one, so that small ones show.
struct Cells {
  std::size_t first;
  std::size_t count;
};
Cells CellsOf(std::uint64_t offset, std::uint64_t size, std::uint64_t flash, std::size_t width) {
  const auto first = static_cast<std::size_t>(std::min(offset, flash - 1) * width / flash);
  const std::uint64_t end = std::min(offset + size, flash) * width / flash;
  return {first, std::max<std::size_t>(1, std::max<std::size_t>(first, end) - first)};
}

class Drawing {
 public:
  Drawing(const Json& device, const FlashMapOptions& options)
      : device_(device), options_(options), flash_(Number(device, "flash_size")) {
    std::size_t name = 9;
    for (const Json& partition : device.at("partitions")) {
      name = std::max(name, NameOf(partition).size());
    }
    name_width_ = name;
    for (const Json& slot : device.at("slots")) {
      state_width_ = std::max(state_width_, WordText(slot.at("state")).size());
      image_width_ = std::max(image_width_, ImageText(slot).size());
    }
    const std::size_t figures = Figures({}, {}, {}).size() + Behind("", "", "").size() + 4;
    bar_width_ = options.width > figures + kNarrowestBar ? options.width - figures : kNarrowestBar;
    bar_width_ = std::min(bar_width_, kWidestBar);
  }

  std::vector<std::string> Run() {
    const std::string flash = SizeText(flash_);
    const std::size_t gap = bar_width_ > flash.size() + 1 ? bar_width_ - 1 - flash.size() : 1;
    lines_.push_back("  " + Figures("partition", "offset", "size") + " 0" + std::string(gap, ' ') +
                     flash + " " + Behind("state", "image", "full"));
    for (const Json& partition : Sorted()) Add(partition);
    return std::move(lines_);
  }

 private:
  static std::string NameOf(const Json& partition) { return WordText(partition.at("name")); }

  std::vector<Json> Sorted() const {
    std::vector<Json> rows(device_.at("partitions").begin(), device_.at("partitions").end());
    std::stable_sort(rows.begin(), rows.end(), [](const Json& a, const Json& b) {
      return Number(a, "offset") < Number(b, "offset");
    });
    return rows;
  }

  std::string Figures(std::string_view name, std::string_view offset, std::string_view size) const {
    return fmt::format("{:<{}} {:>10} {:>9}", name, name_width_, offset, size);
  }
  std::string Behind(std::string_view state, std::string_view image, std::string_view full) const {
    return fmt::format("{:<{}} {:<{}} {:>7}", state, state_width_, image, image_width_, full);
  }

  void Add(const Json& partition) {
    const Json* const slot = SlotOf(device_, partition);
    const bool runs = slot != nullptr && partition.at("name") == device_.at("running");
    const std::uint64_t used =
        slot != nullptr && !slot->at("image_length").is_null() ? Number(*slot, "image_length") : 0;
    const std::uint64_t size = Number(partition, "size");
    std::string line =
        fmt::format("{} {} {}", runs ? '*' : ' ',
                    Figures(NameOf(partition), fmt::format("{:#x}", Number(partition, "offset")),
                            SizeText(size)),
                    Bar(partition, slot != nullptr, runs, used));
    if (slot != nullptr) {
      line += ' ' + Behind(WordText(slot->at("state")), ImageText(*slot), FillText(*slot));
    } else {
      line += fmt::format(" {}/{}", WordText(partition.at("type_name")),
                          WordText(partition.at("subtype_name")));
    }
    lines_.push_back(std::move(line));
  }

  // '#' what an image fills, '-' the rest of a slot, '=' any other partition.
  std::string Bar(const Json& partition, bool is_slot, bool runs, std::uint64_t used) const {
    const std::uint64_t offset = Number(partition, "offset");
    const Cells all = CellsOf(offset, Number(partition, "size"), flash_, bar_width_);
    std::string cells(all.count, is_slot ? '-' : '=');
    if (used > 0) {
      const Cells filled = CellsOf(offset, used, flash_, bar_width_);
      cells.replace(0, std::min(filled.count, all.count), std::min(filled.count, all.count), '#');
    }
    const std::string behind(bar_width_ - std::min(bar_width_, all.first + all.count), ' ');
    const std::string_view color = !options_.color ? "" : runs ? kGreen : is_slot ? "" : kDim;
    return fmt::format("{}{}{}{}{}", std::string(all.first, ' '), color, cells,
                       color.empty() ? "" : kPlain, behind);
  }

  const Json& device_;
  FlashMapOptions options_;
  std::uint64_t flash_;
  std::size_t name_width_ = 0;
  std::size_t state_width_ = 5;
  std::size_t image_width_ = 5;
  std::size_t bar_width_ = 0;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> DrawFlashMap(const Json& device, const FlashMapOptions& options) {
  return Drawing(device, options).Run();
}

std::uint64_t FillPercent(std::uint64_t used, std::uint64_t size) {
  if (used == 0 || size == 0) return 0;
  return std::clamp<std::uint64_t>(used * 100 / size, 1, 100);
}

std::string ImageText(const Json& slot) {
  if (slot.at("version").is_null()) return "-";
  const std::string project = WordText(slot.at("project_name"));
  const std::string version = WordText(slot.at("version"));
  return project.empty() ? version : project + ' ' + version;
}

std::string FillText(const Json& slot) {
  if (slot.at("image_length").is_null()) return slot.at("version").is_null() ? "none" : "invalid";
  return fmt::format("{}%", FillPercent(Number(slot, "image_length"), Number(slot, "size")));
}

std::string WordText(const Json& value) {
  if (value.is_null()) return "-";
  return value.is_string() ? PrintableText(value.get<std::string>()) : value.dump();
}

}  // namespace updraft
