// SPDX-License-Identifier: Apache-2.0
// What programs do wrong: NULL, stale handles, half-filled partitions, calls in
// the wrong state. Each is an error, and nothing else happens.
#include <bootloader_common.h>
#include <esp_efuse.h>
#include <esp_image_format.h>

#include <cstring>

#include "tests/facade/facade_device.h"

namespace updraft {
namespace {

using BadInput = Facade;

TEST_F(BadInput, OtaCallsTakeNoNull) {
  esp_ota_handle_t handle = 0;
  const std::uint8_t byte = 0xE9;
  EXPECT_EQ(esp_ota_begin(nullptr, 0, &handle), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_ota_begin(Find("ota_0"), 0, nullptr), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_ota_resume(nullptr, 0, 0, &handle), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_ota_resume(Find("ota_0"), 0, 0, nullptr), ESP_ERR_INVALID_ARG);
  ASSERT_EQ(esp_ota_begin(Find("ota_0"), 0, &handle), ESP_OK);
  EXPECT_EQ(esp_ota_set_final_partition(handle, nullptr, false), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_ota_write(handle, nullptr, 1), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_ota_write_with_offset(handle, nullptr, 1, 0), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_ota_write(99, &byte, 1), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_ota_set_boot_partition(nullptr), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_ota_get_partition_description(nullptr, nullptr), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_ota_get_partition_description(Find("factory"), nullptr), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_ota_get_bootloader_description(nullptr, nullptr), ESP_ERR_INVALID_ARG);
  esp_ota_img_states_t state{};
  EXPECT_EQ(esp_ota_get_state_partition(nullptr, &state), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_ota_get_state_partition(Find("ota_0"), nullptr), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_ota_check_image_validity(ESP_PARTITION_TYPE_APP, nullptr, nullptr),
            ESP_ERR_INVALID_ARG);
}

TEST_F(BadInput, AHandleEndsWithItsEndOrAbort) {
  esp_ota_handle_t handle = 0;
  ASSERT_EQ(esp_ota_begin(Find("ota_0"), OTA_WITH_SEQUENTIAL_WRITES, &handle), ESP_OK);
  EXPECT_EQ(esp_ota_abort(handle), ESP_OK);
  EXPECT_EQ(esp_ota_abort(handle), ESP_ERR_NOT_FOUND);
  EXPECT_EQ(esp_ota_abort(0), ESP_ERR_NOT_FOUND);
  EXPECT_EQ(esp_ota_end(handle), ESP_ERR_NOT_FOUND);
  EXPECT_EQ(esp_ota_write(handle, image_.data(), 16), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_ota_set_final_partition(handle, Find("ota_1"), false), ESP_ERR_NOT_FOUND);
  ASSERT_EQ(esp_ota_begin(Find("ota_0"), OTA_WITH_SEQUENTIAL_WRITES, &handle), ESP_OK);
  EXPECT_EQ(esp_ota_end(handle), ESP_ERR_INVALID_ARG) << "nothing was written";
  EXPECT_EQ(esp_ota_end(handle), ESP_ERR_NOT_FOUND);
}

TEST_F(BadInput, OnlyOtaSlotsAreUpdatedAmongApplications) {
  esp_ota_handle_t handle = 0;
  EXPECT_EQ(esp_ota_begin(Find("factory"), 0, &handle), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_ota_begin(Find("test"), 0, &handle), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_ota_resume(Find("test"), 0, 0, &handle), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_ota_resume(Find("ota_0"), 0, Find("ota_0")->size + 1, &handle),
            ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_ota_set_boot_partition(Find("nvs")), ESP_ERR_OTA_VALIDATE_FAILED);
  EXPECT_EQ(esp_ota_set_boot_partition_skip_validate(Find("nvs")), ESP_ERR_INVALID_ARG);
}

TEST_F(BadInput, NothingIsWrittenPastTheEnd) {
  const esp_partition_t* const slot = Find("ota_0");
  const std::vector<std::uint8_t> much(slot->size + 1, 0xE9);
  esp_ota_handle_t handle = 0;
  EXPECT_EQ(esp_ota_begin(slot, slot->size + 1, &handle), ESP_ERR_INVALID_SIZE);
  ASSERT_EQ(esp_ota_begin(slot, OTA_WITH_SEQUENTIAL_WRITES, &handle), ESP_OK)
      << "a begin that failed leaves no handle behind";
  EXPECT_EQ(esp_ota_write(handle, much.data(), much.size()), ESP_ERR_INVALID_SIZE);
  EXPECT_EQ(esp_ota_write(handle, much.data(), slot->size), ESP_OK);
  EXPECT_EQ(esp_ota_write(handle, much.data(), 1), ESP_ERR_INVALID_SIZE);
  EXPECT_EQ(esp_ota_write_with_offset(handle, much.data(), 16, 0), ESP_ERR_INVALID_ARG)
      << "offsets and sequential erases do not go together";
  EXPECT_EQ(esp_ota_end(handle), ESP_ERR_OTA_VALIDATE_FAILED);
}

TEST_F(BadInput, ACopiedPartitionIsTakenByItsContent) {
  esp_partition_t copy{};
  std::memset(&copy, 0, sizeof copy);
  copy = *Find("ota_0");
  EXPECT_EQ(Update(&copy, MakeImage("2.0.0")), ESP_OK);
  EXPECT_EQ(Boot(), "ota_0");
}

TEST_F(BadInput, AHalfFilledPartitionHasADigest) {
  esp_partition_t half;
  std::memset(static_cast<void*>(&half), 0xA5, sizeof half);
  half.address = Find("factory")->address;
  half.size = Find("factory")->size;
  half.type = ESP_PARTITION_TYPE_APP;
  std::array<std::uint8_t, 32> digest{};
  std::array<std::uint8_t, 32> expected{};
  ASSERT_EQ(esp_partition_get_sha256(&half, digest.data()), ESP_OK);
  ASSERT_EQ(esp_partition_get_sha256(Find("factory"), expected.data()), ESP_OK);
  EXPECT_EQ(digest, expected);
  EXPECT_EQ(esp_partition_get_sha256(&half, nullptr), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_partition_get_sha256(nullptr, digest.data()), ESP_ERR_INVALID_ARG);
  half.size = 0;
  EXPECT_EQ(esp_partition_get_sha256(&half, digest.data()), ESP_ERR_INVALID_ARG);
  half.size = 0xFFFFFFFF;
  EXPECT_EQ(esp_partition_get_sha256(&half, digest.data()), ESP_ERR_INVALID_ARG);
}

TEST_F(BadInput, TheRunningSlotCannotBeChanged) {
  const esp_partition_t* const running = esp_ota_get_running_partition();
  const std::vector<std::uint8_t> before(test_device_.flash().bytes().begin(),
                                         test_device_.flash().bytes().end());
  const std::uint8_t zero = 0;
  EXPECT_EQ(esp_partition_write(running, 0, &zero, 1), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_partition_erase_range(running, 0, 4096), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_flash_write(nullptr, &zero, running->address + 100, 1), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_flash_erase_region(nullptr, running->address, 4096), ESP_ERR_INVALID_ARG);
  EXPECT_FALSE(esp_partition_main_flash_region_safe(running->address, 1));
  EXPECT_TRUE(esp_partition_main_flash_region_safe(Find("ota_0")->address, 4096));
  EXPECT_TRUE(std::equal(before.begin(), before.end(), test_device_.flash().bytes().begin()));
}

TEST_F(BadInput, ImageCallsTakeNoNull) {
  esp_image_metadata_t data{};
  const esp_partition_pos_t place{Find("factory")->address, Find("factory")->size};
  EXPECT_EQ(esp_image_verify(ESP_IMAGE_VERIFY, nullptr, &data), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_image_verify(ESP_IMAGE_VERIFY, &place, nullptr), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_image_get_metadata(nullptr, &data), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_image_get_metadata(&place, nullptr), ESP_ERR_INVALID_ARG);
  const esp_partition_pos_t beyond{0xFFFFF000, 0x1000};
  EXPECT_EQ(esp_image_verify(ESP_IMAGE_VERIFY, &beyond, &data), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(bootloader_common_check_chip_validity(nullptr, ESP_IMAGE_APPLICATION), ESP_FAIL);
}

TEST_F(BadInput, WithoutADeviceEveryCallIsAnError) {
  const esp_partition_t copy = *Find("ota_0");
  esp::Unbind();
  esp_ota_handle_t handle = 0;
  std::uint8_t byte = 0;
  EXPECT_EQ(esp_ota_begin(&copy, 0, &handle), ESP_ERR_INVALID_STATE);
  EXPECT_EQ(esp_partition_read(&copy, 0, &byte, 1), ESP_ERR_INVALID_STATE);
  EXPECT_EQ(esp_ota_get_running_partition(), nullptr);
  EXPECT_EQ(esp_ota_mark_app_valid_cancel_rollback(), ESP_ERR_INVALID_STATE);
  EXPECT_EQ(Find("ota_0"), nullptr);
  EXPECT_EQ(esp_efuse_read_secure_version(), 0U);
}

}  // namespace
}  // namespace updraft
