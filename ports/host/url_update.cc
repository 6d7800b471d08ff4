// SPDX-License-Identifier: Apache-2.0
#include "ports/host/url_update.h"

#include <algorithm>

#include "updraft/flight_recorder.h"
#include "updraft/update.h"

#include "ports/host/url_transfer.h"

namespace updraft {
namespace {

// A TLS record's worth at a time.
constexpr std::size_t kTransferBuffer = std::size_t{64} * 1024;

struct Buffers {
  std::vector<std::uint8_t> transfer = std::vector<std::uint8_t>(kTransferBuffer);
  // The journal's part apart, so that what is read back stays whole sectors.
  std::vector<std::uint8_t> proof =
      std::vector<std::uint8_t>(kTransferBuffer + kMinimumJournalBuffer - kMinimumProofBuffer);
};

Status RunOnce(const Device& device, const UrlUpdateOptions& options, Buffers& buffers,
               Download& download, Observer& observer, UrlUpdateReport& report) {
  if (!options.resume) UPDRAFT_TRY(download.Open());
  AppDescription offered;
  Update update(device, download,
                {.buffer = buffers.transfer,
                 .proof_buffer = buffers.proof,
                 .slot = options.slot,
                 .judge = options.judge,
                 .offered = &offered,
                 .keys = options.keys,
                 .trial = options.trial,
                 .resumable = options.resume ? &download : nullptr,
                 .journal = options.journal},
                observer);
  const Status status = update.Run();
  report.resumed_from = std::max(report.resumed_from, update.resumed_from());
  report.bytes_written = update.progress().written;
  report.slot = update.slot().label();
  report.identity = download.identity();
  if (update.offered() != nullptr) report.version = update.offered()->version();
  return status;
}

}  // namespace

Status UpdateFromUrl(const Device& device, const UrlUpdateOptions& options, Observer& observer,
                     UrlUpdateReport& report) {
  // A device without a recorder, or one that fails, is updated all the same.
  static_cast<void>(RecordRollbacks(device));
  FlightRecorder recorder(device, observer);
  Buffers buffers;
  UrlTransfer transfer(*device.system, *device.crypto, options, recorder);
  const Status status = transfer.Run([&](Download& download) {
    const Status once = RunOnce(device, options, buffers, download, recorder, report);
    report.bytes_received = transfer.received();
    return once;
  });
  static_cast<void>(recorder.Record(status, report.bytes_received, report.version));
  return status;
}

}  // namespace updraft
