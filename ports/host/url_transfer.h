// SPDX-License-Identifier: Apache-2.0
// The way from a URL to a Download, with attempts: connection, HTTP client and
// buffers of a host's size. Used by UpdateFromUrl and by the gateway, which differ
// in what they do with the bytes; owns all that it puts together.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "updraft/download.h"
#include "updraft/http_client.h"

#include "ports/host/host_connection.h"
#include "ports/host/read_ahead.h"
#include "ports/host/url_update.h"

namespace updraft {

class UrlTransfer {
 public:
  // All outlive the transfer. Of the options those about the network.
  UrlTransfer(System& system, Crypto& crypto, const UrlUpdateOptions& options, Observer& observer);
  UrlTransfer(const UrlTransfer&) = delete;
  UrlTransfer& operator=(const UrlTransfer&) = delete;

  // Hands an unopened download to `take`, and another one where only a new start can
  // mend what failed (Download::may_restart). The codes of Download and of `take`.
  Status Run(const std::function<Status(Download&)>& take);
  // Body bytes over all attempts.
  std::uint64_t received() const { return retries_.received(); }

 private:
  Observer* observer_;
  std::vector<std::uint8_t> head_;
  std::vector<std::uint8_t> workspace_;
  std::vector<std::uint8_t> challenge_;
  std::vector<HeaderField> headers_;
  std::unique_ptr<HostConnection> connection_;
  ReadAheadConnection ahead_;
  PacedConnection paced_;
  HttpClient client_;
  Authentication authentication_;
  Retries retries_;
  DownloadOptions download_;
};

}  // namespace updraft
