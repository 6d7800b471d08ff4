// SPDX-License-Identifier: Apache-2.0
#include "tests/powercut/update_life.h"

#include <algorithm>
#include <cstdlib>

#include "updraft/boot.h"
#include "updraft/download.h"
#include "updraft/flight_recorder.h"
#include "updraft/slot_prover.h"
#include "updraft/update.h"

#include "testing/memory_download.h"
#include "testing/memory_source.h"
#include "tests/powercut/range_peer.h"

namespace updraft {
namespace {

std::string_view TagOf(Picture picture) {
  static constexpr std::array<std::string_view, kPictures> kTags{"\"0\"", "\"1\"", "\"2\"",
                                                                 "\"3\""};
  return kTags[static_cast<std::size_t>(picture)];
}

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

Ciphered::Ciphered(Flash& under, Crypto& crypto) : flash(under, crypto, work, regions) {
  Image key(32);
  key[0] = 1;
  Require(flash.SetKey(key).ok());
  // In clear still, it is read when it is enciphered.
  static_cast<void>(flash.ReadTable(0, kPartitionTableOffset));
}

void EncipherFlash(RamFlash& part, Crypto& crypto, const std::vector<Partition>& written) {
  const Image plain(part.bytes().begin(), part.bytes().end());
  Ciphered ciphered(part, crypto);
  const auto program = [&](std::uint64_t offset, std::uint64_t size) {
    Require(part.Erase(offset, size).ok());
    Require(ciphered.flash.Program(offset, Bytes(plain).subspan(offset, size)).ok());
  };
  program(kPartitionTableOffset, 0x1000);
  Require(ciphered.flash.ReadTable(0, kPartitionTableOffset).ok());
  for (const Partition& partition : written) program(partition.offset, partition.size);
}

UpdateLife::UpdateLife(const Prepared& prepared, const MakeBrokenWriter& broken)
    : prepared_(&prepared),
      make_broken_(broken),
      device_(prepared.crypto(), prepared.scenario().layout, prepared.scenario().geometry),
      power_(device_.flash()),
      efuse_(device_.efuse(), power_),
      quiet_(device_.device()),
      ledger_(prepared.ledger()),
      buffer_(std::max<std::size_t>(prepared.scenario().chunk, kMinimumJournalBuffer)),
      proof_buffer_(buffer_.size()) {
  device_.flash().Load(0, prepared.flash());
  device_.efuse().set_field(prepared.efuse());
  if (scenario().units_once) device_.flash().ProgramUnitsOnce();
  device_.device().policy = scenario().policy;
  device_.device().trusted_keys = prepared.trusted();
  device_.device().header_keys = prepared.header_keys();
  device_.device().efuse = &efuse_;
  if (scenario().flash_encrypted) {
    clear_.emplace(device_.flash(), prepared.crypto());
    quiet_.flash = &clear_->flash;
  }
  PowerOn();
  ledger_.running = prepared.ledger().running;
  if (!ledger_.running.empty()) {
    device_.device().running = Slots::Open(quiet_)->table().FindLabel(ledger_.running).value();
  }
}

void UpdateLife::PowerOn() {
  Flash* flash = &power_;
  if (scenario().page > 0) flash = &paged_.emplace(power_, scenario().page);
  if (scenario().flash_encrypted) {
    flash = &ciphered_.emplace(*flash, prepared_->crypto()).flash;
  }
  const PartitionTable table = Slots::Open(quiet_)->table();
  if (make_broken_) {
    Places places;
    places.otadata = *table.Find(PartitionType::kData, kSubtypeOtadata);
    if (logs()) places.log = *table.FindLabel("updraft");
    places.running = *table.FindLabel(ledger_.trusted);
    ledger_.running = ledger_.trusted;
    places.passive = *table.FindLabel(NextSlot());
    places.fresh = prepared_->image(Picture::kFresh);
    places.burn_secure_version = [this] {
      static_cast<void>(efuse_.BurnSecureVersion(prepared_->secure_version(Picture::kFresh)));
    };
    broken_ = make_broken_(*flash, places);
    flash = broken_.get();
  }
  device_.device().flash = flash;
  device_.device().running.reset();
  ledger_.running.clear();
}

void UpdateLife::Act(CutFaults& faults) {
  for (const Deed deed : scenario().deeds) {
    Do(deed, faults);
    if (cut()) return;
  }
}

void UpdateLife::Do(Deed deed, CutFaults& faults) {
  switch (deed) {
    case Deed::kUpdate: Update(faults); break;
    case Deed::kBoot:
      PowerOn();
      Boot(faults);
      break;
    case Deed::kConfirm: Confirm(faults); break;
    case Deed::kRollBack: RollBack(faults); break;
    case Deed::kRecord: Record(faults); break;
  }
}

void UpdateLife::Recover(CutFaults& faults) {
  PowerOn();
  JudgeFlash(faults);
  if (!Boot(faults)) return;
  if (scenario().gives_up && !GiveUp(faults)) return;
  if (!Confirm(faults)) return;
  if (logs() && !Record(faults)) return;
  if (!Update(faults)) return;
  const std::string updated = ledger_.must_start;
  PowerOn();
  if (!Boot(faults) || !Confirm(faults)) return;
  PowerOn();
  if (!Boot(faults)) return;
  faults.Check(ledger_.running == updated, "the new attempt is not what runs");
  JudgeFlash(faults);
  if (!scenario().policy.anti_rollback) return;
  const auto version = PictureIn(ledger_.running);
  faults.Check(version.has_value() &&
                   *device_.efuse().ReadSecureVersion() == prepared_->secure_version(*version),
               "eFuse is not at the secure version of what was confirmed");
}

bool UpdateLife::GiveUp(CutFaults& faults) {
  const int attempts = std::max<int>(scenario().policy.trial.attempts, 1);
  const auto on_trial = [&] { return ledger_.running == ledger_.on_trial && !IsConfirmed(); };
  for (int i = 0; i <= attempts && on_trial(); ++i) {
    PowerOn();
    if (!Boot(faults)) return false;
  }
  return faults.Check(!on_trial(), "a trial that nobody confirms is not given up");
}

bool UpdateLife::Boot(CutFaults& faults) {
  BeginDeed();
  Image buffer(4096);
  SlotProver prover(device_.device(), buffer, NoObserver(), AskedBy::kBootloader);
  const auto view = ViewForBoot(device_.device(), NoObserver());
  BootDecision decision;
  if (view) {
    decision = Choose(*view, prover);
    if (!Apply(device_.device(), *view, decision).ok()) decision.boots.reset();
  }
  JudgeWrites({"otadata"}, faults);
  if (cut()) {
    // The record of a trial is written at each start.
    if (!ledger_.on_trial.empty()) ledger_.must_start.clear();
    return false;
  }
  if (!faults.Check(decision.boots.has_value(), "invariant 5: nothing starts")) return false;
  const Partition slot = *view->SlotAt(*decision.boots);
  const std::string label(slot.label());
  device_.device().running = slot;
  ledger_.running = label;
  if (!faults.Check(ledger_.may_start.contains(label), "invariant 5: starts " + label)) {
    return false;
  }
  const auto picture = PictureIn(label);
  const bool whole = picture.has_value() && ledger_.whole[label].contains(*picture);
  if (!faults.Check(whole, "invariant 5: what starts is not whole, or another image")) return false;
  if (label == ledger_.on_trial && !IsConfirmed()) ++ledger_.starts;
  faults.Check(ledger_.starts <= std::max<int>(scenario().policy.trial.attempts, 1),
               "a trial starts more often than it may");
  const bool kept = ledger_.must_start.empty() || ledger_.must_start == label;
  if (!ledger_.on_trial.empty()) ledger_.must_start.clear();
  return faults.Check(kept, "what was acknowledged is not what starts, but " + label);
}

std::string UpdateLife::NextSlot() const {
  if (ledger_.running == "factory") return "ota_0";
  const int index = ledger_.running.back() - '0';
  return "ota_" + std::to_string((index + 1) % scenario().layout.ota_slots);
}

Picture UpdateLife::NextPicture() const {
  const auto whole = ledger_.whole.find(ledger_.running);
  const bool has_new = whole != ledger_.whole.end() && (whole->second.contains(Picture::kFresh) ||
                                                        whole->second.contains(Picture::kThird));
  return has_new ? Picture::kThird : Picture::kFresh;
}

bool UpdateLife::Update(CutFaults& faults) {
  const std::string target = NextSlot();
  const Picture picture = NextPicture();
  if (!ledger_.may_start.contains(target)) ledger_.whole[target].clear();
  ledger_.whole[target].insert(picture);
  ledger_.may_start.insert(target);
  ledger_.must_start.clear();
  ledger_.target = target;
  ledger_.target_picture = picture;
  const Partition slot = *Slots::Open(quiet_)->table().FindLabel(target);
  const Bytes before = raw_flash().subspan(slot.offset, slot.size);
  ledger_.target_before = std::make_shared<Image>(before.begin(), before.end());
  BeginDeed();
  const Status status = RunUpdate(picture, UINT64_MAX);
  JudgeWrites({target, "otadata", "updraft"}, faults);
  if (logs() && !cut()) NoteFlights(faults);
  if (status.ok()) {
    ledger_.whole[target] = {picture};
    ledger_.may_start = {ledger_.trusted, target};
    ledger_.must_start = target;
    ledger_.on_trial = scenario().policy.rollback ? target : "";
    ledger_.starts = 0;
    ledger_.target.clear();
    faults.Check(PictureIn(target) == picture, "an acknowledged update is not in flash");
  }
  if (cut()) return false;
  return faults.Check(status.ok(), "a new attempt fails");
}

void UpdateLife::BreakUpdate(std::uint64_t at, CutFaults& faults) {
  ledger_.target = NextSlot();
  ledger_.target_picture = Picture::kFresh;
  const Partition slot = *Slots::Open(quiet_)->table().FindLabel(ledger_.target);
  const Bytes before = raw_flash().subspan(slot.offset, slot.size);
  ledger_.target_before = std::make_shared<Image>(before.begin(), before.end());
  faults.Check(!RunUpdate(Picture::kFresh, at).ok(), "the update was to break off");
  NoteFlights(faults);
}

Status UpdateLife::RunUpdate(Picture picture, std::uint64_t until) {
  if (logs()) return RunResumable(picture, until);
  ScalarKey scalar(prepared_->crypto(), prepared_->ec().secret.bytes().first<kP256ScalarSize>());
  MemorySource source(prepared_->file(picture), scenario().chunk);
  updraft::Update update(device_.device(), source,
                         {.buffer = buffer_,
                          .proof_buffer = {},  // the same
                          .keys = {prepared_->rsa().rsa_private.get(), &scalar}});
  return update.Run();
}

// As the tool does it.
Status UpdateLife::RunResumable(Picture picture, std::uint64_t until) {
  FlightRecorder recorder(device_.device(), NoObserver());
  Status status = kOk;
  if (scenario().part > 0) {
    status = RunInParts(picture, until, recorder);
  } else {
    MemoryDownload source(prepared_->file(picture), TagOf(picture), scenario().chunk);
    source.BreakAt(until);
    status = RunFrom(source, recorder);
  }
  if (recorder.Record(status, 0, "").ok()) ++ledger_.flights;
  return status;
}

Status UpdateLife::RunInParts(Picture picture, std::uint64_t until, Observer& observer) {
  RangePeer peer(prepared_->file(picture), TagOf(picture), until);
  Image head(2048);
  Image workspace(2048);
  HttpClient client(peer, head);
  Retries retries({.max_attempts = 1}, device_.system(), prepared_->crypto(), observer);
  Download source(client, retries,
                  {.fetch = {.url = "https://device.test/image.bin", .workspace = workspace},
                   .range_size = scenario().part},
                  observer);
  return RunFrom(source, observer);
}

Status UpdateLife::RunFrom(ResumableSource& source, Observer& observer) {
  ScalarKey scalar(prepared_->crypto(), prepared_->ec().secret.bytes().first<kP256ScalarSize>());
  updraft::Update update(device_.device(), source,
                         {.buffer = buffer_,
                          .proof_buffer = proof_buffer_,
                          .keys = {prepared_->rsa().rsa_private.get(), &scalar},
                          .resumable = &source,
                          .journal = {.bytes = scenario().geometry.sector_size}},
                         observer);
  return update.Run();
}

void UpdateLife::WriteFlightForTest(CutFaults& faults) {
  faults.Check(WriteFlight(device_.device(), {}).ok(), "no entry can be written");
  ++ledger_.flights;
}

bool UpdateLife::Confirm(CutFaults& faults) {
  ledger_.must_start.clear();
  BeginDeed();
  auto slots = Slots::Open(device_.device());
  SlotProver prover(device_.device(), proof_buffer_);
  const Status status = slots ? slots->Confirm(prover) : slots.error();
  JudgeWrites({"otadata"}, faults);
  // Where no record names what runs, there is nothing to confirm.
  const bool none = status.code() == Code::kInvalidState;
  if (status.ok() || none) {
    ledger_.trusted = ledger_.running;
    ledger_.may_start = {ledger_.trusted};
    ledger_.must_start = ledger_.trusted;
    ledger_.on_trial.clear();
    ledger_.starts = 0;
  }
  if (cut()) return false;
  return faults.Check(status.ok() || none, "what runs cannot be confirmed");
}

bool UpdateLife::RollBack(CutFaults& faults) {
  ledger_.must_start.clear();
  BeginDeed();
  auto slots = Slots::Open(device_.device());
  SlotProver prover(device_.device(), proof_buffer_);
  const Status status = slots ? slots->RollBack(prover) : slots.error();
  JudgeWrites({"otadata"}, faults);
  if (status.ok()) {
    ledger_.may_start = {ledger_.trusted};
    ledger_.must_start = ledger_.trusted;
    ledger_.on_trial.clear();
  }
  if (cut()) return false;
  return faults.Check(status.ok(), "what runs cannot be rolled back");
}

bool UpdateLife::Record(CutFaults& faults) {
  BeginDeed();
  const Status status = RecordRollbacks(device_.device());
  JudgeWrites({"updraft"}, faults);
  if (cut()) return false;
  NoteFlights(faults);
  return faults.Check(status.ok(), "what was given up cannot be recorded");
}

}  // namespace updraft
