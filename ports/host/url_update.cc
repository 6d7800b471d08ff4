// SPDX-License-Identifier: Apache-2.0
#include "ports/host/url_update.h"

#include "updraft/download.h"
#include "updraft/http_client.h"
#include "updraft/update.h"

namespace updraft {
namespace {

// A TLS record's worth at a time; URLs of 8 KiB and large heads fit too.
constexpr std::size_t kTransferBuffer = std::size_t{64} * 1024;
constexpr std::size_t kHeadBuffer = std::size_t{32} * 1024;
constexpr std::size_t kWorkspace = std::size_t{32} * 1024;
constexpr std::size_t kChallenge = std::size_t{8} * 1024;

Pace PaceOf(const UrlUpdateOptions& options) {
  Pace pace = options.pace;
  pace.deadline_ms = options.retry.max_duration_ms;
  return pace;
}

// Not where the link is to be spared.
bool ReadsAhead(const UrlUpdateOptions& options) {
  return options.read_ahead > 0 && options.pace.rate_limit == 0 && options.policy == nullptr;
}

// All that is needed for one attempt after another.
class Attempts {
 public:
  Attempts(const Device& device, const UrlUpdateOptions& options, Observer& observer)
      : device_(&device),
        options_(&options),
        observer_(&observer),
        connection_(options.connection),
        ahead_(connection_, options.read_ahead),
        paced_(ReadsAhead(options) ? static_cast<Connection&>(ahead_) : connection_, *device.system,
               PaceOf(options)),
        client_(paced_, head_),
        authentication_(*device.crypto, challenge_),
        retries_(options.retry, *device.system, *device.crypto, observer) {
    headers_.reserve(options.headers.size());
    for (const auto& [name, value] : options.headers) headers_.push_back({name, value});
    download_.policy = options.policy;
    download_.range_size = options.range_size;
    download_.fetch.url = options.url;
    download_.fetch.headers = headers_;
    download_.fetch.user = options.user;
    download_.fetch.password = options.password;
    download_.fetch.authentication = &authentication_;
    download_.fetch.digest_only = options.digest_only;
    download_.fetch.allow_plain_http = options.allow_plain_http;
    download_.fetch.workspace = workspace_;
  }

  Status Run(UrlUpdateReport& report) {
    while (true) {
      Download download(client_, retries_, download_, *observer_);
      const Status status = RunOnce(download, report);
      report.bytes_received = retries_.received();
      if (status.ok() || !download.may_restart()) return status;
      UPDRAFT_TRY(retries_.WaitToRestart(status));
    }
  }

 private:
  Status RunOnce(Download& download, UrlUpdateReport& report) {
    UPDRAFT_TRY(download.Open());
    Update update(*device_, download,
                  {.buffer = buffer_,
                   .proof_buffer = proof_buffer_,
                   .slot = options_->slot,
                   .judge = options_->judge,
                   .keys = options_->keys,
                   .trial = options_->trial},
                  *observer_);
    const Status status = update.Run();
    report.bytes_written = update.progress().written;
    report.slot = update.slot().label();
    if (update.offered() != nullptr) report.version = update.offered()->version();
    return status;
  }

  const Device* device_;
  const UrlUpdateOptions* options_;
  Observer* observer_;
  std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(kTransferBuffer);
  std::vector<std::uint8_t> proof_buffer_ = std::vector<std::uint8_t>(kTransferBuffer);
  std::vector<std::uint8_t> head_ = std::vector<std::uint8_t>(kHeadBuffer);
  std::vector<std::uint8_t> workspace_ = std::vector<std::uint8_t>(kWorkspace);
  std::vector<std::uint8_t> challenge_ = std::vector<std::uint8_t>(kChallenge);
  std::vector<HeaderField> headers_;
  CurlConnection connection_;
  ReadAheadConnection ahead_;
  PacedConnection paced_;
  HttpClient client_;
  Authentication authentication_;
  Retries retries_;
  DownloadOptions download_;
};

}  // namespace

Status UpdateFromUrl(const Device& device, const UrlUpdateOptions& options, Observer& observer,
                     UrlUpdateReport& report) {
  return Attempts(device, options, observer).Run(report);
}

}  // namespace updraft
