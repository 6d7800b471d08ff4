// SPDX-License-Identifier: Apache-2.0
// One page of a key-value store: 126 entries of 32 bytes behind a header and a
// bitmap, in ESP-IDF's format (docs/formats.md, "NVS"). Owned by NvsStore; keeps
// what the sector holds in memory too, so that only writes touch flash.
#pragma once

#include <esp_err.h>
#include <nvs.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "updraft/bytes.h"
#include "updraft/port/flash.h"

namespace updraft::esp {

inline constexpr std::size_t kNvsPageSize = 4096;
inline constexpr std::size_t kNvsEntrySize = 32;
inline constexpr std::size_t kNvsEntries = 126;
inline constexpr std::size_t kNvsMaxKey = 15;
inline constexpr std::size_t kNvsMaxData = 4000;  // of one item
inline constexpr std::uint8_t kNvsNoChunk = 0xFF;

// Types that only the format knows.
inline constexpr std::uint8_t kNvsOldBlob = 0x41;
inline constexpr std::uint8_t kNvsBlobChunk = 0x42;
inline constexpr std::uint8_t kNvsBlobIndex = 0x48;

// The CRC of everything in the format.
std::uint32_t NvsCrc(Bytes bytes);

// The head of an item.
struct NvsItem {
  std::uint8_t namespace_index = 0;
  std::uint8_t type = 0;
  std::uint8_t span = 1;
  std::uint8_t chunk = kNvsNoChunk;
  std::string key{};
  std::array<std::uint8_t, 8> value{};  // or length and CRC of the data

  bool has_data() const {
    return type == NVS_TYPE_STR || type == kNvsOldBlob || type == kNvsBlobChunk;
  }
  std::size_t data_size() const { return LoadLe16(value.data()); }
  std::uint32_t data_crc() const { return LoadLe32(&value[4]); }
  // Of a blob's index.
  std::uint32_t blob_size() const { return LoadLe32(value.data()); }
  std::uint8_t chunk_count() const { return value[4]; }
  std::uint8_t chunk_start() const { return value[5]; }
};

class NvsPage {
 public:
  enum class State : std::uint32_t {
    kFree = 0xFFFFFFFF,
    kActive = 0xFFFFFFFE,
    kFull = 0xFFFFFFFC,
    kFreeing = 0xFFFFFFF8,
    kCorrupt = 0xFFFFFFF0,  // erased before it is used again
  };
  enum class EntryState : std::uint8_t { kErased = 0, kIllegal = 1, kWritten = 2, kEmpty = 3 };

  // With `writes` off, changes are made in memory only.
  NvsPage(Flash& flash, std::uint64_t address, bool writes)
      : flash_(&flash), address_(address), writes_(writes) {}

  // Reads and judges the sector. ESP_ERR_NVS_NEW_VERSION_FOUND.
  esp_err_t Load();

  State state() const { return state_; }
  std::uint32_t sequence() const { return LoadLe32(&bytes_[4]); }
  bool is_live() const { return state_ != State::kFree && state_ != State::kCorrupt; }
  EntryState entry_state(std::size_t index) const;
  std::size_t written() const;  // entries
  // The position of the next new entry; kNvsEntries when there is none.
  std::size_t next() const { return next_; }
  // Bytes of data that an item at the end of the log could have.
  std::size_t tailroom() const {
    return next_ + 1 < kNvsEntries ? (kNvsEntries - next_ - 1) * kNvsEntrySize : 0;
  }
  Bytes entry(std::size_t index) const {
    return Bytes(bytes_).subspan(64 + index * kNvsEntrySize, kNvsEntrySize);
  }

  // The item whose head is there; nothing when it is no good head.
  std::optional<NvsItem> ItemAt(std::size_t index) const;
  // The data of an item with data; nothing when its CRC is wrong.
  std::optional<std::vector<std::uint8_t>> DataOf(std::size_t index, const NvsItem& item) const;

  // Takes a free page into use, erased before when it is corrupt.
  esp_err_t Open(std::uint32_t sequence);
  esp_err_t SetState(State state);
  esp_err_t Erase();
  // What was written to any page survives a power cut, before what follows.
  esp_err_t Sync();
  // Appends; the caller has seen that it fits.
  esp_err_t Append(const NvsItem& item, Bytes data);
  // Appends entries as they stand on another page.
  esp_err_t AppendCopy(const NvsPage& from, std::size_t index, std::size_t span);
  esp_err_t EraseEntries(std::size_t index, std::size_t span);
  // Zeros what entries hold that are erased.
  esp_err_t Purge(std::size_t index, std::size_t span);
  // What an interrupted write left: half-written entries, bad heads, items that
  // are not whole.
  esp_err_t Repair();

 private:
  using BitmapWord = std::array<std::uint8_t, 4>;  // 16 entries

  // In the bitmap one word at a time.
  esp_err_t Program(std::size_t offset, Bytes data);
  Status ProgramWhatIsThere(std::size_t offset, const BitmapWord& data);
  esp_err_t MarkEntries(std::size_t first, std::size_t count, EntryState state);
  esp_err_t SkipHalfWritten();

  Flash* flash_;
  std::uint64_t address_;
  bool writes_;
  State state_ = State::kFree;
  std::size_t next_ = 0;
  std::array<std::uint8_t, kNvsPageSize> bytes_{};
};

}  // namespace updraft::esp
