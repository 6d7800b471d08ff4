// SPDX-License-Identifier: Apache-2.0
// esp_ota_ops.h, first half: begin, write, end. The conditions are judged in
// ESP-IDF's order. A handle lives from begin to end or abort.
#include <esp_log.h>
#include <esp_ota_ops.h>

#include <algorithm>
#include <map>
#include <utility>

#include "updraft/slots.h"

#include "esp/src/err.h"
#include "esp/src/image_proof.h"
#include "esp/src/immortal.h"
#include "esp/src/no_memory.h"
#include "esp/src/ota_operation.h"
#include "esp/src/partition_list.h"
#include "esp/src/project_config.h"
#include "esp/src/signature_check.h"

namespace updraft::esp {
namespace {

constexpr const char* kTag = "esp_ota_ops";
constexpr std::uint64_t kSector = 4096;

struct Operations {
  std::map<esp_ota_handle_t, OtaOperation> open;
  esp_ota_handle_t last = 0;
};

Operations& All() {
  static updraft::esp::Immortal<Operations> operations;
  return *operations;
}

OtaOperation* Find(esp_ota_handle_t handle) {
  const auto found = All().open.find(handle);
  return found != All().open.end() ? &found->second : nullptr;
}

bool IsOtaSlot(const esp_partition_t& partition) {
  return partition.type == ESP_PARTITION_TYPE_APP &&
         partition.subtype >= ESP_PARTITION_SUBTYPE_APP_OTA_MIN &&
         partition.subtype < ESP_PARTITION_SUBTYPE_APP_OTA_MAX;
}

bool Runs(const esp_partition_t& partition, BoundDevice& device) {
  return device->running.has_value() && device->running->offset == partition.address;
}

bool OnTrial(BoundDevice& device) {
  if (!device->policy.rollback || !device->running.has_value()) return false;
  const auto slots = Slots::Open(*device);
  if (!slots) return false;
  const auto state = slots->State(*device->running);
  return state.has_value() && *state == SlotState::kPendingVerify;
}

// What begin and resume demand alike; `own` becomes the list's own partition.
esp_err_t JudgeTarget(const esp_partition_t* partition, bool any_running_conflicts,
                      BoundDevice& device, const esp_partition_t** own) {
  *own = esp_partition_verify(partition);
  if (*own == nullptr) return ESP_ERR_NOT_FOUND;
  const bool app = (*own)->type == ESP_PARTITION_TYPE_APP;
  if (app && !IsOtaSlot(**own)) return ESP_ERR_INVALID_ARG;
  if ((app || any_running_conflicts) && Runs(**own, device)) return ESP_ERR_OTA_PARTITION_CONFLICT;
  if (app && OnTrial(device)) {
    ESP_LOGE(kTag, "Running app has not confirmed state (ESP_OTA_IMG_PENDING_VERIFY)");
    return ESP_ERR_OTA_ROLLBACK_INVALID_STATE;
  }
  const auto& open = All().open;
  const bool busy = std::any_of(open.begin(), open.end(),
                                [&](const auto& pair) { return pair.second.uses(*own); });
  return busy ? ESP_ERR_OTA_ALREADY_IN_PROGRESS : ESP_OK;
}

// What EraseAtBegin would refuse, before anything has changed.
esp_err_t JudgeSize(const esp_partition_t& partition, std::size_t image_size) {
  const bool given = image_size != OTA_WITH_SEQUENTIAL_WRITES && image_size != OTA_SIZE_UNKNOWN;
  if (image_size != OTA_WITH_SEQUENTIAL_WRITES && partition.readonly) return ESP_ERR_NOT_ALLOWED;
  return given && image_size > partition.size ? ESP_ERR_INVALID_SIZE : ESP_OK;
}

esp_err_t EraseAtBegin(const esp_partition_t& partition, std::size_t image_size) {
  if (image_size == OTA_WITH_SEQUENTIAL_WRITES) return ESP_OK;
  if (image_size == 0 || image_size == OTA_SIZE_UNKNOWN) {
    return esp_partition_erase_range(&partition, 0, partition.size);
  }
  return esp_partition_erase_range(&partition, 0, AlignUp(image_size, kSector));
}

// A slot that is selected and not started yet must not be written while the
// next boot would take it.
esp_err_t TakeSelectionBack(const esp_partition_t& partition, BoundDevice& device) {
  if (!IsOtaSlot(partition)) return ESP_OK;
  auto slots = Slots::Open(*device);
  if (!slots || !slots->has_otadata()) return ESP_OK;
  return ErrorOf(slots->Deselect(*CorePartition(&partition, device)));
}

esp_ota_handle_t Register(OtaOperation operation) {
  Operations& all = All();
  all.open.emplace(++all.last, std::move(operation));
  return all.last;
}

bool WantsSignedData(const esp_partition_t& partition) {
  return updraft_project_config.signed_data_partitions != 0 &&
         partition.type == ESP_PARTITION_TYPE_DATA &&
         partition.subtype == ESP_PARTITION_SUBTYPE_DATA_UNDEFINED;
}

esp_err_t VerifyImage(OtaOperation& operation, BoundDevice& device) {
  const Partition staged = operation.StagedPartition(device);
  auto facts = operation.Proven(device);
  if (facts.has_value()) {
    if (facts->signed_length > 0) LogSignatureBegin();
  } else {
    Prover prover(device, staged.offset, false);
    const auto proven = prover->Prove(staged);
    if (!proven) {
      ESP_LOGE(kTag, "New image failed verification");
      return ESP_ERR_OTA_VALIDATE_FAILED;
    }
    facts = *proven;
  }
  if (facts->signed_length > 0) LogSigner(device, staged, facts->signed_length);
  if (staged.type == PartitionType::kApp) device.flash().NoteProof(staged.offset);
  return ESP_OK;
}

esp_err_t VerifyStaged(OtaOperation& operation, BoundDevice& device) {
  const esp_partition_t& wanted = *operation.final_partition();
  if (operation.HoldsImage()) return VerifyImage(operation, device);
  if (WantsSignedData(wanted)) {
    const auto staged = CorePartition(operation.staging(), device);
    return IsSignedData(device, *staged, operation.position()) ? ESP_OK
                                                               : ESP_ERR_OTA_VALIDATE_FAILED;
  }
  if (wanted.type != ESP_PARTITION_TYPE_PARTITION_TABLE) return ESP_OK;
  const auto table =
      PartitionTable::Load(*device->flash, operation.staging()->address, *device->crypto);
  if (table) return ESP_OK;
  ESP_LOGE(kTag, "New partition table failed verification");
  return ESP_ERR_OTA_VALIDATE_FAILED;
}

esp_err_t End(OtaOperation& operation, BoundDevice& device) {
  if (!operation.written_anything()) return ESP_ERR_INVALID_ARG;
  esp_err_t error = operation.Flush(device);
  if (error == ESP_OK) error = VerifyStaged(operation, device);
  if (error != ESP_OK || !operation.copies()) return error;
  const esp_partition_t& wanted = *operation.final_partition();
  if (operation.staging()->size < wanted.size) return ESP_ERR_INVALID_SIZE;
  error = esp_partition_copy(&wanted, 0, operation.staging(), 0, wanted.size);
  return error == ESP_OK ? ErrorOf(device->flash->Sync()) : error;
}

}  // namespace

void ForgetUpdates() { All().open.clear(); }

}  // namespace updraft::esp

using updraft::Bytes;
using updraft::esp::BoundDevice;
using updraft::esp::OtaOperation;

esp_err_t esp_ota_begin(const esp_partition_t* partition, std::size_t image_size,
                        esp_ota_handle_t* out_handle) try {
  if (partition == nullptr || out_handle == nullptr) return ESP_ERR_INVALID_ARG;
  BoundDevice device;
  if (!device) return ESP_ERR_INVALID_STATE;
  const esp_partition_t* own = nullptr;
  esp_err_t error = updraft::esp::JudgeTarget(partition, false, device, &own);
  if (error == ESP_OK) error = updraft::esp::JudgeSize(*own, image_size);
  if (error == ESP_OK) error = updraft::esp::TakeSelectionBack(*own, device);
  if (error == ESP_OK) error = updraft::esp::EraseAtBegin(*own, image_size);
  if (error != ESP_OK) return error;
  *out_handle = updraft::esp::Register({own, image_size == OTA_WITH_SEQUENTIAL_WRITES, 0, false});
  if (device->policy.rollback && updraft::esp::IsOtaSlot(*own)) {
    static_cast<void>(esp_ota_invalidate_inactive_ota_data_slot());
  }
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_ota_resume(const esp_partition_t* partition, std::size_t erase_size,
                         std::size_t image_offset, esp_ota_handle_t* out_handle) try {
  if (partition == nullptr || out_handle == nullptr || image_offset > partition->size) {
    return ESP_ERR_INVALID_ARG;
  }
  BoundDevice device;
  if (!device) return ESP_ERR_INVALID_STATE;
  const esp_partition_t* own = nullptr;
  esp_err_t error = updraft::esp::JudgeTarget(partition, true, device, &own);
  if (error == ESP_OK) error = updraft::esp::TakeSelectionBack(*own, device);
  if (error != ESP_OK) return error;
  *out_handle =
      updraft::esp::Register({own, erase_size == OTA_WITH_SEQUENTIAL_WRITES, image_offset, true});
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_ota_set_final_partition(esp_ota_handle_t handle,
                                      const esp_partition_t* final_partition,
                                      bool finalize_with_copy) try {
  if (final_partition == nullptr) return ESP_ERR_INVALID_ARG;
  const BoundDevice device;
  OtaOperation* const operation = updraft::esp::Find(handle);
  if (operation == nullptr) return ESP_ERR_NOT_FOUND;
  if (!operation->may_change_final()) return ESP_ERR_INVALID_STATE;
  const esp_partition_t* const own = esp_partition_verify(final_partition);
  if (own == operation->staging()) return ESP_OK;
  if (own == nullptr) return ESP_ERR_NOT_FOUND;
  operation->SetFinal(own, finalize_with_copy);
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_ota_write(esp_ota_handle_t handle, const void* data, std::size_t size) try {
  if (data == nullptr) return ESP_ERR_INVALID_ARG;
  if (size == 0) return ESP_OK;
  BoundDevice device;
  OtaOperation* const operation = updraft::esp::Find(handle);
  if (operation == nullptr) return ESP_ERR_INVALID_ARG;
  return operation->Write(device, Bytes(static_cast<const std::uint8_t*>(data), size));
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_ota_write_with_offset(esp_ota_handle_t handle, const void* data, std::size_t size,
                                    std::uint32_t offset) {
  if (data == nullptr) return ESP_ERR_INVALID_ARG;
  BoundDevice device;
  OtaOperation* const operation = updraft::esp::Find(handle);
  if (operation == nullptr || operation->sequential()) return ESP_ERR_INVALID_ARG;
  if (size == 0) return ESP_OK;
  return operation->WriteAt(device, Bytes(static_cast<const std::uint8_t*>(data), size), offset);
}

esp_err_t esp_ota_end(esp_ota_handle_t handle) try {
  BoundDevice device;
  OtaOperation* const operation = updraft::esp::Find(handle);
  if (operation == nullptr) return ESP_ERR_NOT_FOUND;
  const esp_err_t error = updraft::esp::End(*operation, device);
  updraft::esp::All().open.erase(handle);
  return error;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_ota_abort(esp_ota_handle_t handle) {
  const BoundDevice device;
  return updraft::esp::All().open.erase(handle) == 1 ? ESP_OK : ESP_ERR_NOT_FOUND;
}
