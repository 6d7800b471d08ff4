// SPDX-License-Identifier: Apache-2.0
// esp_ota_ops.h, second half: what runs, what boots, what is confirmed. Otadata
// belongs to the core's Slots; here its answers get ESP-IDF's numbers.
#include <bootloader_common.h>
#include <esp_log.h>
#include <esp_ota_ops.h>
#include <esp_secure_boot.h>
#include <esp_system.h>

#include <vector>

#include "updraft/slots.h"

#include "esp/src/err.h"
#include "esp/src/image_proof.h"
#include "esp/src/no_memory.h"
#include "esp/src/partition_list.h"

namespace updraft::esp {
namespace {

constexpr const char* kTag = "esp_ota_ops";
constexpr std::size_t kProofBuffer = 65536;

// The device held, its slots open.
class OpenSlots {
 public:
  OpenSlots() {
    if (!device_) return;
    auto slots = Slots::Open(*device_);
    if (slots) {
      slots_ = *slots;
      error_ = ESP_OK;
    } else {
      error_ = ErrorOf(slots.error());
    }
  }

  // Not ESP_OK: nothing else may be asked.
  esp_err_t error() const { return error_; }
  BoundDevice& device() { return device_; }
  Slots* operator->() { return &slots_; }

  // The list's own partition, NULL for none.
  const esp_partition_t* Listed(const Result<Partition>& partition) {
    PartitionList& list = PartitionList::Instance();
    if (!partition || list.Load(device_) != ESP_OK) return nullptr;
    return list.At(*partition);
  }

 private:
  BoundDevice device_;
  Slots slots_;
  esp_err_t error_ = ESP_ERR_INVALID_STATE;
};

// kInvalidState of marking says that factory runs.
esp_err_t MarkErrorOf(Status status) {
  if (status.code() == Code::kInvalidState) {
    ESP_LOGE(kTag, "Running firmware is factory");
    return ESP_FAIL;
  }
  return status.code() == Code::kIncompatible ? ESP_ERR_OTA_ROLLBACK_FAILED : ErrorOf(status);
}

esp_err_t SelectBoot(const esp_partition_t* partition, bool validate) {
  if (partition == nullptr) return ESP_ERR_INVALID_ARG;
  OpenSlots slots;
  if (slots.error() != ESP_OK) return slots.error();
  BoundDevice& device = slots.device();
  const auto slot = CorePartition(partition, device);
  if (!slot) return ESP_ERR_INVALID_ARG;
  if (validate && !device.flash().IsProven(slot->offset)) {
    Prover prover(device, slot->offset, false);
    Partition proven = *slot;
    proven.type = PartitionType::kApp;
    const auto facts = prover->Prove(proven);
    // Too old is an answer of its own, below.
    if (!facts && facts.error().code() != Code::kDowngrade) return ESP_ERR_OTA_VALIDATE_FAILED;
  }
  if (slot->type != PartitionType::kApp) return ESP_ERR_INVALID_ARG;
  if (device->policy.anti_rollback && slot->subtype != kSubtypeFactory) {
    Prover prover(device, slot->offset, true);
    const auto version = prover->SecureVersion(*slot);
    if (!version) return ErrorOf(version.error());
    const auto minimum = device->efuse->ReadSecureVersion();
    if (!minimum) return ErrorOf(minimum.error());
    if (*version < *minimum) {
      ESP_LOGE(
          kTag,
          "the image is older than the eFuse's secure version allows; its partition is erased");
      static_cast<void>(esp_partition_erase_range(partition, 0, partition->size));
      return ESP_ERR_OTA_SMALL_SEC_VER;
    }
  }
  return ErrorOf(slots->Select(*slot));
}

esp_err_t EraseInactive(bool slot_too) {
  OpenSlots slots;
  if (slots.error() != ESP_OK) return ESP_FAIL;
  const Status status = slot_too ? slots->EraseLastBootSlot() : slots->EraseInactiveRecord();
  const bool refused = status.code() == Code::kInvalidState || status.code() == Code::kNotFound;
  return refused ? ESP_FAIL : ErrorOf(status);
}

// Whether what runs is proven by the keys that are left without this one.
bool RunsWithoutKey(const BoundDevice& device, std::size_t key) {
  if (!device->running.has_value() || device->trusted_keys.empty()) return false;
  Device without = *device;
  if (!without.trusted_keys.Revoke(key).ok()) return false;
  std::vector<std::uint8_t> buffer(kProofBuffer);
  ImageLog log(device->running->offset, true);
  return SlotProver(without, buffer, log).IsBootable(*device->running);
}

esp_err_t RevokeKey(std::size_t key) {
  OpenSlots slots;
  if (slots.error() != ESP_OK || !slots.device()->running.has_value()) return ESP_FAIL;
  BoundDevice& device = slots.device();
  if (device->policy.rollback) {
    const auto state = slots->State(*device->running);
    if (!state || *state != SlotState::kValid) {
      ESP_LOGE(kTag, "Current running app is not marked as a valid app");
      return ESP_FAIL;
    }
  }
  const auto revoked = device->efuse->IsDigestRevoked(key);
  if (!revoked) return ESP_FAIL;
  if (*revoked) return ESP_OK;
  if (!RunsWithoutKey(device, key)) {
    ESP_LOGE(kTag, "Application cannot be verified with any key other than the one being revoked");
    return ESP_FAIL;
  }
  if (!device->efuse->RevokeDigest(key).ok()) return ESP_FAIL;
  return device->trusted_keys.Revoke(key).ok() ? ESP_OK : ESP_FAIL;
}

esp_err_t ReadDescription(const Partition& partition, BoundDevice& device, MutableBytes out) {
  if (partition.size < kDescriptionOffset + out.size()) return ESP_ERR_INVALID_SIZE;
  return ErrorOf(device->flash->Read(partition.offset + kDescriptionOffset, out));
}

}  // namespace
}  // namespace updraft::esp

using updraft::esp::BoundDevice;
using updraft::esp::ErrorOf;
using updraft::esp::OpenSlots;

esp_err_t esp_ota_set_boot_partition(const esp_partition_t* partition) try {
  return updraft::esp::SelectBoot(partition, true);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_ota_set_boot_partition_skip_validate(const esp_partition_t* partition) try {
  return updraft::esp::SelectBoot(partition, false);
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

const esp_partition_t* esp_ota_get_boot_partition(void) try {
  OpenSlots slots;
  return slots.error() == ESP_OK ? slots.Listed(slots->Selected()) : nullptr;
}
UPDRAFT_NO_MEMORY(nullptr)

const esp_partition_t* esp_ota_get_running_partition(void) try {
  OpenSlots slots;
  if (slots.error() != ESP_OK || !slots.device()->running.has_value()) return nullptr;
  return slots.Listed(*slots.device()->running);
}
UPDRAFT_NO_MEMORY(nullptr)

const esp_partition_t* esp_ota_get_next_update_partition(const esp_partition_t* start_from) try {
  OpenSlots slots;
  if (slots.error() != ESP_OK) return nullptr;
  if (start_from == nullptr) return slots.Listed(slots->NextUpdateSlot());
  const esp_partition_t* const own = esp_partition_verify(start_from);
  if (own == nullptr) return nullptr;
  return slots.Listed(slots->NextUpdateSlot(updraft::esp::CorePartition(own, slots.device())));
}
UPDRAFT_NO_MEMORY(nullptr)

std::uint8_t esp_ota_get_app_partition_count(void) {
  OpenSlots slots;
  if (slots.error() != ESP_OK) return 0;
  const auto count = slots->table().CountOtaSlots();
  return count ? static_cast<std::uint8_t>(*count) : std::uint8_t{0};
}

esp_err_t esp_ota_get_partition_description(const esp_partition_t* partition,
                                            esp_app_desc_t* app_desc) {
  if (partition == nullptr || app_desc == nullptr) return ESP_ERR_INVALID_ARG;
  if (partition->type != ESP_PARTITION_TYPE_APP) return ESP_ERR_NOT_SUPPORTED;
  BoundDevice device;
  if (!device) return ESP_ERR_INVALID_STATE;
  const auto slot = updraft::esp::CorePartition(partition, device);
  if (!slot) return ESP_ERR_INVALID_ARG;
  const esp_err_t error = updraft::esp::ReadDescription(
      *slot, device, {reinterpret_cast<std::uint8_t*>(app_desc), sizeof *app_desc});
  if (error != ESP_OK) return error;
  return app_desc->magic_word == ESP_APP_DESC_MAGIC_WORD ? ESP_OK : ESP_ERR_NOT_FOUND;
}

esp_err_t esp_ota_get_bootloader_description(const esp_partition_t* bootloader_partition,
                                             esp_bootloader_desc_t* desc) {
  if (desc == nullptr) return ESP_ERR_INVALID_ARG;
  BoundDevice device;
  if (!device) return ESP_ERR_INVALID_STATE;
  updraft::Partition place;
  place.type = updraft::PartitionType::kBootloader;
  place.offset = device->chip.family->bootloader_offset;
  place.size = device->partition_table_offset - place.offset;
  if (bootloader_partition != nullptr) {
    const auto given = updraft::esp::CorePartition(bootloader_partition, device);
    if (!given) return ESP_ERR_INVALID_ARG;
    place = *given;
  }
  const esp_err_t error = updraft::esp::ReadDescription(
      place, device, {reinterpret_cast<std::uint8_t*>(desc), sizeof *desc});
  if (error != ESP_OK) return error;
  return desc->magic_byte == ESP_BOOTLOADER_DESC_MAGIC_BYTE ? ESP_OK : ESP_ERR_NOT_FOUND;
}

esp_err_t esp_ota_get_state_partition(const esp_partition_t* partition,
                                      esp_ota_img_states_t* ota_state) {
  if (partition == nullptr || ota_state == nullptr) return ESP_ERR_INVALID_ARG;
  OpenSlots slots;
  if (slots.error() != ESP_OK) return slots.error();
  const auto slot = updraft::esp::CorePartition(partition, slots.device());
  if (!slot) return ESP_ERR_INVALID_ARG;
  const auto state = slots->State(*slot);
  if (!state) return ErrorOf(state.error());
  *ota_state = static_cast<esp_ota_img_states_t>(*state);
  return ESP_OK;
}

const esp_partition_t* esp_ota_get_last_invalid_partition(void) try {
  OpenSlots slots;
  if (slots.error() != ESP_OK) return nullptr;
  updraft::esp::Prover prover(slots.device(), 0, true);
  return slots.Listed(slots->LastInvalid(*prover));
}
UPDRAFT_NO_MEMORY(nullptr)

esp_err_t esp_ota_mark_app_valid_cancel_rollback(void) try {
  OpenSlots slots;
  if (slots.error() != ESP_OK) return slots.error();
  updraft::esp::Prover prover(slots.device(), 0, true);
  return updraft::esp::MarkErrorOf(slots->Confirm(*prover));
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_ota_mark_app_invalid_rollback(void) try {
  OpenSlots slots;
  if (slots.error() != ESP_OK) return slots.error();
  updraft::esp::Prover prover(slots.device(), 0, true);
  return updraft::esp::MarkErrorOf(slots->RollBack(*prover));
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_ota_mark_app_invalid_rollback_and_reboot(void) try {
  const esp_err_t error = esp_ota_mark_app_invalid_rollback();
  if (error == ESP_OK) {
    ESP_LOGI(updraft::esp::kTag, "Rollback to previously worked partition. Restart.");
    esp_restart();
  }
  return error;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

bool esp_ota_check_rollback_is_possible(void) try {
  OpenSlots slots;
  if (slots.error() != ESP_OK) return false;
  updraft::esp::Prover prover(slots.device(), 0, true);
  const auto possible = slots->RollBackIsPossible(*prover);
  return possible && *possible;
}
UPDRAFT_NO_MEMORY(false)

esp_err_t esp_ota_erase_last_boot_app_partition(void) { return updraft::esp::EraseInactive(true); }

esp_err_t esp_ota_invalidate_inactive_ota_data_slot(void) {
  return updraft::esp::EraseInactive(false);
}

esp_err_t esp_ota_check_image_validity(esp_partition_type_t part_type,
                                       const esp_image_header_t* img_hdr,
                                       const esp_app_desc_t* app_desc) {
  if (img_hdr == nullptr) return ESP_ERR_INVALID_ARG;
  const bool app = part_type == ESP_PARTITION_TYPE_APP;
  if (!app && part_type != ESP_PARTITION_TYPE_BOOTLOADER) return ESP_ERR_INVALID_ARG;
  const esp_image_type type = app ? ESP_IMAGE_APPLICATION : ESP_IMAGE_BOOTLOADER;
  if (bootloader_common_check_chip_validity(img_hdr, type) != ESP_OK) {
    return ESP_ERR_INVALID_VERSION;
  }
  if (!app || app_desc == nullptr) return ESP_OK;
  const std::uint8_t running = esp_app_get_description()->spi_flash_mode;
  if (running == 0 || app_desc->spi_flash_mode == 0 || running == app_desc->spi_flash_mode) {
    return ESP_OK;
  }
  ESP_LOGE(updraft::esp::kTag, "SPI flash mode mismatch: running %u, new image %u", running,
           app_desc->spi_flash_mode);
  return ESP_ERR_OTA_SPI_MODE_MISMATCH;
}

esp_err_t esp_ota_revoke_secure_boot_public_key(esp_ota_secure_boot_public_key_index_t index) try {
  if (!esp_secure_boot_enabled()) return ESP_FAIL;
  const bool known =
      index >= SECURE_BOOT_PUBLIC_KEY_INDEX_0 && index <= SECURE_BOOT_PUBLIC_KEY_INDEX_2;
  return known ? updraft::esp::RevokeKey(static_cast<std::size_t>(index)) : ESP_ERR_INVALID_ARG;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)
