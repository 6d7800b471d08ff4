// SPDX-License-Identifier: Apache-2.0
#include "ports/mbedtls/device_update.h"

namespace updraft {

DeviceUpdate::DeviceUpdate(const Device& device, Connection& connection,
                           const DeviceUpdateOptions& options, Observer& observer)
    : device_(&device),
      observer_(options.recorder != nullptr ? options.recorder : &observer),
      recorder_(options.recorder),
      keys_(options.keys),
      journal_(options.journal),
      client_(connection, head_),
      retries_(options.retry, *device.system, *device.crypto, *observer_) {
  download_options_.fetch.url = options.url;
  download_options_.fetch.workspace = workspace_;
  download_options_.range_size = options.range_size;
}

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
  if (recorder_ != nullptr) {
    const AppDescription* const offered = update_.has_value() ? update_->offered() : nullptr;
    static_cast<void>(recorder_->Record(
        status, bytes_received(), offered != nullptr ? offered->version() : std::string_view{}));
  }
  update_.reset();
  return status;
}

Status DeviceUpdate::RunOnce() {
  download_.emplace(client_, retries_, download_options_, *observer_);
  if (journal_ == nullptr) UPDRAFT_TRY(download_->Open());
  UpdateOptions options;
  options.buffer = buffer_;
  options.proof_buffer = proof_buffer_;
  options.keys = keys_;
  if (journal_ != nullptr) {
    options.resumable = &*download_;
    options.journal = *journal_;
  }
  update_.emplace(*device_, *download_, options, *observer_);
  const Status status = update_->Run();
  if (update_->resumed_from() > 0) resumed_from_ = update_->resumed_from();
  return status;
}

}  // namespace updraft
