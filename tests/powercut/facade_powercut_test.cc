// SPDX-License-Identifier: Apache-2.0
// Updates through esp_ota_* under power cuts: into a slot, and through a staging
// partition that is copied to its final one in the end. These write as they are told,
// the head first: a cut leaves a slot that does not start instead of an empty one.
#include <esp_ota_ops.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "updraft/boot.h"
#include "updraft/slot_prover.h"

#include "esp/device_binding.h"
#include "ports/host/crypto_openssl.h"
#include "testing/test_device.h"
#include "testing/test_image.h"
#include "tests/powercut/cut_run.h"

namespace updraft {
namespace {

using Image = std::vector<std::uint8_t>;

constexpr std::uint64_t kSlotSize = 0x8000;
constexpr std::size_t kPiece = 4000;

struct FacadeScenario {
  std::string name;
  bool rollback = false;
  std::size_t size = OTA_WITH_SEQUENTIAL_WRITES;  // as esp_ota_begin is told
  enum class Final : std::uint8_t { kNone, kSlot, kData } final = Final::kNone;
};

void PrintTo(const FacadeScenario& scenario, std::ostream* out) { *out << scenario.name; }

struct Contents {
  explicit Contents(OpensslCrypto& crypto)
      : old(TestImage{.version = "1.0.0"}.Build(crypto)),
        fresh(TestImage{.version = "2.0.0"}.WithRamSegment(9000).Build(crypto)),
        third(TestImage{.version = "3.0.0"}.WithRamSegment(9000, 7).Build(crypto)) {}
  Image old;
  Image fresh;
  Image third;
  Image old_data = Image(kSlotSize, 0x11);
  Image new_data = Image(kSlotSize, 0x22);
};

class FacadeLife final : public CutLife {
 public:
  FacadeLife(const FacadeScenario& scenario, const Contents& contents, OpensslCrypto& crypto)
      : scenario_(&scenario),
        contents_(&contents),
        device_(crypto, {}, {.size = 0x50000}),
        power_(device_.flash()) {
    const auto slot = [](std::string_view label, int index) {
      return MakePartition(label, PartitionType::kApp,
                           static_cast<std::uint8_t>(kSubtypeOta0 + index),
                           0x10000 + static_cast<std::uint64_t>(index) * 0x10000, kSlotSize);
    };
    device_.flash().Load(
        kPartitionTableOffset,
        MakePartitionTable(
            {MakePartition("otadata", PartitionType::kData, kSubtypeOtadata, 0xC000, kOtadataSize),
             slot("ota_0", 0), slot("ota_1", 1), slot("ota_2", 2),
             MakePartition("storage", PartitionType::kData, 0x06, 0x40000, kSlotSize)},
            crypto));
    device_.Install("ota_0", contents.old);
    device_.flash().Load(0x40000, contents.old_data);
    device_.WriteRecord(0, 1, SlotState::kValid);
    device_.device().policy.rollback = scenario.rollback;
    device_.SetRunning("ota_0");
    device_.device().flash = &power_;
    Bind();
  }
  ~FacadeLife() override { esp::Unbind(); }
  FacadeLife(const FacadeLife&) = delete;
  FacadeLife& operator=(const FacadeLife&) = delete;

  FaultyFlash& power() override { return power_; }

  void Act(CutFaults& faults) override { Attempt(faults); }

  void Recover(CutFaults& faults) override {
    if (!Boot(faults)) return;
    JudgeData(faults);
    if (running() == target_ && scenario_->rollback && !Confirm(faults)) return;
    if (!Attempt(faults) || !Boot(faults)) return;
    faults.Check(target_.empty() || running() == target_, "the new attempt does not start");
    if (scenario_->final != FacadeScenario::Final::kData) return;
    faults.Check(Holds("storage", contents_->new_data), "the data are not the new ones");
  }

 private:
  void Bind() { esp::Bind({.device = &device_.device(), .identity = "cut"}); }
  static const esp_partition_t* Find(const std::string& label) {
    return esp_partition_find_first(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_ANY,
                                    label.c_str());
  }
  std::string running() { return std::string(device_.device().running->label()); }
  static std::string After(const std::string& label) {
    return "ota_" + std::to_string((label.back() - '0' + 1) % 3);
  }
  bool Holds(const std::string& label, const Image& content) {
    const Partition partition = device_.Find(label);
    return std::equal(
        content.begin(), content.end(),
        device_.flash().bytes().begin() + static_cast<std::ptrdiff_t>(partition.offset));
  }

  // False when the power went or something was wrong.
  bool Attempt(CutFaults& faults) {
    const std::string before = running();
    const std::string staging = After(before);
    const bool data = scenario_->final == FacadeScenario::Final::kData;
    const Image& image = Holds(before, contents_->fresh) ? contents_->third : contents_->fresh;
    target_ = data                                               ? ""
              : scenario_->final == FacadeScenario::Final::kSlot ? After(staging)
                                                                 : staging;
    expected_ = &image;
    started_from_ = before;
    data_were_whole_ = DataAreWhole();
    const std::size_t asked = power_.asked().size();
    const esp_err_t error = Write(staging, data ? contents_->new_data : image);
    const Partition slot = device_.Find(before);
    for (std::size_t i = asked; i < power_.asked().size(); ++i) {
      const FaultyFlash::Asked& operation = power_.asked()[i];
      if (operation.length == 0) continue;
      faults.Check(operation.address >= slot.offset + slot.size ||
                       operation.address + operation.length <= slot.offset,
                   "invariant 2: the slot that runs is written");
    }
    acknowledged_ = error == ESP_OK;
    if (power_.cut()) return false;
    return faults.Check(error == ESP_OK, "a new attempt fails");
  }

  esp_err_t Write(const std::string& staging, const Image& content) {
    esp_ota_handle_t handle = 0;
    esp_err_t error = esp_ota_begin(Find(staging), scenario_->size, &handle);
    if (error == ESP_OK && scenario_->final != FacadeScenario::Final::kNone) {
      error =
          esp_ota_set_final_partition(handle, Find(target_.empty() ? "storage" : target_), true);
    }
    for (std::size_t at = 0; error == ESP_OK && at < content.size(); at += kPiece) {
      error = esp_ota_write(handle, &content[at], std::min(kPiece, content.size() - at));
    }
    if (error == ESP_OK) error = esp_ota_end(handle);
    return error == ESP_OK && !target_.empty() ? esp_ota_set_boot_partition(Find(target_)) : error;
  }

  bool Boot(CutFaults& faults) {
    esp::Unbind();
    device_.device().running.reset();
    Image buffer(4096);
    SlotProver prover(device_.device(), buffer, NoObserver(), AskedBy::kBootloader);
    const auto view = ViewForBoot(device_.device(), NoObserver());
    BootDecision decision;
    if (view) {
      decision = Choose(*view, prover);
      if (!Apply(device_.device(), *view, decision).ok()) decision.boots.reset();
    }
    // Whatever runs later, the façade must be there for the next call.
    device_.SetRunning(started_from_);
    if (decision.boots) device_.device().running = *view->SlotAt(*decision.boots);
    Bind();
    if (power_.cut()) {
      // A trial's record is written at its start.
      if (scenario_->rollback) acknowledged_ = false;
      return false;
    }
    if (!faults.Check(decision.boots.has_value(), "invariant 5: nothing starts")) return false;
    const std::string label = running();
    const bool is_new = label == target_ && expected_ != nullptr && Holds(label, *expected_);
    const bool is_old =
        label == started_from_ && (Holds(label, contents_->old) || Holds(label, contents_->fresh) ||
                                   Holds(label, contents_->third));
    const bool kept = !acknowledged_ || target_.empty() || is_new;
    // A trial that is not confirmed does not start again.
    acknowledged_ = acknowledged_ && !scenario_->rollback;
    return faults.Check(is_old || is_new, "invariant 5: starts " + label) &&
           faults.Check(kept, "what was acknowledged is not what starts");
  }

  bool Confirm(CutFaults& faults) {
    const esp_err_t error = esp_ota_mark_app_valid_cancel_rollback();
    if (power_.cut()) return false;
    return faults.Check(error == ESP_OK, "what runs cannot be confirmed");
  }

  bool DataAreWhole() {
    return Holds("storage", contents_->old_data) || Holds("storage", contents_->new_data);
  }

  // What the copy had not come to the end of is whole in the staging partition. Where
  // an attempt began with data that were torn, it stages them anew.
  void JudgeData(CutFaults& faults) {
    if (scenario_->final != FacadeScenario::Final::kData || !data_were_whole_) return;
    faults.Check(DataAreWhole() || Holds(After(started_from_), contents_->new_data),
                 "the data are neither old nor new, nor staged");
  }

  const FacadeScenario* scenario_;
  const Contents* contents_;
  TestDevice device_;
  FaultyFlash power_;
  std::string started_from_ = "ota_0";
  std::string target_;
  const Image* expected_ = nullptr;
  bool acknowledged_ = false;
  bool data_were_whole_ = true;
};

class FacadePowerCut : public testing::TestWithParam<FacadeScenario> {};

TEST_P(FacadePowerCut, LeavesTheOldImageOrTheNewOneAtAnyOperation) {
  OpensslCrypto crypto;
  const Contents contents(crypto);
  ExpectNoCutHurts("Facade/" + GetParam().name,
                   [&] { return std::make_unique<FacadeLife>(GetParam(), contents, crypto); });
}

using Final = FacadeScenario::Final;
INSTANTIATE_TEST_SUITE_P(
    Facade, FacadePowerCut,
    testing::Values(FacadeScenario{.name = "slot"},
                    FacadeScenario{
                        .name = "slot_erased_before", .rollback = true, .size = OTA_SIZE_UNKNOWN},
                    FacadeScenario{.name = "staged_and_copied_to_a_slot", .final = Final::kSlot},
                    FacadeScenario{.name = "staged_and_copied_to_a_slot_on_trial",
                                   .rollback = true,
                                   .final = Final::kSlot},
                    FacadeScenario{.name = "staged_and_copied_to_data", .final = Final::kData}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace updraft
