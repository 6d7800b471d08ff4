// SPDX-License-Identifier: Apache-2.0
// The log under everything that flash can do to it: what was appended is there
// after a cut at any operation, or was never acknowledged.
#include "src/update/update_log.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "updraft/flash_encryption.h"

#include "ports/host/crypto_openssl.h"
#include "testing/faulty_flash.h"
#include "testing/test_device.h"

namespace updraft {
namespace {

using Fault = FaultyFlash::Fault;
using Unsynced = FaultyFlash::Unsynced;

struct Kept {
  LogRecordType type{};
  std::string text;
  bool operator==(const Kept&) const = default;
};

class Records final : public LogReader {
 public:
  void OnRecord(const LogRecord& record) override {
    EXPECT_GT(record.serial, last_serial_);
    last_serial_ = record.serial;
    all.push_back({record.type, std::string(record.payload.begin(), record.payload.end())});
  }
  std::vector<Kept> all;

 private:
  std::uint32_t last_serial_ = 0;
};

class UpdateLogTest : public testing::Test {
 protected:
  static constexpr std::uint64_t kLog = 0xE000;

  std::vector<Kept> ReadAll(const Device& device) {
    const auto log = UpdateLog::Open(device);
    EXPECT_TRUE(log.has_value());
    Records records;
    if (log) {
      EXPECT_TRUE(log->Read(records).ok());
    }
    return records.all;
  }
  static std::string Text(int i, std::size_t size = 100) {
    std::string text = std::to_string(i) + ":";
    text.resize(size, 'x');
    return text;
  }
  static Status Append(UpdateLog& log, int i, std::size_t size = 100) {
    return log.Append(LogRecordType::kFlight, AsBytes(Text(i, size)));
  }

  OpensslCrypto crypto_;
};

TEST_F(UpdateLogTest, IsNotThereWithoutItsPartition) {
  TestDevice device(crypto_);
  EXPECT_EQ(UpdateLog::Open(device.device()).error().code(), Code::kNotFound);
}

TEST_F(UpdateLogTest, WritesNothingBeforeTheFirstRecord) {
  TestDevice device(crypto_, {.log = true});
  EXPECT_TRUE(ReadAll(device.device()).empty());
  EXPECT_EQ(device.flash().counts().erases + device.flash().counts().programs, 0U);
}

TEST_F(UpdateLogTest, RefusesAPayloadThatIsTooLong) {
  TestDevice device(crypto_, {.log = true});
  auto log = UpdateLog::Open(device.device());
  const std::vector<std::uint8_t> payload(UpdateLog::kMaxPayload + 1);
  EXPECT_EQ(log->Append(LogRecordType::kFlight, payload).code(), Code::kInvalidArgument);
  EXPECT_TRUE(
      log->Append(LogRecordType::kFlight, Bytes(payload).first(UpdateLog::kMaxPayload)).ok());
}

TEST_F(UpdateLogTest, StaysInItsTwoSectorsAndKeepsTheLastFlights) {
  for (const std::uint32_t unit : {1U, 4U, 16U, 32U}) {
    TestDevice device(crypto_, {.log = true}, {.size = 1 << 20, .program_unit = unit});
    for (int i = 0; i < 300; ++i) {
      auto log = UpdateLog::Open(device.device());  // as after a restart
      ASSERT_TRUE(Append(*log, i, static_cast<std::size_t>(i % 110) + 5).ok()) << unit;
    }
    const std::vector<Kept> records = ReadAll(device.device());
    ASSERT_GE(records.size(), UpdateLog::kKeptFlights);
    for (std::size_t i = 0; i < records.size(); ++i) {
      const int n = 300 - static_cast<int>(records.size() - i);
      EXPECT_EQ(records[i].text, Text(n, static_cast<std::size_t>(n % 110) + 5));
    }
    for (const auto& operation : device.flash().log()) {
      if (operation.kind != RamFlash::Operation::Kind::kErase &&
          operation.kind != RamFlash::Operation::Kind::kProgram) {
        continue;
      }
      EXPECT_GE(operation.address, kLog);
      EXPECT_LE(operation.address + operation.length, kLog + 0x2000);
    }
    EXPECT_LE(device.flash().wear(kLog) + device.flash().wear(kLog + 0x1000), 25U);
  }
}

TEST_F(UpdateLogTest, CarriesTheOpenJournalOverAndForgetsTheClosedOne) {
  TestDevice device(crypto_, {.log = true});
  auto log = UpdateLog::Open(device.device());
  ASSERT_TRUE(log->Append(LogRecordType::kJournalStart, AsBytes("closed")).ok());
  ASSERT_TRUE(log->Append(LogRecordType::kJournalMark, AsBytes("closed 1")).ok());
  ASSERT_TRUE(log->Append(LogRecordType::kJournalEnd, {}).ok());
  ASSERT_TRUE(log->Append(LogRecordType::kJournalStart, AsBytes("open")).ok());
  ASSERT_TRUE(log->Append(LogRecordType::kJournalMark, AsBytes("open 1")).ok());
  ASSERT_TRUE(log->Append(LogRecordType::kJournalMark, AsBytes("open 2")).ok());
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(Append(*log, i).ok());
  std::vector<Kept> journal;
  for (const Kept& record : ReadAll(device.device())) {
    if (record.type != LogRecordType::kFlight) journal.push_back(record);
  }
  EXPECT_EQ(journal, (std::vector<Kept>{{LogRecordType::kJournalStart, "open"},
                                        {LogRecordType::kJournalMark, "open 2"}}));
}

TEST_F(UpdateLogTest, TakesWhatSomebodyElseLeftThereForNothing) {
  TestDevice device(crypto_, {.log = true});
  for (std::size_t i = 0; i < 0x2000; ++i) {
    device.flash().bytes()[kLog + i] = static_cast<std::uint8_t>(i * 7);
  }
  EXPECT_TRUE(ReadAll(device.device()).empty());
  auto log = UpdateLog::Open(device.device());
  ASSERT_TRUE(Append(*log, 1).ok());
  EXPECT_EQ(ReadAll(device.device()).size(), 1U);
}

TEST_F(UpdateLogTest, ReadsUpToTheRecordThatIsDamaged) {
  TestDevice device(crypto_, {.log = true});
  auto log = UpdateLog::Open(device.device());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Append(*log, i).ok());
  // Each of the bytes of the second record, its padding aside.
  for (std::size_t i = 0; i < 112; ++i) {
    std::uint8_t& byte = device.flash().bytes()[kLog + 32 + 128 + i];
    byte ^= 0x10;
    EXPECT_EQ(ReadAll(device.device()).size(), 1U) << i;
    byte ^= 0x10;
  }
  device.flash().bytes()[kLog + 32 + 128 + 20] ^= 1;
  auto again = UpdateLog::Open(device.device());
  ASSERT_TRUE(Append(*again, 9).ok());
  const auto records = ReadAll(device.device());
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[1].text, Text(9));
}

// Appends up to the change of sectors and over it; the power is cut at each flash
// operation in each manner. What was acknowledged is there, and more can follow.
TEST_F(UpdateLogTest, LosesNothingThatWasAcknowledgedToAPowerCut) {
  constexpr int kRecords = 36;  // more than one sector holds
  const auto run = [](const Device& device) {
    int acknowledged = 0;
    auto log = UpdateLog::Open(device);
    while (log && acknowledged < kRecords && Append(*log, acknowledged).ok()) ++acknowledged;
    return acknowledged;
  };
  for (const std::uint32_t unit : {1U, 32U}) {
    TestDevice good(crypto_, {.log = true}, {.size = 1 << 20, .program_unit = unit});
    FaultyFlash counting(good.flash());
    good.device().flash = &counting;
    counting.Arm({.operation = 0});
    ASSERT_EQ(run(good.device()), kRecords);
    const std::uint64_t operations = counting.operations();
    for (std::uint64_t operation = 1; operation <= operations; ++operation) {
      for (const Fault fault :
           {Fault::kCutBefore, Fault::kCutAtByte, Fault::kCutHalf, Fault::kCutAllButOneByte,
            Fault::kCutUnstable, Fault::kCutFlickering, Fault::kCutAfter}) {
        for (const Unsynced unsynced : {Unsynced::kKept, Unsynced::kLost, Unsynced::kReordered}) {
          SCOPED_TRACE(std::to_string(operation) + "/" + std::to_string(static_cast<int>(fault)) +
                       "/" + std::to_string(static_cast<int>(unsynced)));
          TestDevice device(crypto_, {.log = true}, {.size = 0x80000, .program_unit = unit});
          FaultyFlash faulty(device.flash());
          device.device().flash = &faulty;
          faulty.Arm({.operation = operation,
                      .fault = fault,
                      .unsynced = unsynced,
                      .bytes = 13,
                      .seed = operation});
          const int acknowledged = run(device.device());
          ASSERT_LT(acknowledged, kRecords);
          faulty.Revive();
          const std::vector<Kept> before = ReadAll(device.device());
          const int there = before.empty() ? 0 : std::stoi(before.back().text) + 1;
          // One more may be there whose caller never heard of it.
          EXPECT_TRUE(there == acknowledged || there == acknowledged + 1)
              << there << " of " << acknowledged;
          EXPECT_GE(static_cast<int>(before.size()), std::min(acknowledged, 16));
          auto log = UpdateLog::Open(device.device());
          ASSERT_TRUE(Append(*log, 1000).ok());
          const std::vector<Kept> after = ReadAll(device.device());
          ASSERT_FALSE(after.empty());
          EXPECT_EQ(after.back().text, Text(1000));
          EXPECT_GE(static_cast<int>(after.size()), std::min(acknowledged + 1, 16));
          if (HasFailure()) return;
        }
      }
    }
  }
}

TEST_F(UpdateLogTest, GoesIntoAFreshSectorWhenAProgramFails) {
  TestDevice device(crypto_, {.log = true});
  FaultyFlash faulty(device.flash());
  device.device().flash = &faulty;
  auto log = UpdateLog::Open(device.device());
  ASSERT_TRUE(Append(*log, 1).ok());
  faulty.Arm({.operation = 1, .fault = Fault::kFailHalfway});
  EXPECT_TRUE(Append(*log, 2).ok());
  const auto records = ReadAll(device.device());
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[1].text, Text(2));
}

}  // namespace
}  // namespace updraft
