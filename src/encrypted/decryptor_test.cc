// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "updraft/encrypted_image.h"
#include "updraft/key_derivation.h"

#include "ports/host/crypto_openssl.h"
#include "ports/host/key_file.h"
#include "testing/encryption_keys.h"
#include "testing/failing_crypto.h"
#include "testing/hex.h"
#include "testing/memory_sink.h"
#include "testing/recording_observer.h"
#include "testing/test_encryption.h"

namespace updraft {
namespace {

using Buffer = std::vector<std::uint8_t>;

struct Outcome {
  Status status;
  Buffer plain;
  bool finished = false;
};

// An RSA key as the mathematics promise it, without the mathematics: a block that
// was wrapped gives its content, any other block gives what nobody could foresee.
class RsaModel final : public RsaPrivateKey {
 public:
  RsaModel(Crypto& crypto, RsaPrivateKey& key, Bytes file) : crypto_(&crypto) {
    std::copy_n(file.begin() + 4, known_.size(), known_.begin());
    known_opens_ = key.RawDecrypt(known_, content_).ok();
  }
  Status RawDecrypt(std::span<const std::uint8_t, kRsa3072Size> in,
                    std::span<std::uint8_t, kRsa3072Size> out) override {
    if (known_opens_ && std::equal(in.begin(), in.end(), known_.begin())) {
      std::copy(content_.begin(), content_.end(), out.begin());
      return kOk;
    }
    for (std::size_t at = 0; at < out.size(); at += kSha256Size) {
      UPDRAFT_TRY_ASSIGN(
          const Sha256Digest piece,
          Sha256(*crypto_,
                 at == 0 ? Bytes(in) : Bytes(out).subspan(at - kSha256Size, kSha256Size)));
      std::copy(piece.begin(), piece.end(), out.begin() + static_cast<std::ptrdiff_t>(at));
    }
    return kOk;
  }
  Status RejectionSecret(std::span<std::uint8_t, kSha256Size> secret) override {
    std::fill(secret.begin(), secret.end(), std::uint8_t{0x5E});
    return kOk;
  }

 private:
  Crypto* crypto_;
  Rsa3072Block known_{};
  Rsa3072Block content_{};
  bool known_opens_ = false;
};

// Agrees with the sender of one file once, and remembers; asks for all others.
class RememberedAgreement final : public P256PrivateKey {
 public:
  RememberedAgreement(P256PrivateKey& key, Bytes file) : key_(&key) {
    std::copy_n(file.begin() + 4, sender_.size(), sender_.begin());
    known_ = key.Agree(sender_, secret_).ok();
  }
  Status PublicKey(P256Point& point) override { return key_->PublicKey(point); }
  Status Agree(const P256Point& peer, std::span<std::uint8_t, kP256ScalarSize> secret) override {
    if (!known_ || peer != sender_) return key_->Agree(peer, secret);
    std::copy(secret_.begin(), secret_.end(), secret.begin());
    return kOk;
  }

 private:
  P256PrivateKey* key_;
  P256Point sender_{};
  std::array<std::uint8_t, kP256ScalarSize> secret_{};
  bool known_ = false;
};

class DecryptorTest : public testing::TestWithParam<EncryptionScheme> {
 protected:
  DecryptorTest() : file_(Key(kTestRsaKeyPem)), other_(Key(kOtherRsaKeyPem)) {
    Buffer hmac_key(32, 7);
    EXPECT_EQ(hmac_.SetKey(hmac_key), kOk);
    hmac_key[0] = 8;
    EXPECT_EQ(other_hmac_.SetKey(hmac_key), kOk);
    EXPECT_EQ(ecies_.PublicKey(point_), kOk);
    keys_ = {file_->rsa_private.get(), &ecies_};
    std::mt19937 random(3);
    for (std::uint8_t& byte : plain_) byte = static_cast<std::uint8_t>(random());
  }

  static std::unique_ptr<KeyFile> Key(std::string_view pem) {
    return std::move(std::get<0>(ParseKeyFile(AsBytes(pem))));
  }

  Buffer Encrypt(const Buffer& plain) {
    return GetParam() == EncryptionScheme::kRsa3072
               ? EncryptForTest(crypto_, file_->rsa_public, plain)
               : EncryptForTest(crypto_, point_, plain);
  }

  Outcome Decrypt(const Buffer& file, std::size_t chunk = SIZE_MAX,
                  const EncryptedRules& rules = {}) {
    return DecryptBy(
        file, [chunk] { return chunk; }, rules);
  }

  template <typename Chunk>
  Outcome DecryptBy(const Buffer& file, Chunk chunk, const EncryptedRules& rules = {}) {
    observer_.Clear();
    MemorySink sink;
    Buffer work(kEncryptedHeaderSize);
    Decryptor decryptor(crypto_, keys_, rules, sink, work, observer_);
    Status status = kOk;
    for (Bytes rest(file); status.ok() && !rest.empty();) {
      const std::size_t some = std::min(rest.size(), chunk());
      status = decryptor.Write(rest.first(some));
      rest = rest.subspan(some);
    }
    if (status.ok()) status = decryptor.Finish();
    EXPECT_LE(sink.largest(), work.size());
    return {status, sink.bytes(), sink.finished()};
  }

  // Refused for exactly this reason, and the next room never finished.
  void ExpectRefused(const Buffer& file, std::string_view reason,
                     const EncryptedRules& rules = {}) {
    const Outcome outcome = Decrypt(file, SIZE_MAX, rules);
    EXPECT_FALSE(outcome.status.ok());
    EXPECT_EQ(outcome.status.stage(), Stage::kEncrypted);
    EXPECT_FALSE(outcome.finished);
    EXPECT_EQ(observer_.failed_reasons(), reason);
  }

  OpensslCrypto crypto_;
  RecordingObserver observer_;
  std::unique_ptr<KeyFile> file_;
  std::unique_ptr<KeyFile> other_;
  HmacSha256 hmac_{crypto_};
  HmacSha256 other_hmac_{crypto_};
  HmacDerivedKey ecies_{crypto_, hmac_};
  HmacDerivedKey other_ecies_{crypto_, other_hmac_};
  P256Point point_{};
  DecryptionKeys keys_;
  Buffer plain_ = Buffer(2000);
};

TEST_P(DecryptorTest, OpensWhatTheEncryptorMade) {
  for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 511U, 512U, 2000U}) {
    const Buffer plain(plain_.begin(), plain_.begin() + static_cast<std::ptrdiff_t>(size));
    const Outcome outcome = Decrypt(Encrypt(plain));
    EXPECT_EQ(outcome.status, kOk) << size;
    EXPECT_EQ(outcome.plain, plain) << size;
    EXPECT_TRUE(outcome.finished);
  }
}

TEST_P(DecryptorTest, GivesTheSameForEveryChunking) {
  const Buffer file = Encrypt(plain_);
  for (const std::size_t chunk : {1U, 3U, 15U, 16U, 17U, 511U, 512U, 513U, 1023U, 1024U, 1025U}) {
    const Outcome outcome = Decrypt(file, chunk);
    EXPECT_EQ(outcome.status, kOk) << chunk;
    EXPECT_EQ(outcome.plain, plain_) << chunk;
  }
  std::mt19937 random(5);
  const Outcome outcome = DecryptBy(file, [&] { return std::size_t{1} + random() % 90; });
  EXPECT_EQ(outcome.status, kOk);
  EXPECT_EQ(outcome.plain, plain_);
}

TEST_P(DecryptorTest, MayBeSplitAnywhereInTheFirst600Bytes) {
  const Buffer file = Encrypt(plain_);
  for (std::size_t split = 1; split <= 600; ++split) {
    bool first = true;
    const Outcome outcome =
        DecryptBy(file, [&] { return std::exchange(first, false) ? split : 4096; });
    EXPECT_EQ(outcome.status, kOk) << split;
    EXPECT_EQ(outcome.plain, plain_) << split;
  }
}

TEST_P(DecryptorTest, DecryptsWhereTheBytesLie) {
  Buffer file = Encrypt(plain_);
  MemorySink sink;
  Buffer header(kEncryptedHeaderSize);
  Decryptor decryptor(crypto_, keys_, {}, sink, header);
  ASSERT_EQ(decryptor.WriteInPlace(MutableBytes(file).first(700)), kOk);
  std::ranges::fill(header, std::uint8_t{0xA5});  // is free from the body on
  EXPECT_TRUE(decryptor.opened());
  EXPECT_EQ(decryptor.scheme(), GetParam());
  EXPECT_EQ(decryptor.body_size(), plain_.size());
  ASSERT_EQ(decryptor.WriteInPlace(MutableBytes(file).subspan(700)), kOk);
  ASSERT_EQ(decryptor.Finish(), kOk);
  EXPECT_EQ(sink.bytes(), plain_);
  EXPECT_EQ(header, Buffer(kEncryptedHeaderSize, 0xA5));
}

TEST_P(DecryptorTest, NeedsRoomForTheHeader) {
  Buffer file = Encrypt(plain_);
  MemorySink sink;
  Buffer work(kEncryptedHeaderSize - 1);
  Decryptor decryptor(crypto_, keys_, {}, sink, work);
  EXPECT_EQ(decryptor.Write(file).code(), Code::kInvalidArgument);
  Decryptor in_place(crypto_, keys_, {}, sink, work);
  EXPECT_EQ(in_place.WriteInPlace(file).code(), Code::kInvalidArgument);
}

TEST_P(DecryptorTest, RejectsAWrongMagicAtTheFourthByte) {
  Buffer file = Encrypt(plain_);
  for (std::size_t at = 0; at < 4; ++at) {
    Buffer wrong = file;
    wrong[at] ^= 0x10;
    MemorySink sink;
    Buffer work(kEncryptedHeaderSize);
    Decryptor decryptor(crypto_, keys_, {}, sink, work, observer_);
    EXPECT_EQ(decryptor.Write(Bytes(wrong).first(3)), kOk);
    EXPECT_EQ(decryptor.Write(Bytes(wrong).subspan(3, 1)).code(), Code::kBadFormat);
    EXPECT_EQ(decryptor.Write(Bytes(wrong).subspan(4)).code(), Code::kInvalidState);
    EXPECT_EQ(decryptor.Finish().code(), Code::kInvalidState);
    ExpectRefused(wrong, "bad_encrypted_magic");
  }
}

TEST_P(DecryptorTest, RefusesAChangeOfAnyByteOfTheHeaderThatCounts) {
  const Buffer file = Encrypt(plain_);
  // Of ECIES the rest of the key block is reserved.
  const std::size_t key_end = GetParam() == EncryptionScheme::kRsa3072 ? 388 : 100;
  for (std::size_t at = 0; at < kEncryptedHeaderSize; ++at) {
    Buffer wrong = file;
    wrong[at] ^= 1;
    const bool counts = at < key_end || (at >= 388 && at < 424);
    EXPECT_EQ(Decrypt(wrong).status.ok(), !counts) << at;
  }
}

// Every other value of every byte, 130560 files a scheme; so private keys stand
// behind a model of them. What is not refused is not authenticated: the format
// has reserved bytes that its decoders skip.
TEST_P(DecryptorTest, RefusesEveryOtherValueOfEveryByteThatCounts) {
  const bool is_rsa = GetParam() == EncryptionScheme::kRsa3072;
  const Buffer file = Encrypt(Buffer(plain_.begin(), plain_.begin() + 40));
  RsaModel rsa(crypto_, *file_->rsa_private, file);
  RememberedAgreement ecies(ecies_, file);
  keys_ = {&rsa, &ecies};
  const std::size_t key_end = is_rsa ? 388 : 100;
  std::map<std::string, std::size_t> reasons;
  for (std::size_t at = 0; at < kEncryptedHeaderSize; ++at) {
    const bool counts = at < key_end || (at >= 388 && at < 424);
    Buffer wrong = file;
    for (int change = 1; change < 256; ++change) {
      wrong[at] = static_cast<std::uint8_t>(file[at] ^ change);
      const Outcome outcome = Decrypt(wrong);
      ASSERT_EQ(outcome.status.ok(), !counts) << "byte " << at << " is " << int{wrong[at]};
      if (counts) ++reasons[observer_.failed_reasons()];
    }
  }
  // ECIES: a point that is none makes it a file for the RSA key, which has
  // another key block; a salt gives another AES key.
  const std::map<std::string, std::size_t> expected{{"bad_encrypted_magic", 4 * 255},
                                                    {"length_mismatch", 4 * 255},
                                                    {"bad_tag", (key_end - 4 + 16 + 16) * 255}};
  EXPECT_EQ(reasons, expected);
}

using EciesDecryptorTest = DecryptorTest;
INSTANTIATE_TEST_SUITE_P(Ecies, EciesDecryptorTest, testing::Values(EncryptionScheme::kEciesP256));

TEST_P(EciesDecryptorTest, RefusesAPointThatIsNotOnTheCurve) {
  keys_.rsa = nullptr;
  const Buffer file = Encrypt(plain_);
  for (std::size_t at = 4; at < 68; ++at) {
    Buffer wrong = file;
    wrong[at] ^= 0x80;
    ExpectRefused(wrong, "key_mismatch");
  }
  for (const std::uint8_t filler : {std::uint8_t{0}, std::uint8_t{0xFF}}) {
    Buffer wrong = file;
    std::fill(wrong.begin() + 4, wrong.begin() + 68, filler);
    ExpectRefused(wrong, "key_mismatch");
  }
}

TEST_P(DecryptorTest, RefusesAChangeOfAnyBitOfTheTag) {
  const Buffer file = Encrypt(plain_);
  for (std::size_t bit = 0; bit < 128; ++bit) {
    Buffer wrong = file;
    wrong[408 + bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    ExpectRefused(wrong, "bad_tag");
  }
}

TEST_P(DecryptorTest, RefusesAChangeInTheBody) {
  Buffer file = Encrypt(plain_);
  file.back() ^= 1;
  ExpectRefused(file, "bad_tag");
}

TEST_P(DecryptorTest, RefusesAFileCutAtAnyByteOfTheHeader) {
  const Buffer file = Encrypt({});
  for (std::size_t size = 0; size < kEncryptedHeaderSize; ++size) {
    const Buffer cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size));
    ExpectRefused(cut, "length_mismatch");
  }
}

TEST_P(DecryptorTest, RefusesABodyOneByteShortOrLong) {
  Buffer file = Encrypt(plain_);
  file.pop_back();
  EXPECT_EQ(Decrypt(file).status.code(), Code::kTruncated);
  ExpectRefused(file, "length_mismatch");
  file = Encrypt(plain_);
  file.push_back(0);
  EXPECT_EQ(Decrypt(file).status.code(), Code::kBadFormat);
  ExpectRefused(file, "length_mismatch");
  for (const std::size_t chunk : {1U, 512U, 2512U}) {
    EXPECT_EQ(Decrypt(file, chunk).status.code(), Code::kBadFormat) << chunk;
    EXPECT_EQ(Decrypt(file, chunk).plain, plain_) << chunk;
  }
}

TEST_P(DecryptorTest, RefusesASizeFieldThatLies) {
  for (const std::uint32_t size : {0U, 1U, 1999U, 2001U, 0xFFFFFFFFU}) {
    Buffer wrong = Encrypt(plain_);
    StoreLe32(wrong.data() + 404, size);
    ExpectRefused(wrong, "length_mismatch");
    EXPECT_LE(Decrypt(wrong).plain.size(), plain_.size());
  }
}

TEST_P(DecryptorTest, RefusesAnAnnouncedLengthBeforeItDecrypts) {
  const Buffer file = Encrypt(plain_);
  for (const std::uint64_t announced : {0ULL, 512ULL, 2511ULL, 2513ULL, ~0ULL}) {
    ExpectRefused(file, "length_mismatch", {.available = announced});
    EXPECT_TRUE(Decrypt(file, SIZE_MAX, {.available = announced}).plain.empty());
  }
  EXPECT_EQ(Decrypt(file, SIZE_MAX, {.available = 2512}).status, kOk);
}

TEST_P(DecryptorTest, RefusesAnotherKey) {
  const Buffer file = Encrypt(plain_);
  keys_ = {other_->rsa_private.get(), &other_ecies_};
  ExpectRefused(file, "bad_tag");
  EXPECT_EQ(observer_.Find(Check::kAuthenticationTag)->found.text,
            "a key that does not fit this file, or a damaged file");
}

TEST_P(DecryptorTest, KnowsAnotherKeyByTheFirstByteOfAnImage) {
  plain_[0] = 0xE9;
  const EncryptedRules rules{.holds_image = true};
  EXPECT_EQ(Decrypt(Encrypt(plain_), 1, rules).status, kOk);
  plain_[0] = 0xE8;
  ExpectRefused(Encrypt(plain_), "key_mismatch", rules);
  EXPECT_TRUE(Decrypt(Encrypt(plain_), 1, rules).plain.empty());
}

TEST_P(DecryptorTest, SaysThatThereIsNoKey) {
  const Buffer file = Encrypt(plain_);
  keys_ = {};
  ExpectRefused(file, "key_missing");
  EXPECT_EQ(observer_.Find(Check::kKeyPresent)->expected.text, SchemeName(GetParam()));
  EXPECT_EQ(Decrypt(file).status.code(), Code::kNotFound);
}

TEST_P(DecryptorTest, SaysThatOnlyTheOtherKeyIsThere) {
  const Buffer file = Encrypt(plain_);
  if (GetParam() == EncryptionScheme::kRsa3072) {
    keys_.rsa = nullptr;
    ExpectRefused(file, "key_mismatch");
  } else {
    keys_.ecies = nullptr;
    ExpectRefused(file, "key_missing");
  }
}

TEST_P(DecryptorTest, NeedsOnlyTheKeyOfTheScheme) {
  const Buffer file = Encrypt(plain_);
  if (GetParam() == EncryptionScheme::kRsa3072) {
    keys_.ecies = nullptr;
  } else {
    keys_.rsa = nullptr;
  }
  EXPECT_EQ(Decrypt(file).status, kOk);
}

TEST_P(DecryptorTest, PassesOnWhyTheNextRoomRefused) {
  const Buffer file = Encrypt(plain_);
  MemorySink sink;
  sink.BreakAt(1000, {Code::kFlash, Stage::kFlash});
  Buffer work(kEncryptedHeaderSize);
  Decryptor decryptor(crypto_, keys_, {}, sink, work, observer_);
  EXPECT_EQ(decryptor.Write(file), Status(Code::kFlash, Stage::kFlash));
  EXPECT_EQ(decryptor.Finish().code(), Code::kInvalidState);
}

TEST_P(DecryptorTest, PassesOnEveryFailureOfTheCryptoAndEndsWhatRuns) {
  const Buffer file = Encrypt(plain_);
  FailingCrypto failing(crypto_);
  const auto run = [&] {
    MemorySink sink;
    Buffer work(1024);
    Decryptor decryptor(failing, keys_, {}, sink, work);
    const Status status = decryptor.Write(file);
    return status.ok() ? decryptor.Finish() : status;
  };
  failing.FailCall(0);
  ASSERT_EQ(run(), kOk);
  const std::uint64_t calls = failing.calls();
  for (std::uint64_t call = 1; call <= calls; ++call) {
    failing.FailCall(call);
    EXPECT_FALSE(run().ok()) << call;
    EXPECT_EQ(failing.running_ciphers(), 0) << call;
    EXPECT_EQ(failing.running_hashes(), 0) << call;
  }
}

INSTANTIATE_TEST_SUITE_P(Schemes, DecryptorTest,
                         testing::Values(EncryptionScheme::kRsa3072, EncryptionScheme::kEciesP256),
                         [](const auto& scheme) {
                           return scheme.param == EncryptionScheme::kRsa3072 ? "Rsa" : "Ecies";
                         });

// The example of the format's own description, byte for byte: e = 2, salt
// 20..3f, IV 00..0f.
TEST(EncryptorTest, MakesTheKnownFileOfKnownRandomBytes) {
  OpensslCrypto crypto;
  FailingCrypto scripted(crypto);
  Buffer random(32);
  random[31] = 2;
  for (int byte = 0x20; byte < 0x40; ++byte) random.push_back(static_cast<std::uint8_t>(byte));
  for (int byte = 0; byte < 0x10; ++byte) random.push_back(static_cast<std::uint8_t>(byte));
  scripted.ScriptRandom(random);
  const auto point = ArrayFromHex<64>(
      "b4cd4644bb80dd7710a492e6bb986f785fe2ec1267b8d52328110c1e81a6eff0"
      "dcf55c0f46950c2444196cea7ae152db76dd51204c697c406e4585a86ae1ac89");
  const Buffer file = EncryptForTest(scripted, point, AsBytes("Updraft test image"));
  EXPECT_EQ(file.size(), 530U);
  EXPECT_EQ(ToHex(Bytes(file).subspan(512)), "286dd22167e8f60198bfe06e35205551a869");
  EXPECT_EQ(ToHex(Bytes(file).subspan(408, 16)), "5384f9347918ae665ac33bed07184f37");
  EXPECT_EQ(ToHex(*Sha256(crypto, file)),
            "21f6dc8bdac02d6cd145174c133efd283d68d9749589ccbf9508aba55fbced01");
}

TEST(EncryptorTest, IsUsedOnceAndInOrder) {
  OpensslCrypto crypto;
  MemorySink body;
  Buffer work(16);
  Encryptor encryptor(crypto, body, work);
  EXPECT_EQ(encryptor.Write(Buffer(1)).code(), Code::kInvalidState);
  EXPECT_EQ(encryptor.Finish().code(), Code::kInvalidState);
  EXPECT_EQ(encryptor.StartFor(P256Point{}).code(), Code::kBadFormat);
  EXPECT_EQ(encryptor.StartFor(Rsa3072PublicKey{}).code(), Code::kInvalidArgument);
  const auto file = std::move(std::get<0>(ParseKeyFile(AsBytes(kTestEcKeyPem))));
  ASSERT_EQ(encryptor.StartFor(file->point), kOk);
  EXPECT_EQ(encryptor.StartFor(file->point).code(), Code::kInvalidState);
  ASSERT_EQ(encryptor.Finish(), kOk);
  EXPECT_EQ(encryptor.Write(Buffer(1)).code(), Code::kInvalidState);
}

TEST(EncryptorTest, TakesWhatTheSizeFieldCanHoldAndNotOneByteMore) {
  class Counter final : public Sink {
   public:
    Status Write(Bytes data) override {
      count += data.size();
      return kOk;
    }
    Status Finish() override { return kOk; }
    std::uint64_t count = 0;
  } counter;
  OpensslCrypto crypto;
  const auto file = std::move(std::get<0>(ParseKeyFile(AsBytes(kTestEcKeyPem))));
  Buffer work(1 << 20);
  const Buffer piece(1 << 20);
  Encryptor encryptor(crypto, counter, work);
  ASSERT_EQ(encryptor.StartFor(file->point), kOk);
  for (int i = 0; i < 4095; ++i) ASSERT_EQ(encryptor.Write(piece), kOk);
  ASSERT_EQ(encryptor.Write(Bytes(piece).first(piece.size() - 1)), kOk);
  EXPECT_EQ(counter.count, kMaxEncryptedBody);
  EXPECT_EQ(encryptor.Write(Bytes(piece).first(1)).code(), Code::kNoSpace);
  EXPECT_EQ(encryptor.Finish().code(), Code::kInvalidState);
}

TEST(DecryptorSize, IsSmallWithoutTheCipher) {
  const std::size_t room = sizeof(Decryptor) - sizeof(Gcm);
  std::printf("sizeof(Decryptor) %zu, of it %zu for the cipher\n", sizeof(Decryptor), sizeof(Gcm));
  EXPECT_LT(room, 640U);
}

}  // namespace
}  // namespace updraft
