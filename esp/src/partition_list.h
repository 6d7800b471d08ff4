// SPDX-License-Identifier: Apache-2.0
// The list behind esp_partition_find and all that takes an esp_partition_t: the
// rows of the device's table, then what was registered. A partition once handed
// out is never freed, so that a stale pointer finds itself refused.
#pragma once

#include <esp_partition.h>

#include <cstdint>
#include <deque>
#include <optional>

#include "updraft/partition.h"

#include "esp/src/bound_device.h"

namespace updraft::esp {

class PartitionList {
 public:
  struct Entry {
    esp_partition_t partition{};
    bool listed = false;
    bool external = false;
  };

  // The list of the bound device, loaded when it is not yet. Hold the device.
  static PartitionList& Instance();

  // ESP_OK, or why the table cannot be read; then only externals are listed.
  esp_err_t Load(BoundDevice& device);
  // Forgets the list; what was handed out stays readable.
  void Unload();

  // In order. Entries that are not listed are none.
  const std::deque<Entry*>& order() const { return order_; }
  // The entry whose partition `partition` is, or is a true copy of; nullptr.
  const Entry* Match(const esp_partition_t* partition) const;
  // The listed app partition at that place of flash.
  const esp_partition_t* At(const Partition& partition) const;

  const esp_partition_t* Register(const esp_partition_t& partition);
  esp_err_t Deregister(const esp_partition_t* partition);

 private:
  Entry* Admit(const esp_partition_t& partition, bool external);

  std::deque<Entry> entries_;  // every one there ever was
  std::deque<Entry*> order_;
  bool loaded_ = false;
};

// Address and size alone decide where it lies; NULL gives nothing, and so does
// what does not lie within the flash.
std::optional<Partition> CorePartition(const esp_partition_t* partition, BoundDevice& device);

}  // namespace updraft::esp
