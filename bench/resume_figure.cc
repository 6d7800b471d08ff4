// SPDX-License-Identifier: Apache-2.0
// What a cut costs: an image of 1 MiB, plain, RSA and ECIES, cut at 200 random bytes
// each (nobody writes down the end), taken up again. Prints how many bytes came
// twice; fails when the result is not the image, or more came twice than promised.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "updraft/update.h"

#include "ports/host/crypto_openssl.h"
#include "ports/host/key_file.h"
#include "testing/encryption_keys.h"
#include "testing/memory_download.h"
#include "testing/test_device.h"
#include "testing/test_encryption.h"
#include "testing/test_image.h"

namespace updraft {
namespace {

using Image = std::vector<std::uint8_t>;

constexpr int kCuts = 200;
constexpr std::uint64_t kSector = 4096;

class ResumeFigure {
 public:
  bool Run(const std::string& scheme, const Image& file) {
    std::mt19937_64 random(1);
    std::uint64_t most = 0;
    std::uint64_t sum = 0;
    int identical = 0;
    for (int i = 0; i < kCuts; ++i) {
      TestDevice device(crypto_, {.log = true, .slot_size = 0x140000});
      device.Install("ota_0", old_);
      device.SetRunning("ota_0");
      const std::uint64_t at = 1 + random() % (file.size() - 1);
      const std::uint64_t read = Cut(device, file, at);
      MemoryDownload source(file, "\"a\"", 1436);
      Update update(device.device(), source, Options(source));
      const bool updated = update.Run().ok();
      const Partition slot = device.Find("ota_1");
      identical += updated && std::equal(image_.begin(), image_.end(),
                                         device.flash().bytes().begin() +
                                             static_cast<std::ptrdiff_t>(slot.offset));
      const std::uint64_t twice = read - std::min(read, source.first());
      most = std::max(most, twice);
      sum += twice;
    }
    // One TCP segment is read before it is seen that there was one.
    const std::uint64_t promised = kSector + JournalPolicy{}.bytes + kEncryptedHeaderSize + 1436;
    std::printf(
        "%-10s %8zu bytes, %d cuts: %llu bytes fetched twice at most, %llu on average "
        "(at most %llu promised), %d of %d identical\n",
        scheme.c_str(), file.size(), kCuts, static_cast<unsigned long long>(most),
        static_cast<unsigned long long>(sum / kCuts), static_cast<unsigned long long>(promised),
        identical, kCuts);
    return identical == kCuts && most <= promised;
  }

  bool RunAll() {
    const bool plain = Run("plain", image_);
    const bool rsa = Run("rsa-3072", EncryptForTest(crypto_, rsa_->rsa_public, image_));
    const bool ecies = Run("ecies-p256", EncryptForTest(crypto_, ec_->point, image_));
    return plain && rsa && ecies;
  }

 private:
  static std::unique_ptr<KeyFile> Key(std::string_view pem) {
    return std::move(std::get<0>(ParseKeyFile(AsBytes(pem))));
  }
  UpdateOptions Options(MemoryDownload& source) {
    return {.buffer = buffer_,
            .proof_buffer = proof_buffer_,
            .keys = {rsa_->rsa_private.get(), &scalar_},
            .resumable = &source};
  }
  // Returns how many bytes had come when it was cut.
  std::uint64_t Cut(TestDevice& device, const Image& file, std::uint64_t at) {
    MemoryDownload source(file, "\"a\"", 1436);
    Update update(device.device(), source, Options(source));
    if (!update.Open().ok()) return 0;
    while (source.position() < at) {
      if (!update.Step()) break;
    }
    return source.position();
  }

  OpensslCrypto crypto_;
  std::unique_ptr<KeyFile> rsa_ = Key(kTestRsaKeyPem);
  std::unique_ptr<KeyFile> ec_ = Key(kTestEcKeyPem);
  ScalarKey scalar_{crypto_, ec_->secret.bytes().first<kP256ScalarSize>()};
  Image old_ = TestImage{.version = "1.0.0"}.Build(crypto_);
  Image image_ = TestImage{.version = "2.0.0"}.WithRamSegment(1 << 20).Build(crypto_);
  Image buffer_ = Image(4096);
  Image proof_buffer_ = Image(4096);
};

}  // namespace
}  // namespace updraft

int main() { return updraft::ResumeFigure().RunAll() ? 0 : 1; }
