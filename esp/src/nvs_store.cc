// SPDX-License-Identifier: Apache-2.0
#include "esp/src/nvs_store.h"

#include <algorithm>
#include <cstring>

namespace updraft::esp {
namespace {

constexpr std::size_t kLargestBlob = 508000;
// A blob does not begin on a page with less room than this, unless it fits.
constexpr std::size_t kLeastFirstChunk = kNvsMaxData / 10;
constexpr std::uint8_t kLastNamespace = 254;

std::uint8_t SpanOf(std::size_t data_size) {
  return static_cast<std::uint8_t>(1 + (data_size + kNvsEntrySize - 1) / kNvsEntrySize);
}

NvsItem MakeItem(std::uint8_t namespace_index, std::uint8_t type, std::string_view key) {
  NvsItem item;
  item.namespace_index = namespace_index;
  item.type = type;
  item.key = key;
  item.value.fill(0xFF);
  return item;
}

NvsItem WithData(NvsItem item, Bytes data) {
  StoreLe16(item.value.data(), static_cast<std::uint16_t>(data.size()));
  StoreLe32(&item.value[4], NvsCrc(data));
  item.span = SpanOf(data.size());
  return item;
}

}  // namespace

NvsStore::NvsStore(Flash& flash, std::uint64_t address, std::uint64_t size, bool writes)
    : flash_(&flash), address_(address), page_count_(size / kNvsPageSize), writes_(writes) {}

std::optional<std::uint8_t> NvsStore::FindNamespace(std::string_view name) const {
  const auto found = namespaces_.find(name);
  if (found == namespaces_.end()) return std::nullopt;
  return found->second;
}

std::string NvsStore::NamespaceName(std::uint8_t index) const {
  for (const auto& [name, number] : namespaces_) {
    if (number == index) return name;
  }
  return {};
}

esp_err_t NvsStore::OpenNamespace(std::string_view name, std::uint8_t* index) {
  if (const auto known = FindNamespace(name); known.has_value()) {
    *index = *known;
    return ESP_OK;
  }
  std::uint8_t lowest = 1;
  const auto taken = [&] {
    return std::any_of(namespaces_.begin(), namespaces_.end(),
                       [&](const auto& pair) { return pair.second == lowest; });
  };
  while (lowest <= kLastNamespace && taken()) ++lowest;
  if (lowest > kLastNamespace) return ESP_ERR_NVS_NOT_ENOUGH_SPACE;
  if (name.size() > kNvsMaxKey) return ESP_ERR_NVS_KEY_TOO_LONG;
  NvsItem item = MakeItem(0, NVS_TYPE_U8, name);
  item.value[0] = lowest;
  const auto entry = namespaces_.emplace(name, lowest).first;
  const esp_err_t error = Append(item, {}, nullptr);
  if (error != ESP_OK) namespaces_.erase(entry);
  *index = lowest;
  return error;
}

std::optional<NvsStore::Place> NvsStore::Find(std::uint8_t namespace_index,
                                              std::string_view key) const {
  std::optional<Place> found;
  ForEach([&](const Place& place) {
    const NvsItem& item = place.item;
    if (item.type != kNvsBlobChunk && item.namespace_index == namespace_index && item.key == key) {
      found = place;
    }
    return true;
  });
  return found;
}

std::optional<NvsStore::Place> NvsStore::FindChunk(const NvsItem& index, std::uint8_t chunk) const {
  std::optional<Place> found;
  ForEach([&](const Place& place) {
    const NvsItem& item = place.item;
    if (item.type == kNvsBlobChunk && item.namespace_index == index.namespace_index &&
        item.chunk == chunk && item.key == index.key) {
      found = place;
    }
    return true;
  });
  return found;
}

std::vector<NvsStore::Place> NvsStore::Values() const {
  std::vector<Place> values;
  ForEach([&](const Place& place) {
    if (place.item.namespace_index != 0) values.push_back(place);
    return true;
  });
  return values;
}

std::size_t NvsStore::SizeOf(const Place& place) {
  return place.item.type == kNvsBlobIndex ? place.item.blob_size() : place.item.data_size();
}

esp_err_t NvsStore::Get(const Place& place, std::vector<std::uint8_t>* data) {
  data->clear();
  const auto take = [&](const Place& part) {
    const auto bytes = part.page->DataOf(part.index, part.item);
    if (bytes.has_value()) data->insert(data->end(), bytes->begin(), bytes->end());
    return bytes.has_value();
  };
  bool whole = true;
  if (place.item.type != kNvsBlobIndex) {
    whole = take(place);
  } else {
    for (std::size_t i = 0; whole && i < place.item.chunk_count(); ++i) {
      const auto chunk =
          FindChunk(place.item, static_cast<std::uint8_t>(place.item.chunk_start() + i));
      whole = chunk.has_value() && take(*chunk);
    }
  }
  if (whole) return ESP_OK;
  if (writes_) static_cast<void>(Erase(place, false));
  return ESP_ERR_NVS_NOT_FOUND;
}

bool NvsStore::Holds(const Place& place, nvs_type_t type, Bytes data) {
  const std::uint8_t stored =
      place.item.type == kNvsBlobIndex ? std::uint8_t{NVS_TYPE_BLOB} : place.item.type;
  if (stored != type || SizeOf(place) != data.size()) return false;
  std::vector<std::uint8_t> bytes;
  return Get(place, &bytes) == ESP_OK && std::equal(data.begin(), data.end(), bytes.begin());
}

esp_err_t NvsStore::SetNumber(std::uint8_t namespace_index, std::string_view key, nvs_type_t type,
                              std::uint64_t bits, bool purge) {
  NvsItem item = MakeItem(namespace_index, static_cast<std::uint8_t>(type), key);
  const std::size_t size = static_cast<std::size_t>(type) & 0x0FU;
  for (std::size_t i = 0; i < size; ++i) item.value[i] = static_cast<std::uint8_t>(bits >> (8 * i));
  const auto old = Find(namespace_index, key);
  if (old.has_value() && old->item.type == item.type && old->item.value == item.value)
    return ESP_OK;
  Place place;
  const esp_err_t error = Append(item, {}, &place);
  return error == ESP_OK && old.has_value() ? EraseOthers(place, purge) : error;
}

esp_err_t NvsStore::SetString(std::uint8_t namespace_index, std::string_view key, Bytes with_nul,
                              bool purge) {
  if (with_nul.size() > kNvsMaxData) return ESP_ERR_NVS_VALUE_TOO_LONG;
  const auto old = Find(namespace_index, key);
  if (old.has_value() && Holds(*old, NVS_TYPE_STR, with_nul)) return ESP_OK;
  Place place;
  const esp_err_t error =
      Append(WithData(MakeItem(namespace_index, NVS_TYPE_STR, key), with_nul), with_nul, &place);
  return error == ESP_OK && old.has_value() ? EraseOthers(place, purge) : error;
}

esp_err_t NvsStore::SetBlob(std::uint8_t namespace_index, std::string_view key, Bytes data,
                            bool purge) {
  const std::size_t limit = std::min(kLargestBlob, kNvsMaxData * (page_count_ - 1));
  if (data.size() > limit) return ESP_ERR_NVS_VALUE_TOO_LONG;
  if (key.size() > kNvsMaxKey) return ESP_ERR_NVS_KEY_TOO_LONG;
  const auto old = Find(namespace_index, key);
  if (old.has_value() && Holds(*old, NVS_TYPE_BLOB, data)) return ESP_OK;
  const bool flips = old.has_value() && old->item.type == kNvsBlobIndex;
  const std::uint8_t start = flips && old->item.chunk_start() == 0 ? 0x80 : 0x00;
  Place place;
  const esp_err_t error = AppendBlob(namespace_index, key, data, start, &place);
  return error == ESP_OK && old.has_value() ? EraseOthers(place, purge) : error;
}

esp_err_t NvsStore::AppendBlob(std::uint8_t namespace_index, std::string_view key, Bytes data,
                               std::uint8_t start, Place* place) {
  NvsItem chunk = MakeItem(namespace_index, kNvsBlobChunk, key);
  chunk.chunk = start;
  std::uint8_t count = 0;
  esp_err_t error = AppendChunks(chunk, data, &count);
  if (error == ESP_OK) {
    NvsItem index = MakeItem(namespace_index, kNvsBlobIndex, key);
    StoreLe32(index.value.data(), static_cast<std::uint32_t>(data.size()));
    index.value[4] = count;
    index.value[5] = start;
    error = Append(index, {}, place);
  }
  if (error == ESP_OK) return ESP_OK;
  for (std::uint8_t i = 0; i < count; ++i) {
    const auto written = FindChunk(chunk, static_cast<std::uint8_t>(start + i));
    if (written.has_value()) static_cast<void>(ErasePlace(*written, false));
  }
  return error;
}

// Each chunk fills its page; behind the last there is room for the index.
esp_err_t NvsStore::AppendChunks(NvsItem chunk, Bytes data, std::uint8_t* count) {
  const std::uint8_t start = chunk.chunk;
  NvsPage* page = nullptr;
  esp_err_t error = RequireRoom(1, &page);
  if (error == ESP_OK && page->tailroom() < kLeastFirstChunk &&
      (page->tailroom() < data.size() || page->tailroom() == 0)) {
    error = page->SetState(NvsPage::State::kFull);
    if (error == ESP_OK) error = RequireNewPage();
  }
  while (error == ESP_OK) {
    page = Active();
    const std::size_t room = page->tailroom();
    if (room == 0) return ESP_ERR_NVS_NOT_ENOUGH_SPACE;
    const Bytes some = data.first(std::min(room, data.size()));
    data = data.subspan(some.size());
    chunk.chunk = static_cast<std::uint8_t>(start + *count);
    error = page->Append(WithData(chunk, some), some);
    if (error != ESP_OK) return error;
    ++*count;
    if (!data.empty() || page->next() >= kNvsEntries) {
      error = page->SetState(NvsPage::State::kFull);
      if (error == ESP_OK) error = RequireNewPage();
    }
    if (data.empty()) return error;
  }
  return error;
}

esp_err_t NvsStore::EraseOthers(const Place& kept, bool purge) {
  // One after the other, as they are found: nothing here may fail for want of memory.
  const auto next = [&] {
    std::optional<Place> other;
    ForEach([&](const Place& place) {
      const bool same_key = place.item.namespace_index == kept.item.namespace_index &&
                            place.item.key == kept.item.key && place.item.type != kNvsBlobChunk;
      if (same_key && !(place == kept)) other = place;
      return !other.has_value();
    });
    return other;
  };
  bool synced = false;
  for (auto other = next(); other.has_value(); other = next()) {
    // On other pages the old value must not go before the new one has come; one page
    // keeps its order. A blob's chunks may lie on any.
    const bool apart = other->page != kept.page || other->item.type == kNvsBlobIndex ||
                       kept.item.type == kNvsBlobIndex;
    if (apart && !synced && kept.page->Sync() != ESP_OK) return ESP_ERR_NVS_REMOVE_FAILED;
    synced = synced || apart;
    if (Erase(*other, purge) != ESP_OK) return ESP_ERR_NVS_REMOVE_FAILED;
  }
  return ESP_OK;
}

esp_err_t NvsStore::ErasePlace(const Place& place, bool purge) {
  const esp_err_t error = place.page->EraseEntries(place.index, place.item.span);
  return error == ESP_OK && purge ? place.page->Purge(place.index, place.item.span) : error;
}

esp_err_t NvsStore::Erase(const Place& place, bool purge) {
  esp_err_t error = ErasePlace(place, purge);
  if (place.item.type != kNvsBlobIndex) return error;
  for (std::size_t i = 0; error == ESP_OK && i < place.item.chunk_count(); ++i) {
    const auto chunk =
        FindChunk(place.item, static_cast<std::uint8_t>(place.item.chunk_start() + i));
    if (chunk.has_value()) error = ErasePlace(*chunk, purge);
  }
  return error;
}

esp_err_t NvsStore::EraseNamespace(std::uint8_t namespace_index, bool purge) {
  std::vector<Place> items;
  ForEach([&](const Place& place) {
    if (place.item.namespace_index == namespace_index) items.push_back(place);
    return true;
  });
  for (const Place& place : items) {
    const esp_err_t error = ErasePlace(place, purge);
    if (error != ESP_OK) return error;
  }
  return ESP_OK;
}

esp_err_t NvsStore::PurgeErased() {
  for (NvsPage* const page : live_) {
    for (std::size_t i = 0; i < kNvsEntries; ++i) {
      if (page->entry_state(i) != NvsPage::EntryState::kErased) continue;
      const esp_err_t error = page->Purge(i, 1);
      if (error != ESP_OK) return error;
    }
  }
  return ESP_OK;
}

nvs_stats_t NvsStore::Stats() const {
  nvs_stats_t stats{};
  stats.total_entries = kNvsEntries * page_count_;
  for (const NvsPage* const page : live_) stats.used_entries += page->written();
  stats.free_entries = stats.total_entries - stats.used_entries;
  stats.available_entries = stats.free_entries > kNvsEntries ? stats.free_entries - kNvsEntries : 0;
  ForEach([&](const Place& place) {
    if (place.item.namespace_index == 0) ++stats.namespace_count;
    return true;
  });
  return stats;
}

std::size_t NvsStore::CountUsed(std::uint8_t namespace_index) const {
  std::size_t count = 0;
  ForEach([&](const Place& place) {
    if (place.item.namespace_index == namespace_index) count += place.item.span;
    return true;
  });
  return count;
}

esp_err_t NvsStore::Append(NvsItem item, Bytes data, Place* place) {
  NvsPage* page = nullptr;
  esp_err_t error = RequireRoom(item.span, &page);
  if (error != ESP_OK) return error;
  const std::size_t index = page->next();
  error = page->Append(item, data);
  if (place != nullptr) *place = {page, index, std::move(item)};
  return error;
}

esp_err_t NvsStore::RequireRoom(std::size_t span, NvsPage** page) {
  if (!writes_) return ESP_ERR_NVS_READ_ONLY;
  *page = Active();
  if (*page != nullptr && (*page)->next() + span <= kNvsEntries) return ESP_OK;
  if (*page != nullptr) {
    const esp_err_t error = (*page)->SetState(NvsPage::State::kFull);
    if (error != ESP_OK) return error;
  }
  const esp_err_t error = RequireNewPage();
  if (error != ESP_OK) return error;
  *page = Active();
  return (*page)->next() + span <= kNvsEntries ? ESP_OK : ESP_ERR_NVS_NOT_ENOUGH_SPACE;
}

// The last free page is for collecting.
esp_err_t NvsStore::RequireNewPage() {
  if (free_.empty()) return ESP_ERR_NVS_INVALID_STATE;
  return free_.size() >= 2 ? OpenNextPage() : Collect();
}

esp_err_t NvsStore::OpenNextPage() {
  if (free_.empty()) return ESP_ERR_NVS_NOT_ENOUGH_SPACE;
  NvsPage* const page = free_.front();
  const std::uint32_t sequence = live_.empty() ? 0 : live_.back()->sequence() + 1;
  const esp_err_t error = page->Open(sequence);
  if (error != ESP_OK) return error;
  free_.erase(free_.begin());
  live_.push_back(page);
  return ESP_OK;
}

esp_err_t NvsStore::Collect() {
  const auto fewest = std::min_element(
      live_.begin(), live_.end(),
      [](const NvsPage* a, const NvsPage* b) { return a->written() < b->written(); });
  if (fewest == live_.end() || (*fewest)->written() == kNvsEntries) {
    return ESP_ERR_NVS_NOT_ENOUGH_SPACE;
  }
  NvsPage& from = **fewest;
  const std::vector<Place> items = ItemsOn(from);  // before anything is changed
  esp_err_t error = from.SetState(NvsPage::State::kFreeing);
  if (error == ESP_OK) error = from.Sync();
  if (error == ESP_OK) error = OpenNextPage();
  return error == ESP_OK ? MoveItems(from, items, *live_.back()) : error;
}

std::vector<NvsStore::Place> NvsStore::ItemsOn(const NvsPage& page) const {
  std::vector<Place> items;
  ForEach([&](const Place& place) {
    if (place.page == &page) items.push_back(place);
    return true;
  });
  return items;
}

esp_err_t NvsStore::MoveItems(NvsPage& from, const std::vector<Place>& items, NvsPage& to) {
  for (const Place& place : items) {
    const esp_err_t error = to.AppendCopy(from, place.index, place.item.span);
    if (error != ESP_OK) return error;
  }
  const esp_err_t error = to.Sync();
  return error == ESP_OK ? Release(from) : error;
}

// Marked before it is erased: an interrupted erase can leave a header that is
// still good over entries that are gone.
esp_err_t NvsStore::Release(NvsPage& page) {
  esp_err_t error = page.SetState(NvsPage::State::kCorrupt);
  if (error == ESP_OK) error = page.Erase();
  live_.erase(std::find(live_.begin(), live_.end(), &page));
  free_.push_back(&page);
  return error;
}

}  // namespace updraft::esp
