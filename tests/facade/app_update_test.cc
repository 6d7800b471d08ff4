// SPDX-License-Identifier: Apache-2.0
// What Espressif's own tests of app_update check, row by row (conformance G):
// through the façade, over reboots.
#include <bootloader_common.h>
#include <esp_efuse.h>
#include <esp_image_format.h>
#include <gmock/gmock.h>
#include <nvs_flash.h>

#include <cstring>

#include "tests/facade/facade_device.h"

namespace updraft {
namespace {

class AppUpdate : public Facade {
 protected:
  // As G7 to G17 update: the whole running partition is copied.
  esp_err_t CopyRunningTo(const char* label) {
    const esp_partition_t* const running = esp_ota_get_running_partition();
    std::vector<std::uint8_t> content(running->size);
    EXPECT_EQ(esp_partition_read(running, 0, content.data(), content.size()), ESP_OK);
    return Update(Find(label), content);
  }

  // As a record torn in its CRC.
  void DestroyCrc(std::size_t record) {
    const std::uint32_t address =
        Find("otadata")->address + static_cast<std::uint32_t>(record) * 4096;
    std::uint8_t* const crc = &test_device_.flash().bytes()[address + 28];
    std::memset(crc, 0, 4);
  }

  static const esp_partition_t* Register(const char* label, std::uint32_t offset,
                                         std::uint32_t size, esp_partition_type_t type,
                                         int subtype) {
    const esp_partition_t* registered = nullptr;
    EXPECT_EQ(
        esp_partition_register_external(nullptr, offset, size, label, type,
                                        static_cast<esp_partition_subtype_t>(subtype), &registered),
        ESP_OK);
    return registered;
  }

  // begin on `staging`, finalised into `final_partition` (with a copy) unless it is
  // the same; written in pieces of 4 KiB.
  static esp_err_t UpdateThrough(const esp_partition_t* staging,
                                 const esp_partition_t* final_partition,
                                 const std::vector<std::uint8_t>& content) {
    esp_ota_handle_t handle = 0;
    esp_err_t error = esp_ota_begin(staging, OTA_WITH_SEQUENTIAL_WRITES, &handle);
    if (error == ESP_OK) error = esp_ota_set_final_partition(handle, final_partition, true);
    for (std::size_t at = 0; error == ESP_OK && at < content.size(); at += 4096) {
      error = esp_ota_write(handle, &content[at], std::min<std::size_t>(4096, content.size() - at));
    }
    return error == ESP_OK ? esp_ota_end(handle) : error;
  }

  static std::vector<std::uint8_t> ContentOf(const esp_partition_t* partition, std::size_t size) {
    std::vector<std::uint8_t> content(size);
    EXPECT_EQ(esp_partition_read(partition, 0, content.data(), content.size()), ESP_OK);
    return content;
  }

  static std::uint8_t StoredNumber(const char* label) {
    nvs_handle_t handle = 0;
    std::uint8_t number = 0;
    EXPECT_EQ(nvs_flash_init_partition(label), ESP_OK);
    EXPECT_EQ(nvs_open_from_partition(label, "app", NVS_READONLY, &handle), ESP_OK);
    EXPECT_EQ(nvs_get_u8(handle, "number", &number), ESP_OK);
    nvs_close(handle);
    return number;
  }
  // The content of "nvs" with the number in it.
  static std::vector<std::uint8_t> StoreNumber(std::uint8_t number) {
    nvs_handle_t handle = 0;
    EXPECT_EQ(nvs_flash_init(), ESP_OK);
    EXPECT_EQ(nvs_open("app", NVS_READWRITE, &handle), ESP_OK);
    EXPECT_EQ(nvs_set_u8(handle, "number", number), ESP_OK);
    EXPECT_EQ(nvs_flash_deinit(), ESP_OK);
    return ContentOf(Find("nvs"), Find("nvs")->size);
  }
};

TEST_F(AppUpdate, G1DoesNotBeginOnTheRunningPartition) {
  CopyRunningTo("ota_0");
  ASSERT_EQ(Boot(), "ota_0");
  esp_ota_handle_t handle = 0;
  EXPECT_EQ(esp_ota_begin(Find("ota_0"), OTA_SIZE_UNKNOWN, &handle),
            ESP_ERR_OTA_PARTITION_CONFLICT);
  EXPECT_EQ(handle, 0U);
}

TEST_F(AppUpdate, G2DoesNotBeginOnAPartitionThatIsNotInTheTable) {
  esp_partition_t moved = *Find("ota_0");
  --moved.address;
  esp_ota_handle_t handle = 0;
  EXPECT_EQ(esp_ota_begin(&moved, OTA_SIZE_UNKNOWN, &handle), ESP_ERR_NOT_FOUND);
  EXPECT_EQ(handle, 0U);
}

TEST_F(AppUpdate, G3G4GoesAroundTheSlots) {
  EXPECT_EQ(esp_ota_get_next_update_partition(nullptr), Find("ota_0"));
  EXPECT_EQ(esp_ota_get_next_update_partition(Find("factory")), Find("ota_0"));
  EXPECT_EQ(esp_ota_get_next_update_partition(Find("ota_0")), Find("ota_1"));
  EXPECT_EQ(esp_ota_get_next_update_partition(Find("ota_1")), Find("ota_0"));
  EXPECT_EQ(
      esp_partition_find_first(ESP_PARTITION_TYPE_APP, ESP_PARTITION_SUBTYPE_APP_OTA_2, nullptr),
      nullptr);
  EXPECT_EQ(esp_ota_get_app_partition_count(), 2);
}

TEST_F(AppUpdate, G5ReadsTheDescriptionOfTheRunningImage) {
  esp_app_desc_t description{};
  const esp_partition_t* const running = esp_ota_get_running_partition();
  ASSERT_EQ(esp_ota_get_partition_description(running, &description), ESP_OK);
  EXPECT_STREQ(description.version, "1.0.0");
  EXPECT_EQ(std::memcmp(&description, esp_app_get_description(), sizeof description), 0);
  esp_app_desc_t common{};
  const esp_partition_pos_t position{running->address, running->size};
  ASSERT_EQ(bootloader_common_get_partition_description(&position, &common), ESP_OK);
  EXPECT_EQ(std::memcmp(&description, &common, sizeof description), 0);
}

TEST_F(AppUpdate, G6FindsNoDescriptionInOtadata) {
  esp_app_desc_t description{};
  EXPECT_EQ(esp_ota_get_partition_description(Find("otadata"), &description),
            ESP_ERR_NOT_SUPPORTED);
  const esp_partition_pos_t position{Find("otadata")->address, Find("otadata")->size};
  EXPECT_EQ(bootloader_common_get_partition_description(&position, &description),
            ESP_ERR_NOT_FOUND);
}

TEST_F(AppUpdate, G7GoesFromFactoryThroughBothSlots) {
  ASSERT_EQ(Boot(), "factory");
  ASSERT_EQ(CopyRunningTo("ota_0"), ESP_OK);
  ASSERT_EQ(Boot(), "ota_0");
  ASSERT_EQ(esp_ota_mark_app_valid_cancel_rollback(), ESP_OK);
  ASSERT_EQ(CopyRunningTo("ota_1"), ESP_OK);
  ASSERT_EQ(Boot(), "ota_1");
  ASSERT_EQ(esp_ota_mark_app_valid_cancel_rollback(), ESP_OK);
  ASSERT_EQ(CopyRunningTo("ota_0"), ESP_OK);
  EXPECT_EQ(Boot(), "ota_0");
}

TEST_F(AppUpdate, G8BootsFactoryWhenNoRecordHasItsCrc) {
  CopyRunningTo("ota_0");
  ASSERT_EQ(Boot(), "ota_0");
  esp_ota_mark_app_valid_cancel_rollback();
  CopyRunningTo("ota_1");
  DestroyCrc(0);
  DestroyCrc(1);
  EXPECT_EQ(Boot(), "factory");
}

TEST_F(AppUpdate, G9BootsWhatTheOtherRecordNames) {
  CopyRunningTo("ota_0");
  ASSERT_EQ(Boot(), "ota_0");
  esp_ota_mark_app_valid_cancel_rollback();
  CopyRunningTo("ota_1");
  DestroyCrc(1);
  EXPECT_EQ(Boot(), "ota_0");
}

TEST_F(AppUpdate, G12HasNoStateForFactory) {
  esp_ota_img_states_t state{};
  EXPECT_EQ(esp_ota_get_state_partition(Find("factory"), &state), ESP_ERR_NOT_SUPPORTED);
  EXPECT_EQ(esp_ota_mark_app_valid_cancel_rollback(), ESP_FAIL);
}

TEST_F(AppUpdate, G13TellsWhetherANewImageIsOnTrial) {
  ASSERT_EQ(CopyRunningTo("ota_0"), ESP_OK);
  EXPECT_EQ(StateOf("ota_0"), ESP_OTA_IMG_NEW);
  test_device_.device().policy.rollback = false;
  Bind();
  ASSERT_EQ(CopyRunningTo("ota_1"), ESP_OK);
  EXPECT_EQ(StateOf("ota_1"), ESP_OTA_IMG_UNDEFINED);
}

TEST_F(AppUpdate, G14ConfirmsATrial) {
  CopyRunningTo("ota_0");
  ASSERT_EQ(Boot(), "ota_0");
  EXPECT_EQ(StateOf("ota_0"), ESP_OTA_IMG_PENDING_VERIFY);
  EXPECT_EQ(esp_ota_mark_app_valid_cancel_rollback(), ESP_OK);
  EXPECT_EQ(StateOf("ota_0"), ESP_OTA_IMG_VALID);
  EXPECT_EQ(Boot(), "ota_0");
  EXPECT_EQ(StateOf("ota_0"), ESP_OTA_IMG_VALID);
}

TEST_F(AppUpdate, G15RollsBackToFactory) {
  CopyRunningTo("ota_0");
  ASSERT_EQ(Boot(), "ota_0");
  ASSERT_TRUE(esp_ota_check_rollback_is_possible());
  ASSERT_EQ(esp_ota_mark_app_invalid_rollback(), ESP_OK);
  EXPECT_EQ(Boot(), "factory");
  EXPECT_EQ(esp_ota_get_last_invalid_partition(), Find("ota_0"));
  EXPECT_EQ(esp_ota_get_next_update_partition(nullptr), Find("ota_0"));
  EXPECT_EQ(StateOf("ota_0"), ESP_OTA_IMG_INVALID);
}

TEST_F(AppUpdate, G16FallsBackFromATrialThatWasNotConfirmed) {
  CopyRunningTo("ota_0");
  Boot();
  esp_ota_mark_app_valid_cancel_rollback();
  CopyRunningTo("ota_1");
  ASSERT_EQ(Boot(), "ota_1");
  EXPECT_EQ(Boot(), "ota_0");
  EXPECT_EQ(esp_ota_get_last_invalid_partition(), Find("ota_1"));
  EXPECT_EQ(StateOf("ota_1"), ESP_OTA_IMG_ABORTED);
  EXPECT_EQ(StateOf("ota_0"), ESP_OTA_IMG_VALID);
}

TEST_F(AppUpdate, G17ErasesTheSlotThatRanBefore) {
  CopyRunningTo("ota_0");
  Boot();
  esp_ota_mark_app_valid_cancel_rollback();
  CopyRunningTo("ota_1");
  ASSERT_EQ(Boot(), "ota_1");
  ASSERT_EQ(esp_ota_mark_app_valid_cancel_rollback(), ESP_OK);
  EXPECT_EQ(esp_ota_erase_last_boot_app_partition(), ESP_OK);
  EXPECT_EQ(esp_ota_mark_app_invalid_rollback(), ESP_OK);
  EXPECT_EQ(Boot(), "factory");
  EXPECT_EQ(esp_ota_erase_last_boot_app_partition(), ESP_FAIL);
}

TEST_F(AppUpdate, G18WritesInAnyOrderWithOffsets) {
  esp_ota_handle_t handle = 0;
  ASSERT_EQ(esp_ota_begin(Find("ota_0"), OTA_SIZE_UNKNOWN, &handle), ESP_OK);
  for (std::size_t page = image_.size() / 4096 + 1; page-- > 0;) {
    const std::size_t size = std::min<std::size_t>(4096, image_.size() - page * 4096);
    ASSERT_EQ(esp_ota_write_with_offset(handle, image_.data() + page * 4096, size,
                                        static_cast<std::uint32_t>(page * 4096)),
              ESP_OK);
  }
  ASSERT_EQ(esp_ota_end(handle), ESP_OK);
  ASSERT_EQ(esp_ota_set_boot_partition(Find("ota_0")), ESP_OK);
  EXPECT_EQ(Boot(), "ota_0");
}

TEST_F(AppUpdate, G19TellsTheDigestThatTheImageCarriesUnlessItIsWrong) {
  ASSERT_EQ(CopyRunningTo("ota_0"), ESP_OK);
  std::array<std::uint8_t, 32> of_running{};
  std::array<std::uint8_t, 32> of_copy{};
  ASSERT_EQ(esp_partition_get_sha256(esp_ota_get_running_partition(), of_running.data()), ESP_OK);
  ASSERT_EQ(esp_partition_get_sha256(Find("ota_0"), of_copy.data()), ESP_OK);
  EXPECT_EQ(of_running, of_copy);
  EXPECT_TRUE(esp_partition_check_identity(esp_ota_get_running_partition(), Find("ota_0")));
  const std::array<std::uint8_t, 4> zeros{};
  ASSERT_EQ(esp_partition_write(Find("ota_0"), 0x50, zeros.data(), zeros.size()), ESP_OK);
  EXPECT_EQ(esp_partition_get_sha256(Find("ota_0"), of_copy.data()), ESP_ERR_IMAGE_INVALID);
}

TEST_F(AppUpdate, G20ForgetsTheOldSlotAtBegin) {
  CopyRunningTo("ota_0");
  Boot();
  esp_ota_mark_app_valid_cancel_rollback();
  CopyRunningTo("ota_1");
  ASSERT_EQ(Boot(), "ota_1");
  esp_ota_mark_app_valid_cancel_rollback();
  ASSERT_EQ(StateOf("ota_0"), ESP_OTA_IMG_VALID);
  esp_ota_handle_t handle = 0;
  ASSERT_EQ(esp_ota_begin(Find("ota_0"), OTA_SIZE_UNKNOWN, &handle), ESP_OK);
  esp_ota_img_states_t state{};
  EXPECT_EQ(esp_ota_get_state_partition(Find("ota_0"), &state), ESP_ERR_NOT_FOUND);
  ASSERT_EQ(esp_ota_write(handle, image_.data(), image_.size()), ESP_OK);
  ASSERT_EQ(esp_ota_end(handle), ESP_OK);
  EXPECT_EQ(Boot(), "ota_1");
  EXPECT_EQ(StateOf("ota_1"), ESP_OTA_IMG_VALID);
  EXPECT_EQ(esp_ota_get_last_invalid_partition(), nullptr);
}

TEST_F(AppUpdate, G21UpdatesTwiceWithoutAReboot) {
  CopyRunningTo("ota_0");
  Boot();
  esp_ota_mark_app_valid_cancel_rollback();
  EXPECT_EQ(CopyRunningTo("ota_1"), ESP_OK);
  EXPECT_EQ(CopyRunningTo("ota_1"), ESP_OK);
  EXPECT_EQ(StateOf("ota_0"), ESP_OTA_IMG_VALID);
  EXPECT_EQ(Boot(), "ota_1");
  EXPECT_EQ(esp_ota_mark_app_valid_cancel_rollback(), ESP_OK);
}

TEST_F(AppUpdate, G22G23G27UpdatesABootloaderOverAnotherPlaceAndDirectly) {
  const esp_partition_t* const primary =
      Register("boot", 0, 0x8000, ESP_PARTITION_TYPE_BOOTLOADER, 0);
  const esp_partition_t* const other =
      Register("temp", 0x200000, 0x8000, ESP_PARTITION_TYPE_BOOTLOADER, 1);
  const auto first = MakeImage("first");
  const auto second = MakeImage("second");
  const auto third = MakeImage("third");
  EXPECT_EQ(UpdateThrough(other, primary, first), ESP_OK);
  EXPECT_EQ(ContentOf(primary, first.size()), first);
  EXPECT_EQ(UpdateThrough(primary, primary, second), ESP_OK);
  EXPECT_EQ(ContentOf(primary, second.size()), second);
  EXPECT_EQ(UpdateThrough(Find("ota_0"), primary, third), ESP_OK);
  EXPECT_EQ(ContentOf(primary, third.size()), third);
  auto damaged = MakeImage("damaged");
  damaged[2000] ^= 1;
  EXPECT_EQ(UpdateThrough(Find("ota_0"), primary, damaged), ESP_ERR_OTA_VALIDATE_FAILED);
  EXPECT_EQ(ContentOf(primary, third.size()), third) << "nothing unproven is copied";
}

TEST_F(AppUpdate, G25WritesAStoreIntoAPartitionThatWasRegistered) {
  const auto content = StoreNumber(42);
  const esp_partition_t* const other = Register(
      "nvs2", 0x200000, Find("nvs")->size, ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_DATA_NVS);
  EXPECT_EQ(UpdateThrough(other, other, content), ESP_OK);
  EXPECT_EQ(StoredNumber("nvs2"), 42);
}

TEST_F(AppUpdate, G26WritesAStoreThroughAFreeSlot) {
  const auto content = StoreNumber(43);
  EXPECT_EQ(UpdateThrough(Find("ota_0"), Find("nvs"), content), ESP_OK);
  EXPECT_EQ(StoredNumber("nvs"), 43);
}

TEST_F(AppUpdate, M1VerifiesTheRunningImage) {
  const esp_partition_t* const running = esp_ota_get_running_partition();
  const esp_partition_pos_t place{running->address, running->size};
  esp_image_metadata_t data{};
  ASSERT_EQ(esp_image_verify(ESP_IMAGE_VERIFY, &place, &data), ESP_OK);
  EXPECT_EQ(data.start_addr, running->address);
  EXPECT_EQ(data.image_len, image_.size());
  EXPECT_EQ(data.image.magic, ESP_IMAGE_HEADER_MAGIC);
  EXPECT_EQ(data.segment_data[0], running->address + 32);
  EXPECT_TRUE(std::equal(std::begin(data.image_digest), std::end(data.image_digest),
                         image_.end() - ESP_IMAGE_HASH_LEN));
  esp_image_metadata_t quick{};
  ASSERT_EQ(esp_image_get_metadata(&place, &quick), ESP_OK);
  EXPECT_EQ(quick.image_len, data.image_len);
}

TEST_F(AppUpdate, M4FindsWholeLabelsOnly) {
  EXPECT_TRUE(bootloader_common_label_search("nvs, ", "nvs"));
  EXPECT_FALSE(bootloader_common_label_search("nvs1, ", "nvs"));
  EXPECT_FALSE(bootloader_common_label_search("nvs1nvs1, phy", "nvs1"));
  EXPECT_TRUE(bootloader_common_label_search("nvs12, nvs3, phy, nvs1", "nvs1"));
  EXPECT_FALSE(bootloader_common_label_search("ota_data, backup_nvs", "nvs"));
  EXPECT_FALSE(bootloader_common_label_search("nvs1, nvs2", "vs1"));
  EXPECT_FALSE(bootloader_common_label_search(nullptr, "nvs"));
  EXPECT_FALSE(bootloader_common_label_search("nvs", nullptr));
}

TEST_F(AppUpdate, M6JudgesChecksumAndDigest) {
  const esp_partition_t* const slot = Find("ota_0");
  const esp_partition_pos_t place{slot->address, slot->size};
  esp_image_metadata_t data{};
  auto wrong = image_;
  wrong[image_.size() - 1] ^= 1;
  test_device_.Install("ota_0", wrong);
  EXPECT_EQ(esp_image_verify(ESP_IMAGE_VERIFY, &place, &data), ESP_ERR_IMAGE_INVALID);
  EXPECT_EQ(data.image_len, 0U);
  wrong = image_;
  wrong[image_.size() - ESP_IMAGE_HASH_LEN - 1] ^= 1;
  test_device_.Install("ota_0", wrong);
  EXPECT_EQ(esp_image_verify(ESP_IMAGE_VERIFY_SILENT, &place, &data), ESP_ERR_IMAGE_INVALID);
  wrong = image_;
  wrong[12] = 0xFE;
  test_device_.Install("ota_0", wrong);
  EXPECT_EQ(esp_image_verify(ESP_IMAGE_VERIFY, &place, &data), ESP_FAIL) << "another chip";
}

TEST_F(AppUpdate, G28RefusesACopyFromAStagingPartitionThatIsTooSmall) {
  const esp_partition_t* small = nullptr;
  ASSERT_EQ(
      esp_partition_register_external(nullptr, 0x200000, 0x8000, "small", ESP_PARTITION_TYPE_DATA,
                                      ESP_PARTITION_SUBTYPE_DATA_UNDEFINED, &small),
      ESP_OK);
  const esp_partition_t* large = nullptr;
  ASSERT_EQ(
      esp_partition_register_external(nullptr, 0x210000, 0x10000, "large", ESP_PARTITION_TYPE_DATA,
                                      ESP_PARTITION_SUBTYPE_DATA_UNDEFINED, &large),
      ESP_OK);
  esp_ota_handle_t handle = 0;
  ASSERT_EQ(esp_ota_begin(small, OTA_SIZE_UNKNOWN, &handle), ESP_OK);
  ASSERT_EQ(esp_ota_set_final_partition(handle, large, true), ESP_OK);
  ASSERT_EQ(esp_ota_write(handle, image_.data(), 100), ESP_OK);
  EXPECT_EQ(esp_ota_end(handle), ESP_ERR_INVALID_SIZE);
}

TEST_F(AppUpdate, G29OpensAPartitionOnce) {
  esp_ota_handle_t first = 0;
  esp_ota_handle_t second = 0;
  ASSERT_EQ(esp_ota_begin(Find("ota_0"), OTA_WITH_SEQUENTIAL_WRITES, &first), ESP_OK);
  EXPECT_EQ(esp_ota_begin(Find("ota_0"), OTA_SIZE_UNKNOWN, &second),
            ESP_ERR_OTA_ALREADY_IN_PROGRESS);
  ASSERT_EQ(esp_ota_abort(first), ESP_OK);
  ASSERT_EQ(esp_ota_begin(Find("ota_0"), OTA_SIZE_UNKNOWN, &second), ESP_OK);
  EXPECT_NE(first, second);
}

TEST_F(AppUpdate, G24CopiesATableThroughAFreeSlot) {
  const esp_partition_t* table = nullptr;
  ASSERT_EQ(esp_partition_register_external(nullptr, 0x8000, 0x1000, "table",
                                            ESP_PARTITION_TYPE_PARTITION_TABLE,
                                            ESP_PARTITION_SUBTYPE_PARTITION_TABLE_PRIMARY, &table),
            ESP_OK);
  std::vector<std::uint8_t> content(0x1000);
  ASSERT_EQ(esp_partition_read(table, 0, content.data(), content.size()), ESP_OK);
  esp_ota_handle_t handle = 0;
  ASSERT_EQ(esp_ota_begin(Find("ota_0"), OTA_WITH_SEQUENTIAL_WRITES, &handle), ESP_OK);
  ASSERT_EQ(esp_ota_set_final_partition(handle, table, true), ESP_OK);
  ASSERT_EQ(esp_ota_write(handle, content.data(), content.size()), ESP_OK);
  EXPECT_EQ(esp_ota_end(handle), ESP_OK);
  EXPECT_EQ(Boot(), "factory");
}

TEST_F(AppUpdate, KeepsTheSelectionOfASlotWhenNothingCanBegin) {
  ASSERT_EQ(Update(Find("ota_0"), image_), ESP_OK);
  esp_ota_handle_t handle = 0;
  EXPECT_EQ(esp_ota_begin(Find("ota_0"), Find("ota_0")->size + 1, &handle), ESP_ERR_INVALID_SIZE);
  EXPECT_EQ(handle, 0U);
  EXPECT_EQ(esp_ota_get_boot_partition(), Find("ota_0"));
  EXPECT_EQ(Boot(), "ota_0");
}

TEST_F(AppUpdate, KeepsTheSelectionAwayFromASlotThatIsBeingWritten) {
  ASSERT_EQ(Update(Find("ota_0"), MakeImage("2.0.0")), ESP_OK);
  esp_ota_handle_t handle = 0;
  ASSERT_EQ(esp_ota_begin(Find("ota_0"), OTA_WITH_SEQUENTIAL_WRITES, &handle), ESP_OK);
  ASSERT_EQ(esp_ota_write(handle, image_.data(), 5000), ESP_OK);
  EXPECT_EQ(Boot(), "factory");
}

TEST_F(AppUpdate, LetsAProgramReadWhatItHasWrittenBeforeTheEnd) {
  esp_ota_handle_t handle = 0;
  const esp_partition_t* const slot = Find("ota_0");
  ASSERT_EQ(esp_ota_begin(slot, OTA_WITH_SEQUENTIAL_WRITES, &handle), ESP_OK);
  const auto next = MakeImage("2.0.0");
  ASSERT_EQ(esp_ota_write(handle, next.data(), 1024), ESP_OK);
  esp_app_desc_t description{};
  ASSERT_EQ(esp_ota_get_partition_description(slot, &description), ESP_OK);
  EXPECT_STREQ(description.version, "2.0.0");
}

TEST_F(AppUpdate, RefusesWhatIsNoImageAndLeavesTheBootPartition) {
  const std::vector<std::uint8_t> noise(32000, 0);
  EXPECT_EQ(Update(Find("ota_0"), noise), ESP_ERR_OTA_VALIDATE_FAILED);
  auto cut = MakeImage("2.0.0");
  cut.resize(cut.size() - 100);
  EXPECT_EQ(Update(Find("ota_1"), cut), ESP_ERR_OTA_VALIDATE_FAILED);
  EXPECT_EQ(esp_ota_get_boot_partition(), Find("factory"));
  EXPECT_EQ(Boot(), "factory");
}

TEST_F(AppUpdate, RefusesAnUpdateDuringATrial) {
  CopyRunningTo("ota_0");
  ASSERT_EQ(Boot(), "ota_0");
  esp_ota_handle_t handle = 0;
  EXPECT_EQ(esp_ota_begin(Find("ota_1"), OTA_SIZE_UNKNOWN, &handle),
            ESP_ERR_OTA_ROLLBACK_INVALID_STATE);
  EXPECT_EQ(esp_ota_resume(Find("ota_1"), OTA_WITH_SEQUENTIAL_WRITES, 0, &handle),
            ESP_ERR_OTA_ROLLBACK_INVALID_STATE);
}

TEST_F(AppUpdate, ErasesAnImageThatIsOlderThanTheEfuse) {
  test_device_.device().policy.anti_rollback = true;
  Bind();
  ASSERT_EQ(esp_efuse_update_secure_version(2), ESP_OK);
  const auto old = MakeImage("0.9.0", 1);
  test_device_.Install("ota_0", old);
  EXPECT_EQ(esp_ota_set_boot_partition_skip_validate(Find("ota_0")), ESP_ERR_OTA_SMALL_SEC_VER);
  std::uint8_t first = 0;
  ASSERT_EQ(esp_partition_read(Find("ota_0"), 0, &first, 1), ESP_OK);
  EXPECT_EQ(first, 0xFF);
}

TEST_F(AppUpdate, ResumesWhereItWasInterrupted) {
  const auto next = MakeImage("2.0.0");
  const esp_partition_t* const slot = Find("ota_0");
  esp_ota_handle_t handle = 0;
  ASSERT_EQ(esp_ota_begin(slot, OTA_WITH_SEQUENTIAL_WRITES, &handle), ESP_OK);
  ASSERT_EQ(esp_ota_write(handle, next.data(), 6000), ESP_OK);
  ASSERT_EQ(Boot(), "factory");
  const esp_partition_t* const again = Find("ota_0");
  EXPECT_EQ(again, slot);
  ASSERT_EQ(esp_ota_resume(again, OTA_WITH_SEQUENTIAL_WRITES, 6000, &handle), ESP_OK);
  ASSERT_EQ(esp_ota_write(handle, next.data() + 6000, next.size() - 6000), ESP_OK);
  ASSERT_EQ(esp_ota_end(handle), ESP_OK);
  ASSERT_EQ(esp_ota_set_boot_partition(again), ESP_OK);
  EXPECT_EQ(Boot(), "ota_0");
  EXPECT_STREQ(esp_app_get_description()->version, "2.0.0");
}

}  // namespace
}  // namespace updraft
