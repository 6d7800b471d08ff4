// SPDX-License-Identifier: Apache-2.0
// In place of src/update/resumption.cc, src/update/river_resumed.cc and
// src/fetch/download_start.cc: a download begins at its first byte after each start of
// the device.
#include "updraft/download.h"
#include "updraft/update.h"

#include "src/update/river.h"

namespace updraft {
namespace {

constexpr Status kFromTheStart{Code::kUnsupported, Stage::kUpdate};

}  // namespace

Status Update::OpenSource() {
  UPDRAFT_TRY(resumable_->Start());
  return BuildRiver();
}

void Update::KeepJournal(Status /*failure*/) {}

Status Update::WriteJournal() { return kOk; }

void Update::DropJournal() {}

Result<bool> Download::StartAt(const ResumePoint& /*point*/) { return kFromTheStart; }

}  // namespace updraft
