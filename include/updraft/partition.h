// SPDX-License-Identifier: Apache-2.0
// The partition table in flash: rows of 32 bytes, an MD5 row, an end marker.
// Format: ESP-IDF partition table (docs/formats.md).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "updraft/bytes.h"
#include "updraft/observer.h"
#include "updraft/port/crypto.h"
#include "updraft/port/flash.h"
#include "updraft/status.h"

namespace updraft {

enum class PartitionType : std::uint8_t {
  kApp = 0x00,
  kData = 0x01,
  kBootloader = 0x02,
  kPartitionTable = 0x03,
};

inline constexpr std::uint8_t kSubtypeFactory = 0x00;  // of an app
inline constexpr std::uint8_t kSubtypeOta0 = 0x10;     // up to 0x1F for ota_15
inline constexpr std::uint8_t kSubtypeTest = 0x20;     // of an app
inline constexpr std::uint8_t kSubtypeOtadata = 0x00;  // of data
inline constexpr int kMaxOtaSlots = 16;                // ota_0 to ota_15

inline constexpr std::uint64_t kPartitionTableOffset = 0x8000;  // in flash, unless configured
inline constexpr std::size_t kPartitionTableMaxLength = 0xC00;  // bytes
inline constexpr std::size_t kPartitionRowSize = 32;            // bytes
inline constexpr std::size_t kMaxPartitions = kPartitionTableMaxLength / kPartitionRowSize;  // rows

struct Partition {                           // One row of the table.
  PartitionType type = PartitionType::kApp;  // any value may stand there
  std::uint8_t subtype = 0;                  // of its type
  std::uint64_t offset = 0;                  // in flash, bytes
  std::uint64_t size = 0;                    // bytes
  std::uint32_t flags = 0;                   // bit 0 encrypted, bit 1 read-only
  std::array<char, 17> label_field{};        // always terminated

  std::string_view label() const;  // up to its zero; valid as long as this
  bool is_ota_slot() const {       // ota_0 to ota_15.
    return type == PartitionType::kApp && (subtype & 0xF0) == kSubtypeOta0;
  }
  // An app partition that the bootloader may start.
  bool is_slot() const { return type == PartitionType::kApp; }
  // 0 for ota_0; only for an OTA slot.
  int ota_index() const { return subtype - kSubtypeOta0; }
  bool operator==(const Partition&) const = default;
};

// One row of 32 bytes; its magic has been checked.
Partition ParsePartitionRow(std::span<const std::uint8_t, kPartitionRowSize> row);
void StorePartitionRow(const Partition& partition, std::span<std::uint8_t, kPartitionRowSize> row);

// A verified table. Holds no rows: it reads them from flash when asked, so it
// costs a microcontroller nothing. The Flash outlives it.
class PartitionTable {
 public:
  PartitionTable() = default;

  // Judges the table as the ESP bootloader does: magic of each row, rows inside
  // the flash, MD5 when there is one, end marker. No overlap or label checks.
  // kBadFormat, kBadChecksum, kFlash.
  static Result<PartitionTable> Load(Flash& flash, std::uint64_t offset, Crypto& crypto,
                                     Observer& observer = NoObserver());
  // The same into this table, for who has no stack for a second one. After an error it
  // is not to be used.
  Status Attach(Flash& flash, std::uint64_t offset, Crypto& crypto, Observer& observer);

  std::size_t size() const { return count_; }  // rows, without MD5 and end
  // index < size().
  Result<Partition> At(std::size_t index) const;

  // The first row that fits, in table order. kNotFound.
  Result<Partition> Find(PartitionType type, std::uint8_t subtype) const;
  Result<Partition> FindLabel(std::string_view label) const;

  // ota_0, ota_1, ... up to the first gap, as the application counts.
  Result<int> CountOtaSlots() const;
  // All rows ota_0..ota_15, as the bootloader counts.
  Result<int> CountOtaRows() const;

 private:
  Status Judge(Crypto& crypto, Observer& observer);
  Status ReadRow(std::size_t index, std::span<std::uint8_t, kPartitionRowSize> row) const;

  Flash* flash_ = nullptr;
  std::uint64_t offset_ = 0;
  std::size_t count_ = 0;
  std::size_t md5_row_ = kMaxPartitions;  // rows may follow it
};

}  // namespace updraft
