// SPDX-License-Identifier: Apache-2.0
#include "src/image/image_gate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "ports/host/crypto_openssl.h"
#include "testing/memory_sink.h"
#include "testing/recording_observer.h"
#include "testing/test_image.h"

namespace updraft {
namespace {

class ImageGateTest : public testing::Test {
 protected:
  ImageGateTest() {
    rules_.chip.family = FindChip("esp32c3");
    rules_.chip.revision = 4;
    rules_.chip.efuse_block_revision = 100;
    rules_.flash_offset = 0x10000;
    rules_.slot_size = 0x100000;
  }

  OpensslCrypto crypto_;
  ImageRules rules_;
  MemorySink sink_;
  RecordingObserver observer_;
  ImageGate::Front front_;
};

TEST_F(ImageGateTest, PassesAllOfAnImageHoweverItComes) {
  const std::vector<std::uint8_t> image = TestImage{}.WithRamSegment(5000).Build(crypto_);
  for (const std::size_t chunk :
       {std::size_t{1}, std::size_t{287}, std::size_t{289}, image.size()}) {
    MemorySink sink;
    AppDescription offered;
    ImageGate gate(rules_, sink, nullptr, front_, &offered, observer_);
    for (Bytes rest = image; !rest.empty();) {
      const Bytes some = rest.first(std::min(chunk, rest.size()));
      ASSERT_TRUE(gate.Write(some).ok());
      rest = rest.subspan(some.size());
    }
    ASSERT_TRUE(gate.Finish().ok());
    EXPECT_TRUE(gate.passing());
    EXPECT_EQ(sink.bytes(), image) << chunk;
    EXPECT_EQ(offered.version(), "1.0.0");
  }
}

// No update looks without refusing; whoever does lets nothing through for that.
TEST_F(ImageGateTest, PassesNothingOfAnImageWithoutADescriptionThatIsOnlyLookedAt) {
  std::vector<std::uint8_t> image = TestImage{}.Build(crypto_);
  image[1] = 0;  // segments
  rules_.inspect_only = true;
  ImageGate gate(rules_, sink_, nullptr, front_, nullptr, observer_);
  EXPECT_TRUE(gate.Write(image).ok());
  EXPECT_FALSE(gate.passing());
  EXPECT_TRUE(sink_.bytes().empty());
}

TEST_F(ImageGateTest, PassesNothingOfWhatTheRulesForbid) {
  rules_.minimum_secure_version = 1;
  const std::vector<std::uint8_t> image = TestImage{}.Build(crypto_);
  ImageGate gate(rules_, sink_, nullptr, front_, nullptr, observer_);
  EXPECT_FALSE(gate.Write(image).ok());
  EXPECT_TRUE(sink_.bytes().empty());
}

}  // namespace
}  // namespace updraft
