// SPDX-License-Identifier: Apache-2.0
// Whole updates as a device makes them: Mbed TLS, sockets, small buffers, fixed
// memory; and the faults of the hostile server through this port. In each case the
// update ends for the reason that is expected, the running slot is as it was, and the
// next attempt, with the server honest again, succeeds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ports/mbedtls/device_update.h"
#include "server/file_server.h"
#include "testing/encryption_keys.h"
#include "testing/openssl_server.h"
#include "testing/recording_observer.h"
#include "testing/temporary_folder.h"
#include "testing/test_device.h"
#include "testing/test_encryption.h"
#include "testing/test_image.h"
#include "tests/ports/connection_ports.h"
#include "tests/ports/crypto_ports.h"

namespace updraft {
namespace {

using Image = std::vector<std::uint8_t>;

struct Column {
  const char* name;
  bool encrypted;
  bool in_parts;
  bool resumed;  // a second start, after a first one that was cut

  friend void PrintTo(const Column& column, std::ostream* out) { *out << column.name; }
};

class MbedtlsUpdate : public testing::TestWithParam<Column> {
 protected:
  MbedtlsUpdate() {
    FileServerOptions options;
    options.root = folder_.path();
    server_.emplace(std::move(options));
    EXPECT_TRUE(server_->Start().ok());
    Offer("firmware.bin", NewImage());
    Offer("other.bin", TestImage{.version = "3.0.0"}.WithRamSegment(60000, 3).Build(crypto()));
  }

  Crypto& crypto() { return port_.crypto; }

  Image NewImage() {
    return TestImage{.version = "2.0.0"}.WithRamSegment(60000, 2).Build(crypto());
  }

  void Offer(const std::string& name, const Image& plain) {
    const Image image = GetParam().encrypted ? EncryptForTest(crypto(), rsa_.half, plain) : plain;
    WriteFile(folder_ / name, {reinterpret_cast<const char*>(image.data()), image.size()});
  }

  void Reset() {
    device_.emplace(crypto(), TestLayout{.log = true});
    device_->Install("ota_0", TestImage{.version = "1.0.0"}.Build(crypto()));
    device_->SetRunning("ota_0");
  }

  Image SlotBytes(const char* label, std::size_t size) {
    const auto bytes = device_->flash().bytes();
    const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(device_->Find(label).offset);
    return {at, at + static_cast<std::ptrdiff_t>(size)};
  }

  Status Update(std::uint32_t attempts) {
    observer_.Clear();
    ConnectionWishes wishes;
    wishes.ca_pem = server_->ca_pem();
    wishes.stall_timeout = std::chrono::milliseconds(300);
    MbedtlsUnderTest connection(wishes);
    const std::string url = server_->url() + "firmware.bin";
    DeviceUpdateOptions options;
    options.url = url;
    options.range_size = GetParam().in_parts ? 20000 : 0;
    options.retry.max_attempts = attempts;
    if (GetParam().encrypted) options.keys.rsa = rsa_.key;
    constexpr JournalPolicy kJournal{.bytes = 4096};
    if (GetParam().resumed) options.journal = &kJournal;
    std::array<std::uint8_t, kMinimumJournalBuffer> journal_buffer{};
    options.journal_buffer = journal_buffer;
    FlightRecorder recorder(device_->device(), observer_);
    if (records_) options.recorder = &recorder;
    DeviceUpdate update(device_->device(), connection.inner(), options, observer_);
    const Status status = update.Run();
    received_ = update.bytes_received();
    resumed_from_ = update.resumed_from();
    return status;
  }

  // The first start, cut at its byte 30000.
  void Cut() {
    Script(GetParam().in_parts ? R"({"skip": 1, "fault": "reset", "at": 10000})"
                               : R"({"fault": "reset", "at": 30000})");
    EXPECT_EQ(Update(1).code(), Code::kNetwork);
  }

  std::vector<FlightEntry> Flights() {
    struct Reader final : FlightReader {
      void OnEntry(std::uint32_t, const FlightEntry& entry) override { entries.push_back(entry); }
      std::vector<FlightEntry> entries;
    } reader;
    EXPECT_EQ(ReadFlights(device_->device(), reader), kOk);
    return reader.entries;
  }
  void ExpectRecorded(Status status, const std::string& reason) {
    const std::vector<FlightEntry> flights = Flights();
    ASSERT_FALSE(flights.empty());
    EXPECT_EQ(flights.back().status, status);
    EXPECT_EQ(flights.back().reason(), reason);
    EXPECT_EQ(flights.back().received, received_);
    if (status.ok()) {
      EXPECT_EQ(flights.back().version(), "2.0.0");
    }
  }

  // `rule` in the answer that holds byte 25000. An empty reason: it succeeds all the same.
  void Run(const std::string& rule, const std::string& reason) {
    SCOPED_TRACE(rule);
    Reset();
    const Image running = SlotBytes("ota_0", 0x20000);
    if (GetParam().resumed) Cut();
    const std::string skip = GetParam().in_parts ? R"("skip": 1, )" : "";
    Script("{\"path\": \"/firmware.bin\", " + skip + rule + "}");
    const Status status = Update(1);
    EXPECT_TRUE(SlotBytes("ota_0", 0x20000) == running);
    ExpectRecorded(status, reason);
    if (!reason.empty()) {
      EXPECT_FALSE(status.ok());
      EXPECT_EQ(observer_.failed_reasons(), reason);
      const Image head = SlotBytes("ota_1", 16);
      EXPECT_EQ(head, Image(16, 0xFF));
      Script("");
      EXPECT_EQ(Update(3), kOk) << observer_.failed_reasons();
    } else {
      EXPECT_EQ(status, kOk) << observer_.failed_reasons();
    }
    const Image image = NewImage();
    EXPECT_TRUE(SlotBytes("ota_1", image.size()) == image);
  }

  void Script(const std::string& rules) {
    FaultScript script;
    const ExplainedStatus parsed =
        ParseFaultScript("{\"requests\": [" + rules + "]}", "test", script);
    ASSERT_TRUE(parsed.ok()) << parsed.message;
    ASSERT_TRUE(server_->SetScript(std::move(script)).ok());
  }

  MbedtlsPort port_;
  RsaPair rsa_ = port_.Pair(kTestRsaKeyPem);
  TemporaryFolder folder_;
  std::optional<FileServer> server_;
  std::optional<TestDevice> device_;
  RecordingObserver observer_;
  bool records_ = true;
  std::uint64_t received_ = 0;
  std::uint64_t resumed_from_ = 0;
};

TEST_P(MbedtlsUpdate, InstallsWhatAnHonestServerOffers) {
  Run(R"("fault": "chunked")", "");
  Run(R"("fault": "no_close_notify")", "");
  Run(R"("fault": "no_content_length")", "");
}

TEST_P(MbedtlsUpdate, EndsWhereTheConnectionDoes) {
  for (const char* rule :
       {R"("fault": "reset", "at": 5000)", R"("fault": "reset", "at": 0, "of": "answer")",
        R"("fault": "reset", "at": 30, "of": "answer")", R"("fault": "truncate", "at": 5000)",
        R"("fault": "truncate", "at": 0)", R"("fault": "truncate", "at": 30, "of": "answer")",
        R"("fault": "no_close_notify", "at": 5000)", R"("fault": "garbage", "at": 5000)",
        R"("fault": "garbage", "at": 0, "of": "answer")"}) {
    Run(rule, "connection_lost");
  }
  Run(R"("fault": "stall", "at": 5000)", "stalled");
  Run(R"("fault": "stall", "at": 0, "of": "answer")", "stalled");
}

TEST_P(MbedtlsUpdate, RefusesAnswersThatLie) {
  const bool told = GetParam().in_parts || GetParam().encrypted || GetParam().resumed;
  Run(R"("fault": "content_length", "add": 5)", told ? "length_mismatch" : "connection_lost");
  Run(R"("fault": "content_length", "add": -5)", told ? "length_mismatch" : "truncated");
  Run(R"("fault": "content_length", "add": -1000000)", "bad_response");
  Run(R"("fault": "two_content_lengths")", "length_mismatch");
  Run(R"("fault": "header", "name": "Content-Length", "value": "1e9")", "bad_response");
  Run(R"("fault": "bad_chunk")", "bad_response");
  Run(R"("fault": "bad_chunk", "size": "ffffffffffffffff")", "bad_response");
  Run(R"("fault": "header", "name": "Content-Encoding", "value": "gzip")", "content_encoding");
  Run(R"("fault": "endless_header")", "bad_response");
}

// At most an interval of the journal, a sector and the header come twice.
TEST_P(MbedtlsUpdate, GoesOnAfterARestartWhereItIsToldTo) {
  Reset();
  Cut();
  Script("");
  EXPECT_EQ(Update(1), kOk) << observer_.failed_reasons();
  const auto size = std::filesystem::file_size(folder_ / "firmware.bin");
  if (!GetParam().resumed) {
    EXPECT_EQ(resumed_from_, 0U);
    EXPECT_EQ(received_, size);
    return;
  }
  EXPECT_GT(resumed_from_, 30000U - 2 * 4096 - 512);
  EXPECT_EQ(received_, size - resumed_from_);
  const Image image = NewImage();
  EXPECT_TRUE(SlotBytes("ota_1", image.size()) == image);
}

// Another file, or another slot's content: nothing of the first start is used.
TEST_P(MbedtlsUpdate, BeginsAnewWhereTheFileOrTheSlotChanged) {
  if (!GetParam().resumed) GTEST_SKIP() << "always begins anew";
  Reset();
  Cut();
  Script(R"({"fault": "swap", "file": "/other.bin"})");
  EXPECT_EQ(Update(1), kOk) << observer_.failed_reasons();
  EXPECT_EQ(resumed_from_, 0U);
  EXPECT_EQ(Flights().back().version(), "3.0.0");
  Reset();
  Cut();
  Script("");
  const std::uint64_t at = device_->Find("ota_1").offset + 8192;
  ASSERT_EQ(device_->flash().Program(at, Image(16, 0)), kOk);
  EXPECT_EQ(Update(1), kOk) << observer_.failed_reasons();
  EXPECT_EQ(resumed_from_, 0U);
}

TEST_P(MbedtlsUpdate, WritesNothingDownWithoutARecorder) {
  Reset();
  records_ = false;
  EXPECT_EQ(Update(1), kOk) << observer_.failed_reasons();
  EXPECT_FALSE(observer_.findings().empty());
  EXPECT_TRUE(Flights().empty());
}

INSTANTIATE_TEST_SUITE_P(All, MbedtlsUpdate,
                         testing::Values(Column{"whole", false, false, false},
                                         Column{"in_parts", false, true, false},
                                         Column{"resumed", false, false, true},
                                         Column{"encrypted", true, false, false},
                                         Column{"encrypted_in_parts", true, true, false},
                                         Column{"encrypted_resumed", true, false, true}),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace updraft
