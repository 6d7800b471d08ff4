// SPDX-License-Identifier: Apache-2.0
// Deep and light sleep, and the memory that survives them. The device is off for
// no time: who waits is the launcher (launcher_test, IdfProject.SleepsAndWakes).
#include <esp_attr.h>
#include <esp_sleep.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "esp/src/rtc_memory.h"
#include "testing/temporary_folder.h"
#include "tests/facade/facade_device.h"

namespace updraft {
namespace {

RTC_DATA_ATTR int g_starts = 1;
RTC_NOINIT_ATTR int g_resets;

class FakeSleep final : public esp::DeepSleep {
 public:
  void Start(const esp::WakeUp& wake_up, std::optional<std::uint64_t> duration_us) override {
    ++starts;
    wakes = wake_up;
    duration = duration_us;
  }
  int starts = 0;
  esp::WakeUp wakes;
  std::optional<std::uint64_t> duration;
};

class Sleep : public Facade {
 protected:
  Sleep() { BindAs(ESP_RST_POWERON, {}); }
  ~Sleep() override { unsetenv("UPDRAFT_GPIO_4"); }
  void BindAs(esp_reset_reason_t reason, const esp::WakeUp& wake_up) {
    esp::Bind({.device = &test_device_.device(),
               .deep_sleep = &sleep_,
               .reset_reason = reason,
               .wake_up = wake_up});
  }
  static void SetPin4(const char* level) { setenv("UPDRAFT_GPIO_4", level, 1); }

  FakeSleep sleep_;
};

TEST_F(Sleep, IsDeepUntilTheTimerWakes) {
  EXPECT_EQ(esp_sleep_enable_timer_wakeup(5'000'000), ESP_OK);
  EXPECT_EQ(esp_deep_sleep_try_to_start(), ESP_ERR_SLEEP_REJECT);  // the fake lets it run on
  EXPECT_EQ(sleep_.starts, 1);
  EXPECT_EQ(sleep_.wakes.cause, static_cast<std::uint32_t>(ESP_SLEEP_WAKEUP_TIMER));
  EXPECT_EQ(sleep_.duration, 5'000'000U);
  EXPECT_EQ(esp_deep_sleep_try(7), ESP_ERR_SLEEP_REJECT);
  EXPECT_EQ(sleep_.duration, 7U);
}

TEST_F(Sleep, WithoutASourceHasNoEnd) {
  esp_deep_sleep_try_to_start();
  EXPECT_EQ(sleep_.starts, 1);
  EXPECT_EQ(sleep_.duration, std::nullopt);
}

TEST_F(Sleep, EndsAtOnceByAPinThatHasItsLevel) {
  SetPin4("1");
  EXPECT_EQ(esp_sleep_enable_timer_wakeup(5), ESP_OK);
  EXPECT_EQ(esp_sleep_enable_ext0_wakeup(GPIO_NUM_4, 0), ESP_OK);
  esp_deep_sleep_try_to_start();
  EXPECT_EQ(sleep_.wakes.cause, static_cast<std::uint32_t>(ESP_SLEEP_WAKEUP_TIMER));
  SetPin4("0");
  esp_deep_sleep_try_to_start();
  EXPECT_EQ(sleep_.wakes.cause, static_cast<std::uint32_t>(ESP_SLEEP_WAKEUP_EXT0));
  EXPECT_EQ(sleep_.duration, 0U);
  esp_sleep_disable_wakeup_source(ESP_SLEEP_WAKEUP_EXT0);
  EXPECT_EQ(esp_sleep_enable_ext1_wakeup(BIT64(4) | BIT64(5), ESP_EXT1_WAKEUP_ANY_HIGH), ESP_OK);
  esp_deep_sleep_try_to_start();
  EXPECT_EQ(sleep_.wakes.cause, static_cast<std::uint32_t>(ESP_SLEEP_WAKEUP_EXT1));
  EXPECT_EQ(sleep_.wakes.pins, BIT64(5));
  esp_sleep_disable_ext1_wakeup_io(0);
  EXPECT_EQ(esp_deep_sleep_enable_gpio_wakeup(BIT64(4), ESP_GPIO_WAKEUP_GPIO_LOW), ESP_OK);
  esp_deep_sleep_try_to_start();
  EXPECT_EQ(sleep_.wakes.cause, static_cast<std::uint32_t>(ESP_SLEEP_WAKEUP_GPIO));
  EXPECT_EQ(sleep_.wakes.pins, BIT64(4));
}

TEST_F(Sleep, TellsTheNextFirmwareWhatWokeIt) {
  EXPECT_EQ(esp_sleep_get_wakeup_cause(), ESP_SLEEP_WAKEUP_UNDEFINED);
  EXPECT_EQ(esp_sleep_get_wakeup_causes(), BIT(ESP_SLEEP_WAKEUP_UNDEFINED));
  BindAs(ESP_RST_DEEPSLEEP, {ESP_SLEEP_WAKEUP_TIMER, 0});
  EXPECT_EQ(esp_reset_reason(), ESP_RST_DEEPSLEEP);
  EXPECT_EQ(esp_sleep_get_wakeup_cause(), ESP_SLEEP_WAKEUP_TIMER);
  EXPECT_EQ(esp_sleep_get_wakeup_causes(), BIT(ESP_SLEEP_WAKEUP_TIMER));
  EXPECT_EQ(esp_sleep_get_ext1_wakeup_status(), 0U);
  BindAs(ESP_RST_DEEPSLEEP, {ESP_SLEEP_WAKEUP_EXT1, BIT64(5)});
  EXPECT_EQ(esp_sleep_get_ext1_wakeup_status(), BIT64(5));
  EXPECT_EQ(esp_sleep_get_gpio_wakeup_status(), 0U);
}

TEST_F(Sleep, IsLightUntilTheTimerWakes) {
  EXPECT_EQ(esp_sleep_enable_timer_wakeup(1000), ESP_OK);
  EXPECT_EQ(esp_light_sleep_start(), ESP_OK);
  EXPECT_EQ(esp_sleep_get_wakeup_cause(), ESP_SLEEP_WAKEUP_TIMER);
  EXPECT_EQ(sleep_.starts, 0);
  SetPin4("0");
  EXPECT_EQ(gpio_wakeup_enable(GPIO_NUM_4, GPIO_INTR_NEGEDGE), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(gpio_wakeup_enable(GPIO_NUM_4, GPIO_INTR_LOW_LEVEL), ESP_OK);
  EXPECT_EQ(esp_sleep_enable_gpio_wakeup(), ESP_OK);
  EXPECT_EQ(esp_light_sleep_start(), ESP_OK);
  EXPECT_EQ(esp_sleep_get_wakeup_cause(), ESP_SLEEP_WAKEUP_GPIO);
  gpio_wakeup_disable(GPIO_NUM_4);
}

TEST_F(Sleep, RunsItsHooksOnce) {
  static int runs = 0;
  runs = 0;
  const esp_deep_sleep_cb_t hook = [] { ++runs; };
  EXPECT_EQ(esp_deep_sleep_register_hook(nullptr), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_deep_sleep_register_hook(hook), ESP_OK);
  EXPECT_EQ(esp_deep_sleep_register_hook(hook), ESP_OK);
  esp_deep_sleep_try_to_start();
  EXPECT_EQ(runs, 1);
  esp_deep_sleep_deregister_hook(hook);
  esp_deep_sleep_try_to_start();
  EXPECT_EQ(runs, 1);
}

TEST_F(Sleep, RefusesSourcesThatAreNone) {
  EXPECT_EQ(esp_sleep_enable_timer_wakeup(UINT64_MAX), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_sleep_enable_ext0_wakeup(GPIO_NUM_NC, 0), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_sleep_enable_ext0_wakeup(GPIO_NUM_4, 2), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_sleep_enable_ext1_wakeup(0, ESP_EXT1_WAKEUP_ANY_HIGH), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_sleep_enable_ext1_wakeup(BIT64(63), ESP_EXT1_WAKEUP_ANY_HIGH), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_deep_sleep_enable_gpio_wakeup(0, ESP_GPIO_WAKEUP_GPIO_LOW), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_sleep_enable_uart_wakeup(1), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_sleep_enable_touchpad_wakeup(), ESP_ERR_NOT_SUPPORTED);
  EXPECT_EQ(esp_sleep_enable_ulp_wakeup(), ESP_ERR_NOT_SUPPORTED);
  EXPECT_EQ(esp_sleep_disable_wakeup_source(ESP_SLEEP_WAKEUP_TIMER), ESP_ERR_INVALID_STATE);
  EXPECT_EQ(esp_sleep_enable_timer_wakeup(1), ESP_OK);
  EXPECT_EQ(esp_sleep_disable_wakeup_source(ESP_SLEEP_WAKEUP_TIMER), ESP_OK);
  EXPECT_EQ(esp_sleep_disable_wakeup_source(ESP_SLEEP_WAKEUP_ALL), ESP_OK);
  EXPECT_EQ(esp_sleep_pd_config(ESP_PD_DOMAIN_RTC_PERIPH, ESP_PD_OPTION_ON), ESP_OK);
  EXPECT_EQ(esp_sleep_pd_config(ESP_PD_DOMAIN_MAX, ESP_PD_OPTION_ON), ESP_ERR_INVALID_ARG);
}

// A firmware of its own for each start: what it does is the exit code.
int AsFirmware(const std::function<int()>& code) {
  const pid_t child = fork();
  if (child == 0) _exit(code());
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(RtcMemory, KeepsDataOverDeepSleepAndNoinitOverEveryReset) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "rtc.bin";
  const auto start = [&](esp::RtcStart how) {
    return AsFirmware([&] {
      if (esp::MapRtcMemory(file, how) != 0) return 100;
      if (how == esp::RtcStart::kPowerOn) g_resets = 0;
      const int seen = g_starts * 10 + g_resets;
      ++g_starts;
      ++g_resets;
      return seen;
    });
  };
  EXPECT_EQ(start(esp::RtcStart::kPowerOn), 10);
  EXPECT_EQ(start(esp::RtcStart::kDeepSleep), 21);
  EXPECT_EQ(start(esp::RtcStart::kDeepSleep), 32);
  EXPECT_EQ(start(esp::RtcStart::kReset), 13);
  EXPECT_EQ(start(esp::RtcStart::kDeepSleep), 24);
  EXPECT_EQ(start(esp::RtcStart::kPowerOn), 10);
}

TEST(RtcMemory, TakesNothingFromAFileThatIsNone) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "rtc.bin") << std::string(8192, 'x');
  const auto starts = [&](const std::filesystem::path& file) {
    return AsFirmware([&] {
      const int error = esp::MapRtcMemory(file, esp::RtcStart::kDeepSleep);
      return error != 0 ? 100 : g_starts;
    });
  };
  EXPECT_EQ(starts(folder / "rtc.bin"), 1);
  EXPECT_EQ(starts(folder / "nowhere/rtc.bin"), 100);
}

}  // namespace
}  // namespace updraft
