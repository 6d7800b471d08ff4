// SPDX-License-Identifier: Apache-2.0
// mqtt_client.h: what says that it is not there. An application that reaches its updates
// by MQTT alone gets none here, and its log tells why.
#include <esp_log.h>
#include <mqtt_client.h>

#include <atomic>

namespace {

void Tell(const char* function, std::atomic<bool>& told) {
  if (told.exchange(true)) return;
  ESP_LOGE("mqtt_client", "%s: MQTT is not supported here: no broker is connected to", function);
}

}  // namespace

// Once for each function, or who publishes each second would hide all else.
// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): it has a variable of each function's own
#define UPDRAFT_REFUSE(result)            \
  do {                                    \
    static std::atomic<bool> told{false}; \
    Tell(__func__, told);                 \
    return result;                        \
  } while (false)

esp_mqtt_client_handle_t esp_mqtt_client_init(const esp_mqtt_client_config_t* /*config*/) {
  UPDRAFT_REFUSE(nullptr);
}
esp_err_t esp_mqtt_client_set_uri(esp_mqtt_client_handle_t /*client*/, const char* /*uri*/) {
  UPDRAFT_REFUSE(ESP_ERR_NOT_SUPPORTED);
}
esp_err_t esp_mqtt_client_start(esp_mqtt_client_handle_t /*client*/) {
  UPDRAFT_REFUSE(ESP_ERR_NOT_SUPPORTED);
}
esp_err_t esp_mqtt_client_reconnect(esp_mqtt_client_handle_t /*client*/) {
  UPDRAFT_REFUSE(ESP_ERR_NOT_SUPPORTED);
}
esp_err_t esp_mqtt_client_disconnect(esp_mqtt_client_handle_t /*client*/) {
  UPDRAFT_REFUSE(ESP_ERR_NOT_SUPPORTED);
}
esp_err_t esp_mqtt_client_stop(esp_mqtt_client_handle_t /*client*/) {
  UPDRAFT_REFUSE(ESP_ERR_NOT_SUPPORTED);
}
esp_err_t esp_mqtt_client_destroy(esp_mqtt_client_handle_t /*client*/) {
  UPDRAFT_REFUSE(ESP_ERR_NOT_SUPPORTED);
}
esp_err_t esp_mqtt_set_config(esp_mqtt_client_handle_t /*client*/,
                              const esp_mqtt_client_config_t* /*config*/) {
  UPDRAFT_REFUSE(ESP_ERR_NOT_SUPPORTED);
}
esp_err_t esp_mqtt_client_register_event(esp_mqtt_client_handle_t /*client*/,
                                         esp_mqtt_event_id_t /*event*/,
                                         esp_event_handler_t /*event_handler*/,
                                         void* /*event_handler_arg*/) {
  UPDRAFT_REFUSE(ESP_ERR_NOT_SUPPORTED);
}
esp_err_t esp_mqtt_client_unregister_event(esp_mqtt_client_handle_t /*client*/,
                                           esp_mqtt_event_id_t /*event*/,
                                           esp_event_handler_t /*event_handler*/) {
  UPDRAFT_REFUSE(ESP_ERR_NOT_SUPPORTED);
}

int esp_mqtt_client_subscribe_single(esp_mqtt_client_handle_t /*client*/, const char* /*topic*/,
                                     int /*qos*/) {
  UPDRAFT_REFUSE(-1);
}
int esp_mqtt_client_subscribe_multiple(esp_mqtt_client_handle_t /*client*/,
                                       const esp_mqtt_topic_t* /*topic_list*/, int /*size*/) {
  UPDRAFT_REFUSE(-1);
}
int esp_mqtt_client_unsubscribe(esp_mqtt_client_handle_t /*client*/, const char* /*topic*/) {
  UPDRAFT_REFUSE(-1);
}
int esp_mqtt_client_publish(esp_mqtt_client_handle_t /*client*/, const char* /*topic*/,
                            const char* /*data*/, int /*len*/, int /*qos*/, int /*retain*/) {
  UPDRAFT_REFUSE(-1);
}
int esp_mqtt_client_enqueue(esp_mqtt_client_handle_t /*client*/, const char* /*topic*/,
                            const char* /*data*/, int /*len*/, int /*qos*/, int /*retain*/,
                            bool /*store*/) {
  UPDRAFT_REFUSE(-1);
}
int esp_mqtt_client_get_outbox_size(esp_mqtt_client_handle_t /*client*/) { return 0; }
