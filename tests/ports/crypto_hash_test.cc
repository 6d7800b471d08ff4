// SPDX-License-Identifier: Apache-2.0
// Hashes and random bytes of every Crypto port, by known answers.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <thread>
#include <vector>

#include "testing/hex.h"
#include "tests/ports/crypto_ports.h"

namespace updraft {
namespace {

std::string HashOf(Crypto& crypto, HashKind kind, std::string_view text) {
  Hash hash(crypto);
  std::array<std::uint8_t, kSha384Size> digest{};
  EXPECT_EQ(hash.Start(kind), kOk);
  EXPECT_EQ(hash.Update(AsBytes(text)), kOk);
  EXPECT_EQ(hash.Finish(digest), kOk);
  return ToHex(Bytes(digest).first(HashSize(kind)));
}

template <typename Port>
class CryptoHashes : public testing::Test {
 protected:
  Port port_;
};
TYPED_TEST_SUITE(CryptoHashes, CryptoPorts, CryptoPortName);

// FIPS 180-4 and RFC 1321 examples.
TYPED_TEST(CryptoHashes, GivesTheKnownAnswers) {
  Crypto& crypto = this->port_.crypto;
  EXPECT_EQ(HashOf(crypto, HashKind::kMd5, "abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(HashOf(crypto, HashKind::kSha256, "abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(HashOf(crypto, HashKind::kSha384, "abc"),
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
            "8086072ba1e7cc2358baeca134c825a7");
}

TYPED_TEST(CryptoHashes, HashesNothingToTheHashOfTheEmptyString) {
  Crypto& crypto = this->port_.crypto;
  EXPECT_EQ(HashOf(crypto, HashKind::kMd5, ""), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(HashOf(crypto, HashKind::kSha256, ""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TYPED_TEST(CryptoHashes, HashesAMillionBytesGivenInUnevenPieces) {
  Crypto& crypto = this->port_.crypto;
  const std::string piece(997, 'a');
  Hash hash(crypto);
  ASSERT_EQ(hash.Start(HashKind::kSha256), kOk);
  for (std::size_t done = 0; done < 1'000'000;) {
    const std::size_t some = std::min<std::size_t>(piece.size(), 1'000'000 - done);
    ASSERT_EQ(hash.Update(AsBytes(piece).first(some)), kOk);
    done += some;
  }
  Sha256Digest digest{};
  ASSERT_EQ(hash.Finish(digest), kOk);
  EXPECT_EQ(ToHex(digest), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TYPED_TEST(CryptoHashes, AForkGoesItsOwnWay) {
  Crypto& crypto = this->port_.crypto;
  Hash trunk(crypto);
  Hash branch(crypto);
  ASSERT_EQ(trunk.Start(HashKind::kSha256), kOk);
  ASSERT_EQ(trunk.Update(AsBytes("a")), kOk);
  ASSERT_EQ(trunk.Fork(branch), kOk);
  ASSERT_EQ(trunk.Update(AsBytes("bc")), kOk);
  ASSERT_EQ(branch.Update(AsBytes("bcd")), kOk);
  Sha256Digest digest{};
  ASSERT_EQ(branch.Finish(digest), kOk);
  EXPECT_EQ(ToHex(digest), HashOf(crypto, HashKind::kSha256, "abcd"));
  ASSERT_EQ(trunk.Finish(digest), kOk);
  EXPECT_EQ(ToHex(digest), HashOf(crypto, HashKind::kSha256, "abc"));
}

TYPED_TEST(CryptoHashes, RefusesADigestBufferThatIsTooSmallAndEndsTheHash) {
  Crypto& crypto = this->port_.crypto;
  Hash hash(crypto);
  ASSERT_EQ(hash.Start(HashKind::kSha384), kOk);
  Sha256Digest digest{};
  EXPECT_EQ(hash.Finish(digest).code(), Code::kInvalidArgument);
  EXPECT_EQ(digest, Sha256Digest{});
  EXPECT_EQ(hash.Start(HashKind::kSha256), kOk);
  EXPECT_EQ(hash.Finish(digest), kOk);
}

TYPED_TEST(CryptoHashes, MayBeUsedFromSeveralThreadsAtOnce) {
  Crypto& crypto = this->port_.crypto;
  const std::string text(100'000, 'x');
  const std::string expected = HashOf(crypto, HashKind::kSha256, text);
  std::array<std::string, 4> found;
  std::vector<std::thread> threads;
  threads.reserve(found.size());
  for (std::string& result : found) {
    threads.emplace_back([&] { result = HashOf(crypto, HashKind::kSha256, text); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& result : found) EXPECT_EQ(result, expected);
}

TYPED_TEST(CryptoHashes, FillsAllOfABufferWithRandomBytes) {
  Crypto& crypto = this->port_.crypto;
  std::array<std::uint8_t, 64> one{};
  std::array<std::uint8_t, 64> other{};
  ASSERT_EQ(crypto.Random(one), kOk);
  ASSERT_EQ(crypto.Random(other), kOk);
  EXPECT_NE(one, other);
  // Chance of a false alarm: 2^-256.
  EXPECT_FALSE(std::ranges::all_of(Bytes(one).last(32), [](std::uint8_t b) { return b == 0; }));
  EXPECT_EQ(crypto.Random({}), kOk);
}

}  // namespace
}  // namespace updraft
