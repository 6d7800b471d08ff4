// SPDX-License-Identifier: Apache-2.0
// Sleep. Deep sleep ends the firmware; the bootloader starts it again at the
// wake-up, with RTC memory as it was (esp_attr.h) and the cause told. Light sleep
// waits; other tasks go on. A timer wakes; so does a pin that has its level when
// sleep begins (driver/gpio.h: pins do not change by themselves). Implemented in
// esp/src/sleep.cc.
#pragma once

#include <driver/gpio.h>
#include <esp_attr.h>
#include <esp_err.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  ESP_PD_DOMAIN_RTC_PERIPH,
  ESP_PD_DOMAIN_RTC_SLOW_MEM,
  ESP_PD_DOMAIN_RTC_FAST_MEM,
  ESP_PD_DOMAIN_XTAL,
  ESP_PD_DOMAIN_RC_FAST,
  ESP_PD_DOMAIN_VDDSDIO,
  ESP_PD_DOMAIN_MODEM,
  ESP_PD_DOMAIN_MAX,
} esp_sleep_pd_domain_t;

typedef enum {
  ESP_PD_OPTION_OFF,
  ESP_PD_OPTION_ON,
  ESP_PD_OPTION_AUTO,
} esp_sleep_pd_option_t;

typedef enum {
  ESP_SLEEP_WAKEUP_UNDEFINED,
  ESP_SLEEP_WAKEUP_ALL,
  ESP_SLEEP_WAKEUP_EXT0,
  ESP_SLEEP_WAKEUP_EXT1,
  ESP_SLEEP_WAKEUP_TIMER,
  ESP_SLEEP_WAKEUP_TOUCHPAD,
  ESP_SLEEP_WAKEUP_ULP,
  ESP_SLEEP_WAKEUP_GPIO,
  ESP_SLEEP_WAKEUP_UART,
  ESP_SLEEP_WAKEUP_WIFI,
  ESP_SLEEP_WAKEUP_COCPU,
  ESP_SLEEP_WAKEUP_COCPU_TRAP_TRIG,
  ESP_SLEEP_WAKEUP_BT,
  ESP_SLEEP_WAKEUP_VAD,
  ESP_SLEEP_WAKEUP_VBAT_UNDER_VOLT,
} esp_sleep_source_t;
typedef esp_sleep_source_t esp_sleep_wakeup_cause_t;

typedef enum {
  ESP_EXT1_WAKEUP_ALL_LOW = 0,  // the ESP32
  ESP_EXT1_WAKEUP_ANY_LOW = 0,  // all others
  ESP_EXT1_WAKEUP_ANY_HIGH = 1,
} esp_sleep_ext1_wakeup_mode_t;

typedef enum {
  ESP_GPIO_WAKEUP_GPIO_LOW = 0,
  ESP_GPIO_WAKEUP_GPIO_HIGH = 1,
} esp_deepsleep_gpio_wake_up_mode_t;

enum {
  ESP_ERR_SLEEP_REJECT = ESP_ERR_INVALID_STATE,
  ESP_ERR_SLEEP_TOO_SHORT_SLEEP_DURATION = ESP_ERR_INVALID_ARG,
};

typedef void (*esp_deep_sleep_cb_t)(void);
typedef esp_deep_sleep_cb_t esp_deep_sleep_wake_stub_fn_t;

// ESP_ERR_INVALID_STATE when it does not wake.
esp_err_t esp_sleep_disable_wakeup_source(esp_sleep_source_t source);
// Microseconds. ESP_ERR_INVALID_ARG beyond what a chip's clock counts.
esp_err_t esp_sleep_enable_timer_wakeup(uint64_t time_in_us);
// ESP_ERR_INVALID_ARG for no pin or another level than 0 and 1.
esp_err_t esp_sleep_enable_ext0_wakeup(gpio_num_t gpio_num, int level);
// ESP_ERR_INVALID_ARG for no pins or no mode. The second adds pins to those there.
esp_err_t esp_sleep_enable_ext1_wakeup(uint64_t io_mask, esp_sleep_ext1_wakeup_mode_t level_mode);
esp_err_t esp_sleep_enable_ext1_wakeup_io(uint64_t io_mask,
                                          esp_sleep_ext1_wakeup_mode_t level_mode);
// 0: all pins. ESP_ERR_INVALID_ARG for no pins.
esp_err_t esp_sleep_disable_ext1_wakeup_io(uint64_t io_mask);
// Pins of deep sleep. ESP_ERR_INVALID_ARG for no pins or no mode.
esp_err_t esp_deep_sleep_enable_gpio_wakeup(uint64_t gpio_pin_mask,
                                            esp_deepsleep_gpio_wake_up_mode_t mode);
// Pins of light sleep, as gpio_wakeup_enable named them.
esp_err_t esp_sleep_enable_gpio_wakeup(void);
// ESP_ERR_NOT_SUPPORTED: there is nothing of the kind.
esp_err_t esp_sleep_enable_touchpad_wakeup(void);
esp_err_t esp_sleep_enable_ulp_wakeup(void);
esp_err_t esp_sleep_enable_wifi_wakeup(void);
esp_err_t esp_sleep_disable_wifi_wakeup(void);
esp_err_t esp_sleep_enable_bt_wakeup(void);
esp_err_t esp_sleep_disable_bt_wakeup(void);
// UART 0 wakes light sleep when standard input has something to read;
// ESP_ERR_INVALID_ARG for another.
esp_err_t esp_sleep_enable_uart_wakeup(int uart_num);
bool esp_sleep_is_valid_wakeup_gpio(gpio_num_t gpio_num);

// Pins that were the cause, a bit each; 0 when they were not.
uint64_t esp_sleep_get_ext1_wakeup_status(void);
uint64_t esp_sleep_get_gpio_wakeup_status(void);
// ESP_SLEEP_WAKEUP_UNDEFINED when the firmware did not sleep.
esp_sleep_wakeup_cause_t esp_sleep_get_wakeup_cause(void);
// A bit each: BIT(ESP_SLEEP_WAKEUP_TIMER).
uint32_t esp_sleep_get_wakeup_causes(void);

// Checked, and without effect: ESP_ERR_INVALID_ARG.
esp_err_t esp_sleep_pd_config(esp_sleep_pd_domain_t domain, esp_sleep_pd_option_t option);

// Does not return. Without a wake-up source the device sleeps until it is switched
// off and on. Shutdown handlers do not run; hooks do.
void esp_deep_sleep_start(void) __attribute__((noreturn));
void esp_deep_sleep(uint64_t time_in_us) __attribute__((noreturn));
// Return ESP_ERR_SLEEP_REJECT where there is no bootloader that wakes the device.
esp_err_t esp_deep_sleep_try_to_start(void);
esp_err_t esp_deep_sleep_try(uint64_t time_in_us);
// Any number, run in their order. ESP_ERR_NO_MEM.
esp_err_t esp_deep_sleep_register_hook(esp_deep_sleep_cb_t new_dslp_cb);
void esp_deep_sleep_deregister_hook(esp_deep_sleep_cb_t old_dslp_cb);
// A stub is kept and not run: the bootloader starts the firmware as ever.
void esp_set_deep_sleep_wake_stub(esp_deep_sleep_wake_stub_fn_t new_stub);
esp_deep_sleep_wake_stub_fn_t esp_get_deep_sleep_wake_stub(void);
void esp_default_wake_deep_sleep(void);

// Returns at the wake-up; never without a source.
esp_err_t esp_light_sleep_start(void);

#ifdef __cplusplus
}
#endif
