// SPDX-License-Identifier: Apache-2.0
#include "gateway/raw_install.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "ports/host/posix_file.h"

namespace updraft {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kBuffer = std::size_t{256} * 1024;
constexpr std::size_t kFront = 512;
constexpr std::size_t kLargestJournal = 1 << 16;

std::string HexOf(const Sha256Digest& digest) {
  return fmt::format("{:02x}", fmt::join(digest, ""));
}

struct Journal {
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> length;
  FileIdentity identity{};
  std::string sha256;  // of what is stored, up to the offset
};

// A journal that cannot be read is none: then it begins anew.
std::optional<Journal> LoadJournal(const std::filesystem::path& path) {
  std::vector<std::uint8_t> text;
  if (path.empty() || LoadFile(path, kLargestJournal, &text) != 0) return std::nullopt;
  try {
    const Json json = Json::parse(text);
    Journal journal{.offset = json.at("offset"),
                    .length = std::nullopt,
                    .identity = {},
                    .sha256 = json.at("sha256")};
    if (!json.at("length").is_null()) journal.length = json.at("length").get<std::uint64_t>();
    const std::string identity = json.at("identity");
    if (identity.size() > journal.identity.text.size()) return std::nullopt;
    std::ranges::copy(identity, journal.identity.text.begin());
    journal.identity.size = identity.size();
    journal.identity.is_tag = json.at("is_tag");
    return journal;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

class Installation final : public Sink {
 public:
  Installation(Download& download, RawSlot& slot, Crypto& crypto, const RawInstallOptions& options,
               Observer& observer, RawInstalled& installed)
      : download_(&download),
        slot_(&slot),
        options_(&options),
        observer_(&observer),
        installed_(&installed),
        crypto_(&crypto),
        hash_(crypto) {}

  Status Run() {
    UPDRAFT_TRY(hash_.Start(HashKind::kSha256));
    UPDRAFT_TRY(Open());
    installed_->identity = download_->identity();
    UPDRAFT_TRY(JudgeSize(download_->size().value_or(0), encrypted() ? kEncryptedHeaderSize : 0));
    UPDRAFT_TRY(slot_->Reserve(download_->size().value_or(0)));
    if (encrypted()) {
      UPDRAFT_TRY(PumpEncrypted());
      return Prove();
    }
    const Status pumped = PumpPlain();
    // Where it stopped, so that the next one goes on there; if not, it begins anew.
    if (!pumped.ok() && written_ > journalled_) static_cast<void>(KeepJournal());
    UPDRAFT_TRY(pumped);
    return Prove();
  }

  // The content, in order.
  Status Write(Bytes data) override {
    UPDRAFT_TRY(JudgeSize(written_ + data.size(), 0));
    UPDRAFT_TRY(hash_.Update(data));
    UPDRAFT_TRY(slot_->Write(written_, data));
    written_ += data.size();
    return kOk;
  }
  Status Finish() override { return kOk; }

 private:
  bool encrypted() const { return options_->keys.any(); }

  Status Open() {
    if (encrypted()) return download_->Open();
    const auto journal = LoadJournal(options_->journal);
    if (!journal || !IsStored(*journal)) return OpenAnew();
    std::array<std::uint8_t, kFront> front{};
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(kFront, journal->offset));
    UPDRAFT_TRY(slot_->Read(0, std::span(front).first(size)));
    UPDRAFT_TRY_ASSIGN(const bool goes_on, download_->StartAt({.offset = journal->offset,
                                                               .length = journal->length,
                                                               .identity = journal->identity,
                                                               .head = Bytes(front).first(size)}));
    if (!goes_on) return hash_.Start(HashKind::kSha256);
    written_ = journal->offset;
    journalled_ = written_;
    installed_->resumed_from = written_;
    return kOk;
  }

  Status OpenAnew() {
    UPDRAFT_TRY(hash_.Start(HashKind::kSha256));
    return download_->Open();
  }

  // Runs the hash over it.
  bool IsStored(const Journal& journal) {
    if (journal.offset == 0 || !HashStored(journal.offset, hash_).ok()) return false;
    const auto digest = DigestSoFar();
    return digest && HexOf(*digest) == journal.sha256;
  }

  Result<Sha256Digest> DigestSoFar() {
    Hash fork(*crypto_);
    Sha256Digest digest{};
    UPDRAFT_TRY(hash_.Fork(fork));
    UPDRAFT_TRY(fork.Finish(digest));
    return digest;
  }

  Status HashStored(std::uint64_t length, Hash& hash) {
    for (std::uint64_t at = 0; at < length;) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(kBuffer, length - at));
      const MutableBytes part = MutableBytes(buffer_).first(size);
      UPDRAFT_TRY(slot_->Read(at, part));
      UPDRAFT_TRY(hash.Update(part));
      at += size;
    }
    return kOk;
  }

  Status PumpPlain() {
    while (true) {
      UPDRAFT_TRY_ASSIGN(const std::size_t count, download_->Read(buffer_));
      if (count == 0) return kOk;
      UPDRAFT_TRY(Write(Bytes(buffer_).first(count)));
      UPDRAFT_TRY(Tell(written_));
      if (written_ - journalled_ >= options_->journal_bytes) UPDRAFT_TRY(KeepJournal());
    }
  }

  Status PumpEncrypted() {
    std::array<std::uint8_t, kEncryptedHeaderSize> header{};
    Decryptor decryptor(*crypto_, options_->keys,
                        {.available = download_->size(), .trust = options_->trust}, *this, header,
                        *observer_);
    std::uint64_t received = 0;
    while (true) {
      UPDRAFT_TRY_ASSIGN(const std::size_t count, download_->Read(buffer_));
      if (count == 0) return decryptor.Finish();
      UPDRAFT_TRY(decryptor.WriteInPlace(MutableBytes(buffer_).first(count)));
      received += count;
      UPDRAFT_TRY(Tell(received));
    }
  }

  Status Tell(std::uint64_t received) {
    const bool go_on = observer_->OnProgress(
        {.received = received, .total = download_->size().value_or(0), .written = written_});
    return go_on ? kOk : Status(Code::kCancelled, Stage::kUpdate);
  }

  Status KeepJournal() {
    if (options_->journal.empty()) return kOk;
    UPDRAFT_TRY(slot_->Sync());
    UPDRAFT_TRY_ASSIGN(const Sha256Digest digest, DigestSoFar());
    const FileIdentity identity = download_->identity();
    Json json{{"offset", written_},
              {"length", nullptr},
              {"identity", std::string(identity.view())},
              {"is_tag", identity.is_tag},
              {"sha256", HexOf(digest)}};
    if (download_->size()) json["length"] = *download_->size();
    const std::string text = json.dump(2, ' ', false, Json::error_handler_t::replace);
    journalled_ = written_;
    return FileStatus(ReplaceFile(options_->journal, AsBytes(text), 0600), Stage::kUpdate);
  }

  // `frame`: what of it is not content.
  Status JudgeSize(std::uint64_t size, std::uint64_t frame) {
    const auto capacity = slot_->Capacity(options_->limit);
    if (!capacity) return kOk;
    if (size <= *capacity + frame) return kOk;
    return Judge(*observer_, Stage::kUpdate, Code::kNoSpace,
                 {Check::kImageFitsSlot, false, Value::Size(*capacity), Value::Size(size - frame)});
  }

  Status Prove() {
    UPDRAFT_TRY(Judge(*observer_, Stage::kUpdate, Code::kTruncated,
                      {Check::kImageComplete, written_ > 0, Value::Text("an update with content"),
                       Value::Size(written_)}));
    UPDRAFT_TRY(hash_.Finish(installed_->sha256));
    UPDRAFT_TRY(slot_->Finish(written_));
    Hash stored(*crypto_);
    UPDRAFT_TRY(stored.Start(HashKind::kSha256));
    UPDRAFT_TRY(HashStored(written_, stored));
    Sha256Digest digest{};
    UPDRAFT_TRY(stored.Finish(digest));
    installed_->length = written_;
    const std::string expected = HexOf(installed_->sha256);
    const std::string found = HexOf(digest);
    UPDRAFT_TRY(
        Judge(*observer_, Stage::kFlash, Code::kFlash,
              {Check::kFlash, expected == found, Value::Text(expected), Value::Text(found)}));
    if (!options_->journal.empty()) unlink(options_->journal.c_str());
    return kOk;
  }

  Download* download_;
  RawSlot* slot_;
  const RawInstallOptions* options_;
  Observer* observer_;
  RawInstalled* installed_;
  Crypto* crypto_;
  Hash hash_;
  std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(kBuffer);
  std::uint64_t written_ = 0;
  std::uint64_t journalled_ = 0;
};

}  // namespace

Status InstallRaw(Download& download, RawSlot& slot, Crypto& crypto,
                  const RawInstallOptions& options, Observer& observer, RawInstalled& installed) {
  return Installation(download, slot, crypto, options, observer, installed).Run();
}

}  // namespace updraft
