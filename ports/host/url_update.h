// SPDX-License-Identifier: Apache-2.0
// An update from a URL in one call: connection, HTTP client, fetch and Update
// put together with buffers of a host's size. For firmware on a host and for
// the tool; who wants the steps uses the same parts (update.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "updraft/device.h"
#include "updraft/download.h"
#include "updraft/encrypted_image.h"
#include "updraft/image.h"
#include "updraft/observer.h"
#include "updraft/paced_connection.h"
#include "updraft/partition.h"
#include "updraft/resume.h"
#include "updraft/status.h"

#include "ports/host/connection_options.h"

namespace updraft {

struct UrlUpdateOptions {
  std::string url;
  // Trust, client certificate, proxy, time-outs, and who may stop it.
  HostConnectionOptions connection{};
  // Sent with the request; left behind on a redirect to another host.
  std::vector<std::pair<std::string, std::string>> headers{};
  // Basic or Digest, as the server asks (FetchOptions); empty: none.
  std::string user{};
  std::string password{};
  bool digest_only = false;  // the password itself is never sent
  bool allow_plain_http = false;
  // Bytes of each request; 0: the whole file in one.
  std::uint64_t range_size = 0;
  // Bytes received ahead, on a thread of its own; 0, with a rate limit and with a
  // policy: none, and no thread.
  std::size_t read_ahead = std::size_t{512} * 1024;
  // How fast, and how slowly at least; its deadline is that of `retry`.
  Pace pace{};
  // Asked before it begins and at each step, where given.
  DownloadPolicy* policy = nullptr;
  // When the network fails, or the file changes meanwhile.
  RetryPolicy retry{};
  // As UpdateOptions.
  std::optional<Partition> slot{};
  DescriptionJudge* judge = nullptr;
  DecryptionKeys keys{};
  std::optional<TrialTerms> trial{};
  // Goes on after a restart of the program, where the device has a partition `updraft`.
  bool resume = true;
  JournalPolicy journal{.bytes = std::uint64_t{64} * 1024 * 1024, .milliseconds = 2000};
};

// How it went; filled as far as it came, also when it failed.
struct UrlUpdateReport {
  std::uint64_t bytes_received = 0;  // of bodies, over all attempts
  std::uint64_t bytes_written = 0;   // image bytes put into the slot
  std::uint64_t resumed_from = 0;    // bytes of the file that were there from before
  std::string slot{};                // label; empty before it was chosen
  std::string version{};             // of the image on offer; may not be UTF-8
  FileIdentity identity{};           // of the file, as the server tells it
};

// Downloads, proves and selects the image at the URL, with as many attempts as the
// policy has; the caller restarts. How it went is written to the flight recorder,
// and what rolled back since. The device is open for writing. The codes of Download and
// Update::Run; the observer is told of each check and of the progress.
Status UpdateFromUrl(const Device& device, const UrlUpdateOptions& options, Observer& observer,
                     UrlUpdateReport& report);

}  // namespace updraft
