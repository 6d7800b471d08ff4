// SPDX-License-Identifier: Apache-2.0
// esp_wifi.h: what programs wait for is posted to the default event loop.
#include <esp_mac.h>
#include <esp_wifi.h>

#include <cstring>
#include <mutex>

#include "esp/src/immortal.h"
#include "esp/src/no_memory.h"

ESP_EVENT_DEFINE_BASE(WIFI_EVENT);

namespace {

struct Wifi {
  std::mutex mutex;
  bool initialised = false;
  bool started = false;
  bool connected = false;
  wifi_mode_t mode = WIFI_MODE_STA;
  wifi_ps_type_t power_save = WIFI_PS_MIN_MODEM;
  wifi_config_t station{};
  wifi_config_t access_point{};

  wifi_config_t& configuration(wifi_interface_t interface) {
    return interface == WIFI_IF_STA ? station : access_point;
  }
  bool has_station() const { return mode == WIFI_MODE_STA || mode == WIFI_MODE_APSTA; }
  bool has_access_point() const { return mode == WIFI_MODE_AP || mode == WIFI_MODE_APSTA; }
};

Wifi& TheWifi() {
  static updraft::esp::Immortal<Wifi> wifi;
  return *wifi;
}

// Without a default loop nobody waits.
void Post(esp_event_base_t base, std::int32_t id, const void* data, std::size_t size) {
  static_cast<void>(esp_event_post(base, id, data, size, portMAX_DELAY));
}

// ESP_OK with the state changed, when it was as `needs` says.
template <typename Change>
esp_err_t Apply(Change change) {
  const std::lock_guard lock(TheWifi().mutex);
  return TheWifi().initialised ? change(TheWifi()) : ESP_ERR_WIFI_NOT_INIT;
}

std::uint8_t SsidLength(const std::uint8_t (&ssid)[32]) {
  return static_cast<std::uint8_t>(strnlen(reinterpret_cast<const char*>(ssid), sizeof ssid));
}

wifi_ap_record_t TheNetwork(const Wifi& wifi) {
  wifi_ap_record_t record{};
  std::memcpy(record.ssid, wifi.station.sta.ssid, sizeof wifi.station.sta.ssid);
  record.primary = 1;
  record.rssi = -40;
  record.authmode = WIFI_AUTH_WPA2_PSK;
  return record;
}

// A setting of the radio, of which there is none.
esp_err_t Taken() {
  return Apply([](Wifi&) { return ESP_OK; });
}

}  // namespace

esp_err_t esp_wifi_init(const wifi_init_config_t* config) {
  if (config == nullptr || config->magic != WIFI_INIT_CONFIG_MAGIC) return ESP_ERR_INVALID_ARG;
  const std::lock_guard lock(TheWifi().mutex);
  TheWifi().initialised = true;
  return ESP_OK;
}

esp_err_t esp_wifi_deinit(void) {
  return Apply([](Wifi& wifi) {
    wifi.initialised = false;
    wifi.started = false;
    wifi.connected = false;
    return ESP_OK;
  });
}

esp_err_t esp_wifi_set_mode(wifi_mode_t mode) {
  if (mode >= WIFI_MODE_MAX) return ESP_ERR_INVALID_ARG;
  return Apply([&](Wifi& wifi) {
    wifi.mode = mode;
    return ESP_OK;
  });
}

esp_err_t esp_wifi_get_mode(wifi_mode_t* mode) {
  if (mode == nullptr) return ESP_ERR_INVALID_ARG;
  return Apply([&](Wifi& wifi) {
    *mode = wifi.mode;
    return ESP_OK;
  });
}

esp_err_t esp_wifi_set_config(wifi_interface_t interface, wifi_config_t* conf) {
  if (conf == nullptr || interface >= WIFI_IF_MAX) return ESP_ERR_INVALID_ARG;
  return Apply([&](Wifi& wifi) {
    wifi.configuration(interface) = *conf;
    return ESP_OK;
  });
}

esp_err_t esp_wifi_get_config(wifi_interface_t interface, wifi_config_t* conf) {
  if (conf == nullptr || interface >= WIFI_IF_MAX) return ESP_ERR_INVALID_ARG;
  return Apply([&](Wifi& wifi) {
    *conf = wifi.configuration(interface);
    return ESP_OK;
  });
}

esp_err_t esp_wifi_set_storage(wifi_storage_t storage) {
  static_cast<void>(storage);
  return Apply([](Wifi&) { return ESP_OK; });
}

// Examples set this without esp_wifi_init where they do not connect over Wi-Fi.
esp_err_t esp_wifi_set_ps(wifi_ps_type_t type) {
  const std::lock_guard lock(TheWifi().mutex);
  TheWifi().power_save = type;
  return ESP_OK;
}

esp_err_t esp_wifi_get_ps(wifi_ps_type_t* type) {
  if (type == nullptr) return ESP_ERR_INVALID_ARG;
  const std::lock_guard lock(TheWifi().mutex);
  *type = TheWifi().power_save;
  return ESP_OK;
}

esp_err_t esp_wifi_start(void) try {
  bool station = false;
  bool access_point = false;
  const esp_err_t error = Apply([&](Wifi& wifi) {
    wifi.started = true;
    station = wifi.has_station();
    access_point = wifi.has_access_point();
    return ESP_OK;
  });
  if (station) Post(WIFI_EVENT, WIFI_EVENT_STA_START, nullptr, 0);
  if (access_point) Post(WIFI_EVENT, WIFI_EVENT_AP_START, nullptr, 0);
  return error;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_wifi_stop(void) try {
  bool station = false;
  bool access_point = false;
  const esp_err_t error = Apply([&](Wifi& wifi) {
    wifi.started = false;
    wifi.connected = false;
    station = wifi.has_station();
    access_point = wifi.has_access_point();
    return ESP_OK;
  });
  if (station) Post(WIFI_EVENT, WIFI_EVENT_STA_STOP, nullptr, 0);
  if (access_point) Post(WIFI_EVENT, WIFI_EVENT_AP_STOP, nullptr, 0);
  return error;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_wifi_connect(void) try {
  wifi_event_sta_connected_t connected{};
  const esp_err_t error = Apply([&](Wifi& wifi) {
    if (!wifi.started) return ESP_ERR_WIFI_NOT_STARTED;
    if (!wifi.has_station()) return ESP_ERR_WIFI_MODE;
    wifi.connected = true;
    connected.ssid_len = SsidLength(wifi.station.sta.ssid);
    std::memcpy(connected.ssid, wifi.station.sta.ssid, sizeof connected.ssid);
    connected.channel = 1;
    connected.authmode = WIFI_AUTH_WPA2_PSK;
    return ESP_OK;
  });
  if (error != ESP_OK) return error;
  Post(WIFI_EVENT, WIFI_EVENT_STA_CONNECTED, &connected, sizeof connected);
  ip_event_got_ip_t address{};
  address.esp_netif = esp_netif_get_handle_from_ifkey("WIFI_STA_DEF");
  address.ip_changed = true;
  static_cast<void>(esp_netif_get_ip_info(address.esp_netif, &address.ip_info));
  Post(IP_EVENT, IP_EVENT_STA_GOT_IP, &address, sizeof address);
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_wifi_disconnect(void) try {
  const esp_err_t error = Apply([](Wifi& wifi) {
    if (!wifi.started) return ESP_ERR_WIFI_NOT_STARTED;
    wifi.connected = false;
    return ESP_OK;
  });
  if (error != ESP_OK) return error;
  wifi_event_sta_disconnected_t disconnected{};
  disconnected.reason = WIFI_REASON_ASSOC_LEAVE;
  Post(WIFI_EVENT, WIFI_EVENT_STA_DISCONNECTED, &disconnected, sizeof disconnected);
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_wifi_sta_get_ap_info(wifi_ap_record_t* ap_info) {
  if (ap_info == nullptr) return ESP_ERR_INVALID_ARG;
  *ap_info = {};
  return Apply([&](Wifi& wifi) {
    if (!wifi.connected) return ESP_ERR_WIFI_NOT_CONNECT;
    *ap_info = TheNetwork(wifi);
    return ESP_OK;
  });
}

esp_err_t esp_wifi_sta_get_rssi(int* rssi) {
  if (rssi == nullptr) return ESP_ERR_INVALID_ARG;
  wifi_ap_record_t record{};
  const esp_err_t error = esp_wifi_sta_get_ap_info(&record);
  if (error == ESP_OK) *rssi = record.rssi;
  return error;
}

esp_err_t esp_wifi_scan_start(const wifi_scan_config_t* config, bool block) try {
  static_cast<void>(config);
  static_cast<void>(block);
  const esp_err_t error = Apply([](Wifi& wifi) {
    if (!wifi.started) return ESP_ERR_WIFI_NOT_STARTED;
    return wifi.has_station() ? ESP_OK : ESP_ERR_WIFI_MODE;
  });
  if (error != ESP_OK) return error;
  wifi_event_sta_scan_done_t done{};
  done.number = 1;
  Post(WIFI_EVENT, WIFI_EVENT_SCAN_DONE, &done, sizeof done);
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)
esp_err_t esp_wifi_scan_stop(void) {
  return Apply([](Wifi&) { return ESP_OK; });
}
esp_err_t esp_wifi_scan_get_ap_num(std::uint16_t* number) {
  if (number == nullptr) return ESP_ERR_INVALID_ARG;
  return Apply([&](Wifi&) {
    *number = 1;
    return ESP_OK;
  });
}
esp_err_t esp_wifi_scan_get_ap_records(std::uint16_t* number, wifi_ap_record_t* ap_records) {
  if (number == nullptr || ap_records == nullptr) return ESP_ERR_INVALID_ARG;
  return Apply([&](Wifi& wifi) {
    if (*number > 0) ap_records[0] = TheNetwork(wifi);
    *number = *number > 0 ? 1 : 0;
    return ESP_OK;
  });
}

esp_err_t esp_wifi_restore(void) {
  return Apply([](Wifi& wifi) {
    wifi.station = {};
    wifi.access_point = {};
    wifi.mode = WIFI_MODE_STA;
    return ESP_OK;
  });
}

esp_err_t esp_wifi_set_protocol(wifi_interface_t ifx, std::uint8_t protocol_bitmap) {
  if (ifx >= WIFI_IF_MAX || protocol_bitmap == 0) return ESP_ERR_INVALID_ARG;
  return Taken();
}
esp_err_t esp_wifi_set_bandwidth(wifi_interface_t ifx, wifi_bandwidth_t bw) {
  if (ifx >= WIFI_IF_MAX || (bw != WIFI_BW_HT20 && bw != WIFI_BW_HT40)) return ESP_ERR_INVALID_ARG;
  return Taken();
}
esp_err_t esp_wifi_set_channel(std::uint8_t primary, wifi_second_chan_t second) {
  if (primary == 0 || second > WIFI_SECOND_CHAN_BELOW) return ESP_ERR_INVALID_ARG;
  return Taken();
}
esp_err_t esp_wifi_set_country(const wifi_country_t* country) {
  return country != nullptr ? Taken() : ESP_ERR_INVALID_ARG;
}
esp_err_t esp_wifi_set_country_code(const char* country, bool ieee80211d_enabled) {
  static_cast<void>(ieee80211d_enabled);
  return country != nullptr ? Taken() : ESP_ERR_INVALID_ARG;
}
// In quarters of a decibel over a milliwatt: 2 to 21.
esp_err_t esp_wifi_set_max_tx_power(std::int8_t power) {
  return power >= 8 && power <= 84 ? Taken() : ESP_ERR_INVALID_ARG;
}
esp_err_t esp_wifi_set_inactive_time(wifi_interface_t ifx, std::uint16_t sec) {
  return ifx < WIFI_IF_MAX && sec > 0 ? Taken() : ESP_ERR_INVALID_ARG;
}

esp_err_t esp_wifi_get_mac(wifi_interface_t ifx, std::uint8_t mac[6]) {
  if (mac == nullptr || ifx >= WIFI_IF_MAX) return ESP_ERR_INVALID_ARG;
  return esp_read_mac(mac, ifx == WIFI_IF_STA ? ESP_MAC_WIFI_STA : ESP_MAC_WIFI_SOFTAP);
}

esp_err_t esp_wifi_set_default_wifi_sta_handlers(void) { return ESP_OK; }
