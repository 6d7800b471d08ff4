// SPDX-License-Identifier: Apache-2.0
// driver/gpio.h: inputs by the environment, outputs by what was set.
#include <driver/gpio.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace {

constexpr int kNotSet = -1;

std::array<std::atomic<int>, GPIO_NUM_MAX>& Levels() {
  static auto* const kLevels = [] {
    auto* const levels = new std::array<std::atomic<int>, GPIO_NUM_MAX>();
    for (auto& level : *levels) level = kNotSet;
    return levels;
  }();
  return *kLevels;
}

bool IsPin(gpio_num_t number) { return number >= GPIO_NUM_0 && number < GPIO_NUM_MAX; }

}  // namespace

esp_err_t gpio_config(const gpio_config_t* config) {
  const bool known =
      config != nullptr && config->pin_bit_mask != 0 && (config->pin_bit_mask >> GPIO_NUM_MAX) == 0;
  return known ? ESP_OK : ESP_ERR_INVALID_ARG;
}

esp_err_t gpio_reset_pin(gpio_num_t gpio_num) {
  if (!IsPin(gpio_num)) return ESP_ERR_INVALID_ARG;
  Levels()[static_cast<std::size_t>(gpio_num)] = kNotSet;
  return ESP_OK;
}

esp_err_t gpio_set_direction(gpio_num_t gpio_num, gpio_mode_t mode) {
  static_cast<void>(mode);
  return IsPin(gpio_num) ? ESP_OK : ESP_ERR_INVALID_ARG;
}

esp_err_t gpio_set_pull_mode(gpio_num_t gpio_num, gpio_pull_mode_t pull) {
  return IsPin(gpio_num) && pull <= GPIO_FLOATING ? ESP_OK : ESP_ERR_INVALID_ARG;
}

esp_err_t gpio_set_level(gpio_num_t gpio_num, std::uint32_t level) {
  if (!IsPin(gpio_num)) return ESP_ERR_INVALID_ARG;
  Levels()[static_cast<std::size_t>(gpio_num)] = level != 0 ? 1 : 0;
  return ESP_OK;
}

int gpio_get_level(gpio_num_t gpio_num) {
  if (!IsPin(gpio_num)) return 0;
  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "UPDRAFT_GPIO_%d", static_cast<int>(gpio_num));
  if (const char* const text = std::getenv(name.data()); text != nullptr) {
    return text[0] == '0' ? 0 : 1;
  }
  const int level = Levels()[static_cast<std::size_t>(gpio_num)];
  return level == kNotSet ? 1 : level;
}
