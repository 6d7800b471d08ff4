// SPDX-License-Identifier: Apache-2.0
// esp_tls_crypto.h: the vectors of RFC 4648, and buffers that are too small.
#include <esp_tls_crypto.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace updraft {
namespace {

const unsigned char* BytesOf(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

TEST(TlsCrypto, EncodesTheVectorsOfRfc4648) {
  const std::array<std::array<std::string_view, 2>, 8> vectors{{{"", ""},
                                                                {"f", "Zg=="},
                                                                {"fo", "Zm8="},
                                                                {"foo", "Zm9v"},
                                                                {"foob", "Zm9vYg=="},
                                                                {"fooba", "Zm9vYmE="},
                                                                {"foobar", "Zm9vYmFy"},
                                                                {"\xFB\xFF\xBF", "+/+/"}}};
  for (const auto& [plain, encoded] : vectors) {
    std::array<unsigned char, 16> out{};
    std::size_t length = 99;
    EXPECT_EQ(esp_crypto_base64_encode(out.data(), encoded.size() + 1, &length, BytesOf(plain),
                                       plain.size()),
              0);
    EXPECT_EQ(length, encoded.size());
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(out.data())), encoded);
  }
}

TEST(TlsCrypto, SaysHowMuchRoomItNeeds) {
  std::array<unsigned char, 16> out{};
  std::size_t length = 0;
  EXPECT_EQ(esp_crypto_base64_encode(out.data(), 8, &length, BytesOf("foobar"), 6), -0x2A);
  EXPECT_EQ(length, 9U);
  EXPECT_EQ(out[0], 0);
  EXPECT_EQ(esp_crypto_base64_encode(nullptr, 0, &length, BytesOf("foobar"), 6), -0x2A);
  EXPECT_EQ(length, 9U);
  EXPECT_EQ(esp_crypto_base64_encode(out.data(), out.size(), &length, BytesOf("f"), SIZE_MAX),
            -0x2A);
  EXPECT_EQ(esp_crypto_base64_encode(out.data(), out.size(), nullptr, BytesOf("f"), 1), 0);
}

}  // namespace
}  // namespace updraft
