// SPDX-License-Identifier: Apache-2.0
// Network bring-up as applications write it: Wi-Fi as station and access point,
// Ethernet, addresses and names of interfaces, time.
#include <esp_eth.h>
#include <esp_mac.h>
#include <esp_netif.h>
#include <esp_netif_sntp.h>
#include <esp_sntp.h>
#include <esp_wifi.h>
#include <gmock/gmock.h>
#include <sys/time.h>

#include <array>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace updraft {
namespace {

using testing::ElementsAre;
using testing::Pair;

// A default event loop, and the events of one run in their order.
class Network : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(esp_event_loop_create_default(), ESP_OK);
    seen_ = xQueueCreate(16, sizeof(Event));
    const auto note = [](void* queue, esp_event_base_t base, std::int32_t id, void*) {
      const Event event{base, id};
      xQueueSend(static_cast<QueueHandle_t>(queue), &event, portMAX_DELAY);
    };
    ASSERT_EQ(esp_event_handler_register(ESP_EVENT_ANY_BASE, ESP_EVENT_ANY_ID, note, seen_),
              ESP_OK);
  }
  void TearDown() override {
    esp_wifi_deinit();
    esp_event_loop_delete_default();
    vQueueDelete(seen_);
  }
  std::vector<std::pair<std::string, std::int32_t>> Next(std::size_t count) {
    std::vector<std::pair<std::string, std::int32_t>> events;
    for (Event event{}; events.size() < count; events.emplace_back(event.base, event.id)) {
      xQueueReceive(seen_, &event, portMAX_DELAY);
    }
    return events;
  }
  bool IsQuiet() { return uxQueueMessagesWaiting(seen_) == 0; }

 private:
  struct Event {
    esp_event_base_t base;
    std::int32_t id;
  };
  QueueHandle_t seen_ = nullptr;
};

TEST_F(Network, AnAccessPointAnnouncesItselfAsOne) {
  wifi_init_config_t init = WIFI_INIT_CONFIG_DEFAULT();
  init.nvs_enable = 0;
  ASSERT_EQ(esp_wifi_init(&init), ESP_OK);
  wifi_config_t config{};
  std::memcpy(config.ap.ssid, "setup", 5);
  config.ap.max_connection = 4;
  ASSERT_EQ(esp_wifi_set_mode(WIFI_MODE_AP), ESP_OK);
  ASSERT_EQ(esp_wifi_set_config(WIFI_IF_AP, &config), ESP_OK);
  ASSERT_EQ(esp_wifi_start(), ESP_OK);
  EXPECT_EQ(esp_wifi_connect(), ESP_ERR_WIFI_MODE);
  ASSERT_EQ(esp_wifi_stop(), ESP_OK);
  EXPECT_THAT(Next(2), ElementsAre(Pair("WIFI_EVENT", WIFI_EVENT_AP_START),
                                   Pair("WIFI_EVENT", WIFI_EVENT_AP_STOP)));
}

TEST_F(Network, StationAndAccessPointKeepAConfigurationEach) {
  const wifi_init_config_t init = WIFI_INIT_CONFIG_DEFAULT();
  ASSERT_EQ(esp_wifi_init(&init), ESP_OK);
  ASSERT_EQ(esp_wifi_set_mode(WIFI_MODE_APSTA), ESP_OK);
  wifi_config_t station{};
  std::memcpy(station.sta.ssid, "home", 4);
  wifi_config_t access_point{};
  std::memcpy(access_point.ap.ssid, "setup", 5);
  ASSERT_EQ(esp_wifi_set_config(WIFI_IF_STA, &station), ESP_OK);
  ASSERT_EQ(esp_wifi_set_config(WIFI_IF_AP, &access_point), ESP_OK);
  wifi_config_t back{};
  ASSERT_EQ(esp_wifi_get_config(WIFI_IF_STA, &back), ESP_OK);
  EXPECT_STREQ(reinterpret_cast<const char*>(back.sta.ssid), "home");
  ASSERT_EQ(esp_wifi_start(), ESP_OK);
  EXPECT_THAT(Next(2), ElementsAre(Pair("WIFI_EVENT", WIFI_EVENT_STA_START),
                                   Pair("WIFI_EVENT", WIFI_EVENT_AP_START)));
}

TEST_F(Network, AScanFindsTheNetworkThatThereIs) {
  const wifi_init_config_t init = WIFI_INIT_CONFIG_DEFAULT();
  ASSERT_EQ(esp_wifi_init(&init), ESP_OK);
  EXPECT_EQ(esp_wifi_scan_start(nullptr, true), ESP_ERR_WIFI_NOT_STARTED);
  wifi_config_t station{};
  std::memcpy(station.sta.ssid, "home", 4);
  ASSERT_EQ(esp_wifi_restore(), ESP_OK);
  ASSERT_EQ(esp_wifi_set_config(WIFI_IF_STA, &station), ESP_OK);
  ASSERT_EQ(esp_wifi_start(), ESP_OK);
  ASSERT_EQ(esp_wifi_scan_start(nullptr, true), ESP_OK);
  std::uint16_t count = 8;
  std::array<wifi_ap_record_t, 8> records{};
  ASSERT_EQ(esp_wifi_scan_get_ap_records(&count, records.data()), ESP_OK);
  ASSERT_EQ(count, 1);
  EXPECT_STREQ(reinterpret_cast<const char*>(records[0].ssid), "home");
  EXPECT_EQ(esp_wifi_scan_get_ap_records(nullptr, records.data()), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_wifi_set_max_tx_power(127), ESP_ERR_INVALID_ARG);
  int rssi = 0;
  EXPECT_EQ(esp_wifi_sta_get_rssi(&rssi), ESP_ERR_WIFI_NOT_CONNECT);
}

TEST_F(Network, EthernetComesUpAndGoesDown) {
  const eth_mac_config_t mac_config = ETH_MAC_DEFAULT_CONFIG();
  const eth_phy_config_t phy_config = ETH_PHY_DEFAULT_CONFIG();
  const eth_esp32_emac_config_t emac_config = ETH_ESP32_EMAC_DEFAULT_CONFIG();
  const esp_eth_config_t config = ETH_DEFAULT_CONFIG(
      esp_eth_mac_new_esp32(&emac_config, &mac_config), esp_eth_phy_new_lan87xx(&phy_config));
  esp_eth_handle_t handle = nullptr;
  const esp_eth_config_t no_phy = ETH_DEFAULT_CONFIG(config.mac, nullptr);
  EXPECT_EQ(esp_eth_driver_install(&no_phy, &handle), ESP_ERR_INVALID_ARG);
  ASSERT_EQ(esp_eth_driver_install(&config, &handle), ESP_OK);
  EXPECT_EQ(esp_eth_driver_install(&config, &handle), ESP_ERR_INVALID_STATE);
  const esp_netif_config_t netif_config = ESP_NETIF_DEFAULT_ETH();
  esp_netif_t* const interface = esp_netif_new(&netif_config);
  ASSERT_EQ(interface, esp_netif_get_handle_from_ifkey("ETH_DEF"));
  ASSERT_EQ(esp_netif_attach(interface, esp_eth_new_netif_glue(handle)), ESP_OK);
  EXPECT_EQ(esp_eth_stop(handle), ESP_ERR_INVALID_STATE);
  ASSERT_EQ(esp_eth_start(handle), ESP_OK);
  EXPECT_EQ(esp_eth_start(handle), ESP_ERR_INVALID_STATE);
  EXPECT_EQ(esp_eth_driver_uninstall(handle), ESP_ERR_INVALID_STATE);
  std::array<std::uint8_t, 6> address{};
  std::array<std::uint8_t, 6> expected{};
  ASSERT_EQ(esp_read_mac(expected.data(), ESP_MAC_ETH), ESP_OK);
  ASSERT_EQ(esp_eth_ioctl(handle, ETH_CMD_G_MAC_ADDR, address.data()), ESP_OK);
  EXPECT_EQ(address, expected);
  ASSERT_EQ(esp_eth_stop(handle), ESP_OK);
  EXPECT_THAT(Next(5), ElementsAre(Pair("ETH_EVENT", ETHERNET_EVENT_START),
                                   Pair("ETH_EVENT", ETHERNET_EVENT_CONNECTED),
                                   Pair("IP_EVENT", IP_EVENT_ETH_GOT_IP),
                                   Pair("ETH_EVENT", ETHERNET_EVENT_STOP),
                                   Pair("ETH_EVENT", ETHERNET_EVENT_DISCONNECTED)));
  EXPECT_EQ(esp_eth_driver_uninstall(handle), ESP_OK);
  EXPECT_EQ(esp_eth_start(handle), ESP_ERR_INVALID_ARG);
}

TEST_F(Network, TheTimeIsThereAsSoonAsItIsAskedFor) {
  static int g_notified = 0;
  g_notified = 0;
  esp_sntp_config_t config = ESP_NETIF_SNTP_DEFAULT_CONFIG("pool.ntp.org");
  config.sync_cb = [](timeval* now) { g_notified += now->tv_sec > 1'700'000'000 ? 1 : 100; };
  EXPECT_EQ(esp_netif_sntp_sync_wait(0), ESP_ERR_INVALID_STATE);
  EXPECT_EQ(esp_netif_sntp_init(nullptr), ESP_ERR_INVALID_ARG);
  ASSERT_EQ(esp_netif_sntp_init(&config), ESP_OK);
  EXPECT_EQ(esp_netif_sntp_init(&config), ESP_ERR_INVALID_STATE);
  EXPECT_STREQ(esp_sntp_getservername(0), "pool.ntp.org");
  EXPECT_EQ(esp_sntp_getservername(200), nullptr);
  EXPECT_EQ(esp_netif_sntp_sync_wait(portMAX_DELAY), ESP_OK);
  EXPECT_EQ(esp_netif_sntp_sync_wait(0), ESP_ERR_TIMEOUT);
  EXPECT_EQ(g_notified, 1);
  EXPECT_EQ(sntp_get_sync_status(), SNTP_SYNC_STATUS_COMPLETED);
  EXPECT_EQ(sntp_get_sync_status(), SNTP_SYNC_STATUS_RESET);
  EXPECT_THAT(Next(1), ElementsAre(Pair("NETIF_SNTP_EVENT", NETIF_SNTP_TIME_SYNC)));
  esp_netif_sntp_deinit();
  EXPECT_FALSE(sntp_enabled());
  EXPECT_EQ(esp_netif_sntp_start(), ESP_ERR_INVALID_STATE);
}

TEST(NetworkInterface, RemembersItsNameAndItsDhcpClient) {
  esp_netif_t* const station = esp_netif_create_default_wifi_sta();
  ASSERT_EQ(esp_netif_set_hostname(station, "lamp"), ESP_OK);
  const char* name = nullptr;
  ASSERT_EQ(esp_netif_get_hostname(station, &name), ESP_OK);
  EXPECT_STREQ(name, "lamp");
  EXPECT_EQ(esp_netif_set_hostname(station, std::string(40, 'x').c_str()),
            ESP_ERR_ESP_NETIF_INVALID_PARAMS);
  EXPECT_STREQ(name, "lamp");

  esp_netif_ip_info_t address{};
  IP4_ADDR(&address.ip, 192, 168, 4, 1);
  EXPECT_EQ(esp_netif_set_ip_info(station, &address), ESP_ERR_ESP_NETIF_DHCP_ALREADY_STARTED);
  EXPECT_EQ(esp_netif_dhcpc_start(station), ESP_ERR_ESP_NETIF_DHCP_ALREADY_STARTED);
  ASSERT_EQ(esp_netif_dhcpc_stop(station), ESP_OK);
  EXPECT_EQ(esp_netif_dhcpc_stop(station), ESP_ERR_ESP_NETIF_DHCP_ALREADY_STOPPED);
  esp_netif_dhcp_status_t status = ESP_NETIF_DHCP_INIT;
  ASSERT_EQ(esp_netif_dhcpc_get_status(station, &status), ESP_OK);
  EXPECT_EQ(status, ESP_NETIF_DHCP_STOPPED);
  EXPECT_EQ(esp_netif_set_ip_info(station, &address), ESP_OK);
  ASSERT_EQ(esp_netif_dhcpc_start(station), ESP_OK);

  std::array<char, IP4ADDR_STRLEN_MAX> text{};
  EXPECT_STREQ(esp_ip4addr_ntoa(&address.ip, text.data(), text.size()), "192.168.4.1");
  EXPECT_EQ(esp_ip4addr_ntoa(&address.ip, text.data(), 5), nullptr);
  EXPECT_EQ(esp_ip4addr_aton("192.168.4.1"), address.ip.addr);
  EXPECT_EQ(esp_ip4addr_aton("192.168.4"), 0U);
  EXPECT_EQ(esp_netif_str_to_ip4(nullptr, &address.ip), ESP_ERR_INVALID_ARG);
}

}  // namespace
}  // namespace updraft
