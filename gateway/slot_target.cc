// SPDX-License-Identifier: Apache-2.0
#include "gateway/slot_target.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "ports/host/posix_file.h"
#include "ports/host/url_transfer.h"

namespace updraft {
namespace {

constexpr std::size_t kReadBuffer = std::size_t{256} * 1024;

Status OfError(const std::error_code& error) { return FileStatus(error.value(), Stage::kUpdate); }

std::string HexOf(const Sha256Digest& digest) {
  return fmt::format("{:02x}", fmt::join(digest, ""));
}

}  // namespace

bool SlotTarget::LinkFits(const GatewayState& state) const {
  std::error_code error;
  const std::filesystem::path points_to = std::filesystem::read_symlink(Link(), error);
  if (state.slot < 0) return error.value() == ENOENT;
  return !error && points_to == Path(state.slot);
}

Status SlotTarget::Begin(GatewayState& state, bool first, bool& repaired, Observer&) {
  std::error_code error;
  // What somebody put there; later it may be half of a download.
  if (first && std::filesystem::exists(Path(0), error)) state.slot = 0;
  repaired = !LinkFits(state);
  return repaired ? Selected(state) : kOk;
}

Status SlotTarget::Install(const UrlUpdateOptions& options, const GatewayState& state,
                           Observer& observer, UrlUpdateReport& report, GatewayState& next,
                           GatewayFile& file) {
  const int passive = state.slot == 0 ? 1 : 0;
  UPDRAFT_TRY_ASSIGN(const auto slot, RawSlot::Open(Path(passive), observer));
  const RawInstallOptions install{.limit = settings_->slot_size,
                                  .journal = settings_->state / "download.json",
                                  .journal_bytes = options.journal.bytes,
                                  .keys = options.keys,
                                  .trust = trust_};
  RawInstalled installed;
  UrlTransfer transfer(*system_, *crypto_, options, observer);
  const Status status = transfer.Run([&](Download& download) {
    installed = {};
    const Status once = InstallRaw(download, *slot, *crypto_, install, observer, installed);
    report.resumed_from = std::max(report.resumed_from, installed.resumed_from);
    report.identity = download.identity();
    report.bytes_received = transfer.received();
    return once;
  });
  report.slot = Path(passive).string();
  UPDRAFT_TRY(status);
  report.bytes_written = installed.length;
  file.length = installed.length;
  file.sha256 = HexOf(installed.sha256);
  next.slot = passive;
  return kOk;
}

Status SlotTarget::Selected(const GatewayState& state) {
  std::error_code error;
  if (state.slot < 0) {
    std::filesystem::remove(Link(), error);
    return OfError(error);
  }
  const std::filesystem::path temporary = settings_->state / "current.new";
  std::filesystem::remove(temporary, error);
  std::filesystem::create_symlink(Path(state.slot), temporary, error);
  if (!error) std::filesystem::rename(temporary, Link(), error);
  if (error) return OfError(error);
  return FileStatus(SyncFolder(settings_->state), Stage::kUpdate);
}

GatewayTarget::Running SlotTarget::IsRunning(const GatewayState&) { return Running::kYes; }

Status SlotTarget::Confirm(const GatewayState&) { return kOk; }

Status SlotTarget::RollBack(const GatewayState& state, GatewayState& next, Observer& observer) {
  const int other = state.slot == 0 ? 1 : 0;
  if (state.previous) {
    // During a trial nobody has written it since, and it may be in use.
    if (state.phase != GatewayState::Phase::kTrial) {
      UPDRAFT_TRY(JudgeStored(other, *state.previous, observer));
    }
    next.slot = other;
    return kOk;
  }
  // Before the first update: what was in the first slot, if anything was.
  if (state.phase != GatewayState::Phase::kTrial) {
    return RefuseFile(observer, Check::kUpdateSlot, {Code::kNotFound, Stage::kUpdate},
                      "an update before this one to go back to", "none");
  }
  next.slot = state.slot == 0 ? -1 : 0;
  return kOk;
}

// That slot may have been half overwritten by a download since.
Status SlotTarget::JudgeStored(int slot, const GatewayFile& file, Observer& observer) {
  UPDRAFT_TRY_ASSIGN(const auto opened, RawSlot::Open(Path(slot), observer));
  Hash hash(*crypto_);
  UPDRAFT_TRY(hash.Start(HashKind::kSha256));
  std::vector<std::uint8_t> buffer(kReadBuffer);
  bool readable = true;
  for (std::uint64_t at = 0; at < file.length && readable;) {
    const auto size =
        static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), file.length - at));
    const MutableBytes part = MutableBytes(buffer).first(size);
    readable = opened->Read(at, part).ok();
    if (readable) UPDRAFT_TRY(hash.Update(part));
    at += size;
  }
  Sha256Digest digest{};
  UPDRAFT_TRY(hash.Finish(digest));
  if (readable && HexOf(digest) == file.sha256) return kOk;
  return RefuseFile(observer, Check::kUpdateSlot, {Code::kNotFound, Stage::kUpdate},
                    fmt::format("the update before this one in {}", Path(slot).string()),
                    "other bytes: a later download has begun there");
}

std::vector<std::pair<std::string, std::string>> SlotTarget::Environment(
    const GatewayState& state) const {
  const GatewayFile file = state.installed.value_or(GatewayFile{});
  return {{"UPDRAFT_SLOT", state.slot < 0 ? std::string() : Path(state.slot).string()},
          {"UPDRAFT_LENGTH", file.length == 0 ? std::string() : std::to_string(file.length)},
          {"UPDRAFT_SHA256", file.sha256}};
}

}  // namespace updraft
