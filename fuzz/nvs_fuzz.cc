// SPDX-License-Identifier: Apache-2.0
// NVS: a life of setting and erasing, with stretches of the flash overwritten in
// between as they may be, CRCs made right or not. What loads is consistent, and a
// value that was set is there after a restart.
#include <optional>
#include <string>

#include "esp/src/nvs_store.h"
#include "fuzz/fuzz.h"
#include "testing/ram_flash.h"

namespace updraft {
namespace {

using esp::kNvsEntries;
using esp::kNvsEntrySize;
using esp::kNvsPageSize;
using esp::NvsStore;
using fuzz::Require;

class Life {
 public:
  explicit Life(fuzz::Input input)
      : input_(input), flash_({.size = kNvsPageSize * (2 + input_.Byte() % 3U)}) {}

  void Run() {
    Restart();
    for (int steps = 0; !input_.empty() && steps < 24; ++steps) Step(input_.Byte());
    Restart();
    if (store_) Look();
  }

 private:
  void Step(std::uint8_t kind) {
    if (kind % 8 == 0) return Damage();
    if (!store_) return EraseAll();
    switch (kind % 8) {
      case 1: return SetNumber();
      case 2: return SetText();
      case 3: return SetBlob();
      case 4: return Erase();
      case 5: return OpenNamespace();
      case 6: return Restart();
      default: return Look();
    }
  }

  void Restart() {
    store_.emplace(flash_, 0, flash_.geometry().size, true);
    if (store_->Load() != ESP_OK) store_.reset();
    if (!store_) return;
    // What repairing left is not repaired again.
    const std::vector<std::uint8_t> repaired(flash_.bytes().begin(), flash_.bytes().end());
    store_.emplace(flash_, 0, flash_.geometry().size, true);
    Require(store_->Load() == ESP_OK, "what was repaired loads");
    Require(std::ranges::equal(repaired, flash_.bytes()), "what was repaired is left alone");
  }

  void EraseAll() {
    std::ranges::fill(flash_.bytes(), 0xFF);
    Restart();
    Require(store_.has_value(), "an erased partition loads");
  }

  void Damage() {
    const std::uint8_t repairs = input_.Byte();
    fuzz::Patch(input_, flash_.bytes());
    for (std::size_t page = 0; page < flash_.bytes().size(); page += kNvsPageSize) {
      if ((repairs & 1) != 0) RepairHeader(flash_.bytes().subspan(page, kNvsPageSize));
      if ((repairs & 2) != 0) RepairEntries(flash_.bytes().subspan(page, kNvsPageSize));
    }
    Restart();
  }

  static void RepairHeader(MutableBytes page) {
    StoreLe32(&page[28], esp::NvsCrc(page.subspan(4, 24)));
  }

  // An entry's CRC is of its bytes but for itself, docs/formats.md.
  static void RepairEntries(MutableBytes page) {
    for (std::size_t i = 0; i < kNvsEntries; ++i) {
      const MutableBytes entry = page.subspan(64 + i * kNvsEntrySize, kNvsEntrySize);
      if (std::ranges::all_of(entry, [](std::uint8_t byte) { return byte == 0xFF; })) continue;
      std::vector<std::uint8_t> rest(entry.begin(), entry.begin() + 4);
      rest.insert(rest.end(), entry.begin() + 8, entry.end());
      StoreLe32(&entry[4], esp::NvsCrc(rest));
    }
  }

  std::string Key() { return "k" + std::to_string(input_.Byte() % 8); }
  std::uint8_t Namespace() {
    std::uint8_t index = 0;
    if (store_->OpenNamespace("n" + std::to_string(input_.Byte() % 4), &index) != ESP_OK) return 1;
    return index;
  }
  void OpenNamespace() { static_cast<void>(Namespace()); }

  void SetNumber() {
    const std::uint8_t space = Namespace();
    const std::string key = Key();
    const std::uint64_t bits = input_.Word();
    const bool set = store_->SetNumber(space, key, NVS_TYPE_U32, bits, false) == ESP_OK;
    if (!set) return;
    const auto place = store_->Find(space, key);
    Require(place.has_value() && place->item.type == NVS_TYPE_U32,
            "a number that was set is found");
    Require(LoadLe32(place->item.value.data()) == bits, "and is itself");
  }

  std::vector<std::uint8_t> Data() {
    // Long values from few bytes.
    const std::size_t length = input_.Half() % 5000;
    const std::uint8_t seed = input_.Byte();
    std::vector<std::uint8_t> data(length);
    for (std::size_t i = 0; i < length; ++i) {
      data[i] = static_cast<std::uint8_t>(1 + (seed + 7 * i) % 255);
    }
    return data;
  }

  void RequireValue(std::uint8_t space, const std::string& key, Bytes data) {
    const auto place = store_->Find(space, key);
    Require(place.has_value(), "a value that was set is found");
    std::vector<std::uint8_t> read;
    Require(store_->Get(*place, &read) == ESP_OK && std::ranges::equal(read, data),
            "and is itself");
    Require(NvsStore::SizeOf(*place) == data.size(), "and of its size");
  }

  void SetText() {
    const std::uint8_t space = Namespace();
    const std::string key = Key();
    std::vector<std::uint8_t> text = Data();
    text.push_back(0);
    if (text.size() > esp::kNvsMaxData) return;
    if (store_->SetString(space, key, text, false) != ESP_OK) return;
    RequireValue(space, key, text);
  }

  void SetBlob() {
    const std::uint8_t space = Namespace();
    const std::string key = Key();
    const std::vector<std::uint8_t> data = Data();
    if (store_->SetBlob(space, key, data, (data.size() & 1) != 0) != ESP_OK) return;
    RequireValue(space, key, data);
  }

  void Erase() {
    const std::uint8_t space = Namespace();
    const std::string key = Key();
    const auto place = store_->Find(space, key);
    if (!place.has_value()) return;
    if (store_->Erase(*place, true) != ESP_OK) return;
  }

  void Look() {
    for (const NvsStore::Place& place : store_->Values()) {
      Require(place.item.key.size() <= esp::kNvsMaxKey, "a key of its length");
      const bool has_data = place.item.has_data() || place.item.type == esp::kNvsBlobIndex;
      std::vector<std::uint8_t> data;
      if (has_data) static_cast<void>(store_->Get(place, &data));
      static_cast<void>(store_->NamespaceName(place.item.namespace_index));
    }
    const nvs_stats_t stats = store_->Stats();
    Require(stats.used_entries + stats.free_entries <= stats.total_entries, "entries add up");
  }

  fuzz::Input input_;
  RamFlash flash_;
  std::optional<NvsStore> store_;
};

}  // namespace
}  // namespace updraft

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::Life({data, size}).Run();
  return 0;
}
