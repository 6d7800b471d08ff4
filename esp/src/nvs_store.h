// SPDX-License-Identifier: Apache-2.0
// A key-value store over the pages of one partition: finding, writing, erasing,
// collecting, and putting right what a power cut left. Owned by nvs_flash.cc;
// every call holds the device. Flash and partition outlive it.
#pragma once

#include <nvs.h>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "esp/src/nvs_page.h"

namespace updraft::esp {

class NvsStore {
 public:
  // `size`: of the partition; a part of a page at its end is not used.
  NvsStore(Flash& flash, std::uint64_t address, std::uint64_t size, bool writes);

  // Reads all pages and repairs them. ESP_ERR_NVS_NOT_ENOUGH_SPACE below two
  // pages, ESP_ERR_NVS_NEW_VERSION_FOUND, ESP_ERR_NVS_NO_FREE_PAGES.
  esp_err_t Load();

  bool writes() const { return writes_; }
  // Where an item is: on which page, at which entry.
  struct Place {
    NvsPage* page = nullptr;
    std::size_t index = 0;
    NvsItem item{};
    bool operator==(const Place& other) const { return page == other.page && index == other.index; }
  };

  std::optional<std::uint8_t> FindNamespace(std::string_view name) const;
  // "" for an index that is nobody's.
  std::string NamespaceName(std::uint8_t index) const;
  // Makes it when it is not there. ESP_ERR_NVS_NOT_ENOUGH_SPACE, then
  // ESP_ERR_NVS_KEY_TOO_LONG.
  esp_err_t OpenNamespace(std::string_view name, std::uint8_t* index);

  // The value of a key, of whatever type: numbers, strings, blob indices.
  std::optional<Place> Find(std::uint8_t namespace_index, std::string_view key) const;
  // All values in the order of the log.
  std::vector<Place> Values() const;

  esp_err_t SetNumber(std::uint8_t namespace_index, std::string_view key, nvs_type_t type,
                      std::uint64_t bits, bool purge);
  esp_err_t SetString(std::uint8_t namespace_index, std::string_view key, Bytes with_nul,
                      bool purge);
  // ESP_ERR_NVS_VALUE_TOO_LONG, then ESP_ERR_NVS_KEY_TOO_LONG.
  esp_err_t SetBlob(std::uint8_t namespace_index, std::string_view key, Bytes data, bool purge);
  // The bytes of a string or blob. ESP_ERR_NVS_NOT_FOUND when its CRC is wrong;
  // then it is erased.
  esp_err_t Get(const Place& place, std::vector<std::uint8_t>* data);
  // How many they are, by the head alone.
  static std::size_t SizeOf(const Place& place);

  esp_err_t Erase(const Place& place, bool purge);
  esp_err_t EraseNamespace(std::uint8_t namespace_index, bool purge);
  esp_err_t PurgeErased();

  nvs_stats_t Stats() const;
  // Entries of a namespace.
  std::size_t CountUsed(std::uint8_t namespace_index) const;

 private:
  template <typename Visit>
  void ForEach(Visit visit) const;  // visit(Place) -> true: go on

  // nvs_repair.cc
  esp_err_t FinishCollecting();
  esp_err_t EraseBrokenBlobs();
  esp_err_t EraseDuplicates();
  esp_err_t EraseOrphanChunks();
  void LoadNamespaces();
  bool IsWhole(const Place& blob_index) const;

  NvsPage* Active() const {
    return live_.empty() || live_.back()->state() != NvsPage::State::kActive ? nullptr
                                                                             : live_.back();
  }
  esp_err_t RequireNewPage();
  esp_err_t OpenNextPage();
  esp_err_t Collect();
  std::vector<Place> ItemsOn(const NvsPage& page) const;
  esp_err_t MoveItems(NvsPage& from, const std::vector<Place>& items, NvsPage& to);
  esp_err_t Release(NvsPage& page);
  // The page on which `span` entries fit at the end of the log.
  esp_err_t RequireRoom(std::size_t span, NvsPage** page);
  esp_err_t Append(NvsItem item, Bytes data, Place* place);
  esp_err_t AppendBlob(std::uint8_t namespace_index, std::string_view key, Bytes data,
                       std::uint8_t start, Place* place);
  esp_err_t AppendChunks(NvsItem chunk, Bytes data, std::uint8_t* count);
  // After a value was written: what else has its key goes.
  esp_err_t EraseOthers(const Place& kept, bool purge);
  esp_err_t ErasePlace(const Place& place, bool purge);
  std::optional<Place> FindChunk(const NvsItem& index, std::uint8_t chunk) const;
  bool Holds(const Place& place, nvs_type_t type, Bytes data);

  Flash* flash_;
  std::uint64_t address_;
  std::size_t page_count_;
  bool writes_;
  std::deque<NvsPage> pages_;
  std::vector<NvsPage*> live_;  // by sequence
  std::vector<NvsPage*> free_;  // the longest free one first; both have room for all
  std::map<std::string, std::uint8_t, std::less<>> namespaces_;
};

template <typename Visit>
void NvsStore::ForEach(Visit visit) const {
  for (NvsPage* const page : live_) {
    for (std::size_t i = 0; i < kNvsEntries;) {
      if (page->entry_state(i) != NvsPage::EntryState::kWritten) {
        ++i;
        continue;
      }
      auto item = page->ItemAt(i);
      if (!item.has_value()) {
        ++i;
        continue;
      }
      const std::size_t span = item->span;
      if (!visit(Place{page, i, std::move(*item)})) return;
      i += span;
    }
  }
}

}  // namespace updraft::esp
