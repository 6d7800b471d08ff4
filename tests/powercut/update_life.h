// SPDX-License-Identifier: Apache-2.0
// A device that is updated under power cuts. After each it is looked at with eyes of
// their own: the five invariants of the design, and that the log is behind the data.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "updraft/flash_encryption.h"
#include "updraft/observer.h"
#include "updraft/resume.h"

#include "testing/faulty_efuse.h"
#include "testing/faulty_flash.h"
#include "testing/paged_flash.h"
#include "testing/test_device.h"
#include "tests/powercut/broken_writer.h"
#include "tests/powercut/cut_run.h"
#include "tests/powercut/scenario.h"

namespace updraft {

// Encrypted flash with its buffers; the table is read when it is made.
struct Ciphered {
  Ciphered(Flash& under, Crypto& crypto);
  Image work = Image(4096);
  std::vector<FlashRegion> regions = std::vector<FlashRegion>(kMaxPartitions + 1);
  EncryptedFlash flash;
};

// Table and partitions, in clear so far, become what encrypted flash stores.
void EncipherFlash(RamFlash& part, Crypto& crypto, const std::vector<Partition>& written);

class UpdateLife final : public CutLife {
 public:
  // `broken` stands between software and flash, where one is given. Both outlive it.
  explicit UpdateLife(const Prepared& prepared, const MakeBrokenWriter& broken = {});

  FaultyFlash& power() override { return power_; }
  void Act(CutFaults& faults) override;
  void Recover(CutFaults& faults) override;

  // Uncut, for what was before.
  void Do(Deed deed, CutFaults& faults);
  void BreakUpdate(std::uint64_t at, CutFaults& faults);
  void WriteFlightForTest(CutFaults& faults);
  Bytes raw_flash() { return device_.flash().bytes(); }
  std::uint32_t raw_efuse() { return device_.efuse().field(); }
  const Ledger& ledger() const { return ledger_; }

 private:
  bool cut() const { return power_.cut(); }
  const Scenario& scenario() const { return prepared_->scenario(); }
  bool logs() const { return scenario().layout.log; }

  // The power comes, or the chip is reset: what was in RAM is gone.
  void PowerOn();
  // False when the power went or something was wrong.
  bool Boot(CutFaults& faults);
  bool Update(CutFaults& faults);
  bool Confirm(CutFaults& faults);
  bool RollBack(CutFaults& faults);
  bool Record(CutFaults& faults);
  // Until an image that nobody confirms is given up.
  bool GiveUp(CutFaults& faults);

  Status RunUpdate(Picture picture, std::uint64_t until);
  Status RunResumable(Picture picture, std::uint64_t until);
  Status RunInParts(Picture picture, std::uint64_t until, Observer& observer);
  Status RunFrom(ResumableSource& source, Observer& observer);
  std::string NextSlot() const;
  Picture NextPicture() const;

  // Invariants 2 and 4, over what was asked since BeginDeed().
  void BeginDeed();
  void JudgeWrites(const std::vector<std::string>& writable, CutFaults& faults);
  // Invariants 1 and 3 and the log, over what lies there.
  void JudgeFlash(CutFaults& faults);
  void JudgeTarget(CutFaults& faults);
  void JudgeOtadata(CutFaults& faults);
  void JudgeLog(CutFaults& faults);
  void JudgeEfuse(CutFaults& faults);
  void NoteFlights(CutFaults& faults);
  std::optional<Picture> PictureIn(const std::string& label);
  std::optional<OtadataRecords> Records();
  // What is selected: a confirmation that was cut may have been written.
  bool IsConfirmed();
  std::string SelectedSlot();

  const Prepared* prepared_;
  MakeBrokenWriter make_broken_;
  TestDevice device_;
  FaultyFlash power_;
  FaultyEfuse efuse_;
  std::optional<PagedFlash> paged_;
  std::optional<Ciphered> ciphered_;
  std::unique_ptr<BrokenWriter> broken_;
  // Looks past the faults, and past what software left in RAM.
  std::optional<Ciphered> clear_;
  Device quiet_;
  Ledger ledger_;
  Image buffer_;
  Image proof_buffer_;
  std::size_t deed_began_ = 0;              // in what was asked
  std::optional<std::size_t> kept_record_;  // the one that names what runs
  std::size_t usable_before_ = 0;           // records, at the beginning of the deed
  bool factory_ran_ = false;
};

}  // namespace updraft
