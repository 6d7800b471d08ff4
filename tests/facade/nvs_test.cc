// SPDX-License-Identifier: Apache-2.0
// NVS as programs use it, and wrong calls. Power cuts: tests/powercut.
#include <nvs_flash.h>

#include <array>
#include <cmath>

#include "tests/facade/nvs_device.h"

namespace updraft {
namespace {

constexpr std::size_t kSize = 0x4000;

class Nvs : public testing::Test {
 protected:
  Nvs() {
    EXPECT_EQ(nvs_flash_init(), ESP_OK);
    EXPECT_EQ(nvs_open("app", NVS_READWRITE, &handle_), ESP_OK);
  }
  void Restart() {
    device_.Bind();
    ASSERT_EQ(nvs_flash_init(), ESP_OK);
    ASSERT_EQ(nvs_open("app", NVS_READWRITE, &handle_), ESP_OK);
  }
  std::string Text(const char* key) {
    std::array<char, 4001> text{};
    std::size_t size = text.size();
    return nvs_get_str(handle_, key, text.data(), &size) == ESP_OK ? text.data() : "(none)";
  }

  NvsDevice device_{kSize};
  nvs_handle_t handle_ = 0;
};

TEST_F(Nvs, KeepsValuesOverRestarts) {
  ASSERT_EQ(nvs_set_u32(handle_, "starts", 7), ESP_OK);
  ASSERT_EQ(nvs_set_i64(handle_, "when", -1), ESP_OK);
  ASSERT_EQ(nvs_set_str(handle_, "url", "https://example.org/"), ESP_OK);
  std::vector<std::uint8_t> blob(6000, 0x5A);
  ASSERT_EQ(nvs_set_blob(handle_, "blob", blob.data(), blob.size()), ESP_OK);
  ASSERT_EQ(nvs_commit(handle_), ESP_OK);
  Restart();
  std::uint32_t starts = 0;
  EXPECT_EQ(nvs_get_u32(handle_, "starts", &starts), ESP_OK);
  EXPECT_EQ(starts, 7U);
  std::int64_t when = 0;
  EXPECT_EQ(nvs_get_i64(handle_, "when", &when), ESP_OK);
  EXPECT_EQ(when, -1);
  EXPECT_EQ(Text("url"), "https://example.org/");
  std::vector<std::uint8_t> read(6000);
  std::size_t size = read.size();
  EXPECT_EQ(nvs_get_blob(handle_, "blob", read.data(), &size), ESP_OK);
  EXPECT_EQ(read, blob);
}

TEST_F(Nvs, TellsTheLengthThatIsNeeded) {
  ASSERT_EQ(nvs_set_str(handle_, "s", "four"), ESP_OK);
  std::size_t size = 0;
  EXPECT_EQ(nvs_get_str(handle_, "s", nullptr, &size), ESP_OK);
  EXPECT_EQ(size, 5U);
  std::array<char, 8> text{};
  size = 4;
  EXPECT_EQ(nvs_get_str(handle_, "s", text.data(), &size), ESP_ERR_NVS_INVALID_LENGTH);
  EXPECT_EQ(size, 5U);
  EXPECT_EQ(nvs_get_str(handle_, "s", text.data(), nullptr), ESP_ERR_NVS_INVALID_LENGTH);
}

TEST_F(Nvs, TakesNoNullAndNoStaleHandle) {
  std::uint8_t number = 0;
  nvs_handle_t other = 0;
  EXPECT_EQ(nvs_open(nullptr, NVS_READWRITE, &other), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(nvs_open("app", NVS_READWRITE, nullptr), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(nvs_set_u8(handle_, nullptr, 1), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(nvs_get_u8(handle_, "k", nullptr), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(nvs_set_str(handle_, "k", nullptr), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(nvs_set_blob(handle_, "k", nullptr, 1), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(nvs_erase_key(handle_, nullptr), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(nvs_get_stats(nullptr, nullptr), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(nvs_flash_init_partition(nullptr), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(nvs_flash_init_partition("a label that is long"), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(nvs_flash_init_partition("nobody"), ESP_ERR_NOT_FOUND);
  EXPECT_EQ(nvs_set_float(handle_, "f", std::nanf("")), ESP_ERR_INVALID_ARG);
  nvs_iterator_t iterator = nullptr;
  EXPECT_EQ(nvs_entry_next(nullptr), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(nvs_entry_next(&iterator), ESP_ERR_INVALID_ARG);
  nvs_release_iterator(nullptr);
  nvs_close(handle_);
  nvs_close(handle_);
  EXPECT_EQ(nvs_get_u8(handle_, "k", &number), ESP_ERR_NVS_INVALID_HANDLE);
  EXPECT_EQ(nvs_commit(0), ESP_ERR_NVS_INVALID_HANDLE);
}

TEST_F(Nvs, FindsEntriesByANamespaceAsOpenDoes) {
  nvs_handle_t other = 0;
  ASSERT_EQ(nvs_open("fifteen_letters", NVS_READWRITE, &other), ESP_OK);
  ASSERT_EQ(nvs_set_u8(other, "k", 1), ESP_OK);
  nvs_iterator_t iterator = nullptr;
  ASSERT_EQ(nvs_entry_find("nvs", "fifteen_letters_and_more", NVS_TYPE_ANY, &iterator), ESP_OK);
  nvs_entry_info_t info{};
  EXPECT_EQ(nvs_entry_info(iterator, &info), ESP_OK);
  EXPECT_STREQ(info.namespace_name, "fifteen_letters");
  EXPECT_EQ(nvs_entry_next(&iterator), ESP_ERR_NVS_NOT_FOUND);
  EXPECT_EQ(iterator, nullptr);
  // A wrong argument leaves the iterator as it is; all else that fails makes it NULL.
  ASSERT_EQ(nvs_entry_find("nvs", nullptr, NVS_TYPE_ANY, &iterator), ESP_OK);
  auto* const kept = iterator;
  EXPECT_EQ(nvs_entry_find(nullptr, nullptr, NVS_TYPE_ANY, &iterator), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(iterator, kept);
  nvs_release_iterator(iterator);
  EXPECT_EQ(nvs_entry_find("nobody", nullptr, NVS_TYPE_ANY, &iterator), ESP_ERR_NVS_NOT_FOUND);
  EXPECT_EQ(iterator, nullptr);
  EXPECT_EQ(nvs_entry_find_in_handle(0, NVS_TYPE_ANY, &iterator), ESP_ERR_NVS_INVALID_HANDLE);
}

TEST_F(Nvs, JudgesAKeyBeforeItsTextAndTheSizeOfABlobBeforeItsKey) {
  const char* const long_key = "sixteen_letters_";
  const std::string long_text(4001, 'x');
  EXPECT_EQ(nvs_set_str(handle_, long_key, long_text.c_str()), ESP_ERR_NVS_KEY_TOO_LONG);
  EXPECT_EQ(nvs_set_str(handle_, "key", long_text.c_str()), ESP_ERR_NVS_VALUE_TOO_LONG);
  const std::vector<std::uint8_t> blob(4000 * 3 + 1);
  EXPECT_EQ(nvs_set_blob(handle_, long_key, blob.data(), blob.size()), ESP_ERR_NVS_VALUE_TOO_LONG);
  EXPECT_EQ(nvs_set_blob(handle_, long_key, blob.data(), 1), ESP_ERR_NVS_KEY_TOO_LONG);
  EXPECT_EQ(nvs_set_blob(handle_, long_key, blob.data(), SIZE_MAX / 2), ESP_ERR_NVS_VALUE_TOO_LONG);
  EXPECT_EQ(nvs_set_u8(handle_, long_key, 1), ESP_ERR_NVS_KEY_TOO_LONG);
  EXPECT_EQ(nvs_erase_key(handle_, long_key), ESP_ERR_NVS_NOT_FOUND);
}

TEST_F(Nvs, HasRoomFor254NamespacesAndSaysSoBeforeItJudgesTheName) {
  for (int i = 1; i < 254; ++i) {
    nvs_handle_t other = 0;
    ASSERT_EQ(nvs_open(("space" + std::to_string(i)).c_str(), NVS_READWRITE, &other), ESP_OK);
    nvs_close(other);
  }
  nvs_handle_t other = 0;
  EXPECT_EQ(nvs_open("one_more", NVS_READWRITE, &other), ESP_ERR_NVS_NOT_ENOUGH_SPACE);
  EXPECT_EQ(nvs_open("a_name_that_is_long", NVS_READWRITE, &other), ESP_ERR_NVS_NOT_ENOUGH_SPACE);
  EXPECT_EQ(nvs_open("space7", NVS_READWRITE, &other), ESP_OK);
}

TEST_F(Nvs, ClosesHandlesWhenThePartitionIsErased) {
  ASSERT_EQ(nvs_flash_erase(), ESP_OK);
  EXPECT_EQ(nvs_set_u8(handle_, "k", 1), ESP_ERR_NVS_INVALID_HANDLE);
  EXPECT_EQ(nvs_open("app", NVS_READWRITE, &handle_), ESP_ERR_NVS_NOT_INITIALIZED);
  ASSERT_EQ(nvs_flash_init(), ESP_OK);
  EXPECT_EQ(nvs_open("app", NVS_READONLY, &handle_), ESP_ERR_NVS_NOT_FOUND);
}

// The end of a value that was cut is blank, and marked erased with the rest of it.
TEST_F(Nvs, WritesBehindAValueThatWasCutInItsMiddle) {
  ASSERT_EQ(nvs_set_str(handle_, "a", "kept"), ESP_OK);
  const std::string text(100, 'x');
  device_.faulty().Arm({.operation = 3, .fault = FaultyFlash::Fault::kCutAtByte, .bytes = 8});
  EXPECT_NE(nvs_set_str(handle_, "s", text.c_str()), ESP_OK);
  ASSERT_TRUE(device_.faulty().cut());
  device_.faulty().Revive();
  Restart();
  EXPECT_EQ(Text("s"), "(none)");
  ASSERT_EQ(nvs_set_str(handle_, "s", "another"), ESP_OK);
  EXPECT_EQ(Text("s"), "another");
  Restart();
  EXPECT_EQ(Text("s"), "another");
  EXPECT_EQ(Text("a"), "kept");
}

TEST_F(Nvs, GoesOnForLongInLittleRoom) {
  for (std::uint32_t i = 0; i < 3000; ++i) {
    ASSERT_EQ(nvs_set_u32(handle_, "counter", i), ESP_OK) << i;
    if (i % 50 != 0) continue;
    ASSERT_EQ(nvs_set_str(handle_, "text", std::to_string(i).c_str()), ESP_OK);
  }
  Restart();
  std::uint32_t counter = 0;
  EXPECT_EQ(nvs_get_u32(handle_, "counter", &counter), ESP_OK);
  EXPECT_EQ(counter, 2999U);
  EXPECT_EQ(Text("text"), "2950");
}

}  // namespace
}  // namespace updraft
