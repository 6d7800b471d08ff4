// SPDX-License-Identifier: Apache-2.0
// Every kind of otadata record beside every other, in both sectors, on several
// tables and policies: what the bootloader selects, starts and writes, and what
// an application takes for selected. What is expected stands in a table written
// from the specification, column by column, and not computed by the code.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>

#include "updraft/boot.h"
#include "updraft/slots.h"

#include "ports/host/crypto_openssl.h"
#include "testing/test_device.h"

namespace updraft {
namespace {

// Of one record by itself.
struct Kind {
  std::string_view name;
  std::uint32_t sequence;
  std::uint32_t state;
  bool crc_right;
  // "never written": no sequence, or a wrong CRC.
  bool initial;
  // Its sequence or state rules it out, whatever its CRC, once the bootloader has
  // aborted what was on trial (with rollback), and without.
  bool ruled_out_with_rollback;
  bool ruled_out_without;
  // (sequence - 1) mod 1, 2 and 3.
  std::array<int, 3> slot;
  // The state that the bootloader leaves when this record is selected, and when
  // it is not; with rollback. Without, states stay.
  std::uint32_t selected_state;
  std::uint32_t other_state;
};

constexpr std::uint32_t kUndefined = 0xFFFFFFFF;
constexpr bool kYes = true;
constexpr bool kNo = false;

// new 0, pending 1, valid 2, invalid 3, aborted 4.
constexpr std::array<Kind, 22> kKinds{{
    {"erased", 0xFFFFFFFF, kUndefined, kNo, kYes, kYes, kYes, {0, 0, 0}, kUndefined, kUndefined},
    {"no sequence", 0xFFFFFFFF, 2, kYes, kYes, kYes, kYes, {0, 0, 0}, 2, 2},
    {"sequence 0", 0, 2, kYes, kNo, kNo, kNo, {0, 1, 0}, 2, 2},
    {"1 valid", 1, 2, kYes, kNo, kNo, kNo, {0, 0, 0}, 2, 2},
    {"1 new", 1, 0, kYes, kNo, kNo, kNo, {0, 0, 0}, 1, 0},
    {"1 pending", 1, 1, kYes, kNo, kYes, kNo, {0, 0, 0}, 4, 4},
    {"1 invalid", 1, 3, kYes, kNo, kYes, kYes, {0, 0, 0}, 3, 3},
    {"1 aborted", 1, 4, kYes, kNo, kYes, kYes, {0, 0, 0}, 4, 4},
    {"1 undefined", 1, kUndefined, kYes, kNo, kNo, kNo, {0, 0, 0}, kUndefined, kUndefined},
    {"1 illegal state", 1, 5, kYes, kNo, kNo, kNo, {0, 0, 0}, 5, 5},
    {"1 valid, bad CRC", 1, 2, kNo, kYes, kNo, kNo, {0, 0, 0}, 2, 2},
    {"1 pending, bad CRC", 1, 1, kNo, kYes, kYes, kNo, {0, 0, 0}, 4, 4},
    {"2 valid", 2, 2, kYes, kNo, kNo, kNo, {0, 1, 1}, 2, 2},
    {"2 new", 2, 0, kYes, kNo, kNo, kNo, {0, 1, 1}, 1, 0},
    {"2 pending", 2, 1, kYes, kNo, kYes, kNo, {0, 1, 1}, 4, 4},
    {"2 invalid", 2, 3, kYes, kNo, kYes, kYes, {0, 1, 1}, 3, 3},
    {"2 undefined", 2, kUndefined, kYes, kNo, kNo, kNo, {0, 1, 1}, kUndefined, kUndefined},
    {"2 illegal state", 2, 0x80000002, kYes, kNo, kNo, kNo, {0, 1, 1}, 0x80000002, 0x80000002},
    {"2 new, bad CRC", 2, 0, kNo, kYes, kNo, kNo, {0, 1, 1}, 0, 0},
    {"half of all sequences", 0x80000000, 2, kYes, kNo, kNo, kNo, {0, 1, 1}, 2, 2},
    {"last sequence valid", 0xFFFFFFFE, 2, kYes, kNo, kNo, kNo, {0, 1, 1}, 2, 2},
    {"last sequence new", 0xFFFFFFFE, 0, kYes, kNo, kNo, kNo, {0, 1, 1}, 1, 0},
}};

// Two slots and factory, with rollback: what is selected for the kind of the row
// in the first sector and the kind of the column in the second. Made from the
// specification's words by a program apart from this project.
constexpr std::array<std::string_view, kKinds.size()> kSelected{{
    "FF100FFF00FF11FF11F111",  // erased
    "FF100FFF00FF11FF11F111",  // no sequence
    "1110011100111111111111",  // sequence 0
    "0000000000001100110111",  // 1 valid
    "0000000000001100110111",  // 1 new
    "FF100FFF00FF11FF11F111",  // 1 pending
    "FF100FFF00FF11FF11F111",  // 1 invalid
    "FF100FFF00FF11FF11F111",  // 1 aborted
    "0000000000001100110111",  // 1 undefined
    "0000000000001100110111",  // 1 illegal state
    "FF100FFF00FF11FF11F111",  // 1 valid, bad CRC
    "FF100FFF00FF11FF11F111",  // 1 pending, bad CRC
    "1111111111111111111111",  // 2 valid
    "1111111111111111111111",  // 2 new
    "FF100FFF00FF11FF11F111",  // 2 pending
    "FF100FFF00FF11FF11F111",  // 2 invalid
    "1111111111111111111111",  // 2 undefined
    "1111111111111111111111",  // 2 illegal state
    "FF100FFF00FF11FF11F111",  // 2 new, bad CRC
    "1111111111111111111111",  // half of all sequences
    "1111111111111111111111",  // last sequence valid
    "1111111111111111111111",  // last sequence new
}};

class EveryImageStarts final : public SlotJudge {
 public:
  bool IsBootable(const Partition&) override { return true; }
  Result<std::uint32_t> SecureVersion(const Partition&) override { return 0U; }
};

struct Setting {
  TestLayout layout;
  DevicePolicy policy;
};

struct Expected {
  BootIndex selected = kBootFactory;
  bool first_boot = false;
  std::optional<std::size_t> active{};  // which of the two was taken
};

// The rule of a pair, from the kinds' columns.
Expected ExpectedOf(const Kind& first, const Kind& second, const Setting& setting) {
  const bool rollback = setting.policy.rollback;
  const std::array<const Kind*, 2> kinds{&first, &second};
  const auto ruled_out = [&](const Kind& kind) {
    return rollback ? kind.ruled_out_with_rollback : kind.ruled_out_without;
  };
  Expected expected;
  const bool initial = first.initial && second.initial;
  if (setting.policy.anti_rollback && initial) return {kBootFactory, true, {}};
  if (!setting.policy.anti_rollback && ruled_out(first) && ruled_out(second)) {
    if (!setting.layout.factory) expected = {0, initial, {}};
    return expected;
  }
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (ruled_out(*kinds[i]) || !kinds[i]->crc_right) continue;
    const bool greater =
        !expected.active.has_value() || kinds[i]->sequence > kinds[*expected.active]->sequence;
    if (!greater) continue;
    expected.active = i;
    expected.selected = static_cast<BootIndex>(
        kinds[i]->slot[static_cast<std::size_t>(setting.layout.ota_slots) - 1]);
  }
  return expected;
}

class OtadataPairs : public testing::Test {
 protected:
  OtadataRecord RecordOf(const Kind& kind) {
    OtadataRecord record = ErasedOtadataRecord();
    record.sequence = kind.sequence;
    record.state = static_cast<SlotState>(kind.state);
    // An erased sector reads FF; a wrong CRC differs in one bit.
    if (kind.name != "erased") record.crc = SequenceCrc(kind.sequence) ^ (kind.crc_right ? 0 : 1U);
    return record;
  }
  void Put(TestDevice& device, const Kind& first, const Kind& second) {
    const Partition otadata = device.Find("otadata");
    std::array<std::uint8_t, kOtadataRecordSize> bytes{};
    for (std::size_t i = 0; i < 2; ++i) {
      const std::uint64_t address = otadata.offset + i * kOtadataSectorSize;
      ASSERT_EQ(device.flash().Erase(address, kOtadataSectorSize), kOk);
      StoreOtadataRecord(RecordOf(i == 0 ? first : second), bytes);
      ASSERT_EQ(device.flash().Program(address, bytes), kOk);
    }
  }

  void ExpectRecords(const OtadataRecords& found, const Kind& first, const Kind& second,
                     const Setting& setting, const Expected& expected, BootIndex boots) {
    for (std::size_t i = 0; i < 2; ++i) {
      const Kind& kind = i == 0 ? first : second;
      OtadataRecord wanted = RecordOf(kind);
      if (setting.policy.rollback) {
        wanted.state =
            static_cast<SlotState>(expected.active == i ? kind.selected_state : kind.other_state);
      }
      if (i == 0 && expected.first_boot && boots >= 0) {
        wanted = ErasedOtadataRecord();
        wanted.sequence = static_cast<std::uint32_t>(boots) + 1;
        wanted.state = SlotState::kValid;
        wanted.crc = SequenceCrc(wanted.sequence);
      }
      EXPECT_TRUE(found[i] == wanted) << "record " << i;
    }
  }

  // One pair: choose, write, and read back what lies in flash.
  void Check(TestDevice& device, const Kind& first, const Kind& second, const Setting& setting) {
    SCOPED_TRACE(std::string(first.name) + " | " + std::string(second.name));
    Put(device, first, second);
    const Expected expected = ExpectedOf(first, second, setting);
    const auto view = ViewForBoot(device.device(), NoObserver());
    ASSERT_TRUE(view.has_value());
    EveryImageStarts judge;
    const BootDecision decision = Choose(*view, judge);
    EXPECT_EQ(decision.selected, expected.selected);
    // Without factory the search goes on to the first slot.
    const BootIndex boots = expected.selected == kBootFactory && !setting.layout.factory
                                ? BootIndex{0}
                                : expected.selected;
    EXPECT_EQ(decision.boots, boots);
    ASSERT_EQ(Apply(device.device(), *view, decision), kOk);
    ExpectRecords(device.Records(), first, second, setting, expected, boots);
  }

  OpensslCrypto crypto_;
};

TEST_F(OtadataPairs, BootWhatTheSpecificationSays) {
  const DevicePolicy plain{};
  const DevicePolicy rollback{.rollback = true};
  const DevicePolicy anti_rollback{.rollback = true, .anti_rollback = true};
  int pairs = 0;
  for (const DevicePolicy& policy : {plain, rollback, anti_rollback}) {
    for (const bool factory : {false, true}) {
      for (int slots = 1; slots <= 3; ++slots) {
        const Setting setting{{.factory = factory, .ota_slots = slots}, policy};
        TestDevice device(crypto_, setting.layout);
        device.device().policy = policy;
        for (const Kind& first : kKinds) {
          for (const Kind& second : kKinds) {
            Check(device, first, second, setting);
            ++pairs;
            ASSERT_FALSE(HasFailure()) << "slots " << slots << ", factory " << factory;
          }
        }
      }
    }
  }
  std::printf("%zu kinds, %zu pairs, %d with tables and policies\n", kKinds.size(),
              kKinds.size() * kKinds.size(), pairs);
  EXPECT_EQ(pairs, 22 * 22 * 3 * 2 * 3);
}

TEST_F(OtadataPairs, SelectWhatTheMatrixSays) {
  TestDevice device(crypto_, {.factory = true});
  device.device().policy.rollback = true;
  EveryImageStarts judge;
  for (std::size_t row = 0; row < kKinds.size(); ++row) {
    ASSERT_EQ(kSelected[row].size(), kKinds.size());
    for (std::size_t column = 0; column < kKinds.size(); ++column) {
      Put(device, kKinds[row], kKinds[column]);
      const BootDecision decision = Choose(*ViewForBoot(device.device(), NoObserver()), judge);
      const char found =
          decision.selected == kBootFactory ? 'F' : static_cast<char>('0' + decision.selected);
      EXPECT_EQ(found, kSelected[row][column]) << kKinds[row].name << " | " << kKinds[column].name;
    }
  }
}

// An application looks at states as they are: it aborts nothing.
TEST_F(OtadataPairs, AreReadByTheApplicationAsTheSpecificationSays) {
  for (const bool factory : {false, true}) {
    const Setting setting{{.factory = factory, .ota_slots = 2}, {}};
    TestDevice device(crypto_, setting.layout);
    for (const Kind& first : kKinds) {
      for (const Kind& second : kKinds) {
        SCOPED_TRACE(std::string(first.name) + " | " + std::string(second.name));
        Put(device, first, second);
        const Expected expected = ExpectedOf(first, second, setting);
        const auto selected = Slots::Open(device.device())->Selected();
        ASSERT_TRUE(selected.has_value());
        const std::string usual = factory ? "factory" : "ota_0";
        EXPECT_EQ(selected->label(),
                  expected.active ? "ota_" + std::to_string(expected.selected) : usual);
      }
    }
  }
}

// Selecting always leaves exactly that slot active, whatever lay there before,
// and both sectors are never gone at once.
TEST_F(OtadataPairs, CanAllBeSelectedFrom) {
  for (const bool rollback : {false, true}) {
    TestDevice device(crypto_, {.ota_slots = 3});
    device.device().policy.rollback = rollback;
    auto slots = Slots::Open(device.device());
    for (const Kind& first : kKinds) {
      for (const Kind& second : kKinds) {
        for (int slot = 0; slot < 3; ++slot) {
          SCOPED_TRACE(std::string(first.name) + " | " + std::string(second.name));
          Put(device, first, second);
          const std::string label = "ota_" + std::to_string(slot);
          ASSERT_EQ(slots->Select(device.Find(label)), kOk);
          EXPECT_EQ(slots->Selected()->label(), label);
          EveryImageStarts judge;
          const BootDecision decision = Choose(*ViewForBoot(device.device(), NoObserver()), judge);
          EXPECT_EQ(decision.boots, slot);
          EXPECT_EQ(decision.trial, rollback);
        }
      }
    }
  }
}

}  // namespace
}  // namespace updraft
