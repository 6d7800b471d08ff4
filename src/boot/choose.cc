// SPDX-License-Identifier: Apache-2.0
// The choice itself, step by step as the ESP bootloader makes it.
#include "updraft/boot.h"

namespace updraft {
namespace {

class Chooser {
 public:
  Chooser(const BootView& view, SlotJudge& judge) : view_(view), judge_(&judge) {
    decision_.records = view.records;
  }

  BootDecision Run() {
    Select();
    ListTries();
    StartFirstBootable();
    return decision_;
  }

 private:
  void Select() {
    decision_.selected = kBootFactory;
    if (!view_.has_otadata) return;
    if (view_.policy.rollback) AbortUnconfirmed();
    OtadataRecords& records = decision_.records;
    const bool initial = records[0].is_initial() && records[1].is_initial();
    if (view_.policy.anti_rollback) {
      initial_contents_ = initial;
      if (!initial) TakeActive(ActiveAmongNewEnough());
      return;
    }
    if ((records[0].is_invalid() && records[1].is_invalid()) || view_.slots == 0) {
      if (view_.factory.has_value()) return;
      decision_.selected = 0;
      initial_contents_ = initial;
      return;
    }
    TakeActive(ActiveRecord(records));
  }

  // A trial that was not confirmed before this reset has failed, unless it has
  // attempts left. ESP-IDF does not look at the CRC here.
  void AbortUnconfirmed() {
    const auto again = RecordWithAttemptsLeft();
    for (std::size_t i = 0; i < decision_.records.size(); ++i) {
      if (decision_.records[i].state != SlotState::kPendingVerify || i == again) continue;
      decision_.records[i].state = SlotState::kAborted;
      decision_.record_changed[i] = true;
    }
  }

  // Only what is selected anyway starts again.
  std::optional<std::size_t> RecordWithAttemptsLeft() {
    const auto active = ActiveRecord(decision_.records);
    if (!active.has_value() || view_.slots == 0) return std::nullopt;
    const OtadataRecord& record = decision_.records[*active];
    const auto terms = record.trial_terms();
    const bool left = terms.has_value() && terms->attempts > 0;
    if (record.state != SlotState::kPendingVerify || !left) return std::nullopt;
    const auto slot = static_cast<BootIndex>(record.SlotIndex(view_.slots));
    return view_.policy.anti_rollback && !NewEnough(slot) ? std::nullopt : active;
  }

  std::optional<std::size_t> ActiveAmongNewEnough() {
    OtadataRecords candidates = decision_.records;
    for (OtadataRecord& record : candidates) {
      const bool names_slot = record.is_usable() && view_.slots > 0;
      if (!names_slot || !NewEnough(static_cast<BootIndex>(record.SlotIndex(view_.slots)))) {
        record = OtadataRecord{};
      }
    }
    return ActiveRecord(candidates);
  }

  void TakeActive(std::optional<std::size_t> active) {
    if (!active.has_value() || view_.slots == 0) return;
    OtadataRecord& record = decision_.records[*active];
    decision_.selected = static_cast<BootIndex>(record.SlotIndex(view_.slots));
    const bool on_trial =
        record.state == SlotState::kNew || record.state == SlotState::kPendingVerify;
    if (view_.policy.rollback && on_trial) {
      CountAttempt(record);
      decision_.record_changed[*active] = true;
    }
    if (record.state == SlotState::kValid) BurnFrom(decision_.selected);
    trial_index_ = record.state == SlotState::kPendingVerify
                       ? std::optional<BootIndex>(decision_.selected)
                       : std::nullopt;
  }

  void CountAttempt(OtadataRecord& record) {
    record.state = SlotState::kPendingVerify;
    auto terms = record.trial_terms();
    if (!terms.has_value()) return;
    if (terms->attempts > 0) --terms->attempts;
    record.SetTrialTerms(terms);
    trial_terms_ = *terms;
  }

  void ListTries() {
    const auto selected = decision_.selected;
    for (BootIndex i = selected; i >= kBootFactory; --i) AddTry(i);
    for (int i = selected + 1; i < view_.slots; ++i) AddTry(static_cast<BootIndex>(i));
    AddTry(kBootTest);
  }

  void AddTry(BootIndex index) {
    if (view_.SlotAt(index) != nullptr) decision_.try_order[decision_.tries++] = index;
  }

  void StartFirstBootable() {
    for (const BootIndex index : decision_.tried()) {
      if (view_.policy.anti_rollback && !NewEnough(index)) continue;
      if (!judge_->IsBootable(*view_.SlotAt(index))) continue;
      decision_.boots = index;
      decision_.trial = trial_index_ == index;
      if (decision_.trial) {
        decision_.deadline_seconds = trial_terms_.deadline_seconds;
        decision_.attempts_left = trial_terms_.attempts;
      }
      if (initial_contents_ && index >= 0) RecordFirstStart(index);
      return;
    }
  }

  // A device that was never updated gets its first record.
  void RecordFirstStart(BootIndex index) {
    OtadataRecord& record = decision_.records[0];
    record = ErasedOtadataRecord();
    record.sequence = static_cast<std::uint32_t>(index) + 1;
    record.state = SlotState::kValid;
    record.crc = SequenceCrc(record.sequence);
    decision_.record_changed[0] = true;
    BurnFrom(index);
  }

  bool NewEnough(BootIndex index) {
    const Partition* slot = view_.SlotAt(index);
    if (slot == nullptr) return false;
    const auto version = judge_->SecureVersion(*slot);
    return version.has_value() && *version >= view_.efuse_secure_version;
  }

  void BurnFrom(BootIndex index) {
    const Partition* slot = view_.SlotAt(index);
    if (!view_.policy.anti_rollback || slot == nullptr) return;
    const auto version = judge_->SecureVersion(*slot);
    if (version.has_value() && *version > view_.efuse_secure_version) {
      decision_.burn_secure_version = *version;
    }
  }

  const BootView& view_;
  SlotJudge* judge_;
  BootDecision decision_;
  bool initial_contents_ = false;
  std::optional<BootIndex> trial_index_;
  TrialTerms trial_terms_{.attempts = 0};  // what is left after this start
};

}  // namespace

const Partition* BootView::SlotAt(BootIndex index) const {
  const auto pointer = [](const std::optional<Partition>& slot) {
    return slot.has_value() ? &*slot : nullptr;
  };
  if (index == kBootFactory) return pointer(factory);
  if (index == kBootTest) return pointer(test);
  if (index < 0 || index >= kMaxOtaSlots) return nullptr;
  return pointer(ota[static_cast<std::size_t>(index)]);
}

BootDecision Choose(const BootView& view, SlotJudge& judge) { return Chooser(view, judge).Run(); }

}  // namespace updraft
