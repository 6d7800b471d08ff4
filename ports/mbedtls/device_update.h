// SPDX-License-Identifier: Apache-2.0
// An update from a URL in fixed memory: HTTP client, download and Update in one
// object, to be placed in static memory. For firmware of small devices, over any
// Connection; who wants the steps uses the same parts (update.h, download.h).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "updraft/device.h"
#include "updraft/download.h"
#include "updraft/flight_recorder.h"
#include "updraft/http_client.h"
#include "updraft/observer.h"
#include "updraft/port/connection.h"
#include "updraft/resume.h"
#include "updraft/update.h"

namespace updraft {

struct DeviceUpdateOptions {
  std::string_view url{};  // outlives the DeviceUpdate
  // Bytes of each request; 0: the whole file in one. Where the server does not honour
  // max_fragment_length, small ranges keep its TLS records small: a record holds the
  // answer's head and the range.
  std::uint64_t range_size = 0;
  RetryPolicy retry{};
  DecryptionKeys keys{};
  // For where redirects lead and for credentials in the URL: at least
  // Fetch::kMinWorkspace bytes. Empty: both are refused. Outlives the DeviceUpdate.
  MutableBytes workspace{};
  // Goes on after a restart or a power cut, where the device has a partition
  // `updraft` and the server identifies the file by a tag, or by date and length; and
  // writes down so often how far it came. Outlives the DeviceUpdate;
  // nullptr: begins at the first byte at each start.
  const JournalPolicy* journal = nullptr;
  // With a journal: at least kMinimumJournalBuffer bytes, for what an earlier start left and
  // what the journal needs; kInvalidArgument otherwise. Outlives the DeviceUpdate.
  MutableBytes journal_buffer{};
  // Is told all, in place of the observer, and how it ended: a FlightRecorder of the
  // same device, which outlives the DeviceUpdate. nullptr: nothing is written down.
  // What rolled back since the last start, RecordRollbacks() writes.
  UpdateRecorder* recorder = nullptr;
};

// Takes nothing from the heap; sizeof is all the memory beside the connection's and
// the stack. One attempt after another, as RetryPolicy says; Run once.
class DeviceUpdate final {
 public:
  // All outlive it.
  DeviceUpdate(const Device& device, Connection& connection, const DeviceUpdateOptions& options,
               Observer& observer = NoObserver());
  DeviceUpdate(const DeviceUpdate&) = delete;
  DeviceUpdate& operator=(const DeviceUpdate&) = delete;

  // Downloads, proves and selects the image; the caller restarts. The codes of
  // Download and Update::Run. A recorder that fails changes nothing.
  Status Run();

  std::uint64_t bytes_received() const { return retries_.received(); }
  // Bytes of the file that an earlier start left; 0: it began anew.
  std::uint64_t resumed_from() const { return resumed_from_; }

 private:
  Status RunOnce();
  void MakeDownload();
  void MakeUpdate();
  Status Ended(Status status);

  // The head of an answer, then its body, then what is read back of it: one after the
  // other.
  static constexpr std::size_t kBuffer = std::max(HttpClient::kMinBuffer, kMinimumUpdateBuffer);

  const Device* device_;
  Observer* observer_;
  // Of the options, what is looked at again.
  std::string_view url_;
  std::uint64_t range_size_;
  DecryptionKeys keys_;
  MutableBytes workspace_;
  const JournalPolicy* journal_;
  MutableBytes journal_buffer_;
  UpdateRecorder* recorder_;
  std::uint64_t resumed_from_ = 0;
  std::array<std::uint8_t, kBuffer> buffer_{};
  HttpClient client_;
  Retries retries_;
  std::optional<Download> download_{};
  std::optional<Update> update_{};
};

}  // namespace updraft
