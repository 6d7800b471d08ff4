// SPDX-License-Identifier: Apache-2.0
#include "ports/host/url_transfer.h"

namespace updraft {
namespace {

// URLs of 8 KiB and large heads fit.
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

}  // namespace

UrlTransfer::UrlTransfer(System& system, Crypto& crypto, const UrlUpdateOptions& options,
                         Observer& observer)
    : observer_(&observer),
      head_(kHeadBuffer),
      workspace_(kWorkspace),
      challenge_(kChallenge),
      connection_(MakeHostConnection(options.connection)),
      ahead_(*connection_, options.read_ahead),
      paced_(ReadsAhead(options) ? static_cast<Connection&>(ahead_) : *connection_, system,
             PaceOf(options)),
      client_(paced_, head_),
      authentication_(crypto, challenge_),
      retries_(options.retry, system, crypto, observer) {
  headers_.reserve(options.headers.size());
  for (const auto& [name, value] : options.headers) headers_.push_back({name, value});
  download_.policy = options.policy;
  download_.range_size = options.range_size;
  download_.ask_ahead = ReadsAhead(options);
  download_.fetch.url = options.url;
  download_.fetch.headers = headers_;
  download_.fetch.user = options.user;
  download_.fetch.password = options.password;
  download_.fetch.authentication = &authentication_;
  download_.fetch.digest_only = options.digest_only;
  download_.fetch.allow_plain_http = options.allow_plain_http;
  download_.fetch.workspace = workspace_;
}

Status UrlTransfer::Run(const std::function<Status(Download&)>& take) {
  while (true) {
    Download download(client_, retries_, download_, *observer_);
    const Status status = take(download);
    if (status.ok() || !download.may_restart()) return status;
    UPDRAFT_TRY(retries_.WaitToRestart(status));
  }
}

}  // namespace updraft
