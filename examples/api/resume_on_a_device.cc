// SPDX-License-Identifier: Apache-2.0
// An update on a device that goes on after a restart, and is recorded. docs/porting.md
// shows it.
#include <string_view>

#include "updraft/flight_recorder.h"

#include "ports/mbedtls/device_update.h"

namespace updraft {

Status ResumeOnADevice(const Device& device, Connection& connection, std::string_view url) {
  static constexpr JournalPolicy kJournal;  // every 64 KiB and every 10 s
  static std::uint8_t journal_buffer[kMinimumJournalBuffer];
  static_cast<void>(RecordRollbacks(device));  // what was rolled back since
  FlightRecorder recorder(device, NoObserver());
  DeviceUpdate update(device, connection,
                      {.url = url,
                       .range_size = 3584,
                       .journal = &kJournal,
                       .journal_buffer = journal_buffer,
                       .recorder = &recorder});
  return update.Run();
}

}  // namespace updraft
