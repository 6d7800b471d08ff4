// SPDX-License-Identifier: Apache-2.0
#include "esp/src/guarded_flash.h"

#include <algorithm>

namespace updraft::esp {
namespace {

bool Overlap(std::uint64_t a, std::uint64_t a_length, std::uint64_t b, std::uint64_t b_length) {
  return a < b + b_length && b < a + a_length;
}

}  // namespace

bool GuardedFlash::TouchesRunning(std::uint64_t address, std::uint64_t length) const {
  return running_.has_value() && Overlap(address, length, running_->offset, running_->size);
}

Status GuardedFlash::DoRead(std::uint64_t address, MutableBytes out) {
  return flash_->Read(address, out);
}

Status GuardedFlash::DoErase(std::uint64_t address, std::uint64_t length) {
  if (TouchesRunning(address, length)) return {Code::kInvalidArgument, Stage::kFlash};
  return Changed(flash_->Erase(address, length), address, length);
}

Status GuardedFlash::DoProgram(std::uint64_t address, Bytes data) {
  if (TouchesRunning(address, data.size())) return {Code::kInvalidArgument, Stage::kFlash};
  return Changed(flash_->Program(address, data), address, data.size());
}

// Also after a failure: some of it may have been done.
Status GuardedFlash::Changed(Status status, std::uint64_t address, std::uint64_t length) {
  proven_.reset();
  for (const auto& entry : watched_) {
    const auto watched = entry.lock();
    if (watched == nullptr) continue;
    if (Overlap(address, length, watched->address, watched->end - watched->address)) {
      watched->changed = true;
    }
  }
  for (auto& [handle, view] : views_) {
    if (!Overlap(address, length, view.address, view.bytes.size())) continue;
    const std::uint64_t from = std::max(address, view.address);
    const std::uint64_t to = std::min(address + length, view.address + view.bytes.size());
    const Status read =
        flash_->Read(from, MutableBytes(view.bytes).subspan(from - view.address, to - from));
    if (status.ok()) status = read;
  }
  return status;
}

std::shared_ptr<GuardedFlash::Watched> GuardedFlash::Watch(std::uint64_t address) {
  std::erase_if(watched_, [](const auto& entry) { return entry.expired(); });
  auto watched = std::make_shared<Watched>(Watched{address, address});
  watched_.push_back(watched);
  return watched;
}

Result<GuardedFlash::View> GuardedFlash::Map(std::uint64_t address, std::size_t length) {
  Mapped mapped{address, std::vector<std::uint8_t>(length)};
  UPDRAFT_TRY(flash_->Read(address, mapped.bytes));
  const std::uint32_t handle = ++last_handle_;
  const auto& [position, added] = views_.emplace(handle, std::move(mapped));
  return View{handle, position->second.bytes.data()};
}

}  // namespace updraft::esp
