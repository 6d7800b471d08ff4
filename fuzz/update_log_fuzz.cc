// SPDX-License-Identifier: Apache-2.0
// The log in the partition `updraft` with whatever stands in its two sectors: the
// journal and the flight recorder read it, and what is appended then is kept.
#include <optional>
#include <string>

#include "updraft/flight_recorder.h"

#include "fuzz/fuzz.h"
#include "ports/host/crypto_openssl.h"
#include "src/update/journal.h"
#include "src/update/update_log.h"
#include "testing/test_device.h"

namespace updraft {
namespace {

using fuzz::Require;

constexpr FlashGeometry kFlash{.size = 0x10000};

struct Kept {
  LogRecordType type{};
  std::uint32_t serial = 0;
  std::vector<std::uint8_t> payload;
  bool operator==(const Kept&) const = default;
};

class Collector final : public LogReader {
 public:
  void OnRecord(const LogRecord& record) override {
    Require(record.payload.size() <= UpdateLog::kMaxPayload, "a payload of its size");
    records.push_back({record.type, record.serial, {record.payload.begin(), record.payload.end()}});
  }
  std::vector<Kept> records;
};

class FlightCounter final : public FlightReader {
 public:
  void OnEntry(std::uint32_t /*serial*/, const FlightEntry& entry) override {
    Require(!FlightOutcomeName(entry.outcome).empty(), "an outcome has a name");
    Require(entry.reason().size() <= 24 && entry.found().size() <= 28, "texts end in their fields");
    ++entries;
  }
  std::size_t entries = 0;
};

std::vector<Kept> Read(const UpdateLog& log) {
  Collector collector;
  Require(log.Read(collector).ok(), "a log can be read");
  return std::move(collector.records);
}

class Life {
 public:
  explicit Life(fuzz::Input input)
      : input_(input), device_(Port(), {.ota_slots = 0, .log = true}, kFlash) {}

  void Run() {
    for (int steps = 0; !input_.empty() && steps < 32; ++steps) Step(input_.Byte());
    Look();
  }

 private:
  static OpensslCrypto& Port() {
    static OpensslCrypto crypto;
    return crypto;
  }

  UpdateLog Open() {
    auto log = UpdateLog::Open(device_.device());
    Require(log.has_value(), "a log can be opened whatever it holds");
    return *log;
  }

  void Step(std::uint8_t kind) {
    switch (kind % 8) {
      case 0: return Append(input_.Byte());
      case 1: return Start(input_.Byte());
      case 2: return Mark();
      case 3: return End();
      case 4: return Fly();
      case 5: return Damage();
      case 6: return Fill(input_.Byte());
      default: return Look();
    }
  }

  MutableBytes Sectors() {
    const FlashRegion region = Open().region();
    return device_.flash().bytes().subspan(region.offset, region.size);
  }

  void Damage() {
    fuzz::Patch(input_, Sectors());
    started_.reset();
  }
  void Fill(std::uint8_t byte) {
    started_.reset();
    const MutableBytes sectors = Sectors();
    const std::size_t half = sectors.size() / 2;
    std::ranges::fill(sectors.subspan((byte & 1) * half, half), byte);
  }

  void Append(std::uint8_t byte) {
    UpdateLog log = Open();
    const auto type = (byte & 1) != 0 ? LogRecordType::kFlight : LogRecordType::kJournalMark;
    const Bytes payload = input_.Take(byte);
    const std::vector<Kept> before = Read(log);
    Require(log.Append(type, payload).ok(), "a record can be appended whatever the log holds");
    const std::vector<Kept> after = Read(Open());
    Require(!after.empty() && std::ranges::equal(after.back().payload, payload) &&
                after.back().type == type,
            "what was appended is the last");
    Require(before.empty() || after.back().serial == before.back().serial + 1, "the next serial");
  }

  void Start(std::uint8_t byte) {
    JournalStart start;
    start.slot_offset = 0x10000;
    start.slot_size = 0x20000;
    start.encrypted = (byte & 1) != 0;
    if ((byte & 2) != 0) start.file_length = input_.Word();
    start.identity.is_tag = (byte & 4) != 0;
    const Bytes text = input_.Take(byte >> 3);
    start.identity.size = text.size();
    std::ranges::copy(text, start.identity.text.begin());
    UpdateLog log = Open();
    Require(StartJournal(log, start).ok(), "a journal can begin whatever the log holds");
    started_ = start;
  }

  void Mark() {
    Sha256Digest digest{};
    digest[0] = input_.Byte();
    UpdateLog log = Open();
    const std::uint64_t offset = std::uint64_t{input_.Half()} * 4096;
    Require(MarkJournal(log, offset, digest).ok(), "a mark can be written");
    if (!started_) return;
    const auto journal = ReadJournal(Open());
    Require(journal.has_value(), "a journal with a mark can be taken up");
    Require(journal->offset == offset && journal->digest == digest, "where it was marked");
    Require(journal->start.file_length == started_->file_length &&
                journal->start.identity.view() == started_->identity.view(),
            "of the same file");
  }

  void End() {
    UpdateLog log = Open();
    Require(EndJournal(log).ok(), "a journal can end");
    Require(!ReadJournal(Open()).has_value(), "then there is none");
    started_.reset();
  }

  void Fly() {
    FlightEntry entry;
    entry.SetReason(fuzz::AsText(input_.Take(input_.Byte() % 40)));
    Require(WriteFlight(device_.device(), entry).ok(), "an entry can be written");
    FlightCounter flights;
    Require(ReadFlights(device_.device(), flights).ok() && flights.entries > 0, "and read");
  }

  void Look() {
    FlightCounter flights;
    Require(ReadFlights(device_.device(), flights).ok(), "flights can be read");
    const auto journal = ReadJournal(Open());
    Require(journal.has_value() || journal.error().code() == Code::kNotFound,
            "a journal is there or is not");
    if (journal) {
      Require(journal->start.identity.size <= FileIdentity::kMaxSize, "an identity of its size");
    }
  }

  fuzz::Input input_;
  TestDevice device_;
  std::optional<JournalStart> started_;
};

}  // namespace
}  // namespace updraft

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::Life({data, size}).Run();
  return 0;
}
