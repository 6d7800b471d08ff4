// SPDX-License-Identifier: Apache-2.0
// esp_https_ota.h in a project that updates over plain http, and that gives up on a
// server that is silent.
#include <gmock/gmock.h>

#include "esp/src/project_config.h"
#include "tests/facade/captured_log.h"
#include "tests/facade/https_ota_facade.h"

const updraft_project_config_t updraft_project_config = {
    .log_default_level = 3,
    .tick_rate_hz = 100,
    .event_queue_size = 32,
    .elf_sha256_characters = 9,
    .log_colors = 0,
    .http_event_post_timeout_ms = 2000,
    .ota_event_post_timeout_ms = 2000,
    .signed_data_partitions = 0,
    .ota_allows_http = 1,
    .ota_stall_timeout_ms = 100,
};

namespace updraft {
namespace {

class HttpsOtaConfig : public HttpsOtaFacade {
 protected:
  void UseFrom(const HttpPeer& peer) {
    url_ = peer.url();
    http_ = {.url = url_.c_str(), .timeout_ms = 20};
  }
  std::string Image() {
    const auto image = MakeImage("2.0.0");
    return {image.begin(), image.end()};
  }
};

TEST_F(HttpsOtaConfig, UpdatesOverPlainHttpWhereTheProjectAllowsIt) {
  const HttpPeer peer(OkAnswer(Image()));
  UseFrom(peer);
  {
    const CapturedLog log;
    EXPECT_EQ(esp_https_ota(&config_), ESP_OK);
    EXPECT_TRUE(
        CapturedLog::Tells({"Continuing with insecure option because "
                            "CONFIG_ESP_HTTPS_OTA_ALLOW_HTTP is set."}));
  }
  EXPECT_EQ(Boot(), "ota_0");
}

TEST_F(HttpsOtaConfig, TrustsNoServerOverTlsForAllThat) {
  http_.cert_pem = nullptr;
  EXPECT_EQ(Update(), ESP_ERR_HTTP_CONNECT);
}

TEST_F(HttpsOtaConfig, GivesUpOnAServerThatFallsSilent) {
  const std::string image = Image();
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(image.size());
  for (const std::size_t sent : {500U, 3000U}) {
    const HttpPeer peer(head + "\r\n\r\n" + image.substr(0, sent));
    UseFrom(peer);
    esp_https_ota_handle_t handle = nullptr;
    ASSERT_EQ(esp_https_ota_begin(&config_, &handle), ESP_OK);
    if (sent < 1024) {
      esp_app_desc_t description{};
      EXPECT_EQ(esp_https_ota_get_img_desc(handle, &description), ESP_ERR_TIMEOUT);
    }
    const CapturedLog log;
    EXPECT_EQ(PerformAll(handle), ESP_ERR_TIMEOUT);
    EXPECT_TRUE(CapturedLog::Tells({"The server has sent nothing for ", "within 100 ms"}));
    EXPECT_EQ(esp_https_ota_abort(handle), ESP_OK);
  }
  EXPECT_EQ(BootLabel(), "factory");
}

}  // namespace
}  // namespace updraft
