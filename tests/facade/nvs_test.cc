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
