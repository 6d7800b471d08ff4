// SPDX-License-Identifier: Apache-2.0
// esp_image_format.h and bootloader_common.h: the proof of the core under
// ESP-IDF's names, and the table's judge.
#include <bootloader_common.h>
#include <esp_image_format.h>
#include <esp_log.h>
#include <esp_ota_ops.h>

#include <array>
#include <cstring>
#include <string_view>

#include "updraft/slots.h"

#include "esp/src/err.h"
#include "esp/src/image_proof.h"
#include "esp/src/no_memory.h"

namespace updraft::esp {
namespace {

constexpr std::uint64_t kNarrowLimit = 0x1000000;

// Where the image is said to be; a place that does not fit the chip is no place.
std::optional<Partition> PlaceOf(const esp_partition_pos_t& position, BoundDevice& device) {
  const ChipFamily& family = *device->chip.family;
  const std::uint64_t flash_size = device->flash->geometry().size;
  if (position.size > kNarrowLimit && !family.wide_flash_address) return std::nullopt;
  if (position.offset >= flash_size) return std::nullopt;
  Partition place;
  place.offset = position.offset;
  place.size = std::min<std::uint64_t>(position.size, flash_size - position.offset);
  const bool bootloader = !family.runs_linux && position.offset == family.bootloader_offset;
  place.type = bootloader ? PartitionType::kBootloader : PartitionType::kApp;
  return place;
}

void Fill(const ImageFacts& facts, const Partition& place, BoundDevice& device,
          esp_image_metadata_t& data) {
  data.start_addr = static_cast<std::uint32_t>(place.offset);
  std::array<std::uint8_t, kImageHeaderSize> header{};
  static_assert(sizeof data.image == kImageHeaderSize);
  if (device->flash->Read(place.offset, header).ok()) {
    std::memcpy(&data.image, header.data(), header.size());
  }
  for (std::size_t i = 0; i < facts.segment_count; ++i) {
    const Segment& segment = facts.segments[i];
    data.segments[i] = {segment.header.load_address, segment.header.length};
    data.segment_data[i] = static_cast<std::uint32_t>(place.offset + segment.data_offset);
  }
  data.image_len = static_cast<std::uint32_t>(facts.length);
  if (facts.header.hash_appended != 0) {
    std::memcpy(data.image_digest, facts.stored_hash.data(), facts.stored_hash.size());
  }
  data.mmu_page_size = 0x10000;
  if (!facts.description.has_value()) return;
  if (device->policy.anti_rollback) data.secure_version = facts.description->secure_version;
  const std::uint8_t page = facts.description->mmu_page_size;
  if (device->chip.family->configurable_mmu_page && page >= 13 && page <= 18) {
    data.mmu_page_size = std::uint32_t{1} << page;
  }
}

void LogSegments(const ImageFacts& facts, const Partition& place, const ChipFamily& family) {
  for (std::size_t i = 0; i < facts.segment_count; ++i) {
    const SegmentHeader& segment = facts.segments[i].header;
    bool mapped = false;
    for (const AddressRange& range : family.mapped) {
      mapped = mapped || (segment.load_address >= range.low && segment.load_address < range.high);
    }
    ESP_LOGI("esp_image", "segment %d: paddr=%08x vaddr=%08x size=%05xh (%6u) %s",
             static_cast<int>(i),
             static_cast<unsigned>(place.offset + facts.segments[i].data_offset),
             segment.load_address, segment.length, segment.length, mapped ? "map" : "");
  }
}

Partition BootloaderPlace(BoundDevice& device) {
  Partition place;
  place.type = PartitionType::kBootloader;
  place.offset = device->chip.family->bootloader_offset;
  place.size = device->partition_table_offset - place.offset;
  return place;
}

}  // namespace
}  // namespace updraft::esp

using updraft::esp::BoundDevice;
using updraft::esp::Prover;

int esp_image_get_flash_size(esp_image_flash_size_t app_flash_size) {
  if (app_flash_size < ESP_IMAGE_FLASH_SIZE_1MB || app_flash_size >= ESP_IMAGE_FLASH_SIZE_MAX)
    return 0;
  return 0x100000 << app_flash_size;
}

esp_err_t esp_image_verify(esp_image_load_mode_t mode, const esp_partition_pos_t* part,
                           esp_image_metadata_t* data) try {
  if (part == nullptr || data == nullptr) return ESP_ERR_INVALID_ARG;
  *data = {};
  BoundDevice device;
  if (!device) return ESP_ERR_INVALID_STATE;
  const auto place = updraft::esp::PlaceOf(*part, device);
  if (!place) return ESP_ERR_INVALID_ARG;
  const bool silent = mode == ESP_IMAGE_VERIFY_SILENT;
  Prover prover(device, place->offset, silent);
  const auto facts = prover->Prove(*place);
  if (!facts) return updraft::esp::ImageErrorOf(facts.error());
  if (!silent) updraft::esp::LogSegments(*facts, *place, *device->chip.family);
  updraft::esp::Fill(*facts, *place, device, *data);
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_image_get_metadata(const esp_partition_pos_t* part,
                                 esp_image_metadata_t* metadata) try {
  if (part == nullptr || metadata == nullptr) return ESP_ERR_INVALID_ARG;
  BoundDevice device;
  if (!device) return ESP_ERR_INVALID_STATE;
  const auto place = updraft::esp::PlaceOf(*part, device);
  if (!place) return ESP_ERR_INVALID_ARG;
  Prover prover(device, place->offset, true);
  const auto facts = prover->Inspect(*place);
  if (!facts) return updraft::esp::ImageErrorOf(facts.error());
  *metadata = {};
  updraft::esp::Fill(*facts, *place, device, *metadata);
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_image_verify_bootloader_data(esp_image_metadata_t* data) try {
  BoundDevice device;
  if (!device) return ESP_ERR_INVALID_STATE;
  const updraft::Partition place = updraft::esp::BootloaderPlace(device);
  const esp_partition_pos_t position{static_cast<std::uint32_t>(place.offset),
                                     static_cast<std::uint32_t>(place.size)};
  return esp_image_verify(ESP_IMAGE_VERIFY, &position, data);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_image_verify_bootloader(std::uint32_t* length) try {
  esp_image_metadata_t data{};
  const esp_err_t error = esp_image_verify_bootloader_data(&data);
  if (length != nullptr) *length = error == ESP_OK ? data.image_len : 0;
  return error;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t bootloader_common_check_chip_validity(const esp_image_header_t* img_hdr,
                                                esp_image_type type) {
  if (img_hdr == nullptr) return ESP_FAIL;
  const BoundDevice device;
  if (!device) return ESP_FAIL;
  const updraft::Chip& chip = device->chip;
  const auto refuse = [](const char* relation, unsigned wanted, unsigned found) {
    ESP_LOGE("boot_comm", "chip revision check failed. Required %s v%u.%u, found v%u.%u.", relation,
             wanted / 100, wanted % 100, found / 100, found % 100);
    return ESP_FAIL;
  };
  if (img_hdr->chip_id != chip.family->id) {
    ESP_LOGE("boot_comm", "mismatch chip ID, expected %d, found %d", chip.family->id,
             img_hdr->chip_id);
    return ESP_FAIL;
  }
  const unsigned minimum = img_hdr->min_chip_rev_full;
  const unsigned maximum = img_hdr->max_chip_rev_full;
  if (chip.revision < minimum) return refuse(">=", minimum, chip.revision);
  const bool has_maximum = type == ESP_IMAGE_APPLICATION && maximum != 0 && maximum != 0xFFFF &&
                           !chip.ignore_maximum_revision;
  if (has_maximum && chip.revision > maximum) return refuse("<=", maximum, chip.revision);
  return ESP_OK;
}

esp_err_t bootloader_common_get_partition_description(const esp_partition_pos_t* partition,
                                                      esp_app_desc_t* app_desc) {
  if (partition == nullptr || app_desc == nullptr || partition->offset == 0) {
    return ESP_ERR_INVALID_ARG;
  }
  const esp_partition_t place{.flash_chip = nullptr,
                              .type = ESP_PARTITION_TYPE_APP,
                              .subtype = ESP_PARTITION_SUBTYPE_ANY,
                              .address = partition->offset,
                              .size = partition->size,
                              .erase_size = 4096,
                              .label = {},
                              .encrypted = false,
                              .readonly = false};
  return esp_ota_get_partition_description(&place, app_desc);
}

esp_err_t bootloader_common_get_sha256_of_partition(std::uint32_t address, std::uint32_t size,
                                                    int part_type, std::uint8_t* out_sha_256) try {
  if (out_sha_256 == nullptr || size == 0 || part_type < 0 || part_type > 0xFF) {
    return ESP_ERR_INVALID_ARG;
  }
  BoundDevice device;
  if (!device) return ESP_ERR_INVALID_STATE;
  const std::uint64_t flash_size = device->flash->geometry().size;
  if (address > flash_size || size > flash_size - address) return ESP_ERR_INVALID_ARG;
  updraft::Partition place;
  place.type = static_cast<updraft::PartitionType>(part_type);
  place.offset = address;
  place.size = size;
  return updraft::esp::DigestOf(place, device, out_sha_256);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

namespace {

updraft::OtadataRecord RecordOf(const esp_ota_select_entry_t& entry) {
  updraft::OtadataRecord record;
  record.sequence = entry.ota_seq;
  record.state = static_cast<updraft::SlotState>(entry.ota_state);
  record.crc = entry.crc;
  return record;
}

}  // namespace

std::uint32_t bootloader_common_ota_select_crc(const esp_ota_select_entry_t* s) {
  return s != nullptr ? updraft::SequenceCrc(s->ota_seq) : 0;
}

bool bootloader_common_ota_select_valid(const esp_ota_select_entry_t* s) {
  return s != nullptr && RecordOf(*s).is_usable();
}

bool bootloader_common_ota_select_invalid(const esp_ota_select_entry_t* s) {
  return s == nullptr || RecordOf(*s).is_invalid();
}

int bootloader_common_get_active_otadata(esp_ota_select_entry_t* two_otadata) {
  if (two_otadata == nullptr) return -1;
  const auto active = updraft::ActiveRecord({RecordOf(two_otadata[0]), RecordOf(two_otadata[1])});
  return active.has_value() ? static_cast<int>(*active) : -1;
}

bool bootloader_common_label_search(const char* list, const char* label) {
  if (list == nullptr || label == nullptr) return false;
  const std::string_view wanted = std::string_view(label).substr(0, 16);
  std::string_view rest(list);
  while (!rest.empty() && !wanted.empty()) {
    const std::size_t end = rest.find_first_of(", ");
    if (rest.substr(0, end) == wanted) return true;
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return false;
}
