// SPDX-License-Identifier: Apache-2.0
// nvs_handle.hpp: NVS as programs in C++ use it.
#include <nvs_flash.h>

#include <array>
#include <nvs_handle.hpp>

#include "tests/facade/nvs_device.h"

namespace updraft {
namespace {

enum class Mode : std::uint8_t { kIdle, kUpdating };

class NvsHandle : public testing::Test {
 protected:
  NvsHandle() { EXPECT_EQ(nvs_flash_init(), ESP_OK); }

  NvsDevice device_{0x4000};
};

TEST_F(NvsHandle, StoresNumbersByTheirWidthAsTheFunctionsInCReadThem) {
  esp_err_t error = ESP_FAIL;
  const auto handle = nvs::open_nvs_handle("app", NVS_READWRITE, &error);
  ASSERT_EQ(error, ESP_OK);
  ASSERT_NE(handle, nullptr);
  ASSERT_EQ(handle->set_item("written", std::uint32_t{4096}), ESP_OK);
  ASSERT_EQ(handle->set_item("when", std::int64_t{-5}), ESP_OK);
  ASSERT_EQ(handle->set_item("mode", Mode::kUpdating), ESP_OK);
  ASSERT_EQ(handle->set_item("on", true), ESP_OK);
  ASSERT_EQ(handle->set_item("gain", 0.5F), ESP_OK);
  ASSERT_EQ(handle->commit(), ESP_OK);

  nvs_handle_t plain = 0;
  ASSERT_EQ(nvs_open("app", NVS_READONLY, &plain), ESP_OK);
  std::uint32_t written = 0;
  std::int64_t when = 0;
  std::uint8_t mode = 0;
  EXPECT_EQ(nvs_get_u32(plain, "written", &written), ESP_OK);
  EXPECT_EQ(nvs_get_i64(plain, "when", &when), ESP_OK);
  EXPECT_EQ(nvs_get_u8(plain, "mode", &mode), ESP_OK);
  EXPECT_EQ(written, 4096U);
  EXPECT_EQ(when, -5);
  EXPECT_EQ(mode, 1);
  nvs_close(plain);

  Mode read = Mode::kIdle;
  bool on = false;
  float gain = 0;
  EXPECT_EQ(handle->get_item("mode", read), ESP_OK);
  EXPECT_EQ(handle->get_item("on", on), ESP_OK);
  EXPECT_EQ(handle->get_item("gain", gain), ESP_OK);
  EXPECT_EQ(read, Mode::kUpdating);
  EXPECT_TRUE(on);
  EXPECT_EQ(gain, 0.5F);
  std::uint16_t narrow = 7;
  EXPECT_EQ(handle->get_item("written", narrow), ESP_ERR_NVS_NOT_FOUND);
  EXPECT_EQ(narrow, 7);
  EXPECT_EQ(handle->erase_item("written"), ESP_OK);
  EXPECT_EQ(handle->get_item("written", written), ESP_ERR_NVS_NOT_FOUND);
}

TEST_F(NvsHandle, TellsHowLongStringsAndBlobsAre) {
  const auto handle = nvs::open_nvs_handle_from_partition("nvs", "app", NVS_READWRITE);
  ASSERT_NE(handle, nullptr);
  const std::array<std::uint8_t, 5> blob{1, 2, 3, 4, 5};
  ASSERT_EQ(handle->set_string("url", "http"), ESP_OK);
  ASSERT_EQ(handle->set_blob("key", blob.data(), blob.size()), ESP_OK);
  ASSERT_EQ(handle->set_item("n", std::int16_t{1}), ESP_OK);
  std::size_t size = 0;
  EXPECT_EQ(handle->get_item_size(nvs::ItemType::SZ, "url", size), ESP_OK);
  EXPECT_EQ(size, 5U);
  EXPECT_EQ(handle->get_item_size(nvs::ItemType::BLOB, "key", size), ESP_OK);
  EXPECT_EQ(size, 5U);
  EXPECT_EQ(handle->get_item_size(nvs::ItemType::I16, "n", size), ESP_OK);
  EXPECT_EQ(size, 2U);
  EXPECT_EQ(handle->get_item_size(nvs::ItemType::U32, "n", size), ESP_ERR_NVS_NOT_FOUND);
  std::array<char, 5> text{};
  EXPECT_EQ(handle->get_string("url", text.data(), 4), ESP_ERR_NVS_INVALID_LENGTH);
  EXPECT_EQ(handle->get_string("url", text.data(), text.size()), ESP_OK);
  EXPECT_STREQ(text.data(), "http");
  EXPECT_EQ(handle->get_string("url", nullptr, 9), ESP_ERR_INVALID_ARG);
}

TEST_F(NvsHandle, SaysWhyThereIsNone) {
  esp_err_t error = ESP_OK;
  EXPECT_EQ(nvs::open_nvs_handle("nobody", NVS_READONLY, &error), nullptr);
  EXPECT_EQ(error, ESP_ERR_NVS_NOT_FOUND);
  EXPECT_EQ(nvs::open_nvs_handle_from_partition("none", "app", NVS_READWRITE, &error), nullptr);
  EXPECT_EQ(error, ESP_ERR_NVS_PART_NOT_FOUND);
  const auto writer = nvs::open_nvs_handle("app", NVS_READWRITE);
  ASSERT_NE(writer, nullptr);
  const auto reader = nvs::open_nvs_handle("app", NVS_READONLY);
  ASSERT_NE(reader, nullptr);
  EXPECT_EQ(reader->set_item("n", 1), ESP_ERR_NVS_READ_ONLY);
}

}  // namespace
}  // namespace updraft
