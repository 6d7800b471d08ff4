// SPDX-License-Identifier: Apache-2.0
// esp_partition.h: Espressif's host tests (conformance J), and what they leave out.
#include <esp_flash.h>
#include <gmock/gmock.h>

#include <cstring>

#include "tests/facade/facade_device.h"

namespace updraft {
namespace {

using PartitionApi = Facade;
using testing::Each;

TEST_F(PartitionApi, J1FindsByTypeAndLabel) {
  const esp_partition_t* const factory =
      esp_partition_find_first(ESP_PARTITION_TYPE_APP, ESP_PARTITION_SUBTYPE_APP_FACTORY, nullptr);
  ASSERT_NE(factory, nullptr);
  EXPECT_STREQ(factory->label, "factory");
  EXPECT_EQ(factory->erase_size, 4096U);
  EXPECT_EQ(factory->flash_chip, esp_flash_default_chip);
  EXPECT_EQ(Find("nobody"), nullptr);
  const esp_partition_t* found = factory;
  EXPECT_EQ(esp_partition_find_first_err(ESP_PARTITION_TYPE_APP, ESP_PARTITION_SUBTYPE_ANY,
                                         "nobody", &found),
            ESP_ERR_NOT_FOUND);
  EXPECT_EQ(found, nullptr);
}

TEST_F(PartitionApi, J2TakesNoCertainSubtypeOfAnyType) {
  esp_partition_iterator_t iterator = nullptr;
  const esp_partition_t* found = nullptr;
  EXPECT_EQ(esp_partition_find_err(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_APP_FACTORY,
                                   nullptr, &iterator),
            ESP_ERR_INVALID_ARG);
  EXPECT_EQ(iterator, nullptr);
  EXPECT_EQ(esp_partition_find_first_err(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_APP_FACTORY,
                                         nullptr, &found),
            ESP_ERR_INVALID_ARG);
  EXPECT_EQ(
      esp_partition_find_err(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_ANY, nullptr, nullptr),
      ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_partition_find_first_err(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_ANY, nullptr,
                                         nullptr),
            ESP_ERR_INVALID_ARG);
}

TEST_F(PartitionApi, J3WritesReadsAndErases) {
  const esp_partition_t* const storage = Find("nvs");
  const std::string text = "seventeen bytes !";
  ASSERT_EQ(esp_partition_write(storage, 0x100, text.data(), text.size()), ESP_OK);
  std::string back(text.size(), '\0');
  ASSERT_EQ(esp_partition_read(storage, 0x100, back.data(), back.size()), ESP_OK);
  EXPECT_EQ(back, text);
  ASSERT_EQ(esp_partition_erase_range(storage, 0, 4096), ESP_OK);
  std::vector<std::uint8_t> erased(4096);
  ASSERT_EQ(esp_partition_read(storage, 0, erased.data(), erased.size()), ESP_OK);
  EXPECT_THAT(erased, Each(0xFF));
}

TEST_F(PartitionApi, J4KnowsATrueCopyFromAnother) {
  const esp_partition_t* const storage = Find("nvs");
  const esp_partition_t* own = nullptr;
  esp_partition_t copy = *storage;
  EXPECT_EQ(esp_partition_verify_err(&copy, &own), ESP_OK);
  EXPECT_EQ(own, storage);
  copy.address += 0x1000;
  EXPECT_EQ(esp_partition_verify_err(&copy, &own), ESP_ERR_NOT_FOUND);
  copy = *storage;
  copy.size -= 0x1000;
  EXPECT_EQ(esp_partition_verify_err(&copy, &own), ESP_ERR_NOT_FOUND);
  copy = *storage;
  copy.type = ESP_PARTITION_TYPE_APP;
  EXPECT_EQ(esp_partition_verify_err(&copy, &own), ESP_ERR_NOT_FOUND);
  EXPECT_EQ(esp_partition_verify(storage), storage);
  EXPECT_EQ(esp_partition_verify(nullptr), nullptr);
}

TEST_F(PartitionApi, J5CopiesAsMuchAsThereIs) {
  const esp_partition_t* const factory = Find("factory");
  const esp_partition_t* const slot = Find("ota_0");
  EXPECT_EQ(esp_partition_copy(slot, 0, factory, 0, factory->size), ESP_OK);
  EXPECT_TRUE(esp_partition_check_identity(factory, slot));
  EXPECT_EQ(esp_partition_copy(slot, 0, factory, 0, SIZE_MAX), ESP_OK);
  EXPECT_TRUE(esp_partition_check_identity(factory, slot));
}

TEST_F(PartitionApi, J6RefusesCopiesThatDoNotFit) {
  const esp_partition_t* const factory = Find("factory");
  const esp_partition_t* const slot = Find("ota_0");
  EXPECT_EQ(esp_partition_copy(nullptr, 0, factory, 0, 1), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_partition_copy(slot, 0, nullptr, 0, 1), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_partition_copy(slot, 0, slot, 0, 1), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_partition_copy(slot, 0x1000000, factory, 0, 1), ESP_ERR_INVALID_SIZE);
  EXPECT_EQ(esp_partition_copy(slot, 0, factory, 0x1000000, 1), ESP_ERR_INVALID_SIZE);
  EXPECT_EQ(esp_partition_copy(slot, UINT32_MAX - 1, factory, 0, 1), ESP_ERR_INVALID_SIZE);
  EXPECT_EQ(esp_partition_copy(slot, 0, factory, UINT32_MAX - 1, 1), ESP_ERR_INVALID_SIZE);
  EXPECT_EQ(esp_partition_copy(slot, 0, factory, 0, SIZE_MAX - 1), ESP_ERR_INVALID_SIZE);
}

TEST_F(PartitionApi, J7RegistersAPartitionBehindTheOthers) {
  const esp_partition_t* registered = nullptr;
  ASSERT_EQ(esp_partition_register_external(esp_flash_default_chip, 0x100000, 0x100000, "ota_2",
                                            ESP_PARTITION_TYPE_APP, ESP_PARTITION_SUBTYPE_APP_OTA_2,
                                            &registered),
            ESP_OK);
  EXPECT_EQ(Find("ota_2"), registered);
  EXPECT_EQ(esp_partition_deregister_external(registered), ESP_OK);
  EXPECT_EQ(Find("ota_2"), nullptr);
  EXPECT_EQ(esp_partition_deregister_external(registered), ESP_ERR_NOT_FOUND);
  EXPECT_EQ(esp_partition_deregister_external(nullptr), ESP_ERR_NOT_FOUND);
  EXPECT_EQ(esp_partition_deregister_external(Find("nvs")), ESP_ERR_INVALID_ARG);
  // A pointer that is stale can still be asked, and is nobody's.
  EXPECT_EQ(esp_partition_verify(registered), nullptr);
}

TEST_F(PartitionApi, RegistersNothingOverAnotherOrOutsideTheFlash) {
  const auto type = ESP_PARTITION_TYPE_DATA;
  const auto subtype = ESP_PARTITION_SUBTYPE_DATA_UNDEFINED;
  const esp_partition_t* registered = Find("nvs");
  EXPECT_EQ(
      esp_partition_register_external(nullptr, 0x9000, 0x1000, "x", type, subtype, &registered),
      ESP_ERR_INVALID_ARG);
  EXPECT_EQ(registered, nullptr);
  EXPECT_EQ(esp_partition_register_external(nullptr, 0x3FF000, 0x2000, "x", type, subtype, nullptr),
            ESP_ERR_INVALID_SIZE);
  EXPECT_EQ(esp_partition_register_external(nullptr, SIZE_MAX, 2, "x", type, subtype, nullptr),
            ESP_ERR_INVALID_SIZE);
  ASSERT_EQ(
      esp_partition_register_external(nullptr, 0x200000, 0x1000, "a label that is far too long",
                                      type, subtype, &registered),
      ESP_OK);
  EXPECT_STREQ(registered->label, "a label that is ");
}

TEST_F(PartitionApi, J9DoesNotTurnZerosIntoOnes) {
  const esp_partition_t* const storage = Find("nvs");
  const std::uint8_t zero = 0;
  const std::uint8_t one = 1;
  ASSERT_EQ(esp_partition_write(storage, 0, &zero, 1), ESP_OK);
  EXPECT_EQ(esp_partition_write(storage, 0, &one, 1), ESP_ERR_FLASH_OP_FAIL);
}

TEST_F(PartitionApi, J10LeavesAReadOnlyPartitionAlone) {
  esp_partition_t locked = *Find("nvs");
  locked.readonly = true;
  const std::uint8_t zero = 0;
  EXPECT_EQ(esp_partition_write(&locked, 0, &zero, 1), ESP_ERR_NOT_ALLOWED);
  EXPECT_EQ(esp_partition_erase_range(&locked, 0, 4096), ESP_ERR_NOT_ALLOWED);
}

TEST_F(PartitionApi, JudgesRangesInTheOrderOfEspIdf) {
  const esp_partition_t* const storage = Find("nvs");
  std::uint8_t byte = 0;
  EXPECT_EQ(esp_partition_read(storage, storage->size + 1, &byte, 0), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_partition_read(storage, storage->size, &byte, 1), ESP_ERR_INVALID_SIZE);
  EXPECT_EQ(esp_partition_read(storage, 1, &byte, SIZE_MAX), ESP_ERR_INVALID_SIZE);
  EXPECT_EQ(esp_partition_read(storage, storage->size, &byte, 0), ESP_OK);
  EXPECT_EQ(esp_partition_read(nullptr, 0, &byte, 1), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_partition_read(storage, 0, nullptr, 1), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_partition_write(storage, storage->size + 1, &byte, 0), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_partition_write(storage, storage->size, &byte, 1), ESP_ERR_INVALID_SIZE);
  EXPECT_EQ(esp_partition_write(nullptr, 0, &byte, 1), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_partition_write(storage, 0, nullptr, 1), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_partition_erase_range(storage, 0, 100), ESP_ERR_INVALID_SIZE);
  EXPECT_EQ(esp_partition_erase_range(storage, 100, 4096), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_partition_erase_range(storage, 0, storage->size + 4096), ESP_ERR_INVALID_SIZE);
  EXPECT_EQ(esp_partition_erase_range(nullptr, 0, 4096), ESP_ERR_INVALID_ARG);
}

TEST_F(PartitionApi, IteratesInTheOrderOfTheTable) {
  std::vector<std::string> labels;
  for (auto it = esp_partition_find(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_ANY, nullptr);
       it != nullptr; it = esp_partition_next(it)) {
    labels.emplace_back(esp_partition_get(it)->label);
  }
  EXPECT_THAT(labels, testing::ElementsAre("nvs", "otadata", "factory", "ota_0", "ota_1", "test"));
}

TEST_F(PartitionApi, AReleasedIteratorIsNone) {
  const auto it = esp_partition_find(ESP_PARTITION_TYPE_APP, ESP_PARTITION_SUBTYPE_ANY, nullptr);
  esp_partition_iterator_release(it);
  esp_partition_iterator_release(it);
  esp_partition_iterator_release(nullptr);
  EXPECT_EQ(esp_partition_get(it), nullptr);
  EXPECT_EQ(esp_partition_next(it), nullptr);
  EXPECT_EQ(esp_partition_get(nullptr), nullptr);
}

TEST_F(PartitionApi, AViewFollowsWhatIsWritten) {
  const esp_partition_t* const storage = Find("nvs");
  const void* view = nullptr;
  esp_partition_mmap_handle_t handle = 0;
  ASSERT_EQ(esp_partition_mmap(storage, 16, 64, ESP_PARTITION_MMAP_DATA, &view, &handle), ESP_OK);
  const std::string text = "written later";
  ASSERT_EQ(esp_partition_write(storage, 20, text.data(), text.size()), ESP_OK);
  EXPECT_EQ(std::memcmp(static_cast<const char*>(view) + 4, text.data(), text.size()), 0);
  ASSERT_EQ(esp_partition_erase_range(storage, 0, 4096), ESP_OK);
  EXPECT_EQ(*static_cast<const std::uint8_t*>(view), 0xFF);
  esp_partition_munmap(handle);
  esp_partition_munmap(handle);
  EXPECT_EQ(
      esp_partition_mmap(storage, 0, storage->size + 1, ESP_PARTITION_MMAP_DATA, &view, &handle),
      ESP_ERR_INVALID_SIZE);
  EXPECT_EQ(esp_partition_mmap(storage, 0, 1, ESP_PARTITION_MMAP_DATA, nullptr, &handle),
            ESP_ERR_INVALID_ARG);
}

TEST_F(PartitionApi, HasNoPartitionsWithAWrongTable) {
  test_device_.flash().bytes()[0x8000 + 4] ^= 1;
  esp_partition_unload_all();
  const esp_partition_t* found = nullptr;
  EXPECT_EQ(esp_partition_find_first_err(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_ANY, nullptr,
                                         &found),
            ESP_ERR_INVALID_STATE);
  EXPECT_EQ(esp_ota_get_running_partition(), nullptr);
}

TEST_F(PartitionApi, VerifiesATableInMemoryAsTheBootloaderDoes) {
  std::vector<std::uint8_t> table(0xC00);
  ASSERT_EQ(esp_flash_read(nullptr, table.data(), 0x8000, 0xC00), ESP_OK);
  const auto* const rows = reinterpret_cast<const esp_partition_info_t*>(table.data());
  int count = 0;
  EXPECT_EQ(esp_partition_table_verify(rows, true, &count), ESP_OK);
  EXPECT_EQ(count, 6);
  EXPECT_EQ(esp_partition_table_verify(nullptr, true, &count), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_partition_table_verify(rows, true, nullptr), ESP_ERR_INVALID_ARG);
  table[4] ^= 1;
  EXPECT_EQ(esp_partition_table_verify(rows, true, &count), ESP_ERR_INVALID_STATE);
  table[7] = 0x7F;
  EXPECT_EQ(esp_partition_table_verify(rows, true, &count), ESP_ERR_INVALID_SIZE);
}

TEST_F(PartitionApi, ReadsTheWholeChip) {
  std::uint32_t size = 0;
  ASSERT_EQ(esp_flash_get_size(nullptr, &size), ESP_OK);
  EXPECT_EQ(size, 4U << 20);
  EXPECT_EQ(esp_flash_get_size(esp_flash_default_chip, nullptr), ESP_ERR_INVALID_ARG);
  std::uint32_t id = 0;
  ASSERT_EQ(esp_flash_read_id(nullptr, &id), ESP_OK);
  EXPECT_EQ(id & 0xFF, 22U) << "log2 of 4 MiB";
  std::uint8_t byte = 0;
  EXPECT_EQ(esp_flash_read(nullptr, &byte, size, 1), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_flash_read(nullptr, nullptr, 0, 1), ESP_ERR_INVALID_ARG);
}

}  // namespace
}  // namespace updraft
