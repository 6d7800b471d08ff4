// SPDX-License-Identifier: Apache-2.0
// Parts that a host does not have: what programs wait for comes, what they do
// wrong is an error.
#include <driver/gpio.h>
#include <esp_app_desc.h>
#include <esp_check.h>
#include <esp_err.h>
#include <esp_heap_caps.h>
#include <esp_log.h>
#include <esp_mac.h>
#include <esp_pm.h>
#include <esp_random.h>
#include <esp_rom_crc.h>
#include <esp_spi_flash.h>
#include <esp_system.h>
#include <esp_task_wdt.h>
#include <esp_transport.h>
#include <esp_wifi.h>
#include <gmock/gmock.h>
#include <protocol_examples_common.h>
#include <stdlib.h>

#include <cstring>

#include "tests/facade/facade_device.h"

namespace updraft {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Names, OfTransportErrorsAreKnown) {
  EXPECT_STREQ(esp_err_to_name(ESP_ERR_TCP_TRANSPORT_CONNECTION_FAILED),
               "ESP_ERR_TCP_TRANSPORT_CONNECTION_FAILED");
}

TEST(Wifi, PostsWhatProgramsWaitFor) {
  ASSERT_EQ(esp_event_loop_create_default(), ESP_OK);
  auto* const seen = xQueueCreate(8, sizeof(std::int32_t));
  const auto note = [](void* queue, esp_event_base_t base, std::int32_t id, void* data) {
    if (base == IP_EVENT) {
      const auto* const got = static_cast<const ip_event_got_ip_t*>(data);
      id = esp_ip4_addr1(&got->ip_info.ip) == 127 ? 1000 : -1;
    }
    xQueueSend(static_cast<QueueHandle_t>(queue), &id, portMAX_DELAY);
  };
  ASSERT_EQ(esp_event_handler_register(ESP_EVENT_ANY_BASE, ESP_EVENT_ANY_ID, note, seen), ESP_OK);
  EXPECT_EQ(esp_wifi_start(), ESP_ERR_WIFI_NOT_INIT);
  EXPECT_EQ(esp_wifi_init(nullptr), ESP_ERR_INVALID_ARG);
  const wifi_init_config_t config = WIFI_INIT_CONFIG_DEFAULT();
  ASSERT_EQ(esp_wifi_init(&config), ESP_OK);
  EXPECT_EQ(esp_wifi_connect(), ESP_ERR_WIFI_NOT_STARTED);
  wifi_config_t station{};
  std::memcpy(station.sta.ssid, "home", 4);
  EXPECT_EQ(esp_wifi_set_config(WIFI_IF_STA, nullptr), ESP_ERR_INVALID_ARG);
  ASSERT_EQ(esp_wifi_set_config(WIFI_IF_STA, &station), ESP_OK);
  ASSERT_EQ(esp_wifi_start(), ESP_OK);
  ASSERT_EQ(esp_wifi_connect(), ESP_OK);
  std::vector<std::int32_t> ids(3);
  for (std::int32_t& id : ids) xQueueReceive(seen, &id, portMAX_DELAY);
  EXPECT_THAT(ids, ElementsAre(WIFI_EVENT_STA_START, WIFI_EVENT_STA_CONNECTED, 1000));
  wifi_ap_record_t record{};
  EXPECT_EQ(esp_wifi_sta_get_ap_info(&record), ESP_OK);
  EXPECT_STREQ(reinterpret_cast<const char*>(record.ssid), "home");
  EXPECT_EQ(esp_wifi_deinit(), ESP_OK);
  esp_event_loop_delete_default();
  vQueueDelete(seen);
}

TEST(Netif, KnowsItsInterfacesOnly) {
  esp_netif_t* const station = esp_netif_get_handle_from_ifkey("WIFI_STA_DEF");
  ASSERT_NE(station, nullptr);
  EXPECT_EQ(esp_netif_get_handle_from_ifkey("nobody"), nullptr);
  EXPECT_EQ(esp_netif_get_handle_from_ifkey(nullptr), nullptr);
  char name[16] = "";
  EXPECT_EQ(esp_netif_get_netif_impl_name(station, name), ESP_OK);
  EXPECT_STREQ(name, "lo");
  EXPECT_EQ(esp_netif_get_netif_impl_name(nullptr, name), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(get_example_netif_from_desc("nobody"), nullptr);
}

// The check values of CRC-32/ISO-HDLC, CRC-16/X-25, CRC-32/BZIP2, CRC-16/GENIBUS, and of
// CRC-8/ROHC complemented.
TEST(RomCrc, GivesTheChecksumsOfTheRom) {
  const auto* const text = reinterpret_cast<const std::uint8_t*>("123456789");
  EXPECT_EQ(esp_rom_crc32_le(0, text, 9), 0xCBF43926U);
  EXPECT_EQ(esp_rom_crc32_le(esp_rom_crc32_le(0, text, 4), text + 4, 5), 0xCBF43926U);
  EXPECT_EQ(esp_rom_crc16_le(0, text, 9), 0x906E);
  EXPECT_EQ(esp_rom_crc32_be(0, text, 9), 0xFC891918U);
  EXPECT_EQ(esp_rom_crc16_be(0, text, 9), 0xD64E);
  EXPECT_EQ(esp_rom_crc8_be(esp_rom_crc8_be(0, text, 4), text + 4, 5), esp_rom_crc8_be(0, text, 9));
  EXPECT_EQ(esp_rom_crc8_le(0, text, 9), 0x2F);
}

TEST(Gpio, ReadsWhatTheEnvironmentSays) {
  EXPECT_EQ(gpio_get_level(GPIO_NUM_4), 1);
  setenv("UPDRAFT_GPIO_4", "0", 1);
  EXPECT_EQ(gpio_get_level(GPIO_NUM_4), 0);
  unsetenv("UPDRAFT_GPIO_4");
  EXPECT_EQ(gpio_set_level(GPIO_NUM_5, 0), ESP_OK);
  EXPECT_EQ(gpio_get_level(GPIO_NUM_5), 0);
  EXPECT_EQ(gpio_reset_pin(GPIO_NUM_5), ESP_OK);
  EXPECT_EQ(gpio_get_level(GPIO_NUM_5), 1);
  EXPECT_EQ(gpio_get_level(GPIO_NUM_NC), 0);
  EXPECT_EQ(gpio_set_level(GPIO_NUM_MAX, 1), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(gpio_config(nullptr), ESP_ERR_INVALID_ARG);
}

TEST(Watchdog, KnowsWhomItWatches) {
  EXPECT_EQ(esp_task_wdt_reset(), ESP_ERR_NOT_FOUND);
  EXPECT_EQ(esp_task_wdt_add(nullptr), ESP_OK);
  EXPECT_EQ(esp_task_wdt_reset(), ESP_OK);
  EXPECT_EQ(esp_task_wdt_delete(nullptr), ESP_OK);
  EXPECT_EQ(esp_task_wdt_delete(nullptr), ESP_ERR_INVALID_ARG);
}

TEST(PowerLock, IsHeldBeforeItIsReleased) {
  esp_pm_lock_handle_t lock = nullptr;
  EXPECT_EQ(esp_pm_lock_create(ESP_PM_CPU_FREQ_MAX, 0, "x", nullptr), ESP_ERR_INVALID_ARG);
  ASSERT_EQ(esp_pm_lock_create(ESP_PM_CPU_FREQ_MAX, 0, "x", &lock), ESP_OK);
  EXPECT_EQ(esp_pm_lock_release(lock), ESP_ERR_INVALID_STATE);
  EXPECT_EQ(esp_pm_lock_acquire(lock), ESP_OK);
  EXPECT_EQ(esp_pm_lock_delete(lock), ESP_ERR_INVALID_STATE);
  EXPECT_EQ(esp_pm_lock_release(lock), ESP_OK);
  EXPECT_EQ(esp_pm_lock_delete(lock), ESP_OK);
  EXPECT_EQ(esp_pm_lock_acquire(lock), ESP_ERR_INVALID_ARG);
}

TEST(Errors, HaveTheirNames) {
  EXPECT_STREQ(esp_err_to_name(ESP_ERR_NO_MEM), "ESP_ERR_NO_MEM");
  EXPECT_STREQ(esp_err_to_name(ESP_ERR_OTA_VALIDATE_FAILED), "ESP_ERR_OTA_VALIDATE_FAILED");
  EXPECT_STREQ(esp_err_to_name(0x7FFFFFF), "ERROR");
  char text[32] = "";
  EXPECT_STREQ(esp_err_to_name_r(ESP_FAIL, text, sizeof text), "ESP_FAIL");
  EXPECT_STREQ(esp_err_to_name_r(0x7FFFFFF, text, sizeof text), "ERROR 0x7ffffff(134217727)");
  EXPECT_EQ(esp_err_to_name_r(ESP_FAIL, nullptr, 0), nullptr);
  EXPECT_EQ(ESP_ERROR_CHECK_WITHOUT_ABORT(ESP_ERR_TIMEOUT), ESP_ERR_TIMEOUT);
}

TEST(ErrorCheckDeathTest, EndsTheFirmware) { EXPECT_DEATH(ESP_ERROR_CHECK(ESP_ERR_TIMEOUT), ""); }

std::string g_logged;

int Capture(const char* format, va_list args) __attribute__((format(printf, 1, 0)));
int Capture(const char* format, va_list args) {
  std::array<char, 512> line{};
  const int count = std::vsnprintf(line.data(), line.size(), format, args);
  g_logged += line.data();
  return count;
}

class Log : public testing::Test {
 protected:
  Log() {
    g_logged.clear();
    former_ = esp_log_set_vprintf(&Capture);
  }
  ~Log() override {
    esp_log_set_vprintf(former_);
    esp_log_level_set("*", ESP_LOG_INFO);
  }

 private:
  vprintf_like_t former_;
};

TEST_F(Log, PrintsLevelTimeAndTag) {
  ESP_LOGW("tag", "number %d", 7);
  EXPECT_THAT(g_logged, testing::MatchesRegex("W \\([0-9]+\\) tag: number 7\n"));
}

TEST_F(Log, LetsThroughWhatTheTagAllows) {
  esp_log_level_set("quiet", ESP_LOG_ERROR);
  ESP_LOGI("quiet", "no");
  ESP_LOGE("quiet", "yes");
  ESP_LOGD("other", "not compiled in");
  EXPECT_THAT(g_logged, HasSubstr("yes"));
  EXPECT_THAT(g_logged, testing::Not(HasSubstr("no")));
  EXPECT_EQ(esp_log_level_get("quiet"), ESP_LOG_ERROR);
  EXPECT_EQ(esp_log_level_get("unknown"), ESP_LOG_INFO);
  esp_log_level_set("*", ESP_LOG_WARN);
  EXPECT_EQ(esp_log_level_get("quiet"), ESP_LOG_WARN);
  EXPECT_EQ(esp_log_level_get(nullptr), ESP_LOG_WARN);
  esp_log_level_set(nullptr, ESP_LOG_WARN);
}

TEST_F(Log, PrintsBuffersSixteenBytesALine) {
  const char text[] = "sixteen bytes...17";
  ESP_LOG_BUFFER_HEX("t", text, 17);
  EXPECT_THAT(g_logged, HasSubstr("73 69 78 74 65 65 6e 20 62 79 74 65 73 2e 2e 2e "));
  g_logged.clear();
  ESP_LOG_BUFFER_HEXDUMP("t", text, 3, ESP_LOG_INFO);
  EXPECT_THAT(g_logged, HasSubstr("73 69 78 "));
  EXPECT_THAT(g_logged, HasSubstr("|six|"));
  g_logged.clear();
  ESP_LOG_BUFFER_HEX("t", text, 0);
  EXPECT_EQ(g_logged, "");
}

esp_err_t ReturnsOnError(esp_err_t error) {
  ESP_RETURN_ON_ERROR(error, "check", "because of %d", 3);
  return ESP_OK;
}

TEST_F(Log, NamesTheFunctionOfAFailedCheck) {
  EXPECT_EQ(ReturnsOnError(ESP_ERR_TIMEOUT), ESP_ERR_TIMEOUT);
  EXPECT_THAT(g_logged, HasSubstr("check: ReturnsOnError("));
  EXPECT_THAT(g_logged, HasSubstr("): because of 3"));
  EXPECT_EQ(ReturnsOnError(ESP_OK), ESP_OK);
}

int g_handled = 0;

template <int number>
void Handler() {
  g_handled += number;
}

using SystemApi = Facade;

TEST_F(SystemApi, TellsWhyItStarted) {
  EXPECT_EQ(esp_reset_reason(), ESP_RST_POWERON);
  Bind(ESP_RST_PANIC);
  EXPECT_EQ(esp_reset_reason(), ESP_RST_PANIC);
}

TEST_F(SystemApi, TakesFiveShutdownHandlers) {
  static const std::array<shutdown_handler_t, 6> handlers{&Handler<0>, &Handler<1>, &Handler<2>,
                                                          &Handler<3>, &Handler<4>, &Handler<5>};
  EXPECT_EQ(esp_register_shutdown_handler(nullptr), ESP_ERR_INVALID_ARG);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(esp_register_shutdown_handler(handlers[static_cast<std::size_t>(i)]), ESP_OK);
  }
  EXPECT_EQ(esp_register_shutdown_handler(handlers[0]), ESP_ERR_INVALID_STATE);
  EXPECT_EQ(esp_register_shutdown_handler(handlers[5]), ESP_ERR_NO_MEM);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(esp_unregister_shutdown_handler(handlers[static_cast<std::size_t>(i)]), ESP_OK);
  }
  EXPECT_EQ(esp_unregister_shutdown_handler(handlers[0]), ESP_ERR_INVALID_STATE);
}

TEST_F(SystemApi, HasMemoryRandomNumbersAndAnAddressOfItsOwn) {
  EXPECT_GT(esp_get_free_heap_size(), 0U);
  EXPECT_LE(esp_get_minimum_free_heap_size(), heap_caps_get_total_size(MALLOC_CAP_DEFAULT));
  void* const memory = heap_caps_calloc(4, 4, MALLOC_CAP_INTERNAL);
  ASSERT_NE(memory, nullptr);
  heap_caps_free(memory);
  EXPECT_EQ(heap_caps_malloc(1, MALLOC_CAP_INVALID), nullptr);
  EXPECT_NE(std::pair(esp_random(), esp_random()), std::pair(0U, 0U));
  esp_fill_random(nullptr, 4);
  std::array<std::uint8_t, 6> mac{};
  EXPECT_EQ(esp_read_mac(mac.data(), ESP_MAC_WIFI_STA), ESP_OK);
  EXPECT_EQ(mac[0], 0x02);
  EXPECT_EQ(esp_read_mac(nullptr, ESP_MAC_WIFI_STA), ESP_ERR_INVALID_ARG);
  char hash[16] = "";
  EXPECT_EQ(esp_app_get_elf_sha256(hash, sizeof hash), 10);
  EXPECT_EQ(std::strlen(hash), 9U);
  EXPECT_EQ(esp_app_get_elf_sha256(hash, 2), 2);
  EXPECT_EQ(esp_app_get_elf_sha256(hash, 1), 0);
  EXPECT_EQ(esp_app_get_elf_sha256(nullptr, 9), 0);
}

TEST_F(SystemApi, HasTheFlashCallsOfEspIdf4) {
  const std::uint32_t word = 0x12345678;
  std::uint32_t back = 0;
  EXPECT_EQ(spi_flash_erase_sector(0x9000 / SPI_FLASH_SEC_SIZE), ESP_OK);
  EXPECT_EQ(spi_flash_write(0x9000, &word, sizeof word), ESP_OK);
  EXPECT_EQ(spi_flash_read(0x9000, &back, sizeof back), ESP_OK);
  EXPECT_EQ(back, word);
  EXPECT_EQ(spi_flash_get_chip_size(), std::size_t{4} << 20);
  EXPECT_EQ(spi_flash_read(SIZE_MAX, &back, 4), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(spi_flash_erase_sector(SIZE_MAX), ESP_ERR_INVALID_ARG);
}

}  // namespace
}  // namespace updraft
