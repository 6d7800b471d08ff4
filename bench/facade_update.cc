// SPDX-License-Identifier: Apache-2.0
// The same update through esp_https_ota and through the C++ API, interleaved, over
// HTTPS from a server in this process: the medians and their ratio.
//   facade_update [MEBIBYTES [ROUNDS [BUFFER]]]
#include <esp_event.h>
#include <esp_https_ota.h>
#include <esp_log.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "esp/device_binding.h"
#include "esp/host/host_network.h"
#include "ports/host/crypto_openssl.h"
#include "ports/host/host_device.h"
#include "ports/host/url_update.h"
#include "server/file_server.h"
#include "testing/temporary_folder.h"
#include "testing/test_image.h"

namespace updraft {
namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

template <typename Work>
double Time(Work work) {
  const auto start = std::chrono::steady_clock::now();
  if (!work()) {
    std::fputs("facade_update: an update failed\n", stderr);
    std::exit(1);
  }
  return Milliseconds(std::chrono::steady_clock::now() - start).count();
}

double Median(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

bool UpdateByFacade(const std::string& url, const std::string& ca, int buffer) {
  esp_http_client_config_t http{};
  http.url = url.c_str();
  http.cert_pem = ca.c_str();
  http.buffer_size = buffer;
  esp_https_ota_config_t config{};
  config.http_config = &http;
  return esp_https_ota(&config) == ESP_OK;
}

bool UpdateByCore(Device& device, const std::string& url, const std::string& ca) {
  UrlUpdateOptions options;
  options.url = url;
  options.connection.ca_pem = ca;
  UrlUpdateReport report;
  return UpdateFromUrl(device, options, NoObserver(), report).ok();
}

int Run(std::size_t mebibytes, int rounds, int buffer) {
  TemporaryFolder folder;
  OpensslCrypto crypto;
  HostDevice::NewDevice fresh;
  fresh.folder = folder / "device";
  fresh.chip = FindChip("linux-x86_64");
  if (!HostDevice::Create(fresh).ok()) return 1;
  auto device = HostDevice::Open(folder / "device", {.mode = FileFlash::Mode::kReadWrite});
  if (!device) return 1;

  TestImage image{.chip_id = kChipIdLinuxX8664};
  const auto bytes = image.WithRamSegment((mebibytes << 20U) - 4096).Build(crypto);
  std::ofstream(folder / "image.bin", std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  FileServerOptions serving;
  serving.root = folder.path();
  FileServer server(serving);
  if (!server.Start().ok()) return 1;
  const std::string url = server.url() + "image.bin";

  esp::HostNetwork network;
  esp_log_level_set("*", ESP_LOG_NONE);
  std::vector<double> facade;
  std::vector<double> core;
  for (int round = 0; round <= rounds; ++round) {
    Device& own = (*device)->device();
    esp::Bind({.device = &own, .network = &network});
    const double by_facade = Time([&] { return UpdateByFacade(url, server.ca_pem(), buffer); });
    esp::Unbind();
    const double by_core = Time([&] { return UpdateByCore(own, url, server.ca_pem()); });
    if (round == 0) continue;  // warm-up
    facade.push_back(by_facade);
    core.push_back(by_core);
  }
  std::printf("%zu MiB, %d rounds, buffer %d: esp_https_ota %.1f ms, C++ API %.1f ms, ratio %.3f\n",
              mebibytes, rounds, buffer, Median(facade), Median(core),
              Median(facade) / Median(core));
  return 0;
}

}  // namespace
}  // namespace updraft

int main(int argc, char** argv) {
  std::array numbers{16, 21, 65536};
  for (int i = 1; i < argc; ++i) {
    const std::string_view text = argv[i];
    const char* const end = text.data() + text.size();
    const std::size_t at = static_cast<std::size_t>(i) - 1;
    if (at < numbers.size()) {
      const auto [stop, error] = std::from_chars(text.data(), end, numbers[at]);
      if (error == std::errc() && stop == end && numbers[at] > 0) continue;
    }
    std::fprintf(stderr, "facade_update: expected [MEBIBYTES [ROUNDS [BUFFER]]], found '%s'\n",
                 argv[i]);
    return 2;
  }
  return updraft::Run(static_cast<std::size_t>(numbers[0]), numbers[1], numbers[2]);
}
