// SPDX-License-Identifier: Apache-2.0
// driver/gpio.h: inputs by the environment, outputs by what was set.
#include "esp/src/gpio.h"

#include <driver/gpio.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "esp/src/no_memory.h"

namespace {

constexpr int kNotSet = -1;

using PinLevels = std::array<std::atomic<int>, GPIO_NUM_MAX>;

PinLevels* MakeLevels() {
  auto* const levels = new PinLevels();
  for (auto& level : *levels) level = kNotSet;
  return levels;
}

PinLevels& Levels() {
  static PinLevels* const kLevels = MakeLevels();
  return *kLevels;
}

bool IsPin(gpio_num_t number) { return number >= GPIO_NUM_0 && number < GPIO_NUM_MAX; }

// The level that wakes light sleep, of each pin.
PinLevels& WakeLevels() {
  static PinLevels* const kLevels = MakeLevels();
  return *kLevels;
}

}  // namespace

bool updraft::esp::PinsWakeLightSleep() {
  for (int number = 0; number < GPIO_NUM_MAX; ++number) {
    const int level = WakeLevels()[static_cast<std::size_t>(number)];
    if (level != kNotSet && gpio_get_level(static_cast<gpio_num_t>(number)) == level) return true;
  }
  return false;
}

esp_err_t gpio_wakeup_enable(gpio_num_t gpio_num, gpio_int_type_t intr_type) try {
  const bool level = intr_type == GPIO_INTR_LOW_LEVEL || intr_type == GPIO_INTR_HIGH_LEVEL;
  if (!IsPin(gpio_num) || !level) return ESP_ERR_INVALID_ARG;
  WakeLevels()[static_cast<std::size_t>(gpio_num)] = intr_type == GPIO_INTR_HIGH_LEVEL ? 1 : 0;
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t gpio_wakeup_disable(gpio_num_t gpio_num) try {
  if (!IsPin(gpio_num)) return ESP_ERR_INVALID_ARG;
  WakeLevels()[static_cast<std::size_t>(gpio_num)] = kNotSet;
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t gpio_config(const gpio_config_t* config) {
  const bool known =
      config != nullptr && config->pin_bit_mask != 0 && (config->pin_bit_mask >> GPIO_NUM_MAX) == 0;
  return known ? ESP_OK : ESP_ERR_INVALID_ARG;
}

esp_err_t gpio_reset_pin(gpio_num_t gpio_num) try {
  if (!IsPin(gpio_num)) return ESP_ERR_INVALID_ARG;
  Levels()[static_cast<std::size_t>(gpio_num)] = kNotSet;
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t gpio_set_direction(gpio_num_t gpio_num, gpio_mode_t mode) {
  static_cast<void>(mode);
  return IsPin(gpio_num) ? ESP_OK : ESP_ERR_INVALID_ARG;
}

esp_err_t gpio_set_pull_mode(gpio_num_t gpio_num, gpio_pull_mode_t pull) {
  return IsPin(gpio_num) && pull <= GPIO_FLOATING ? ESP_OK : ESP_ERR_INVALID_ARG;
}

esp_err_t gpio_set_level(gpio_num_t gpio_num, std::uint32_t level) try {
  if (!IsPin(gpio_num)) return ESP_ERR_INVALID_ARG;
  Levels()[static_cast<std::size_t>(gpio_num)] = level != 0 ? 1 : 0;
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

int gpio_get_level(gpio_num_t gpio_num) try {
  if (!IsPin(gpio_num)) return 0;
  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "UPDRAFT_GPIO_%d", static_cast<int>(gpio_num));
  if (const char* const text = std::getenv(name.data()); text != nullptr) {
    return text[0] == '0' ? 0 : 1;
  }
  const int level = Levels()[static_cast<std::size_t>(gpio_num)];
  return level == kNotSet ? 1 : level;
}
UPDRAFT_NO_MEMORY(ESP_FAIL)
