// SPDX-License-Identifier: Apache-2.0
#include "ports/host/url_update.h"

#include "updraft/fetch.h"
#include "updraft/http_client.h"
#include "updraft/update.h"

namespace updraft {
namespace {

// A TLS record's worth at a time; URLs of 8 KiB and large heads fit too.
constexpr std::size_t kTransferBuffer = std::size_t{64} * 1024;
constexpr std::size_t kHeadBuffer = std::size_t{32} * 1024;
constexpr std::size_t kWorkspace = std::size_t{32} * 1024;

}  // namespace

Status UpdateFromUrl(const Device& device, const UrlUpdateOptions& options, Observer& observer,
                     UrlUpdateReport& report) {
  std::vector<std::uint8_t> buffer(kTransferBuffer);
  std::vector<std::uint8_t> proof_buffer(kTransferBuffer);
  std::vector<std::uint8_t> head(kHeadBuffer);
  std::vector<std::uint8_t> workspace(kWorkspace);
  std::vector<HeaderField> headers;
  headers.reserve(options.headers.size());
  for (const auto& [name, value] : options.headers) headers.push_back({name, value});

  CurlConnection connection(options.connection);
  HttpClient client(connection, head);
  FetchOptions fetch_options;
  fetch_options.url = options.url;
  fetch_options.headers = headers;
  fetch_options.user = options.user;
  fetch_options.password = options.password;
  fetch_options.allow_plain_http = options.allow_plain_http;
  fetch_options.workspace = workspace;
  Fetch fetch(client, fetch_options, observer);
  UPDRAFT_TRY(fetch.Open());

  Update update(device, fetch,
                {.buffer = buffer,
                 .proof_buffer = proof_buffer,
                 .slot = options.slot,
                 .judge = options.judge,
                 .keys = options.keys,
                 .trial = options.trial},
                observer);
  const Status status = update.Run();
  report.bytes_received = update.progress().received;
  report.bytes_written = update.progress().written;
  report.slot = update.slot().label();
  if (update.offered() != nullptr) report.version = update.offered()->version();
  return status;
}

}  // namespace updraft
