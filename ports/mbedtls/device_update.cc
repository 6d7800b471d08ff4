// SPDX-License-Identifier: Apache-2.0
#include "ports/mbedtls/device_update.h"

namespace updraft {

DeviceUpdate::DeviceUpdate(const Device& device, Connection& connection,
                           const DeviceUpdateOptions& options, Observer& observer)
    : device_(&device),
      observer_(&observer),
      options_(options),
      client_(connection, head_),
      retries_(options.retry, *device.system, *device.crypto, observer) {}

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

// Apart from RunOnce(), so that these options are not on the stack under the update.
[[gnu::noinline]] Status DeviceUpdate::OpenDownload() {
  DownloadOptions options;
  options.fetch.url = options_.url;
  options.fetch.workspace = workspace_;
  options.range_size = options_.range_size;
  download_.emplace(client_, retries_, options, *observer_);
  return download_->Open();
}

[[gnu::noinline]] void DeviceUpdate::MakeUpdate() {
  UpdateOptions options;
  options.buffer = buffer_;
  options.proof_buffer = proof_buffer_;
  options.keys = options_.keys;
  update_.emplace(*device_, *download_, options, *observer_);
}

Status DeviceUpdate::RunOnce() {
  UPDRAFT_TRY(OpenDownload());
  MakeUpdate();
  return update_->Run();
}

}  // namespace updraft
