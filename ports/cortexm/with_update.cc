// SPDX-License-Identifier: Apache-2.0
// An update from a URL over stub ports: with the core that it pulls in, and no more.
#include <new>

#include "updraft/download.h"
#include "updraft/http_client.h"
#include "updraft/update.h"

#include "ports/cortexm/stub_ports.h"

using namespace updraft;

namespace {

std::array<std::uint8_t, Fetch::kMinWorkspace> workspace;
std::array<std::uint8_t, HttpClient::kMinBuffer> buffer;  // of HTTP, then of the image
alignas(Update) std::array<std::uint8_t, sizeof(Update)> room;

}  // namespace

int main() {
  Device& device = StubDevice();
  HttpClient client(StubConnection(), buffer);
  Retries retries(RetryPolicy{}, *device.system, *device.crypto, NoObserver());
  DownloadOptions options;
  options.fetch.url = "https://example.com/firmware.bin";
  options.fetch.workspace = workspace;
  Download download(client, retries, options, NoObserver());
  UpdateOptions update_options;
  update_options.buffer = buffer;
  auto* update = new (room.data()) Update(device, download, update_options);
  const Status status = update->Run();
  update->~Update();
  return status.ok() ? 0 : 1;
}
