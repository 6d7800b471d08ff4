// SPDX-License-Identifier: Apache-2.0
// How long an update of 3.2 MB takes over a link of 150 KB/s on a usual SPI NOR
// part, in virtual time: by its blocks the part keeps up with the link.
#include <gtest/gtest.h>

#include <vector>

#include "updraft/update.h"

#include "ports/host/crypto_openssl.h"
#include "testing/memory_source.h"
#include "testing/test_device.h"
#include "testing/test_image.h"
#include "testing/virtual_time.h"

namespace updraft {
namespace {

constexpr double kLinkBytesPerSecond = 150e3;
constexpr std::uint64_t kWindow = 64 * 1024;

struct Taken {
  double seconds = 0;
  double link_seconds = 0;
  double flash_seconds = 0;
};

Taken TimeOfAnUpdate(FlashGeometry geometry) {
  OpensslCrypto crypto;
  TestDevice device(crypto, {.slot_size = 0x340000}, geometry);
  device.Install("ota_0", TestImage{}.Build(crypto));
  device.SetRunning("ota_0");
  VirtualTime time;
  TimedFlash flash(device.flash(), time);
  device.device().flash = &flash;
  const auto image = TestImage{}.WithRamSegment(3'200'000, 1).Build(crypto);
  const double length = static_cast<double>(image.size());
  MemorySource bytes(image);
  TimedSource source(bytes, time, kLinkBytesPerSecond, kWindow);
  std::vector<std::uint8_t> buffer(16384);
  std::vector<std::uint8_t> proof_buffer(4096);
  Update update(device.device(), source, {.buffer = buffer, .proof_buffer = proof_buffer});
  EXPECT_TRUE(update.Run().ok());
  return {time.seconds, length / kLinkBytesPerSecond, flash.busy_seconds()};
}

TEST(FlashTime, KeepsUpWithTheLinkWhereThePartErasesBlocks) {
  const Taken taken = TimeOfAnUpdate({.size = 8 << 20, .block_size = 65536});
  RecordProperty("seconds", std::to_string(taken.seconds));
  RecordProperty("link_seconds", std::to_string(taken.link_seconds));
  RecordProperty("flash_seconds", std::to_string(taken.flash_seconds));
  EXPECT_LE(taken.seconds, 1.05 * std::max(taken.link_seconds, taken.flash_seconds));
}

TEST(FlashTime, IsBoundByThePartWhereItErasesSectors) {
  const Taken taken = TimeOfAnUpdate({.size = 8 << 20});
  EXPECT_GT(taken.flash_seconds, 1.5 * taken.link_seconds);
  EXPECT_LE(taken.seconds, 1.05 * std::max(taken.link_seconds, taken.flash_seconds));
}

}  // namespace
}  // namespace updraft
