// SPDX-License-Identifier: Apache-2.0
// The life of an update under power cuts, on every kind of device: the old image or
// the new one starts, whole, nothing that was acknowledged is lost, and a new attempt
// succeeds. The rows are the scenarios; what is looked at is in update_life_judge.cc.
#include <gtest/gtest.h>

#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "tests/powercut/cut_run.h"
#include "tests/powercut/scenario.h"
#include "tests/powercut/update_life.h"

namespace updraft {
namespace {

constexpr SlotState kUndefined = SlotState::kUndefined;
constexpr SlotState kNew = SlotState::kNew;
constexpr SlotState kValid = SlotState::kValid;
constexpr std::uint32_t kSlot = 0x8000;
constexpr TestLayout kThree{.ota_slots = 3, .slot_size = kSlot};
constexpr TestLayout kFactory{.factory = true, .slot_size = kSlot};
constexpr TestLayout kLog{.log = true, .slot_size = kSlot};
constexpr DevicePolicy kRollback{.rollback = true};
constexpr DevicePolicy kAntiRollback{.rollback = true, .anti_rollback = true};
constexpr DevicePolicy kThreeAttempts{.rollback = true,
                                      .trial = {.attempts = 3, .deadline_seconds = 60}};
const std::vector<std::pair<std::uint32_t, SlotState>> kFirst{{1, kUndefined}};
const std::vector<std::pair<std::uint32_t, SlotState>> kConfirmed{{1, kValid}};
const std::vector<std::pair<std::uint32_t, SlotState>> kThird{{3, kValid}, {2, kValid}};
const std::map<std::string, Picture> kStaleBeside{{"ota_1", Picture::kStale}};

constexpr FlashGeometry Unit(std::uint32_t bytes) {
  return {.size = 0x50000, .program_unit = bytes};
}

class PowerCut : public testing::TestWithParam<Scenario> {};

TEST_P(PowerCut, LeavesTheOldImageOrTheNewOneAtAnyOperation) {
  const Prepared prepared(GetParam());
  const std::string suite =
      testing::UnitTest::GetInstance()->current_test_info()->test_suite_name();
  ExpectNoCutHurts(suite.substr(0, suite.find('/') + 1) + GetParam().name,
                   [&] { return std::make_unique<UpdateLife>(prepared); });
}

std::string NameOf(const testing::TestParamInfo<Scenario>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(
    Update, PowerCut,
    testing::Values(
        Scenario{.name = "two_slots", .records = kFirst},
        Scenario{.name = "two_slots_with_rollback", .policy = kRollback, .records = kConfirmed},
        Scenario{.name = "second_update",
                 .policy = kRollback,
                 .beside = kStaleBeside,
                 .records = kThird},
        Scenario{.name = "never_updated"},
        Scenario{.name = "over_something_unrecorded", .beside = kStaleBeside},
        Scenario{.name = "from_factory", .layout = kFactory, .running = "factory"},
        Scenario{.name = "from_factory_with_rollback",
                 .layout = kFactory,
                 .policy = kRollback,
                 .running = "factory"},
        Scenario{.name = "selected_but_not_started",
                 .policy = kRollback,
                 .beside = kStaleBeside,
                 .selected = "ota_1",
                 .records = {{1, kValid}, {2, kNew}}},
        Scenario{.name = "three_slots",
                 .layout = kThree,
                 .policy = kRollback,
                 .running = "ota_1",
                 .beside = {{"ota_0", Picture::kStale}},
                 .records = {{4, kValid}, {5, kValid}}},
        Scenario{
            .name = "signed", .policy = {.signature = SignaturePolicy::kOnBoot}, .records = kFirst},
        Scenario{.name = "signed_by_the_running_signer",
                 .policy = {.rollback = true, .signature = SignaturePolicy::kOnUpdate},
                 .records = kConfirmed},
        Scenario{.name = "anti_rollback", .policy = kAntiRollback, .records = kConfirmed}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Encrypted, PowerCut,
    testing::Values(Scenario{.name = "rsa", .records = kFirst, .scheme = Scheme::kRsa},
                    Scenario{.name = "ecies", .records = kFirst, .scheme = Scheme::kEcies},
                    Scenario{.name = "authenticated_header",
                             .policy = kRollback,
                             .beside = kStaleBeside,
                             .records = kThird,
                             .scheme = Scheme::kSignedHeader},
                    Scenario{.name = "flash",
                             .policy = kRollback,
                             .records = kConfirmed,
                             .flash_encrypted = true},
                    Scenario{.name = "flash_second_update",
                             .policy = kRollback,
                             .beside = kStaleBeside,
                             .records = kThird,
                             .flash_encrypted = true},
                    Scenario{.name = "flash_and_ecies_never_updated",
                             .geometry = Unit(16),
                             .scheme = Scheme::kEcies,
                             .flash_encrypted = true}),
    NameOf);

// The part: its program units, its sectors, its pages; an erase of 64 KiB at once.
INSTANTIATE_TEST_SUITE_P(
    Part, PowerCut,
    testing::Values(
        Scenario{.name = "unit_4",
                 .geometry = Unit(4),
                 .policy = kRollback,
                 .beside = kStaleBeside,
                 .records = kThird},
        Scenario{.name = "unit_16",
                 .geometry = Unit(16),
                 .policy = kRollback,
                 .beside = kStaleBeside,
                 .records = kThird},
        Scenario{.name = "unit_32",
                 .geometry = Unit(32),
                 .policy = kRollback,
                 .beside = kStaleBeside,
                 .records = kThird},
        Scenario{.name = "pages_of_256",
                 .page = 256,
                 .policy = kRollback,
                 .beside = kStaleBeside,
                 .records = kThird},
        Scenario{.name = "blocks_of_64k",
                 .layout = {.slot_size = 0x20000},
                 .geometry = {.size = 0x80000, .block_size = 0x10000},
                 .policy = kRollback,
                 .beside = kStaleBeside,
                 .records = kThird,
                 .image_rest = 70000,
                 .chunk = 4096},
        Scenario{.name = "sectors_of_64k",
                 .layout = {.slot_size = 0x20000},
                 .geometry = {.size = 0xA0000, .sector_size = 0x10000, .program_unit = 32},
                 .policy = kRollback,
                 .beside = kStaleBeside,
                 .records = kThird,
                 .image_rest = 70000,
                 .chunk = 4096},
        Scenario{.name = "sectors_of_64k_resumed",
                 .layout = {.log = true, .slot_size = 0x20000},
                 .geometry = {.size = 0xA0000, .sector_size = 0x10000, .program_unit = 16},
                 .policy = kRollback,
                 .records = kConfirmed,
                 .image_rest = 70000,
                 .chunk = 4096,
                 .broken_at = 69000}),
    NameOf);

// Parts whose program units have error-correcting codes: programmed once, even torn.
INSTANTIATE_TEST_SUITE_P(Once, PowerCut,
                         testing::Values(Scenario{.name = "unit_16",
                                                  .geometry = Unit(16),
                                                  .units_once = true,
                                                  .policy = kRollback,
                                                  .beside = kStaleBeside,
                                                  .records = kThird},
                                         Scenario{.name = "unit_32",
                                                  .geometry = Unit(32),
                                                  .units_once = true,
                                                  .policy = kRollback,
                                                  .beside = kStaleBeside,
                                                  .records = kThird},
                                         Scenario{.name = "unit_16_on_encrypted_flash",
                                                  .geometry = Unit(16),
                                                  .units_once = true,
                                                  .policy = kRollback,
                                                  .records = kConfirmed,
                                                  .flash_encrypted = true},
                                         Scenario{.name = "resumed_with_the_log_almost_full",
                                                  .layout = kLog,
                                                  .geometry = Unit(32),
                                                  .units_once = true,
                                                  .records = kConfirmed,
                                                  .scheme = Scheme::kEcies,
                                                  .image_rest = 15000,
                                                  .flights = 25,
                                                  .broken_at = 9000},
                                         Scenario{.name = "resumed_from_the_first_byte",
                                                  .layout = kLog,
                                                  .geometry = Unit(16),
                                                  .units_once = true,
                                                  .policy = kRollback,
                                                  .beside = kStaleBeside,
                                                  .records = kThird,
                                                  .image_rest = 15000},
                                         Scenario{.name = "trial_given_up",
                                                  .geometry = Unit(32),
                                                  .units_once = true,
                                                  .policy = kThreeAttempts,
                                                  .records = kConfirmed,
                                                  .before = {Deed::kUpdate},
                                                  .deeds = {Deed::kBoot, Deed::kBoot, Deed::kBoot,
                                                            Deed::kBoot},
                                                  .gives_up = true}),
                         NameOf);

INSTANTIATE_TEST_SUITE_P(
    Resumed, PowerCut,
    testing::Values(Scenario{.name = "plain",
                             .layout = kLog,
                             .records = kConfirmed,
                             .image_rest = 15000,
                             .broken_at = 9000},
                    Scenario{.name = "from_the_first_byte",
                             .layout = kLog,
                             .policy = kRollback,
                             .beside = kStaleBeside,
                             .records = kThird,
                             .image_rest = 15000},
                    Scenario{.name = "rsa",
                             .layout = kLog,
                             .records = kConfirmed,
                             .scheme = Scheme::kRsa,
                             .image_rest = 15000,
                             .broken_at = 9000},
                    Scenario{.name = "ecies",
                             .layout = kLog,
                             .records = kConfirmed,
                             .scheme = Scheme::kEcies,
                             .image_rest = 15000,
                             .broken_at = 9000},
                    Scenario{.name = "flash_encrypted",
                             .layout = kLog,
                             .policy = kRollback,
                             .records = kConfirmed,
                             .flash_encrypted = true,
                             .image_rest = 15000,
                             .broken_at = 9000},
                    // Over HTTP, by requests for parts that end within sectors.
                    Scenario{.name = "in_parts",
                             .layout = kLog,
                             .policy = kRollback,
                             .beside = kStaleBeside,
                             .records = kThird,
                             .image_rest = 15000,
                             .part = 5000},
                    Scenario{.name = "in_parts_after_a_break",
                             .layout = kLog,
                             .records = kConfirmed,
                             .scheme = Scheme::kEcies,
                             .image_rest = 15000,
                             .broken_at = 9000,
                             .part = 3000},
                    // The log changes its sectors while the journal is written, ...
                    Scenario{.name = "log_almost_full",
                             .layout = kLog,
                             .records = kConfirmed,
                             .image_rest = 15000,
                             .flights = 29,
                             .broken_at = 9000},
                    Scenario{.name = "log_almost_full_of_large_units",
                             .layout = kLog,
                             .geometry = Unit(32),
                             .records = kConfirmed,
                             .scheme = Scheme::kEcies,
                             .image_rest = 15000,
                             .flights = 25,
                             .broken_at = 9000},
                    // ... and when the end is recorded.
                    Scenario{.name = "log_full_at_the_end",
                             .layout = kLog,
                             .records = kConfirmed,
                             .image_rest = 15000,
                             .flights = 28,
                             .broken_at = 9000}),
    NameOf);

// What follows an update: the first start, the trial, its end.
INSTANTIATE_TEST_SUITE_P(
    Trial, PowerCut,
    testing::Values(Scenario{.name = "first_start_without_rollback",
                             .records = kFirst,
                             .before = {Deed::kUpdate},
                             .deeds = {Deed::kBoot, Deed::kConfirm}},
                    Scenario{.name = "first_record", .deeds = {Deed::kBoot}},
                    Scenario{.name = "first_start_and_confirm",
                             .policy = kRollback,
                             .records = kConfirmed,
                             .before = {Deed::kUpdate},
                             .deeds = {Deed::kBoot, Deed::kConfirm}},
                    Scenario{.name = "first_start_and_confirm_from_factory",
                             .layout = kFactory,
                             .policy = kRollback,
                             .running = "factory",
                             .before = {Deed::kUpdate},
                             .deeds = {Deed::kBoot, Deed::kConfirm}},
                    Scenario{.name = "of_three_slots",
                             .layout = kThree,
                             .policy = kRollback,
                             .running = "ota_1",
                             .beside = {{"ota_0", Picture::kStale}},
                             .records = {{4, kValid}, {5, kValid}},
                             .before = {Deed::kUpdate},
                             .deeds = {Deed::kBoot, Deed::kConfirm}},
                    Scenario{.name = "on_encrypted_flash",
                             .policy = kRollback,
                             .records = kConfirmed,
                             .flash_encrypted = true,
                             .before = {Deed::kUpdate},
                             .deeds = {Deed::kBoot, Deed::kConfirm}},
                    Scenario{.name = "signed",
                             .policy = {.rollback = true, .signature = SignaturePolicy::kOnBoot},
                             .records = kConfirmed,
                             .before = {Deed::kUpdate},
                             .deeds = {Deed::kBoot, Deed::kConfirm}},
                    Scenario{.name = "confirm_on_units_of_32",
                             .geometry = Unit(32),
                             .policy = kRollback,
                             .records = kConfirmed,
                             .before = {Deed::kUpdate, Deed::kBoot},
                             .deeds = {Deed::kConfirm}},
                    // Its only record is rewritten: the one case in which factory may start.
                    Scenario{.name = "confirm_of_the_only_record",
                             .layout = kFactory,
                             .running = "ota_0",
                             .beside = {{"factory", Picture::kStale}},
                             .records = kFirst,
                             .deeds = {Deed::kConfirm},
                             .may_start_too = {"factory"}},
                    Scenario{.name = "given_up_after_one_start",
                             .policy = kRollback,
                             .records = kConfirmed,
                             .before = {Deed::kUpdate},
                             .deeds = {Deed::kBoot, Deed::kBoot},
                             .gives_up = true},
                    Scenario{.name = "given_up_after_three_starts",
                             .policy = kThreeAttempts,
                             .records = kConfirmed,
                             .before = {Deed::kUpdate},
                             .deeds = {Deed::kBoot, Deed::kBoot, Deed::kBoot, Deed::kBoot},
                             .gives_up = true},
                    Scenario{.name = "given_up_on_encrypted_flash",
                             .policy = kThreeAttempts,
                             .records = kConfirmed,
                             .flash_encrypted = true,
                             .before = {Deed::kUpdate},
                             .deeds = {Deed::kBoot, Deed::kBoot, Deed::kBoot, Deed::kBoot},
                             .gives_up = true},
                    Scenario{.name = "confirmed_at_the_second_start",
                             .policy = kThreeAttempts,
                             .records = kConfirmed,
                             .before = {Deed::kUpdate, Deed::kBoot},
                             .deeds = {Deed::kBoot, Deed::kConfirm}},
                    Scenario{.name = "rolled_back",
                             .policy = kRollback,
                             .records = kConfirmed,
                             .before = {Deed::kUpdate, Deed::kBoot},
                             .deeds = {Deed::kRollBack, Deed::kBoot}},
                    Scenario{.name = "rolled_back_and_recorded",
                             .layout = kLog,
                             .policy = kRollback,
                             .records = kConfirmed,
                             .flights = 31,
                             .before = {Deed::kUpdate, Deed::kBoot},
                             .deeds = {Deed::kRollBack, Deed::kBoot, Deed::kRecord}}),
    NameOf);

// eFuse and otadata change one after the other.
INSTANTIATE_TEST_SUITE_P(Efuse, PowerCut,
                         testing::Values(Scenario{.name = "confirm",
                                                  .policy = kAntiRollback,
                                                  .records = kConfirmed,
                                                  .before = {Deed::kUpdate, Deed::kBoot},
                                                  .deeds = {Deed::kConfirm, Deed::kBoot}},
                                         Scenario{
                                             .name = "first_start",
                                             .policy = kAntiRollback,
                                             .records = kConfirmed,
                                             .before = {Deed::kUpdate},
                                             .deeds = {Deed::kBoot, Deed::kConfirm, Deed::kBoot}},
                                         Scenario{.name = "rolled_back",
                                                  .policy = kAntiRollback,
                                                  .records = kConfirmed,
                                                  .before = {Deed::kUpdate, Deed::kBoot},
                                                  .deeds = {Deed::kRollBack, Deed::kBoot}},
                                         Scenario{.name = "given_up",
                                                  .policy = kAntiRollback,
                                                  .records = kConfirmed,
                                                  .before = {Deed::kUpdate},
                                                  .deeds = {Deed::kBoot, Deed::kBoot},
                                                  .gives_up = true}),
                         NameOf);

}  // namespace
}  // namespace updraft
