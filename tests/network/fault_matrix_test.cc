// SPDX-License-Identifier: Apache-2.0
// The fault matrix: each fault of the hostile server against an update of a plain
// image and of encrypted ones, whole, in parts and by a second start. In each cell
// the update ends, for the reason that is expected; the running slot is as it was;
// no descriptor is left open and no memory taken; the flight recorder has the reason; and the next
// attempt, with the server honest again, succeeds. Waits pass on fake clocks, but for one cell of
// each kind of time-out.
//
// Without UPDRAFT_FULL_MATRIX=1 every third row is played, another third in each
// column.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "updraft/flight_recorder.h"

#include "ports/host/crypto_openssl.h"
#include "ports/host/key_file.h"
#include "ports/host/linux_system.h"
#include "ports/host/peer_silence.h"
#include "ports/host/url_update.h"
#include "server/file_server.h"
#include "testing/encryption_keys.h"
#include "testing/heap_count.h"
#include "testing/recording_observer.h"
#include "testing/temporary_folder.h"
#include "testing/test_device.h"
#include "testing/test_encryption.h"
#include "testing/test_image.h"
#include "tests/network/fault_rows.h"

namespace updraft {
namespace {

using Image = std::vector<std::uint8_t>;

constexpr std::uint32_t kSlotSize = 0x20000;
constexpr std::chrono::milliseconds kTimeout{20'000};
// Of a cell at most. A leak shows in each; what a library keeps, and threads that end
// late, do not.
constexpr int kPlayings = 10;

// Between two looks a second passes.
class HurriedSystem final : public System {
 public:
  std::uint64_t NowMs() override { return now_ms_ += 1000; }
  void SleepMs(std::uint32_t duration) override { now_ms_ += duration; }
  void Restart() override {}

 private:
  std::uint64_t now_ms_ = 0;
};

struct LastFlight final : FlightReader {
  void OnEntry(std::uint32_t, const FlightEntry& newer) override { entry = newer; }
  FlightEntry entry{};
};

// What the process has taken and not given back.
struct Held {
  std::int64_t descriptors = 0;
  std::int64_t heap_blocks = 0;  // 0 under sanitizers, which look for leaks themselves

  bool any() const { return descriptors > 0 || heap_blocks > 0; }
  Held operator-(const Held& other) const {
    return {descriptors - other.descriptors, heap_blocks - other.heap_blocks};
  }
};

Held HeldNow() {
  using Iterator = std::filesystem::directory_iterator;
  const std::int64_t descriptors = std::distance(Iterator("/proc/self/fd"), Iterator());
  return {descriptors, CountHeap().value_or(HeapCount{}).blocks};
}

class FaultMatrix : public testing::TestWithParam<MatrixColumn> {
 protected:
  FaultMatrix() {
    std::filesystem::create_directory(folder_ / "www");
    old_ = MakeImage("1.0.0", 1);
    new_ = MakeImage("2.0.0", 2);
    other_ = MakeImage("3.0.0", 3);
    key_ = std::move(
        std::get<0>(ParseKeyFile(AsBytes(GetParam().ecies ? kTestEcKeyPem : kTestRsaKeyPem))));
    if (GetParam().ecies) {
      scalar_.emplace(crypto_, key_->secret.bytes().first<kP256ScalarSize>());
      keys_ = {nullptr, &*scalar_};
    } else {
      keys_ = {key_->rsa_private.get(), nullptr};
    }
    Offer("firmware.bin", new_);
    Offer("other.bin", other_);
    FileServerOptions options;
    options.root = folder_ / "www";
    options.on_silence = [this] { SilenceBegins(); };
    server_.emplace(std::move(options));
    EXPECT_TRUE(server_->Start().ok());
  }
  // The server's own descriptors go with it.
  void TearDown() override {
    server_.reset();
    EXPECT_EQ(HeldNow().descriptors, descriptors_);
    std::printf(
        "[  MATRIX  ] %zu cells, %zu waited for real, the longest of them took %lld ms: %s\n",
        cells_, real_cells_, static_cast<long long>(longest_.count()), longest_row_.c_str());
  }

  Image MakeImage(const std::string& version, std::uint8_t seed) {
    return TestImage{.version = version}.WithRamSegment(60'000, seed).Build(crypto_);
  }

  void Offer(const std::string& name, const Image& image) {
    Image file = image;
    if (GetParam().encrypted) {
      file = GetParam().ecies ? EncryptForTest(crypto_, key_->point, image)
                              : EncryptForTest(crypto_, key_->rsa_public, image);
    }
    std::ofstream(folder_ / "www" / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(file.data()),
               static_cast<std::streamsize>(file.size()));
  }

  void Script(const std::string& text) {
    FaultScript script;
    const ExplainedStatus parsed = ParseFaultScript(text, "row", script);
    ASSERT_TRUE(parsed.ok()) << parsed.message;
    // An update before may have gone with requests on their way.
    server_->WaitUntilIdle();
    ASSERT_TRUE(server_->SetScript(std::move(script)).ok());
  }

  static std::string ScriptOf(const FaultRow& row, unsigned skip) {
    std::string text = R"({"requests": [)";
    if (!row.first_connection.empty()) text += R"({"times": 1, )" + row.first_connection + "}";
    if (!row.script.empty()) {
      // "times" 1 to 3 of a healed fault may be used up by the parts before it.
      text +=
          R"({"path": "/firmware.bin", "skip": )" + std::to_string(skip) + ", " + row.script + "}";
    }
    text += "]";
    if (!row.tls.empty()) text += R"(, "tls": ")" + row.tls + "\"";
    if (!row.first_connection.empty()) text += R"(, "tls_skip": 1)";
    return text + "}";
  }

  // On the server's thread.
  void SilenceBegins() {
    const std::lock_guard lock(silence_mutex_);
    if (silence_.has_value()) silence_->Begin();
  }
  PeerSilence* NewSilence() {
    const std::lock_guard lock(silence_mutex_);
    return &silence_.emplace();
  }
  std::chrono::milliseconds EndSilence() {
    const std::lock_guard lock(silence_mutex_);
    const auto skipped = silence_.has_value() ? silence_->skipped() : std::chrono::milliseconds(0);
    silence_.reset();
    return skipped;
  }

  Status Update(const FaultRow& row) {
    observer_.Clear();
    Device device = device_->device();
    HurriedSystem hurried;
    LinuxSystem real;
    const bool for_real = row.clock == Clock::kReal;
    if (row.clock == Clock::kHurried) device.system = &hurried;
    if (for_real) device.system = &real;
    UrlUpdateOptions options;
    options.url = server_->url() + "firmware.bin";
    options.connection.ca_pem = server_->ca_pem();
    options.connection.proxy = "";
    options.user = "user";
    options.password = row.password;
    options.digest_only = row.digest_only;
    options.range_size = GetParam().in_parts() ? range_size_ : 0;
    options.resume = resumed();
    options.journal.bytes = 4096;
    options.retry.max_attempts = row.max_attempts;
    options.retry.max_duration_ms = row.max_duration_ms;
    options.pace = row.pace;
    options.connection.stall_timeout = for_real ? std::chrono::milliseconds(100) : kTimeout;
    options.connection.connect_timeout = for_real ? std::chrono::milliseconds(300) : kTimeout;
    if (!for_real) options.connection.silence = NewSilence();
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    options.connection.should_stop = [end] { return std::chrono::steady_clock::now() > end; };
    if (GetParam().encrypted) options.keys = keys_;
    UrlUpdateReport report;
    const Status status = UpdateFromUrl(device, options, observer_, report);
    const auto skipped = EndSilence();
    // Exactly one time-out passed on the fake clock, or none.
    const bool silent = row.tls == "silent" || row.script.find("stall") != std::string::npos;
    const auto expected = silent && !for_real ? kTimeout : std::chrono::milliseconds(0);
    EXPECT_LE(skipped, expected);
    EXPECT_GE(skipped, expected / 2);
    // The first connection did its part.
    EXPECT_GE(report.bytes_received, row.first_connection.empty() ? 0U : 7000U);
    return status;
  }

  void MakeDevice() {
    device_.emplace(crypto_, TestLayout{.log = true, .slot_size = kSlotSize});
    device_->Install("ota_0", old_);
    device_->SetRunning("ota_0");
  }
  Image SlotOf(std::string_view label, std::size_t size) {
    const auto first =
        device_->flash().bytes().begin() + static_cast<std::ptrdiff_t>(device_->Find(label).offset);
    return {first, first + static_cast<std::ptrdiff_t>(size)};
  }
  void ExpectUpdated(Status status) { ExpectUpdated(status, new_); }
  void ExpectUpdated(Status status, const Image& image) {
    EXPECT_TRUE(status.ok()) << observer_.failed_reasons();
    EXPECT_TRUE(SlotOf("ota_1", image.size()) == image);
    EXPECT_EQ(device_->Records()[0].sequence, 2U);
  }

  // What leaks is missing after each playing; what a library keeps, such as a cache or
  // the texts of its last error, is not.
  void Play(const FaultRow& row) {
    SCOPED_TRACE(row.first_connection + row.script + row.tls);
    const auto begin = std::chrono::steady_clock::now();
    server_->Stop();
    Held leaked{1, 1};
    for (int i = 0; i < kPlayings && leaked.any() && !HasFailure(); ++i) {
      const Held before = HeldNow();
      PlayOnce(row);
      leaked = HeldNow() - before;
    }
    if (!HasFailure()) {
      EXPECT_LE(leaked.descriptors, 0);
      EXPECT_LE(leaked.heap_blocks, 0);
    }
    ++cells_;
    real_cells_ += row.clock == Clock::kReal ? 1U : 0U;
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - begin);
    if (took <= longest_) return;
    longest_ = took;
    longest_row_ = row.script + row.tls;
  }

  // The fault comes in the answer that holds the file's byte 25000. The server is there
  // for this cell alone, so that its leaks are counted too.
  void PlayOnce(const FaultRow& row) {
    ASSERT_TRUE(server_->Start().ok());
    MakeDevice();
    const Image running = SlotOf("ota_0", kSlotSize);
    if (GetParam().asking == Asking::kResumed) {
      Script(R"({"requests": [{"fault": "reset", "at": 30000}]})");
      EXPECT_EQ(Update({}).code(), Code::kNetwork);
    }
    Script(ScriptOf(row, GetParam().in_parts() ? 1 : 0));
    const Status status = Update(row);
    EXPECT_TRUE(SlotOf("ota_0", kSlotSize) == running);
    ExpectRecorded(row, status);
    if (row.reason.empty()) {
      ExpectUpdated(status, row.takes_other ? other_ : new_);
    } else {
      ExpectReason(row, status);
      Script(R"({"requests": []})");
      ExpectUpdated(Update({}));
      EXPECT_TRUE(SlotOf("ota_0", kSlotSize) == running);
    }
    server_->Stop();
    device_.reset();
    observer_.Clear();
  }

  void ExpectReason(const FaultRow& row, Status status) {
    EXPECT_FALSE(status.ok());
    ASSERT_FALSE(observer_.failed().empty()) << CodeName(status.code());
    const Check check = observer_.failed().back();
    EXPECT_EQ(CheckReason(check), row.reason) << observer_.failed_reasons();
    EXPECT_EQ(SlotOf("ota_1", 1)[0], 0xFF);
    EXPECT_EQ(device_->Records()[0].sequence, 0xFFFFFFFFU);
    const auto finding = observer_.Find(check);
    const std::string found = finding->found.kind == Value::Kind::kText
                                  ? finding->found.text
                                  : std::to_string(finding->found.number);
    EXPECT_NE(found.find(row.words), std::string::npos) << found;
  }

  // The flight recorder's newest entry tells what the observer was told.
  void ExpectRecorded(const FaultRow& row, Status status) {
    // Nothing new is nothing to tell.
    if (status == Status(Code::kHttpStatus, Stage::kFetch, 304)) return;
    LastFlight last;
    ASSERT_EQ(ReadFlights(device_->device(), last), kOk);
    EXPECT_EQ(last.entry.status, status);
    EXPECT_EQ(last.entry.reason(), row.reason.substr(0, last.entry.reason_field.size()));
    EXPECT_EQ(last.entry.outcome, FlightOutcomeOf(status));
    if (row.reason.empty() || observer_.failed().empty()) return;
    const auto finding = observer_.Find(observer_.failed().back());
    if (finding->found.kind != Value::Kind::kText) return;
    EXPECT_TRUE(std::string_view(finding->found.text).starts_with(last.entry.found()))
        << last.entry.found();
    EXPECT_EQ(last.entry.found().empty(), finding->found.text.empty());
  }

  static bool resumed() { return GetParam().asking == Asking::kResumed; }
  static bool PlaysAll() {
    const char* const full = std::getenv("UPDRAFT_FULL_MATRIX");
    return full != nullptr && std::string_view(full) == "1";
  }

  void Play(const FaultRows& rows) {
    const bool all = PlaysAll();
    const std::string_view name(GetParam().name);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (all || (i + name.size()) % 3 == 0) Play(rows[i]);
    }
  }

  std::int64_t descriptors_ = HeldNow().descriptors;
  OpensslCrypto crypto_;
  TemporaryFolder folder_;
  std::unique_ptr<KeyFile> key_;
  std::optional<ScalarKey> scalar_;
  DecryptionKeys keys_;
  Image old_;
  Image new_;
  Image other_;
  std::mutex silence_mutex_;
  std::optional<PeerSilence> silence_;  // of the update under way
  std::optional<FileServer> server_;
  std::optional<TestDevice> device_;
  RecordingObserver observer_;
  std::uint64_t range_size_ = 20'000;
  std::size_t cells_ = 0;
  std::size_t real_cells_ = 0;
  std::chrono::milliseconds longest_{0};
  std::string longest_row_;
};

// The file is another one from the n-th part on: new validators, the old ones, or
// none. Two files are never mixed: the update ends, or has the whole of one.
TEST_P(FaultMatrix, FileSwappedAtEachBoundary) {
  if (!GetParam().in_parts()) GTEST_SKIP() << "asks for no ranges";
  range_size_ = PlaysAll() ? 1000 : 10'000;
  const auto length = std::filesystem::file_size(folder_ / "www/firmware.bin");
  std::size_t swaps = 0;
  std::size_t caught = 0;
  for (std::uint64_t part = 1; part * range_size_ < length; ++part) {
    for (const char* const tag : {"new", "same", "none"}) {
      MakeDevice();
      Script(R"({"requests": [{"path": "/firmware.bin", "skip": )" + std::to_string(part) +
             R"(, "fault": "swap", "file": "/other.bin", "etag": ")" + tag + "\"}]}");
      const Status status = Update({});
      ++swaps;
      const bool refused = !status.ok() && SlotOf("ota_1", 1)[0] == 0xFF;
      const bool noticed = observer_.failed_reasons() == "file_changed";
      caught += refused && (noticed || std::string_view(tag) != "new") ? 1U : 0U;
    }
  }
  std::printf("[   SWAPS  ] %zu of %zu caught\n", caught, swaps);
  EXPECT_EQ(caught, swaps);
}

TEST_P(FaultMatrix, Connections) { Play(ConnectionRows(GetParam())); }
TEST_P(FaultMatrix, Waits) { Play(WaitingRows(GetParam())); }
TEST_P(FaultMatrix, WaitsForReal) {
  if (!GetParam().waits_for_real()) GTEST_SKIP() << "one column waits for all";
  for (const FaultRow& row : RealWaitingRows()) Play(row);
}
TEST_P(FaultMatrix, Lengths) { Play(LengthRows(GetParam())); }
TEST_P(FaultMatrix, Framing) { Play(FramingRows(GetParam())); }
TEST_P(FaultMatrix, Heads) { Play(HeadRows(GetParam())); }
TEST_P(FaultMatrix, Statuses) { Play(StatusRows(GetParam())); }
TEST_P(FaultMatrix, Redirects) { Play(RedirectRows(GetParam())); }
TEST_P(FaultMatrix, Authentication) { Play(AuthenticationRows(GetParam())); }
TEST_P(FaultMatrix, Tls) { Play(TlsRows(GetParam())); }
TEST_P(FaultMatrix, TlsOfTheSecondConnection) { Play(SecondConnectionRows(GetParam())); }
TEST_P(FaultMatrix, Healed) { Play(HealedRows(GetParam())); }
TEST_P(FaultMatrix, Ranges) {
  if (!GetParam().ranged()) GTEST_SKIP() << "asks for no ranges";
  Play(RangeRows(GetParam()));
}
TEST_P(FaultMatrix, Swaps) {
  if (!GetParam().ranged()) GTEST_SKIP() << "asks for no ranges";
  Play(SwapRows(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(
    Server, FaultMatrix,
    testing::Values(MatrixColumn{"PlainWhole", false, false, Asking::kWhole},
                    MatrixColumn{"PlainInParts", false, false, Asking::kInParts},
                    MatrixColumn{"PlainResumed", false, false, Asking::kResumed},
                    MatrixColumn{"RsaWhole", true, false, Asking::kWhole},
                    MatrixColumn{"RsaInParts", true, false, Asking::kInParts},
                    MatrixColumn{"RsaResumed", true, false, Asking::kResumed},
                    MatrixColumn{"EciesWhole", true, true, Asking::kWhole},
                    MatrixColumn{"EciesInParts", true, true, Asking::kInParts},
                    MatrixColumn{"EciesResumed", true, true, Asking::kResumed}),
    [](const auto& column) { return std::string(column.param.name); });

}  // namespace
}  // namespace updraft
