// SPDX-License-Identifier: Apache-2.0
// Every kind of otadata record beside every other, in both sectors, on several
// tables and policies: what the bootloader selects, starts and writes, and what
// an application takes for selected. What is expected stands in otadata_pairs_table.h,
// pair by pair; nothing here knows the rule.
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
#include "src/boot/otadata_pairs_table.h"
#include "testing/test_device.h"

namespace updraft {
namespace {

// Of one record by itself.
struct Kind {
  std::string_view name;
  std::uint32_t sequence;
  std::uint32_t state;
  bool crc_right;
  // The state that the bootloader leaves when this record is selected, and when
  // it is not; with rollback. Without, states stay.
  std::uint32_t selected_state;
  std::uint32_t other_state;
};

constexpr std::uint32_t kUndefined = 0xFFFFFFFF;
constexpr bool kYes = true;
constexpr bool kNo = false;

// new 0, pending 1, valid 2, invalid 3, aborted 4.
constexpr std::array<Kind, kOtadataKinds> kKinds{{
    {"erased", 0xFFFFFFFF, kUndefined, kNo, kUndefined, kUndefined},
    {"no sequence", 0xFFFFFFFF, 2, kYes, 2, 2},
    {"sequence 0", 0, 2, kYes, 2, 2},
    {"1 valid", 1, 2, kYes, 2, 2},
    {"1 new", 1, 0, kYes, 1, 0},
    {"1 pending", 1, 1, kYes, 4, 4},
    {"1 invalid", 1, 3, kYes, 3, 3},
    {"1 aborted", 1, 4, kYes, 4, 4},
    {"1 undefined", 1, kUndefined, kYes, kUndefined, kUndefined},
    {"1 illegal state", 1, 5, kYes, 5, 5},
    {"1 valid, bad CRC", 1, 2, kNo, 2, 2},
    {"1 pending, bad CRC", 1, 1, kNo, 4, 4},
    {"2 valid", 2, 2, kYes, 2, 2},
    {"2 new", 2, 0, kYes, 1, 0},
    {"2 pending", 2, 1, kYes, 4, 4},
    {"2 invalid", 2, 3, kYes, 3, 3},
    {"2 undefined", 2, kUndefined, kYes, kUndefined, kUndefined},
    {"2 illegal state", 2, 0x80000002, kYes, 0x80000002, 0x80000002},
    {"2 new, bad CRC", 2, 0, kNo, 0, 0},
    {"half of all sequences", 0x80000000, 2, kYes, 2, 2},
    {"last sequence valid", 0xFFFFFFFE, 2, kYes, 2, 2},
    {"last sequence new", 0xFFFFFFFE, 0, kYes, 1, 0},
}};

class EveryImageStarts final : public SlotJudge {
 public:
  // But the one in the OTA slot `too_old` is below the eFuse's 1.
  explicit EveryImageStarts(int too_old = -1) : too_old_(too_old) {}
  bool IsBootable(const Partition&) override { return true; }
  Result<std::uint32_t> SecureVersion(const Partition& slot) override {
    return slot.is_ota_slot() && slot.ota_index() == too_old_ ? 0U : 1U;
  }

 private:
  int too_old_;
};

struct Expected {
  BootIndex selected = kBootFactory;
  bool first_boot = false;
  std::optional<std::size_t> active{};  // which of the two was taken
};

// A letter of the table, as its head tells.
Expected ExpectedOf(char letter) {
  switch (letter) {
    case 'F': return {};
    case 'f': return {.first_boot = true};
    case 'x': return {.selected = 0};
    case 'y': return {.selected = 0, .first_boot = true};
    default: break;
  }
  const std::size_t record = letter >= 'a' ? 0 : 1;
  const char first = record == 0 ? 'a' : 'A';
  return {.selected = static_cast<BootIndex>(letter - first), .active = record};
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
                     const OtadataPairsTable& table, const Expected& expected, BootIndex boots) {
    for (std::size_t i = 0; i < 2; ++i) {
      const Kind& kind = i == 0 ? first : second;
      OtadataRecord wanted = RecordOf(kind);
      if (table.rollback) {
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
  void Check(TestDevice& device, std::size_t row, std::size_t column,
             const OtadataPairsTable& table) {
    const Kind& first = kKinds[row];
    const Kind& second = kKinds[column];
    SCOPED_TRACE(std::string(first.name) + " | " + std::string(second.name));
    Put(device, first, second);
    const Expected expected = ExpectedOf(table.selected[row][column]);
    const auto view = ViewForBoot(device.device(), NoObserver());
    ASSERT_TRUE(view.has_value());
    EveryImageStarts judge(table.too_old);
    const BootDecision decision = Choose(*view, judge);
    EXPECT_EQ(decision.selected, expected.selected);
    // Without factory the search goes on to the first slot whose image is new enough.
    const BootIndex first_slot = table.too_old == 0 ? 1 : 0;
    const BootIndex boots =
        expected.selected == kBootFactory && !table.factory ? first_slot : expected.selected;
    EXPECT_EQ(decision.boots, boots);
    ASSERT_EQ(Apply(device.device(), *view, decision), kOk);
    ExpectRecords(device.Records(), first, second, table, expected, boots);
  }

  OpensslCrypto crypto_;
};

TEST_F(OtadataPairs, BootWhatTheSpecificationSays) {
  int pairs = 0;
  for (const OtadataPairsTable& table : kOtadataPairs) {
    SCOPED_TRACE(testing::Message() << table.slots << " slots, factory " << table.factory
                                    << ", rollback " << table.rollback << ", anti-rollback "
                                    << table.anti_rollback << ", too old: " << table.too_old);
    TestDevice device(crypto_, {.factory = table.factory, .ota_slots = table.slots});
    device.device().policy = {.rollback = table.rollback, .anti_rollback = table.anti_rollback};
    if (table.anti_rollback) device.efuse().set_field(1);
    for (std::size_t row = 0; row < kKinds.size(); ++row) {
      ASSERT_EQ(table.selected[row].size(), kKinds.size());
      for (std::size_t column = 0; column < kKinds.size(); ++column) {
        Check(device, row, column, table);
        ++pairs;
        ASSERT_FALSE(HasFailure());
      }
    }
  }
  std::printf("%zu kinds, %zu pairs, %d with tables and policies\n", kKinds.size(),
              kKinds.size() * kKinds.size(), pairs);
  EXPECT_EQ(pairs, 22 * 22 * (3 * 2 * 3 + 4));
}

// An application looks at states as they are: it aborts nothing.
TEST_F(OtadataPairs, AreReadByTheApplicationAsTheSpecificationSays) {
  int tables = 0;
  for (const OtadataPairsTable& table : kOtadataPairs) {
    if (table.rollback) continue;
    ++tables;
    TestDevice device(crypto_, {.factory = table.factory, .ota_slots = table.slots});
    for (std::size_t row = 0; row < kKinds.size(); ++row) {
      for (std::size_t column = 0; column < kKinds.size(); ++column) {
        SCOPED_TRACE(std::string(kKinds[row].name) + " | " + std::string(kKinds[column].name));
        Put(device, kKinds[row], kKinds[column]);
        const Expected expected = ExpectedOf(table.selected[row][column]);
        const auto selected = Slots::Open(device.device())->Selected();
        ASSERT_TRUE(selected.has_value());
        const std::string usual = table.factory ? "factory" : "ota_0";
        EXPECT_EQ(selected->label(),
                  expected.active ? "ota_" + std::to_string(expected.selected) : usual);
      }
    }
  }
  EXPECT_EQ(tables, 6);
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
