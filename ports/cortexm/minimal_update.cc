// SPDX-License-Identifier: Apache-2.0
// The smallest update that is sensible: a whole file by https, a plain image, proven, and
// selected. All that the core can do beside is left out when it is linked.
#include <new>

#include "updraft/fetch.h"
#include "updraft/http_client.h"
#include "updraft/update.h"

#include "ports/cortexm/stub_ports.h"

using namespace updraft;

namespace {

std::array<std::uint8_t, HttpClient::kMinBuffer> buffer;  // of HTTP, then of the image
alignas(Update) std::array<std::uint8_t, sizeof(Update)> room;

}  // namespace

int main() {
  Device& device = StubDevice();
  HttpClient client(StubConnection(), buffer);
  FetchOptions options;
  options.url = "https://example.com/firmware.bin";
  Fetch fetch(client, options, NoObserver());
  if (!fetch.Open().ok()) return 1;
  UpdateOptions update_options;
  update_options.buffer = buffer;
  auto* update = new (room.data()) Update(device, fetch, update_options);
  const Status status = update->Run();
  update->~Update();
  return status.ok() ? 0 : 1;
}
