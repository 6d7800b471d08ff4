// SPDX-License-Identifier: Apache-2.0
// The life of an update under power cuts: every flash operation of a good run is
// counted, then the power is cut before, inside (in each manner) and after each;
// the bootloader must start the old image or the new one, whole, and a new
// attempt must succeed.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "updraft/boot.h"
#include "updraft/flash_encryption.h"
#include "updraft/slot_prover.h"
#include "updraft/update.h"

#include "ports/host/crypto_openssl.h"
#include "ports/host/signer_openssl.h"
#include "testing/faulty_flash.h"
#include "testing/memory_source.h"
#include "testing/test_device.h"
#include "testing/test_encryption.h"
#include "testing/test_image.h"

namespace updraft {
namespace {

using Image = std::vector<std::uint8_t>;
using Fault = FaultyFlash::Fault;
using Unsynced = FaultyFlash::Unsynced;

struct Scenario {
  std::string name;
  TestLayout layout{};
  bool rollback = false;
  std::string running = "ota_0";
  std::string passive = "ota_1";
  // Records of otadata before the update, where there are any.
  std::vector<std::pair<std::uint32_t, SlotState>> records{};
  std::uint32_t program_unit = 1;
  // With kOnBoot the device has the signer's key in eFuse.
  SignaturePolicy signature = SignaturePolicy::kNone;
  bool encrypted = false;
  TrialTerms trial{};
  // What reaches the part is ciphertext.
  bool flash_encrypted = false;
};

constexpr std::array<std::uint8_t, kP256ScalarSize> kScalar{1, 2, 3};

struct Cut {
  Fault fault;
  std::uint64_t bytes = 0;
};

const std::vector<Cut> kCuts{
    {Fault::kCutBefore},        {Fault::kCutAtByte, 1},  {Fault::kCutAtByte, 23},
    {Fault::kCutAtByte, 24},    {Fault::kCutAtByte, 31}, {Fault::kCutHalf},
    {Fault::kCutAllButOneByte}, {Fault::kCutUnstable},   {Fault::kCutFlickering},
    {Fault::kCutAfter},
};

// Encrypted flash with its buffers.
struct Ciphered {
  Ciphered(Flash& under, Crypto& crypto) : flash(under, crypto, work, regions) {
    Image key(32);
    key[0] = 1;
    if (!flash.SetKey(key).ok()) std::abort();
  }
  Status ReadTable() { return flash.ReadTable(0, kPartitionTableOffset); }

  Image work = Image(4096);
  std::vector<FlashRegion> regions = std::vector<FlashRegion>(kMaxPartitions + 1);
  EncryptedFlash flash;
};

// One device under cuts, made anew for each.
class World {
 public:
  World(const Scenario& scenario, Crypto& crypto, const Image& old, const Image& fresh,
        const TrustedKeys& trusted)
      : scenario_(&scenario),
        crypto_(&crypto),
        old_(&old),
        fresh_(&fresh),
        device_(crypto, scenario.layout, {.size = 1 << 20, .program_unit = scenario.program_unit}),
        faulty_(device_.flash()) {
    device_.device().policy.rollback = scenario.rollback;
    device_.device().policy.trial = scenario.trial;
    device_.device().policy.signature = scenario.signature;
    device_.device().trusted_keys = trusted;
    device_.SetRunning(scenario.running);
    passive_ = device_.Find(scenario.passive);
    device_.Install(scenario.running, old);
    for (std::size_t i = 0; i < scenario.records.size(); ++i) {
      device_.WriteRecord(i, scenario.records[i].first, scenario.records[i].second);
    }
    running_ = *device_.device().running;
    device_.device().flash = &faulty_;
    if (scenario.flash_encrypted) EncryptFlash();
    running_before_ = SlotBytes(running_);
  }

  FaultyFlash& faulty() { return faulty_; }

  Status Update() {
    ScalarKey key(*crypto_, kScalar);
    P256Point point{};
    if (!key.PublicKey(point).ok()) return {Code::kInvalidState, Stage::kNone};
    MemorySource source(scenario_->encrypted ? EncryptForTest(*crypto_, point, *fresh_) : *fresh_,
                        700);
    Image buffer(1024);
    Image proof(1024);
    updraft::Update update(device_.device(), source,
                           {.buffer = buffer,
                            .proof_buffer = proof,
                            .slot = {},
                            .judge = nullptr,
                            .keys = {nullptr, &key}});
    return update.Run();
  }

  // The label of what the bootloader starts; "" when nothing does.
  std::string Boot() {
    Image buffer(4096);
    SlotProver prover(device_.device(), buffer, NoObserver(), AskedBy::kBootloader);
    const auto view = ViewForBoot(device_.device(), NoObserver());
    if (!view) return "";
    const BootDecision decision = Choose(*view, prover);
    if (!Apply(device_.device(), *view, decision).ok()) return "write failed";
    if (!decision.boots) return "";
    const Partition* slot = view->SlotAt(*decision.boots);
    device_.device().running = *slot;
    return std::string(slot->label());
  }

  bool HoldsWhole(const std::string& label) {
    const bool is_passive = label == scenario_->passive;
    const Image& image = is_passive ? *fresh_ : *old_;
    const Image bytes = SlotBytes(is_passive ? passive_ : running_);
    return std::equal(image.begin(), image.end(), bytes.begin());
  }

  bool RunningSlotUntouched() { return SlotBytes(running_) == running_before_; }

  Status Confirm() {
    Image buffer(4096);
    SlotProver prover(device_.device(), buffer);
    auto slots = Slots::Open(device_.device());
    if (!slots) return slots.error();
    const Status confirmed = slots->Confirm(prover);
    // Factory has nothing to confirm.
    return confirmed.code() == Code::kInvalidState ? kOk : confirmed;
  }

 private:
  // In clear, whatever the part holds; past the faults.
  Image SlotBytes(const Partition& slot) {
    Image bytes(slot.size);
    Flash* flash = &device_.flash();
    if (aside_.has_value()) flash = &aside_->flash;
    if (!flash->Read(slot.offset, bytes).ok()) std::abort();
    return bytes;
  }

  // What was put into the part in clear is what the device has, enciphered.
  void EncryptFlash() {
    RamFlash& part = device_.flash();
    const Image plain(part.bytes().begin(), part.bytes().end());
    aside_.emplace(part, *crypto_);
    through_.emplace(faulty_, *crypto_);
    const auto program = [&](std::uint64_t offset, std::uint64_t size) {
      const Bytes content = Bytes(plain).subspan(offset, size);
      if (!part.Erase(offset, size).ok() || !aside_->flash.Program(offset, content).ok()) {
        std::abort();
      }
    };
    const auto table = PartitionTable::Load(part, kPartitionTableOffset, *crypto_);
    std::vector<Partition> written{running_};
    const auto otadata = table->Find(PartitionType::kData, kSubtypeOtadata);
    if (otadata && !scenario_->records.empty()) written.push_back(*otadata);
    if (aside_->ReadTable().ok()) std::abort();  // it is in clear still
    program(kPartitionTableOffset, 0x1000);
    if (!aside_->ReadTable().ok()) std::abort();
    for (const Partition& partition : written) program(partition.offset, partition.size);
    if (!through_->ReadTable().ok()) std::abort();
    device_.device().flash = &through_->flash;
  }

  const Scenario* scenario_;
  Crypto* crypto_;
  const Image* old_;
  const Image* fresh_;
  TestDevice device_;
  FaultyFlash faulty_;
  Partition running_;
  Partition passive_;
  std::optional<Ciphered> aside_;
  std::optional<Ciphered> through_;
  Image running_before_;
};

class PowerCut : public testing::TestWithParam<Scenario> {
 protected:
  PowerCut() {
    if (GetParam().signature == SignaturePolicy::kNone) return;
    const auto key = SignatureKey::Generate(SignatureScheme::kEcdsaP256);
    for (Image* image : {&old_, &fresh_}) {
      auto signing = ImageSigning::Open(*image, ImageSigning::Existing::kRefuse, crypto_);
      if (!signing->Add(*key).ok()) std::abort();
      *image = signing->Finish();
    }
    if (GetParam().signature == SignaturePolicy::kOnUpdate) return;
    if (!trusted_.Set(0, *KeyDigest(crypto_, key->block_key())).ok()) std::abort();
  }

  World Make() { return {GetParam(), crypto_, old_, fresh_, trusted_}; }

  // After a cut: old or new boots, whole; then a new attempt succeeds.
  void ExpectSafe(World& world) {
    world.faulty().Revive();
    EXPECT_TRUE(world.RunningSlotUntouched());
    const std::string booted = world.Boot();
    EXPECT_TRUE(booted == GetParam().running || booted == GetParam().passive) << booted;
    if (booted.empty()) return;
    EXPECT_TRUE(world.HoldsWhole(booted));
    if (booted == GetParam().passive) return;
    ASSERT_TRUE(world.Confirm().ok());
    ASSERT_TRUE(world.Update().ok());
    EXPECT_EQ(world.Boot(), GetParam().passive);
    EXPECT_TRUE(world.HoldsWhole(GetParam().passive));
  }

  OpensslCrypto crypto_;
  Image old_ = TestImage{.version = "1.0.0"}.Build(crypto_);
  Image fresh_ = TestImage{.version = "2.0.0"}.WithRamSegment(9000).Build(crypto_);
  TrustedKeys trusted_;
};

TEST_P(PowerCut, AtAnyOperationLeavesTheOldImageOrTheNewOne) {
  World good = Make();
  good.faulty().Arm({.operation = 0});
  ASSERT_TRUE(good.Update().ok());
  const std::uint64_t operations = good.faulty().operations();
  int cuts = 0;
  for (std::uint64_t operation = 1; operation <= operations; ++operation) {
    for (const Cut& cut : kCuts) {
      for (const Unsynced unsynced : {Unsynced::kKept, Unsynced::kLost, Unsynced::kReordered}) {
        SCOPED_TRACE("operation " + std::to_string(operation) + ", fault " +
                     std::to_string(static_cast<int>(cut.fault)) + ", unsynced " +
                     std::to_string(static_cast<int>(unsynced)));
        World world = Make();
        world.faulty().Arm({.operation = operation,
                            .fault = cut.fault,
                            .unsynced = unsynced,
                            .bytes = cut.bytes,
                            .seed = operation});
        EXPECT_FALSE(world.Update().ok());
        ExpectSafe(world);
        ++cuts;
        if (HasFailure()) return;
      }
    }
  }
  std::printf("%s: %llu operations, %d cuts\n", GetParam().name.c_str(),
              static_cast<unsigned long long>(operations), cuts);
}

TEST_P(PowerCut, AtAnyOperationOfTheFirstBootLosesNothing) {
  World good = Make();
  ASSERT_TRUE(good.Update().ok());
  good.faulty().Arm({.operation = 0});
  ASSERT_EQ(good.Boot(), GetParam().passive);
  ASSERT_TRUE(good.Confirm().ok());
  for (std::uint64_t operation = 1; operation <= good.faulty().operations(); ++operation) {
    for (const Cut& cut : kCuts) {
      SCOPED_TRACE("operation " + std::to_string(operation) + ", fault " +
                   std::to_string(static_cast<int>(cut.fault)));
      World world = Make();
      ASSERT_TRUE(world.Update().ok());
      world.faulty().Arm(
          {.operation = operation, .fault = cut.fault, .bytes = cut.bytes, .seed = operation});
      if (world.Boot() == GetParam().passive) static_cast<void>(world.Confirm());
      world.faulty().Revive();
      EXPECT_TRUE(world.RunningSlotUntouched());
      const std::string booted = world.Boot();
      EXPECT_TRUE(booted == GetParam().running || booted == GetParam().passive) << booted;
      if (!booted.empty()) {
        EXPECT_TRUE(world.HoldsWhole(booted));
      }
      if (HasFailure()) return;
    }
  }
}

class TrialPowerCut : public PowerCut {};

// Every start of a trial writes its record: cut in any of them, the trial starts
// no more often than it may, something whole starts each time, and the end is the
// old image.
TEST_P(TrialPowerCut, AtAnyAttemptStartsItNoMoreOftenThanItMay) {
  const int attempts = GetParam().trial.attempts;
  int cuts = 0;
  for (int attempt = 1; attempt <= attempts + 1; ++attempt) {
    for (std::uint64_t operation = 1;; ++operation) {
      bool reached = false;
      for (const Cut& cut : kCuts) {
        SCOPED_TRACE("attempt " + std::to_string(attempt) + ", operation " +
                     std::to_string(operation) + ", fault " +
                     std::to_string(static_cast<int>(cut.fault)));
        World world = Make();
        ASSERT_TRUE(world.Update().ok());
        int starts = 0;
        for (int boot = 1; boot < attempt; ++boot) starts += world.Boot() == GetParam().passive;
        world.faulty().Arm(
            {.operation = operation, .fault = cut.fault, .bytes = cut.bytes, .seed = operation});
        const std::string interrupted = world.Boot();
        reached = reached || interrupted == "write failed" || interrupted.empty();
        starts += interrupted == GetParam().passive;
        world.faulty().Revive();
        std::string booted;
        for (int boot = 0; boot < attempts + 2; ++boot) {
          booted = world.Boot();
          EXPECT_TRUE(booted == GetParam().running || booted == GetParam().passive) << booted;
          if (booted.empty() || HasFailure()) return;
          EXPECT_TRUE(world.HoldsWhole(booted));
          starts += booted == GetParam().passive;
        }
        EXPECT_LE(starts, attempts);
        EXPECT_EQ(booted, GetParam().running) << "nobody confirmed it";
        ++cuts;
        if (HasFailure()) return;
      }
      if (!reached) break;
    }
  }
  std::printf("%s: %d cuts in %d attempts\n", GetParam().name.c_str(), cuts, attempts);
}

const std::vector<Scenario> kScenarios{
    {.name = "two_slots", .records = {{1, SlotState::kUndefined}}},
    {.name = "two_slots_with_rollback", .rollback = true, .records = {{1, SlotState::kValid}}},
    {.name = "second_update",
     .rollback = true,
     .records = {{3, SlotState::kValid}, {2, SlotState::kValid}}},
    {.name = "never_updated"},
    {.name = "from_factory", .layout = {.factory = true}, .running = "factory", .passive = "ota_0"},
    {.name = "selected_but_not_started",
     .rollback = true,
     .records = {{1, SlotState::kValid}, {2, SlotState::kNew}}},
    {.name = "three_slots",
     .layout = {.ota_slots = 3},
     .rollback = true,
     .running = "ota_1",
     .passive = "ota_2",
     .records = {{4, SlotState::kValid}, {5, SlotState::kValid}}},
    {.name = "signed",
     .records = {{1, SlotState::kUndefined}},
     .signature = SignaturePolicy::kOnBoot},
    {.name = "signed_by_the_running_signer",
     .rollback = true,
     .records = {{1, SlotState::kValid}},
     .signature = SignaturePolicy::kOnUpdate},
    {.name = "program_unit_16", .records = {{1, SlotState::kUndefined}}, .program_unit = 16},
    {.name = "three_attempts",
     .rollback = true,
     .records = {{1, SlotState::kValid}},
     .trial = {.attempts = 3, .deadline_seconds = 60}},
    {.name = "encrypted", .records = {{1, SlotState::kUndefined}}, .encrypted = true},
    {.name = "encrypted_flash",
     .layout = {.slot_size = 0x8000},
     .rollback = true,
     .records = {{1, SlotState::kValid}},
     .flash_encrypted = true},
    {.name = "encrypted_flash_never_updated",
     .layout = {.slot_size = 0x8000},
     .program_unit = 16,
     .encrypted = true,
     .flash_encrypted = true},
};

INSTANTIATE_TEST_SUITE_P(Update, PowerCut, testing::ValuesIn(kScenarios),
                         [](const auto& scenario) { return scenario.param.name; });

std::vector<Scenario> WithRollback() {
  std::vector<Scenario> scenarios;
  std::copy_if(kScenarios.begin(), kScenarios.end(), std::back_inserter(scenarios),
               [](const Scenario& scenario) { return scenario.rollback; });
  return scenarios;
}

INSTANTIATE_TEST_SUITE_P(Trial, TrialPowerCut, testing::ValuesIn(WithRollback()),
                         [](const auto& scenario) { return scenario.param.name; });

}  // namespace
}  // namespace updraft
