// SPDX-License-Identifier: Apache-2.0
// A program that opens encrypted images, and has left out both schemes of them: with a
// key at hand, an image of either is refused before anything is written.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "updraft/update.h"

#include "ports/host/crypto_openssl.h"
#include "ports/host/key_file.h"
#include "testing/encryption_keys.h"
#include "testing/memory_source.h"
#include "testing/recording_observer.h"
#include "testing/test_device.h"
#include "testing/test_encryption.h"
#include "testing/test_image.h"

namespace updraft {
namespace {

class LeftOutSchemes : public testing::TestWithParam<EncryptionScheme> {};

TEST_P(LeftOutSchemes, RefusesAnImageOfTheScheme) {
  OpensslCrypto crypto;
  const bool is_rsa = GetParam() == EncryptionScheme::kRsa3072;
  const auto key = std::get<0>(ParseKeyFile(AsBytes(is_rsa ? kTestRsaKeyPem : kTestEcKeyPem)));
  const std::vector<std::uint8_t> plain = TestImage{.version = "2.0.0"}.Build(crypto);
  const auto image = is_rsa ? EncryptForTest(crypto, key->rsa_public, plain)
                            : EncryptForTest(crypto, key->point, plain);
  TestDevice device(crypto);
  device.Install("ota_0", TestImage{.version = "1.0.0"}.Build(crypto));
  device.SetRunning("ota_0");
  const std::vector<std::uint8_t> before(device.flash().bytes().begin(),
                                         device.flash().bytes().end());
  std::vector<std::uint8_t> buffer(kMinimumUpdateBuffer);
  std::vector<std::uint8_t> proof_buffer(kMinimumUpdateBuffer);
  UpdateOptions options;
  options.buffer = buffer;
  options.proof_buffer = proof_buffer;
  ScalarKey scalar(crypto, key->secret.bytes().first<kP256ScalarSize>());
  if (is_rsa) {
    options.keys.rsa = key->rsa_private.get();
  } else {
    options.keys.ecies = &scalar;
  }
  MemorySource source(image);
  RecordingObserver observer;
  Update update(device.device(), source, options, observer);
  EXPECT_EQ(update.Run(), Status(Code::kUnsupported, Stage::kEncrypted));
  EXPECT_TRUE(std::ranges::equal(before, device.flash().bytes()));
}

INSTANTIATE_TEST_SUITE_P(Both, LeftOutSchemes,
                         testing::Values(EncryptionScheme::kRsa3072, EncryptionScheme::kEciesP256),
                         [](const auto& of) {
                           return of.param == EncryptionScheme::kRsa3072 ? "Rsa" : "Ecies";
                         });

}  // namespace
}  // namespace updraft
