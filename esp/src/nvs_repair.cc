// SPDX-License-Identifier: Apache-2.0
// The start of a store: what each interrupted state means, and what is done
// about it. Differs from ESP-IDF where that loses data (docs/esp-idf.md).
#include <algorithm>
#include <set>
#include <tuple>

#include "esp/src/nvs_store.h"

namespace updraft::esp {

esp_err_t NvsStore::Load() {
  if (page_count_ < 2) return ESP_ERR_NVS_NOT_ENOUGH_SPACE;
  pages_.clear();
  live_.clear();
  free_.clear();
  live_.reserve(page_count_);
  free_.reserve(page_count_);
  for (std::size_t i = 0; i < page_count_; ++i) {
    pages_.emplace_back(*flash_, address_ + i * kNvsPageSize, writes_);
    const esp_err_t error = pages_.back().Load();
    if (error != ESP_OK) return error;
  }
  for (NvsPage& page : pages_) {
    if (page.is_live()) {
      live_.push_back(&page);
    } else {
      free_.push_back(&page);
    }
  }
  std::stable_sort(live_.begin(), live_.end(), [](const NvsPage* a, const NvsPage* b) {
    return a->sequence() < b->sequence();
  });
  for (NvsPage* const page : live_) {
    const esp_err_t error = page->Repair();
    if (error != ESP_OK) return error;
  }
  esp_err_t error = FinishCollecting();
  if (error == ESP_OK && free_.empty() && writes_) error = ESP_ERR_NVS_NO_FREE_PAGES;
  if (error == ESP_OK) error = EraseBrokenBlobs();
  if (error == ESP_OK) error = EraseDuplicates();
  if (error == ESP_OK) error = EraseOrphanChunks();
  LoadNamespaces();
  return error;
}

// A page that was being emptied: with a full copy of what is left on it, it is
// erased; a half-made copy is thrown away and made again.
esp_err_t NvsStore::FinishCollecting() {
  const auto found = std::find_if(live_.begin(), live_.end(), [](const NvsPage* page) {
    return page->state() == NvsPage::State::kFreeing;
  });
  if (found == live_.end()) return ESP_OK;
  NvsPage& from = **found;
  if (NvsPage* const copy = Active(); copy != nullptr) {
    bool full = true;
    ForEach([&](const Place& place) {
      if (place.page != &from) return true;
      bool copied = false;
      for (std::size_t i = 0; i + place.item.span <= kNvsEntries && !copied; ++i) {
        copied = true;
        for (std::size_t k = 0; k < place.item.span && copied; ++k) {
          const Bytes there = copy->entry(i + k);
          const Bytes here = from.entry(place.index + k);
          copied = copy->entry_state(i + k) == NvsPage::EntryState::kWritten &&
                   std::equal(here.begin(), here.end(), there.begin());
        }
      }
      full = copied;
      return full;
    });
    if (full) return Release(from);
    live_.pop_back();
    const esp_err_t error = copy->Erase();
    free_.push_back(copy);
    if (error != ESP_OK) return error;
  }
  if (free_.empty()) return ESP_ERR_NVS_NO_FREE_PAGES;
  const esp_err_t error = OpenNextPage();
  return error == ESP_OK ? MoveItems(from, ItemsOn(from), *live_.back()) : error;
}

bool NvsStore::IsWhole(const Place& blob_index) const {
  std::size_t size = 0;
  for (std::size_t i = 0; i < blob_index.item.chunk_count(); ++i) {
    const auto chunk =
        FindChunk(blob_index.item, static_cast<std::uint8_t>(blob_index.item.chunk_start() + i));
    if (!chunk.has_value()) return false;
    size += chunk->item.data_size();
  }
  return size == blob_index.item.blob_size();
}

esp_err_t NvsStore::EraseBrokenBlobs() {
  std::vector<Place> broken;
  ForEach([&](const Place& place) {
    if (place.item.type == kNvsBlobIndex && !IsWhole(place)) broken.push_back(place);
    return true;
  });
  for (const Place& place : broken) {
    const esp_err_t error = ErasePlace(place, false);
    if (error != ESP_OK) return error;
  }
  return ESP_OK;
}

// Of values with one key, and of chunks with one number, the last written stays.
esp_err_t NvsStore::EraseDuplicates() {
  std::map<std::tuple<std::uint8_t, std::string, std::uint8_t>, Place> last;
  std::vector<Place> older;
  ForEach([&](const Place& place) {
    const std::uint8_t chunk = place.item.type == kNvsBlobChunk ? place.item.chunk : kNvsNoChunk;
    const auto key = std::tuple(place.item.namespace_index, place.item.key, chunk);
    const auto& [position, added] = last.try_emplace(key, place);
    if (!added) {
      older.push_back(position->second);
      position->second = place;
    }
    return true;
  });
  for (const Place& place : older) {
    const esp_err_t error = ErasePlace(place, false);
    if (error != ESP_OK) return error;
  }
  return ESP_OK;
}

// Of a version that was not committed, or not wholly erased.
esp_err_t NvsStore::EraseOrphanChunks() {
  std::vector<Place> orphans;
  ForEach([&](const Place& place) {
    if (place.item.type != kNvsBlobChunk) return true;
    const auto index = Find(place.item.namespace_index, place.item.key);
    const bool mine = index.has_value() && index->item.type == kNvsBlobIndex &&
                      place.item.chunk >= index->item.chunk_start() &&
                      place.item.chunk < index->item.chunk_start() + index->item.chunk_count();
    if (!mine) orphans.push_back(place);
    return true;
  });
  for (const Place& place : orphans) {
    const esp_err_t error = ErasePlace(place, false);
    if (error != ESP_OK) return error;
  }
  return ESP_OK;
}

void NvsStore::LoadNamespaces() {
  namespaces_.clear();
  ForEach([&](const Place& place) {
    const NvsItem& item = place.item;
    if (item.namespace_index == 0 && item.type == NVS_TYPE_U8 && item.value[0] != 0 &&
        item.value[0] != 0xFF) {
      namespaces_[item.key] = item.value[0];
    }
    return true;
  });
}

}  // namespace updraft::esp
