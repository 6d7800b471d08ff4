// SPDX-License-Identifier: Apache-2.0
// Pre-encrypted images: a header of 512 bytes, then the image under AES-256-GCM.
// The header brings the AES key, wrapped for an RSA-3072 key or, by ECIES, for a
// key on P-256. Format: docs/formats.md, "Encrypted image".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "updraft/bytes.h"
#include "updraft/header_signature.h"
#include "updraft/observer.h"
#include "updraft/port/crypto.h"
#include "updraft/port/private_key.h"
#include "updraft/status.h"
#include "updraft/stream.h"

namespace updraft {

inline constexpr std::uint32_t kEncryptedMagic = 0x0788B6CF;  // of the header; little-endian
inline constexpr std::uint8_t kEncryptedFirstByte = kEncryptedMagic & 0xFF;  // no image has it
inline constexpr std::size_t kKeyBlockSize = kRsa3072Size;                   // bytes
inline constexpr std::uint64_t kMaxEncryptedBody = 0xFFFFFFFF;  // bytes; the field has 32 bits

struct EncryptedHeader {
  // RSA: the wrapped key. ECIES: the sender's point (64), a salt (32), zeros.
  std::array<std::uint8_t, kKeyBlockSize> key_block{};
  std::array<std::uint8_t, kGcmIvSize> iv{};    // of AES-256-GCM
  std::uint32_t body_size = 0;                  // bytes, encrypted or not
  std::array<std::uint8_t, kGcmTagSize> tag{};  // over the body
};

// Field by field; the magic is not looked at, reserved bytes are ignored.
EncryptedHeader ParseEncryptedHeader(std::span<const std::uint8_t, kEncryptedHeaderSize> bytes);
void StoreEncryptedHeader(const EncryptedHeader& header,
                          std::span<std::uint8_t, kEncryptedHeaderSize> bytes);

enum class EncryptionScheme : std::uint8_t { kRsa3072, kEciesP256 };  // How the AES key is wrapped.
// "rsa-3072", "ecies-p256".
[[gnu::const]] std::string_view SchemeName(EncryptionScheme scheme);
// The header does not say; but 64 bytes that happen to be a point on P-256 do
// not occur. The codes of the crypto.
Result<EncryptionScheme> SchemeOf(const EncryptedHeader& header, Crypto& crypto);

// A P-256 key whose scalar is in memory. The Crypto outlives it.
class ScalarKey final : public P256PrivateKey {
 public:
  ScalarKey(Crypto& crypto, std::span<const std::uint8_t, kP256ScalarSize> scalar);  // copies it
  Status PublicKey(P256Point& point) override;  // the crypto's codes
  Status Agree(const P256Point& peer, std::span<std::uint8_t, kP256ScalarSize> secret) override;

 private:
  Crypto* crypto_;
  Secret<kP256ScalarSize> scalar_;
};

// The device's key of the ECIES scheme: derived from its HMAC key whenever it is
// needed (2048 HMACs), wiped afterwards. Crypto and key outlive it. Beside the
// key's codes: kInvalidArgument when the HMAC key gives no scalar (1 in 2^32).
class HmacDerivedKey final : public P256PrivateKey {
 public:
  HmacDerivedKey(Crypto& crypto, HmacKey& key) : crypto_(&crypto), key_(&key) {}  // reads none
  Status PublicKey(P256Point& point) override;                                    // the key's codes
  Status Agree(const P256Point& peer, std::span<std::uint8_t, kP256ScalarSize> secret) override;

 private:
  Crypto* crypto_;
  HmacKey* key_;
};

// What a device has; nullptr for what it has not. The keys outlive their user.
struct DecryptionKeys {
  RsaPrivateKey* rsa = nullptr;     // opens images of kRsa3072
  P256PrivateKey* ecies = nullptr;  // opens images of kEciesP256

  bool any() const { return rsa != nullptr || ecies != nullptr; }  // at least one key
  // These, and of `other` what is missing here.
  DecryptionKeys Or(const DecryptionKeys& other) const {
    return {rsa != nullptr ? rsa : other.rsa, ecies != nullptr ? ecies : other.ecies};
  }
};

struct EncryptedRules {  // What is demanded of an encrypted image.
  // The bytes of the whole encrypted image, where that is known.
  std::optional<std::uint64_t> available{};
  // What is encrypted is an ESP image: another first byte means another key.
  bool holds_image = false;
  // Who may sign the header. A body that is not the signed one is refused too.
  HeaderTrust trust{};
};

// An encrypted image goes in, in any chunking; what it holds goes on to `next`.
// That is not authentic before Finish() returned kOk. Everything given outlives
// it. One thread. Codes, beside those of `next` and the keys:
//   kBadFormat     no magic; an announced length that does not fit; bytes behind
//   kNotFound      no key for the image's scheme
//   kBadSignature  the key does not fit the file, or the file is damaged; the
//                  header's signature or the body that it is for is wrong
//   kTruncated     ended, or is announced to end, before it is whole
class Decryptor final : public Sink {
 public:
  // `work`, at least kEncryptedHeaderSize bytes, holds the header until it is whole and
  // its key at hand. Then Write() decrypts into it, and so passes on at most as many
  // bytes at once; who decrypts in place leaves it alone from then on.
  Decryptor(Crypto& crypto, const DecryptionKeys& keys, const EncryptedRules& rules, Sink& next,
            MutableBytes work, Observer& observer = NoObserver());

  Status Write(Bytes data) override;
  // Decrypts where the bytes lie.
  Status WriteInPlace(MutableBytes data);
  // The same without passing it on: `data` becomes what of it belongs to the body, now
  // decrypted, for the caller to give to `next` (or to stop). So `next` is not deeper in
  // the stack than the caller.
  Status OpenInPlace(MutableBytes& data);
  // Proves length and tag, then finishes `next`.
  Status Finish() override;

  // Before the first byte: the same key and IV as for the body are also started in
  // `seal`, which outlives the header, to seal what was opened once (Update goes on
  // with a slot so). nullptr: no more.
  void ShareKey(Gcm* seal) { seal_ = seal; }

  // The header is whole and its key at hand; before, the others say nothing.
  bool opened() const { return state_ == State::kBody; }
  EncryptionScheme scheme() const { return scheme_; }
  std::uint32_t body_size() const { return body_size_; }
  // The front of `work`: as the header came, whole once opened(), and there until Write()
  // takes the body, or whoever gave `work` wants it for something else.
  EncryptedHeaderBytes header() const { return work_.first<kEncryptedHeaderSize>(); }

 private:
  enum class State : std::uint8_t { kHeader, kBody, kSpent };

  Result<std::size_t> TakeHeader(Bytes data);
  Status Open();
  Status JudgeAnnounced();
  Status JudgeSigner();
  Status ChooseKey(std::span<const std::uint8_t, kKeyBlockSize> block);
  Status Unwrap(std::span<const std::uint8_t, kKeyBlockSize> block,
                std::span<const std::uint8_t, kGcmIvSize> iv);
  Status Pass(Bytes data, MutableBytes out);
  Status Decrypt(Bytes data, MutableBytes plain);
  Status JudgeBehind(std::size_t more);
  Status JudgeWhole();
  Status JudgeTag();
  Status JudgeBody();
  Status Spent(Status status);

  Crypto* crypto_;
  DecryptionKeys keys_;
  std::optional<std::uint64_t> available_;
  bool holds_image_;
  Sink* next_;
  MutableBytes work_;
  Observer* observer_;
  State state_ = State::kHeader;
  EncryptionScheme scheme_ = EncryptionScheme::kRsa3072;
  std::uint32_t body_size_ = 0;
  std::uint32_t passed_ = 0;  // bytes of the body
  std::array<std::uint8_t, kGcmTagSize> tag_{};
  std::array<std::uint8_t, kBodyDigestSize> body_digest_{};  // where body_hash_ runs
  std::uint16_t gathered_size_ = 0;                          // bytes of the header
  // Whose header it may be, until it is opened; then the cipher.
  std::variant<HeaderTrust, Gcm> stage_;
  Gcm* seal_ = nullptr;
  Hash body_hash_;  // runs where the header's signature names a body
};

// The other way. The tag stands in front, so the header is the last to be known:
// the ciphertext goes to `body`, the caller puts the header before it.
class Encryptor final : public Sink {
 public:
  // `work` as for Decryptor. Everything outlives it.
  Encryptor(Crypto& crypto, Sink& body, MutableBytes work)
      : crypto_(&crypto), body_(&body), work_(work), gcm_(crypto) {}

  // One of the two, once and first: a fresh key and IV for this receiver.
  // kInvalidArgument or kBadFormat when the receiver's key is none.
  Status StartFor(const Rsa3072PublicKey& receiver);
  Status StartFor(const P256Point& receiver);

  // kNoSpace beyond kMaxEncryptedBody; kInvalidState when not started, or after
  // an error; the codes of `body`.
  Status Write(Bytes data) override;
  Status Finish() override;
  // After Finish().
  const EncryptedHeader& header() const { return header_; }

 private:
  enum class State : std::uint8_t { kIdle, kRunning, kSpent };

  Status Started(std::span<const std::uint8_t, kAes256KeySize> key);
  Status Written(Bytes data);

  Crypto* crypto_;
  Sink* body_;
  MutableBytes work_;
  EncryptedHeader header_;
  std::uint64_t taken_ = 0;
  State state_ = State::kIdle;
  Gcm gcm_;
};

}  // namespace updraft
