// SPDX-License-Identifier: Apache-2.0
#include "ports/mbedtls/device_update.h"

namespace updraft {

DeviceUpdate::DeviceUpdate(const Device& device, Connection& connection,
                           const DeviceUpdateOptions& options, Observer& observer)
    : device_(&device),
      observer_(options.recorder != nullptr ? options.recorder : &observer),
      url_(options.url),
      range_size_(options.range_size),
      keys_(options.keys),
      workspace_(options.workspace),
      journal_(options.journal),
      journal_buffer_(options.journal_buffer),
      recorder_(options.recorder),
      client_(connection, buffer_),
      retries_(options.retry, *device.system, *device.crypto, *observer_) {}

Status DeviceUpdate::Run() {
  while (true) {
    const Status status = RunOnce();
    const bool may_restart = !status.ok() && download_->may_restart();
    if (!may_restart) return Ended(status);
    update_.reset();
    const Status waited = retries_.WaitToRestart(status);
    if (!waited.ok()) return Ended(waited);
  }
}

Status DeviceUpdate::Ended(Status status) {
  client_.Close();
  if (recorder_ != nullptr) static_cast<void>(recorder_->Record(status, bytes_received(), {}));
  update_.reset();
  return status;
}

// Apart from RunOnce(), so that the options are not on the stack under the update.
[[gnu::noinline]] void DeviceUpdate::MakeDownload() {
  DownloadOptions options;
  options.fetch.url = url_;
  options.fetch.workspace = workspace_;
  options.range_size = range_size_;
  download_.emplace(client_, retries_, options, *observer_);
}

[[gnu::noinline]] void DeviceUpdate::MakeUpdate() {
  UpdateOptions options;
  options.buffer = buffer_;
  options.keys = keys_;
  options.judge = recorder_;
  if (journal_ != nullptr) {
    options.resumable = &*download_;
    options.proof_buffer = journal_buffer_;
    options.journal = *journal_;
  }
  update_.emplace(*device_, *download_, options, *observer_);
}

Status DeviceUpdate::RunOnce() {
  MakeDownload();
  if (journal_ == nullptr) UPDRAFT_TRY(download_->Open());
  MakeUpdate();
  const Status status = update_->Run();
  if (update_->resumed_from() > 0) resumed_from_ = update_->resumed_from();
  return status;
}

}  // namespace updraft
