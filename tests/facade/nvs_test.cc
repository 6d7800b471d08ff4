// SPDX-License-Identifier: Apache-2.0
// NVS as programs use it, wrong calls, and power cuts at every flash operation.
#include <nvs_flash.h>

#include <array>
#include <cmath>
#include <functional>

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

// What a program finds: the values of a few keys.
std::string Snapshot() {
  nvs_handle_t handle = 0;
  if (nvs_open("app", NVS_READONLY, &handle) != ESP_OK) return "no namespace";
  std::string found;
  std::uint32_t number = 0;
  if (nvs_get_u32(handle, "n", &number) == ESP_OK) found += "n=" + std::to_string(number) + " ";
  std::array<char, 4001> text{};
  std::size_t size = text.size();
  if (nvs_get_str(handle, "s", text.data(), &size) == ESP_OK)
    found += std::string("s=") + text.data();
  std::vector<std::uint8_t> blob(12000);
  size = blob.size();
  if (nvs_get_blob(handle, "b", blob.data(), &size) == ESP_OK) {
    found += " b=" + std::to_string(size) + "/" + std::to_string(blob[0]);
    for (std::size_t i = 0; i < size; ++i) {
      if (blob[i] != blob[0]) found += "!";
    }
  }
  nvs_close(handle);
  return found;
}

using Change = std::function<void(nvs_handle_t)>;

void SetBlob(nvs_handle_t handle, std::size_t size, std::uint8_t fill) {
  const std::vector<std::uint8_t> blob(size, fill);
  ASSERT_EQ(nvs_set_blob(handle, "b", blob.data(), blob.size()), ESP_OK);
}

void FillToTheBrim(nvs_handle_t handle) {
  // Many changes, so that the next one collects a page.
  for (std::uint32_t i = 0; i < 330; ++i) ASSERT_EQ(nvs_set_u32(handle, "n", i), ESP_OK);
}

struct CutCase {
  const char* name;
  Change before;
  Change cut;
};

class NvsPowerCut : public testing::TestWithParam<CutCase> {};

// The power goes at every operation of the change, in every manner: what is read
// afterwards is what was there before it, or what it makes; never anything else.
TEST_P(NvsPowerCut, LeavesTheOldValueOrTheNew) {
  const CutCase& cut_case = GetParam();
  using Fault = FaultyFlash::Fault;
  for (const Fault fault : {Fault::kCutBefore, Fault::kCutHalf, Fault::kCutAllButOneByte,
                            Fault::kCutUnstable, Fault::kCutAfter}) {
    std::string before;
    std::string after;
    for (std::uint64_t operation = 1;; ++operation) {
      NvsDevice device(kSize);
      ASSERT_EQ(nvs_flash_init(), ESP_OK);
      nvs_handle_t handle = 0;
      ASSERT_EQ(nvs_open("app", NVS_READWRITE, &handle), ESP_OK);
      cut_case.before(handle);
      before = Snapshot();
      device.faulty().Arm({.operation = operation, .fault = fault});
      cut_case.cut(handle);
      const bool reached = device.faulty().cut();
      if (!reached) after = Snapshot();
      device.faulty().Revive();
      device.Bind();
      ASSERT_EQ(nvs_flash_init(), ESP_OK) << "operation " << operation;
      const std::string found = Snapshot();
      if (!reached) {
        EXPECT_EQ(found, after);
        ASSERT_GT(operation, 2U);
        break;
      }
      // Before the good run its result is known from the case's own repetition.
      if (found != before) {
        NvsDevice good(kSize);
        ASSERT_EQ(nvs_flash_init(), ESP_OK);
        ASSERT_EQ(nvs_open("app", NVS_READWRITE, &handle), ESP_OK);
        cut_case.before(handle);
        cut_case.cut(handle);
        EXPECT_EQ(found, Snapshot()) << "operation " << operation << ", fault "
                                     << static_cast<int>(fault) << ", before: " << before;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Changes, NvsPowerCut,
    testing::Values(CutCase{"number", [](nvs_handle_t handle) { nvs_set_u32(handle, "n", 1); },
                            [](nvs_handle_t handle) { nvs_set_u32(handle, "n", 2); }},
                    CutCase{"string",
                            [](nvs_handle_t handle) {
                              nvs_set_str(handle, "s", "a first value of more than one entry");
                            },
                            [](nvs_handle_t handle) {
                              nvs_set_str(handle, "s",
                                          "another value, which also needs two of them");
                            }},
                    CutCase{"other_type", [](nvs_handle_t handle) { nvs_set_u32(handle, "n", 1); },
                            [](nvs_handle_t handle) { nvs_set_str(handle, "n", "a text"); }},
                    CutCase{"blob", [](nvs_handle_t handle) { SetBlob(handle, 300, 1); },
                            [](nvs_handle_t handle) {
                              const std::vector<std::uint8_t> blob(500, 2);
                              nvs_set_blob(handle, "b", blob.data(), blob.size());
                            }},
                    CutCase{"blob_of_pages", [](nvs_handle_t handle) { SetBlob(handle, 4500, 1); },
                            [](nvs_handle_t handle) {
                              const std::vector<std::uint8_t> blob(5000, 2);
                              nvs_set_blob(handle, "b", blob.data(), blob.size());
                            }},
                    CutCase{"collecting",
                            [](nvs_handle_t handle) {
                              nvs_set_str(handle, "s", "kept while pages are collected");
                              FillToTheBrim(handle);
                            },
                            [](nvs_handle_t handle) {
                              for (std::uint32_t i = 0; i < 130; ++i) {
                                if (nvs_set_u32(handle, "n", 329) != ESP_OK) return;
                                if (nvs_set_u32(handle, "m", i) != ESP_OK) return;
                              }
                            }},
                    CutCase{"erase", [](nvs_handle_t handle) { SetBlob(handle, 4500, 1); },
                            [](nvs_handle_t handle) { nvs_erase_key(handle, "b"); }}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace updraft
