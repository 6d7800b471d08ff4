// SPDX-License-Identifier: Apache-2.0
// mqtt_client.h: each call fails and says why, once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <mqtt_client.h>

#include <string>

namespace updraft {
namespace {

using testing::HasSubstr;

TEST(Mqtt, FailsInEachCallAndSaysSoOnce) {
  testing::internal::CaptureStdout();
  esp_mqtt_client_config_t config{};
  config.broker.address.uri = "mqtts://broker.example.org";
  auto* const client = esp_mqtt_client_init(&config);
  EXPECT_EQ(client, nullptr);
  const esp_event_handler_t handler = [](void*, esp_event_base_t, std::int32_t, void*) {
    ADD_FAILURE() << "no event comes";
  };
  EXPECT_EQ(esp_mqtt_client_register_event(client, MQTT_EVENT_ANY, handler, nullptr),
            ESP_ERR_NOT_SUPPORTED);
  EXPECT_EQ(esp_mqtt_client_start(client), ESP_ERR_NOT_SUPPORTED);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(esp_mqtt_client_publish(client, "state", "on", 0, 1, 0), -1);
  }
  EXPECT_EQ(esp_mqtt_client_enqueue(client, "state", "on", 0, 1, 0, true), -1);
  EXPECT_EQ(esp_mqtt_client_subscribe(client, "update", 1), -1);
  const esp_mqtt_topic_t topics[]{{"update", 1}, {"command", 0}};
  EXPECT_EQ(esp_mqtt_client_subscribe_multiple(client, topics, 2), -1);
  EXPECT_EQ(esp_mqtt_client_unsubscribe(client, "update"), -1);
  EXPECT_EQ(esp_mqtt_client_get_outbox_size(client), 0);
  EXPECT_EQ(esp_mqtt_client_set_uri(client, "mqtt://other"), ESP_ERR_NOT_SUPPORTED);
  EXPECT_EQ(esp_mqtt_set_config(client, &config), ESP_ERR_NOT_SUPPORTED);
  EXPECT_EQ(esp_mqtt_client_reconnect(client), ESP_ERR_NOT_SUPPORTED);
  EXPECT_EQ(esp_mqtt_client_disconnect(client), ESP_ERR_NOT_SUPPORTED);
  EXPECT_EQ(esp_mqtt_client_unregister_event(client, MQTT_EVENT_ANY, handler),
            ESP_ERR_NOT_SUPPORTED);
  EXPECT_EQ(esp_mqtt_client_stop(client), ESP_ERR_NOT_SUPPORTED);
  EXPECT_EQ(esp_mqtt_client_destroy(client), ESP_ERR_NOT_SUPPORTED);
  const std::string log = testing::internal::GetCapturedStdout();
  EXPECT_THAT(log, HasSubstr("esp_mqtt_client_init: MQTT is not supported here"));
  const std::string publish = "esp_mqtt_client_publish: MQTT";
  EXPECT_THAT(log, HasSubstr(publish));
  EXPECT_EQ(log.find(publish), log.rfind(publish));
}

}  // namespace
}  // namespace updraft
