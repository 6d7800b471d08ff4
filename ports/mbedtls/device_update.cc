// SPDX-License-Identifier: Apache-2.0
#include "ports/mbedtls/device_update.h"

namespace updraft {

DeviceUpdate::DeviceUpdate(const Device& device, Connection& connection,
                           const DeviceUpdateOptions& options, Observer& observer)
    : device_(&device),
      observer_(&observer),
      keys_(options.keys),
      client_(connection, head_),
      retries_(options.retry, *device.system, *device.crypto, observer) {
  download_options_.fetch.url = options.url;
  download_options_.fetch.workspace = workspace_;
  download_options_.range_size = options.range_size;
}

Status DeviceUpdate::Run() {
  while (true) {
    const Status status = RunOnce();
    update_.reset();
    const bool may_restart = !status.ok() && download_->may_restart();
    if (!may_restart) {
      client_.Close();
      return status;
    }
    UPDRAFT_TRY(retries_.WaitToRestart(status));
  }
}

Status DeviceUpdate::RunOnce() {
  download_.emplace(client_, retries_, download_options_, *observer_);
  UPDRAFT_TRY(download_->Open());
  UpdateOptions options;
  options.buffer = buffer_;
  options.proof_buffer = proof_buffer_;
  options.keys = keys_;
  update_.emplace(*device_, *download_, options, *observer_);
  return update_->Run();
}

}  // namespace updraft
