// SPDX-License-Identifier: Apache-2.0
// Updates that are cut, go on, and are cut again: the power goes at each flash
// operation of an update that resumes, the log's own included, while its sectors are
// full or not. Old or new boots, whole; the next start ends updated; and the log
// stays a log.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "updraft/boot.h"
#include "updraft/flight_recorder.h"
#include "updraft/slot_prover.h"
#include "updraft/update.h"

#include "ports/host/crypto_openssl.h"
#include "ports/host/key_file.h"
#include "testing/encryption_keys.h"
#include "testing/faulty_flash.h"
#include "testing/memory_download.h"
#include "testing/test_device.h"
#include "testing/test_encryption.h"
#include "testing/test_image.h"

namespace updraft {
namespace {

using Image = std::vector<std::uint8_t>;
using Fault = FaultyFlash::Fault;
using Unsynced = FaultyFlash::Unsynced;

enum class Scheme { kPlain, kRsa, kEcies };

struct Scenario {
  std::string name;
  Scheme scheme = Scheme::kPlain;
  std::uint32_t program_unit = 1;
  int flights = 0;  // recorded before: so full is the log
};

const std::vector<std::pair<Fault, Unsynced>> kCuts{
    {Fault::kCutBefore, Unsynced::kKept},        {Fault::kCutAtByte, Unsynced::kKept},
    {Fault::kCutHalf, Unsynced::kLost},          {Fault::kCutHalf, Unsynced::kReordered},
    {Fault::kCutAllButOneByte, Unsynced::kKept}, {Fault::kCutUnstable, Unsynced::kReordered},
    {Fault::kCutFlickering, Unsynced::kKept},    {Fault::kCutAfter, Unsynced::kLost},
};

class CountEntries final : public FlightReader {
 public:
  void OnEntry(std::uint32_t /*serial*/, const FlightEntry& /*entry*/) override { ++count; }
  int count = 0;
};

class ResumePowerCut : public testing::TestWithParam<Scenario> {
 protected:
  // One device, made anew for each cut: an update of it was cut already.
  struct World {
    explicit World(ResumePowerCut& test)
        : device(test.crypto_, {.log = true, .slot_size = 0x8000},
                 {.size = 1 << 18, .program_unit = GetParam().program_unit}),
          faulty(device.flash()) {
      device.flash().Load(0, test.prepared_);
      device.device().flash = &faulty;
      device.SetRunning("ota_0");
    }
    TestDevice device;
    FaultyFlash faulty;
  };

  void SetUp() override {
    const auto key = [](std::string_view pem) {
      return std::move(std::get<0>(ParseKeyFile(AsBytes(pem))));
    };
    rsa_ = key(kTestRsaKeyPem);
    ec_ = key(kTestEcKeyPem);
    switch (GetParam().scheme) {
      case Scheme::kPlain: file_ = fresh_; break;
      case Scheme::kRsa: file_ = EncryptForTest(crypto_, rsa_->rsa_public, fresh_); break;
      case Scheme::kEcies: file_ = EncryptForTest(crypto_, ec_->point, fresh_); break;
    }
    TestDevice device(crypto_, {.log = true, .slot_size = 0x8000},
                      {.size = 1 << 18, .program_unit = GetParam().program_unit});
    device.Install("ota_0", old_);
    device.SetRunning("ota_0");
    device.WriteRecord(0, 1, SlotState::kValid);
    for (int i = 0; i < GetParam().flights; ++i) {
      ASSERT_TRUE(WriteFlight(device.device(), FlightEntry{}).ok());
    }
    std::uint64_t resumed = 0;
    ASSERT_FALSE(Update(device.device(), 9000, resumed).ok());
    prepared_.assign(device.flash().bytes().begin(), device.flash().bytes().end());
  }

  // Everything up to byte `until` of the file, as the tool does it.
  Status Update(const Device& device, std::uint64_t until, std::uint64_t& resumed) {
    ScalarKey scalar(crypto_, ec_->secret.bytes().first<kP256ScalarSize>());
    MemoryDownload source(file_);
    source.BreakAt(until);
    FlightRecorder recorder(device, NoObserver());
    static_cast<void>(RecordRollbacks(device));
    updraft::Update update(device, source,
                           {.buffer = buffer_,
                            .proof_buffer = proof_buffer_,
                            .keys = {rsa_->rsa_private.get(), &scalar},
                            .resumable = &source,
                            .journal = {.bytes = 4096}},
                           recorder);
    const Status status = update.Run();
    resumed = update.resumed_from();
    static_cast<void>(recorder.Record(status, 0, ""));
    return status;
  }

  std::string Boot(World& world) {
    Image buffer(4096);
    SlotProver prover(world.device.device(), buffer, NoObserver(), AskedBy::kBootloader);
    const auto view = ViewForBoot(world.device.device(), NoObserver());
    if (!view) return "";
    const BootDecision decision = Choose(*view, prover);
    if (!decision.boots || !Apply(world.device.device(), *view, decision).ok()) return "";
    world.device.device().running = *view->SlotAt(*decision.boots);
    return std::string(view->SlotAt(*decision.boots)->label());
  }

  bool HoldsWhole(World& world, const std::string& label) {
    const Partition slot = world.device.Find(label);
    const Image& image = label == "ota_0" ? old_ : fresh_;
    return std::equal(
        image.begin(), image.end(),
        world.device.flash().bytes().begin() + static_cast<std::ptrdiff_t>(slot.offset));
  }

  OpensslCrypto crypto_;
  std::unique_ptr<KeyFile> rsa_;
  std::unique_ptr<KeyFile> ec_;
  Image old_ = TestImage{.version = "1.0.0"}.Build(crypto_);
  Image fresh_ = TestImage{.version = "2.0.0"}.WithRamSegment(15000).Build(crypto_);
  Image file_;
  Image prepared_;
  Image buffer_ = Image(1024);
  Image proof_buffer_ = Image(1024);
};

TEST_P(ResumePowerCut, AtAnyOperationOfAResumedUpdateEndsUpdatedAtTheNextStart) {
  World good(*this);
  good.faulty.Arm({.operation = 0});
  std::uint64_t resumed = 0;
  ASSERT_TRUE(Update(good.device.device(), UINT64_MAX, resumed).ok());
  ASSERT_GT(resumed, 4000U) << "it went on";
  const bool changes_sectors =
      good.device.flash().wear(0xE000) + good.device.flash().wear(0xF000) > 0;
  EXPECT_EQ(changes_sectors, GetParam().flights > 0);
  const std::uint64_t operations = good.faulty.operations();
  int cuts = 0;
  int resumed_again = 0;
  for (std::uint64_t operation = 1; operation <= operations; ++operation) {
    for (const auto& [fault, unsynced] : kCuts) {
      SCOPED_TRACE("operation " + std::to_string(operation) + ", fault " +
                   std::to_string(static_cast<int>(fault)) + ", unsynced " +
                   std::to_string(static_cast<int>(unsynced)));
      World world(*this);
      world.faulty.Arm({.operation = operation,
                        .fault = fault,
                        .unsynced = unsynced,
                        .bytes = 13,
                        .seed = operation});
      static_cast<void>(Update(world.device.device(), UINT64_MAX, resumed));
      ASSERT_TRUE(world.faulty.cut());
      world.faulty.Revive();
      ++cuts;
      std::string booted = Boot(world);
      ASSERT_TRUE(booted == "ota_0" || booted == "ota_1") << booted;
      EXPECT_TRUE(HoldsWhole(world, booted));
      if (booted == "ota_0") {
        ASSERT_TRUE(Update(world.device.device(), UINT64_MAX, resumed).ok());
        resumed_again += resumed > 0;
        booted = Boot(world);
        EXPECT_EQ(booted, "ota_1");
        EXPECT_TRUE(HoldsWhole(world, "ota_1"));
      }
      EXPECT_TRUE(HoldsWhole(world, "ota_0"));
      CountEntries entries;
      EXPECT_TRUE(ReadFlights(world.device.device(), entries).ok());
      EXPECT_GE(entries.count, std::min(GetParam().flights + 1, 16));
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(resumed_again, 0);
  std::printf("%s: %llu operations, %d cuts, %d went on again\n", GetParam().name.c_str(),
              static_cast<unsigned long long>(operations), cuts, resumed_again);
}

INSTANTIATE_TEST_SUITE_P(
    Update, ResumePowerCut,
    testing::Values(Scenario{.name = "plain"}, Scenario{.name = "rsa", .scheme = Scheme::kRsa},
                    Scenario{.name = "ecies", .scheme = Scheme::kEcies},
                    // The log changes its sectors while the journal is written, ...
                    Scenario{.name = "log_almost_full", .flights = 29},
                    Scenario{.name = "log_almost_full_of_large_units",
                             .scheme = Scheme::kEcies,
                             .program_unit = 32,
                             .flights = 25},
                    // ... and when the end is recorded.
                    Scenario{.name = "log_full_at_the_end", .flights = 28}),
    [](const auto& scenario) { return scenario.param.name; });

}  // namespace
}  // namespace updraft
