// SPDX-License-Identifier: Apache-2.0
#include "ports/mbedtls/device_update.h"

namespace updraft {

DeviceUpdate::DeviceUpdate(const Device& device, Connection& connection,
                           const DeviceUpdateOptions& options, Observer& observer)
    : device_(&device),
      observer_(options.recorder != nullptr ? options.recorder : &observer),
      options_(options),
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
  if (options_.recorder != nullptr) {
    const AppDescription* const offered = update_.has_value() ? update_->offered() : nullptr;
    static_cast<void>(options_.recorder->Record(
        status, bytes_received(), offered != nullptr ? offered->version() : std::string_view{}));
  }
  update_.reset();
  return status;
}

// Apart from RunOnce(), so that the options are not on the stack under the update.
[[gnu::noinline]] void DeviceUpdate::MakeDownload() {
  DownloadOptions options;
  options.fetch.url = options_.url;
  options.fetch.workspace = workspace_;
  options.range_size = options_.range_size;
  download_.emplace(client_, retries_, options, *observer_);
}

[[gnu::noinline]] void DeviceUpdate::MakeUpdate() {
  UpdateOptions options;
  options.buffer = buffer_;
  options.keys = options_.keys;
  if (options_.journal != nullptr) {
    options.resumable = &*download_;
    options.proof_buffer = options_.journal_buffer;
    options.journal = *options_.journal;
  }
  update_.emplace(*device_, *download_, options, *observer_);
}

Status DeviceUpdate::RunOnce() {
  MakeDownload();
  if (options_.journal == nullptr) UPDRAFT_TRY(download_->Open());
  MakeUpdate();
  const Status status = update_->Run();
  if (update_->resumed_from() > 0) resumed_from_ = update_->resumed_from();
  return status;
}

}  // namespace updraft
