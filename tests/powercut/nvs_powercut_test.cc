// SPDX-License-Identifier: Apache-2.0
// Changes of NVS under power cuts: what is read afterwards is what was there before
// the change, or what it makes; never anything else. Then the change is made anew.
#include <gtest/gtest.h>
#include <nvs_flash.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "esp/device_binding.h"
#include "ports/host/crypto_openssl.h"
#include "testing/paged_flash.h"
#include "testing/test_device.h"
#include "tests/powercut/cut_run.h"

namespace updraft {
namespace {

constexpr std::uint64_t kOffset = 0x10000;
constexpr std::size_t kSize = 0x4000;
constexpr std::uint64_t kSector = 0x1000;

using Change = std::function<void(nvs_handle_t)>;

struct NvsScenario {
  std::string name;
  Change before;
  Change change;
  bool erases_a_page = false;
};

void PrintTo(const NvsScenario& scenario, std::ostream* out) { *out << scenario.name; }

// What a program finds: the values of a few keys.
std::string Snapshot() {
  nvs_handle_t handle = 0;
  if (nvs_open("app", NVS_READONLY, &handle) != ESP_OK) return "no namespace";
  std::string found;
  std::uint32_t number = 0;
  if (nvs_get_u32(handle, "n", &number) == ESP_OK) found += "n=" + std::to_string(number) + " ";
  std::array<char, 4001> text{};
  std::size_t size = text.size();
  if (nvs_get_str(handle, "s", text.data(), &size) == ESP_OK) {
    found += std::string("s=") + text.data();
  }
  std::vector<std::uint8_t> blob(12000);
  size = blob.size();
  if (nvs_get_blob(handle, "b", blob.data(), &size) == ESP_OK) {
    found += " b=" + std::to_string(size) + "/" + std::to_string(blob[0]);
    const bool even = std::all_of(blob.begin(), blob.begin() + static_cast<std::ptrdiff_t>(size),
                                  [&](std::uint8_t byte) { return byte == blob[0]; });
    if (!even) found += "!";
  }
  nvs_close(handle);
  return found;
}

// What the change begins with and ends with, and the flash of the former.
struct NvsPrepared {
  std::vector<std::uint8_t> flash{};
  std::string before{};
  std::string after{};
};

class NvsLife final : public CutLife {
 public:
  // Not `steady`: bits flicker, and what nobody wrote anew may be gone at a later start.
  NvsLife(const NvsScenario& scenario, const NvsPrepared& prepared, OpensslCrypto& crypto,
          bool steady = true)
      : scenario_(&scenario),
        steady_(steady),
        prepared_(&prepared),
        device_(crypto, {}, {.size = 0x20000}),
        power_(device_.flash()),
        paged_(power_, 256) {
    device_.flash().Load(
        kPartitionTableOffset,
        MakePartitionTable({MakePartition("nvs", PartitionType::kData, 0x02, kOffset, kSize)},
                           crypto));
    device_.device().flash = &paged_;
    if (!prepared.flash.empty()) device_.flash().Load(kOffset, prepared.flash);
    static_cast<void>(Start());
  }
  ~NvsLife() override { esp::Unbind(); }
  NvsLife(const NvsLife&) = delete;
  NvsLife& operator=(const NvsLife&) = delete;

  FaultyFlash& power() override { return power_; }

  void Act(CutFaults& faults) override {
    scenario_->change(handle_);
    const auto erases_page = [](const FaultyFlash::Asked& asked) {
      return asked.kind == FaultyFlash::Asked::Kind::kErase && asked.length == kSector;
    };
    if (power_.cut() || !scenario_->erases_a_page) return;
    faults.Check(std::ranges::any_of(power_.asked(), erases_page), "no page is collected");
  }

  void Recover(CutFaults& faults) override {
    const bool starts = Start();
    if (power_.cut()) return;
    if (!faults.Check(starts, "NVS does not start")) return;
    const std::string found = Snapshot();
    if (!faults.Check(found == prepared_->before || found == prepared_->after,
                      "neither the old values nor the new: " + found)) {
      return;
    }
    scenario_->change(handle_);
    if (power_.cut()) return;
    faults.Check(Snapshot() == prepared_->after, "made anew: " + Snapshot());
    const bool starts_again = Start();
    const std::string kept = Snapshot();
    faults.Check(starts_again, "NVS does not start again");
    faults.Check(kept == prepared_->after || (!steady_ && kept == prepared_->before),
                 "after a restart: " + kept);
  }

  std::vector<std::uint8_t> Content() {
    const Bytes bytes = Bytes(device_.flash().bytes()).subspan(kOffset, kSize);
    return {bytes.begin(), bytes.end()};
  }
  nvs_handle_t handle() const { return handle_; }

 private:
  // As after a restart: nothing is in use.
  bool Start() {
    esp::Bind({.device = &device_.device()});
    return nvs_flash_init() == ESP_OK && nvs_open("app", NVS_READWRITE, &handle_) == ESP_OK;
  }

  const NvsScenario* scenario_;
  bool steady_;
  const NvsPrepared* prepared_;
  TestDevice device_;
  FaultyFlash power_;
  PagedFlash paged_;
  nvs_handle_t handle_ = 0;
};

class NvsPowerCut : public testing::TestWithParam<NvsScenario> {};

TEST_P(NvsPowerCut, LeavesTheOldValueOrTheNew) {
  OpensslCrypto crypto;
  NvsPrepared prepared;
  {
    NvsLife life(GetParam(), prepared, crypto);
    GetParam().before(life.handle());
    ASSERT_FALSE(HasFailure());
    prepared.before = Snapshot();
    prepared.flash = life.Content();
    GetParam().change(life.handle());
    prepared.after = Snapshot();
  }
  ASSERT_NE(prepared.before, prepared.after);
  CutSettings settings = CutSettingsHere();
  settings.flickering = false;
  ExpectNoCutHurts(
      "Nvs/" + GetParam().name,
      [&] { return std::make_unique<NvsLife>(GetParam(), prepared, crypto); }, settings);
  settings.flickering = true;
  settings.steady = false;
  settings.every = 1;
  settings.pairs = 0;  // where bits flicker twice, values can be lost
  ExpectNoCutHurts(
      "Nvs/" + GetParam().name + "_flickering",
      [&] { return std::make_unique<NvsLife>(GetParam(), prepared, crypto, false); }, settings);
}

void SetBlob(nvs_handle_t handle, std::size_t size, std::uint8_t fill) {
  const std::vector<std::uint8_t> blob(size, fill);
  static_cast<void>(nvs_set_blob(handle, "b", blob.data(), blob.size()));
}
Change Blob(std::size_t size, std::uint8_t fill) {
  return [=](nvs_handle_t handle) { SetBlob(handle, size, fill); };
}
Change Number(std::uint32_t value) {
  return [=](nvs_handle_t handle) { static_cast<void>(nvs_set_u32(handle, "n", value)); };
}
Change Text(const std::string& value) {
  return [=](nvs_handle_t handle) { static_cast<void>(nvs_set_str(handle, "s", value.c_str())); };
}

// So many changes that the next ones collect a page.
void FillToTheBrim(nvs_handle_t handle) {
  ASSERT_EQ(nvs_set_str(handle, "s", "kept while pages are collected"), ESP_OK);
  for (std::uint32_t i = 0; i < 371; ++i) ASSERT_EQ(nvs_set_u32(handle, "n", i), ESP_OK);
}

INSTANTIATE_TEST_SUITE_P(
    Changes, NvsPowerCut,
    testing::Values(
        NvsScenario{"first_value", [](nvs_handle_t) {}, Number(1)},
        NvsScenario{"number", Number(1), Number(2)},
        NvsScenario{"string", Text("a first value of more than one entry"),
                    Text("another value, which also needs two of them")},
        NvsScenario{
            "other_type", Number(1),
            [](nvs_handle_t handle) { static_cast<void>(nvs_set_str(handle, "n", "a text")); }},
        NvsScenario{"blob", Blob(300, 1), Blob(500, 2)},
        NvsScenario{"blob_of_pages", Blob(4500, 1), Blob(5000, 2)},
        NvsScenario{"collecting", FillToTheBrim,
                    [](nvs_handle_t handle) {
                      // Only the last is seen; those before it make the page full.
                      for (std::uint32_t i = 0; i < 8; ++i) {
                        if (nvs_set_u32(handle, "m", i) != ESP_OK) return;
                      }
                      static_cast<void>(nvs_set_u32(handle, "n", 1000));
                    },
                    true},
        NvsScenario{"erased_key", Blob(4500, 1),
                    [](nvs_handle_t handle) { static_cast<void>(nvs_erase_key(handle, "b")); }},
        NvsScenario{"all_keys_erased",
                    [](nvs_handle_t handle) {
                      Number(1)(handle);
                      static_cast<void>(nvs_commit(handle));
                    },
                    [](nvs_handle_t handle) { static_cast<void>(nvs_erase_all(handle)); }}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace updraft
