// SPDX-License-Identifier: Apache-2.0
// Otadata with whatever stands in its two records, then a life of selecting,
// confirming, rolling back and booting: what is selected is what starts, where it
// can start at all.
#include <array>
#include <optional>

#include "updraft/boot.h"
#include "updraft/slots.h"

#include "fuzz/fuzz.h"
#include "ports/host/crypto_openssl.h"
#include "testing/test_device.h"

namespace updraft {
namespace {

using fuzz::Require;

constexpr std::uint64_t kOtadataOffset = 0xC000;
constexpr FlashGeometry kFlash{.size = 0x80000};

class BitJudge final : public SlotJudge {
 public:
  explicit BitJudge(std::uint16_t bits) : bits_(bits) {}
  bool IsBootable(const Partition& slot) override { return (bits_ >> Bit(slot) & 1) != 0; }
  Result<std::uint32_t> SecureVersion(const Partition& slot) override {
    if (!IsBootable(slot)) return Status(Code::kBadFormat, Stage::kImage);
    return static_cast<std::uint32_t>(Bit(slot) % 3);
  }

 private:
  static unsigned Bit(const Partition& slot) {
    return slot.is_ota_slot() ? static_cast<unsigned>(slot.ota_index()) : 15U;
  }
  std::uint16_t bits_;
};

class Life {
 public:
  explicit Life(fuzz::Input input)
      : input_(input), layout_(LayoutFrom(input_)), device_(Port(), layout_, kFlash) {
    Device& device = device_.device();
    const std::uint8_t policy = input_.Byte();
    device.policy.rollback = (policy & 1) != 0;
    device.policy.anti_rollback = (policy & 3) == 3;
    if ((policy & 4) != 0) device.policy.trial = {.attempts = 3, .deadline_seconds = 60};
    judge_ = BitJudge(input_.Half());
    for (std::size_t i = 0; i < 2; ++i) Write(i);
  }

  void Run() {
    for (int steps = 0; !input_.empty() && steps < 16; ++steps) Step(input_.Byte());
  }

 private:
  static OpensslCrypto& Port() {
    static OpensslCrypto crypto;
    return crypto;
  }

  static TestLayout LayoutFrom(fuzz::Input& input) {
    const std::uint8_t byte = input.Byte();
    return {.factory = (byte & 8) != 0,
            .ota_slots = byte % 5,
            .test = (byte & 16) != 0,
            .slot_size = 0x10000};
  }

  // 32 bytes, and whether their CRC is made right.
  void Write(std::size_t index) {
    const bool repairs = (input_.Byte() & 1) != 0;
    std::array<std::uint8_t, kOtadataRecordSize> bytes{};
    bytes.fill(0xFF);
    std::ranges::copy(input_.Take(bytes.size()), bytes.begin());
    if (repairs) StoreLe32(&bytes[28], SequenceCrc(LoadLe32(bytes.data())));
    const OtadataRecord record = ParseOtadataRecord(bytes);
    std::array<std::uint8_t, kOtadataRecordSize> stored{};
    StoreOtadataRecord(record, stored);
    Require(stored == bytes, "a record is kept whole");
    if (const auto terms = record.trial_terms()) {
      OtadataRecord again = record;
      again.SetTrialTerms(terms);
      Require(again.trial_terms() == terms, "the same terms");
    }
    device_.flash().Load(kOtadataOffset + index * kOtadataSectorSize, bytes);
  }

  std::optional<Partition> SlotFrom(std::uint8_t byte) {
    const auto table = Slots::Open(device_.device())->table();
    const auto slot =
        byte % 8 == 7
            ? table.Find(PartitionType::kApp, kSubtypeFactory)
            : table.Find(PartitionType::kApp, static_cast<std::uint8_t>(kSubtypeOta0 + byte % 8));
    return slot ? std::optional(*slot) : std::nullopt;
  }

  void Step(std::uint8_t kind) {
    const auto slots = Slots::Open(device_.device());
    Require(slots.has_value(), "the table is right");
    switch (kind % 8) {
      case 0: return Select(*slots, input_.Byte());
      case 1: return static_cast<void>(Slots(*slots).Confirm(judge_));
      case 2: return RollBack(*slots);
      case 3: return Deselect(*slots, input_.Byte());
      case 4: return static_cast<void>(Slots(*slots).EraseInactiveRecord());
      case 5: return static_cast<void>(Slots(*slots).EraseOtadata());
      case 6: return Look(*slots);
      default: return Boot();
    }
  }

  void Select(Slots slots, std::uint8_t byte) {
    const auto slot = SlotFrom(byte);
    if (!slot.has_value()) return;
    const bool taken = slots.Select(*slot).ok();
    const bool factory = slot->subtype == kSubtypeFactory;
    Require(taken || (!factory && slot->ota_index() >= *slots.table().CountOtaSlots()),
            "each slot can be selected");
    if (!taken) return;
    Require(slots.Selected()->offset == slot->offset, "what was selected is selected");
    const auto view = ViewForBoot(device_.device(), NoObserver());
    const BootDecision decision = Choose(*view, judge_);
    if (judge_.IsBootable(*slot) && !device_.device().policy.anti_rollback) {
      Require(decision.boots.has_value() && view->SlotAt(*decision.boots)->offset == slot->offset,
              "what was selected starts");
    }
  }

  void Deselect(Slots slots, std::uint8_t byte) {
    const auto slot = SlotFrom(byte);
    const auto& running = device_.device().running;
    if (!slot.has_value() || !running.has_value() || running->offset == slot->offset) return;
    Require(slots.Deselect(*slot).ok(), "it can be taken back");
    const auto selected = slots.Selected();
    const bool only_one = *slots.table().CountOtaSlots() == 1 && !layout_.factory;
    Require(!selected || only_one || selected->offset != slot->offset || !slot->is_ota_slot() ||
                !WasNamed(*slot),
            "what was taken back is not selected");
  }

  // Whether a record names the slot; else it is selected for want of another.
  bool WasNamed(const Partition& slot) {
    const auto slots = *Slots::Open(device_.device());
    const int count = *slots.table().CountOtaSlots();
    const OtadataRecords records = device_.Records();
    return count > 0 && std::ranges::any_of(records, [&](const OtadataRecord& record) {
             return record.is_usable() && record.SlotIndex(count) == slot.ota_index();
           });
  }

  void RollBack(Slots slots) {
    const auto before = slots.Selected();
    const auto possible = slots.RollBackIsPossible(judge_);
    const bool done = slots.RollBack(judge_).ok();
    Require(!done || (possible.has_value() && *possible), "done only where it is possible");
    if (!done) return;
    const auto last = slots.LastInvalid(judge_);
    Require(!last || !before || last->is_ota_slot(), "what was given up is a slot");
  }

  void Look(const Slots& slots) {
    static_cast<void>(slots.NextUpdateSlot());
    static_cast<void>(slots.LastInvalid(judge_));
    for (std::uint8_t i = 0; i < 8; ++i) {
      if (const auto slot = SlotFrom(i)) static_cast<void>(slots.State(*slot));
    }
  }

  void Boot() {
    const auto view = ViewForBoot(device_.device(), NoObserver());
    Require(view.has_value(), "the table is right");
    const BootDecision decision = Choose(*view, judge_);
    bool any = false;
    for (const BootIndex index : decision.tried()) {
      const Partition* const slot = view->SlotAt(index);
      Require(slot != nullptr, "only what is there is tried");
      any = any || judge_.IsBootable(*slot);
    }
    if (!view->policy.anti_rollback) {
      Require(decision.boots.has_value() == any, "what can start does");
    }
    Require(Apply(device_.device(), *view, decision).ok(), "it can be written");
    Require(!view->has_otadata || device_.Records() == decision.records, "and stands as decided");
    if (!decision.boots.has_value()) return;
    Require(judge_.IsBootable(*view->SlotAt(*decision.boots)), "only what can start does");
    device_.device().running = *view->SlotAt(*decision.boots);
  }

  fuzz::Input input_;
  TestLayout layout_;
  TestDevice device_;
  BitJudge judge_{0};
};

}  // namespace
}  // namespace updraft

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::Life({data, size}).Run();
  return 0;
}
