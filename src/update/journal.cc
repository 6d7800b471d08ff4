// SPDX-License-Identifier: Apache-2.0
#include "src/update/journal.h"

#include <algorithm>

namespace updraft {
namespace {

constexpr std::size_t kFixed = 60;  // up to the text
constexpr std::size_t kMarkSize = 8 + kSha256Size;
constexpr std::uint8_t kIsTag = 1;
constexpr std::uint8_t kIsEncrypted = 2;
constexpr std::uint64_t kNoLength = UINT64_MAX;

static_assert(kFixed + FileIdentity::kMaxSize + kEncryptedHeaderSize + kCipherBlock <=
              UpdateLog::kMaxPayload);

bool ParseStart(Bytes payload, JournalStart& start) {
  start = {};
  if (payload.size() < kFixed) return false;
  const std::uint8_t flags = payload[26];
  start.slot_offset = LoadLe64(payload.data());
  start.slot_size = LoadLe64(payload.data() + 8);
  const std::uint64_t length = LoadLe64(payload.data() + 16);
  if (length != kNoLength) start.file_length = length;
  start.identity.size = LoadLe16(payload.data() + 24);
  start.identity.is_tag = (flags & kIsTag) != 0;
  start.encrypted = (flags & kIsEncrypted) != 0;
  std::copy_n(payload.begin() + 28, start.withheld.size(), start.withheld.begin());
  const std::size_t cipher_size =
      start.encrypted ? start.first_block.size() + start.header.size() : 0;
  if (start.identity.size > FileIdentity::kMaxSize) return false;
  if (payload.size() != kFixed + start.identity.size + cipher_size) return false;
  std::copy_n(payload.begin() + kFixed, start.identity.size, start.identity.text.begin());
  if (start.encrypted) {
    const Bytes cipher = payload.last(cipher_size);
    std::ranges::copy(cipher.first(start.first_block.size()), start.first_block.begin());
    std::ranges::copy(cipher.subspan(start.first_block.size()), start.header.begin());
  }
  return true;
}

class JournalReader final : public LogReader {
 public:
  explicit JournalReader(Journal& journal) : journal_(&journal) {}

  void OnRecord(const LogRecord& record) override {
    switch (record.type) {
      case LogRecordType::kJournalStart:
        started = ParseStart(record.payload, journal_->start);
        marked = false;
        break;
      case LogRecordType::kJournalMark:
        if (record.payload.size() != kMarkSize) break;
        journal_->offset = LoadLe64(record.payload.data());
        std::ranges::copy(record.payload.subspan(8), journal_->digest.begin());
        marked = started;
        break;
      case LogRecordType::kJournalEnd: started = marked = false; break;
      case LogRecordType::kFlight: break;
    }
  }

  bool started = false;
  bool marked = false;

 private:
  Journal* journal_;
};

}  // namespace

Status ReadStored(Flash& flash, const Journal& journal, std::uint64_t at, MutableBytes out) {
  const Bytes head = journal.start.withheld;
  if (at < head.size()) {
    const std::size_t count = std::min(head.size() - static_cast<std::size_t>(at), out.size());
    std::ranges::copy(head.subspan(static_cast<std::size_t>(at), count), out.begin());
    at += count;
    out = out.subspan(count);
  }
  return out.empty() ? kOk : flash.Read(journal.start.slot_offset + at, out);
}

Result<bool> HoldsStored(Flash& flash, Crypto& crypto, const Journal& journal,
                         MutableBytes buffer) {
  Hash hash(crypto);
  UPDRAFT_TRY(hash.Start(HashKind::kSha256));
  for (std::uint64_t at = 0; at < journal.offset;) {
    const MutableBytes some = buffer.first(
        static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), journal.offset - at)));
    UPDRAFT_TRY(ReadStored(flash, journal, at, some));
    UPDRAFT_TRY(hash.Update(some));
    at += some.size();
  }
  Sha256Digest digest{};
  UPDRAFT_TRY(hash.Finish(digest));
  return digest == journal.digest;
}

Result<Journal> ReadJournal(const UpdateLog& log) {
  Journal journal;
  JournalReader reader(journal);
  UPDRAFT_TRY(log.Read(reader));
  if (!reader.marked) return Status(Code::kNotFound, Stage::kUpdate);
  return journal;
}

Status StartJournal(UpdateLog& log, const JournalStart& start) {
  std::array<std::uint8_t, UpdateLog::kMaxPayload> payload{};
  StoreLe64(payload.data(), start.slot_offset);
  StoreLe64(payload.data() + 8, start.slot_size);
  StoreLe64(payload.data() + 16, start.file_length.value_or(kNoLength));
  StoreLe16(payload.data() + 24, static_cast<std::uint16_t>(start.identity.size));
  payload[26] = static_cast<std::uint8_t>((start.identity.is_tag ? kIsTag : 0) |
                                          (start.encrypted ? kIsEncrypted : 0));
  std::ranges::copy(start.withheld, payload.begin() + 28);
  auto end = std::ranges::copy(start.identity.view(), payload.begin() + kFixed).out;
  if (start.encrypted) {
    end = std::ranges::copy(start.first_block, end).out;
    end = std::ranges::copy(start.header, end).out;
  }
  return log.Append(LogRecordType::kJournalStart,
                    Bytes(payload).first(static_cast<std::size_t>(end - payload.begin())));
}

Status MarkJournal(UpdateLog& log, std::uint64_t offset, const Sha256Digest& digest) {
  std::array<std::uint8_t, kMarkSize> payload{};
  StoreLe64(payload.data(), offset);
  std::ranges::copy(digest, payload.begin() + 8);
  return log.Append(LogRecordType::kJournalMark, payload);
}

Status EndJournal(UpdateLog& log) {
  Journal journal;
  JournalReader reader(journal);
  UPDRAFT_TRY(log.Read(reader));
  return reader.started ? log.Append(LogRecordType::kJournalEnd, {}) : kOk;
}

}  // namespace updraft
