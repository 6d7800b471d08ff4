// SPDX-License-Identifier: Apache-2.0
// A firmware that installs what a URL offers and restarts into it, in one call.
// README.md shows it; examples/self_update is the whole story.
#include "ports/host/host_device.h"
#include "ports/host/url_update.h"

int main() {
  using namespace updraft;
  const auto own = HostDevice::OpenOwn();  // the device that runs this firmware
  if (!own) return 1;
  Device& device = (*own)->device();

  UrlUpdateOptions options;
  options.url = "https://updates.example.com/firmware.bin";
  options.connection.ca_file = "/etc/updates/ca.pem";
  UrlUpdateReport report;
  const Status status = UpdateFromUrl(device, options, NoObserver(), report);
  if (!status.ok()) return 1;  // the running image stays what boots
  device.system->Restart();    // into the new one, on trial
}
