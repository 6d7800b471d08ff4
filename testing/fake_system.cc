// SPDX-License-Identifier: Apache-2.0
#include "testing/fake_system.h"

namespace updraft {

void FakeSystem::SleepMs(std::uint32_t duration) {
  sleeps_.push_back(duration);
  now_ms_ += duration;
}

}  // namespace updraft
