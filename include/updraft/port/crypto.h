// SPDX-License-Identifier: Apache-2.0
// The cryptography that a porter supplies. Running states live in memory that
// the caller owns, so that the core needs no heap.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "updraft/bytes.h"
#include "updraft/port/state_sizes.h"
#include "updraft/status.h"

namespace updraft {

enum class HashKind : std::uint8_t { kMd5, kSha256, kSha384 };

inline constexpr std::size_t kMd5Size = 16;      // bytes
inline constexpr std::size_t kSha256Size = 32;   // bytes
inline constexpr std::size_t kSha384Size = 48;   // bytes
constexpr std::size_t HashSize(HashKind kind) {  // Bytes of a digest.
  return kind == HashKind::kMd5 ? kMd5Size : kind == HashKind::kSha256 ? kSha256Size : kSha384Size;
}

using Sha256Digest = std::array<std::uint8_t, kSha256Size>;  // as it is printed, first byte first

// Curves of signature keys. The number is the length of a coordinate, bytes.
enum class SignatureCurve : std::uint8_t { kP192 = 24, kP256 = 32, kP384 = 48 };
constexpr std::size_t CoordinateSize(SignatureCurve curve) {  // Bytes of one coordinate.
  return static_cast<std::size_t>(curve);
}

// Room for one running hash of any port; its content belongs to the port.
struct HashState {
  alignas(kStateAlignment) std::array<std::uint8_t, kHashStateSize> storage{};  // the port's own
};

inline constexpr std::size_t kAes256KeySize = 32;  // bytes
inline constexpr std::size_t kGcmIvSize = 16;      // bytes
inline constexpr std::size_t kGcmTagSize = 16;     // bytes

// Room for one running cipher of any port; its content belongs to the port.
struct GcmState {
  alignas(kStateAlignment) std::array<std::uint8_t, kGcmStateSize> storage{};  // the port's own
};

inline constexpr std::size_t kXtsTweakSize = 16;  // bytes

// Room for one direction of AES-XTS of any port; its content belongs to the port.
struct XtsState {
  alignas(16) std::array<std::uint8_t, 640> storage{};  // the port's own
};

inline constexpr std::size_t kRsa3072Size = 384;    // bytes
inline constexpr std::size_t kP256ScalarSize = 32;  // bytes
inline constexpr std::size_t kP256PointSize = 64;   // bytes: X, then Y

// Numbers of keys are big-endian, filled up with zeros in front.
using Rsa3072Block = std::array<std::uint8_t, kRsa3072Size>;
using P256Point = std::array<std::uint8_t, kP256PointSize>;  // X, then Y

struct Rsa3072PublicKey {          // What encrypts and verifies.
  Rsa3072Block modulus{};          // big-endian
  std::uint32_t exponent = 65537;  // odd, at least 3
};

// Stateless but for the states handed in; every call may be made from any
// thread as long as no two use the same state. kUnsupported where a port lacks
// the algorithm.
class Crypto {
 public:
  // Prepares `state`. Each started state is ended by HashFinish or HashDiscard.
  virtual Status HashStart(HashKind kind, HashState& state) = 0;
  virtual Status HashUpdate(HashState& state, Bytes data) = 0;
  // Starts `to` (not running) as a copy of the running `from`.
  virtual Status HashClone(const HashState& from, HashState& to) = 0;
  // Writes HashSize() bytes to the front of `digest` and ends the state.
  virtual Status HashFinish(HashState& state, MutableBytes digest) = 0;
  virtual void HashDiscard(HashState& state) = 0;

  // AES-256-GCM as a stream: an IV of 16 bytes, no additional data. Each started
  // state is ended by a Finish or GcmDiscard.
  enum class GcmDirection : std::uint8_t { kSeal, kOpen };
  virtual Status GcmStart(GcmDirection direction, std::span<const std::uint8_t, kAes256KeySize> key,
                          std::span<const std::uint8_t, kGcmIvSize> iv, GcmState& state) = 0;
  // Writes in.size() bytes to the front of `out`, which may be `in` itself, but
  // must not overlap it otherwise. Any lengths give the same result.
  virtual Status GcmUpdate(GcmState& state, Bytes in, MutableBytes out) = 0;
  virtual Status GcmSealFinish(GcmState& state, std::span<std::uint8_t, kGcmTagSize> tag) = 0;
  // Compares in constant time: kBadSignature when the tag is another one. Until
  // this returned kOk, what was opened is not to be trusted.
  virtual Status GcmOpenFinish(GcmState& state, std::span<const std::uint8_t, kGcmTagSize> tag) = 0;
  virtual void GcmDiscard(GcmState& state) = 0;

  // AES-XTS with a key for one direction: 32 bytes for AES-128, 64 for AES-256, the
  // halves in order. Each started state is ended by XtsDiscard. kInvalidArgument
  // for a key of another length or with equal halves. A port for devices without
  // flash encryption leaves them out.
  enum class XtsDirection : std::uint8_t { kEncipher, kDecipher };
  virtual Status XtsStart(XtsDirection /*direction*/, Bytes /*key*/, XtsState& /*state*/) {
    return {Code::kUnsupported, Stage::kDevice};
  }
  // One unit of whole blocks of 16 bytes; `out` is `in` itself or apart from it.
  virtual Status XtsUnit(XtsState& /*state*/,
                         std::span<const std::uint8_t, kXtsTweakSize> /*tweak*/, Bytes /*in*/,
                         MutableBytes /*out*/) {
    return {Code::kUnsupported, Stage::kDevice};
  }
  virtual void XtsDiscard(XtsState& /*state*/) {}  // harmless when not started

  // in^exponent mod modulus, without padding. kInvalidArgument when `in` is not
  // below the modulus, or the key is none.
  virtual Status RsaPublic(const Rsa3072PublicKey& key,
                           std::span<const std::uint8_t, kRsa3072Size> in,
                           std::span<std::uint8_t, kRsa3072Size> out) = 0;

  // Whether X and Y are below the field's prime and lie on NIST P-256.
  virtual Result<bool> P256IsOnCurve(const P256Point& point) = 0;
  // scalar * G. kInvalidArgument when the scalar is 0 or not below the order.
  virtual Status P256PublicKey(std::span<const std::uint8_t, kP256ScalarSize> scalar,
                               P256Point& point) = 0;
  // The X coordinate of scalar * peer. kInvalidArgument for a scalar as above,
  // kBadFormat when the peer's point is not on the curve.
  virtual Status P256Agree(std::span<const std::uint8_t, kP256ScalarSize> scalar,
                           const P256Point& peer,
                           std::span<std::uint8_t, kP256ScalarSize> secret) = 0;

  // Fills `out` from a cryptographic random generator.
  virtual Status Random(MutableBytes out) = 0;

  // Signatures over a digest that is already made. All numbers are big-endian
  // and of full length. kBadSignature: the signature does not fit, or the key
  // is none; kInvalidArgument: a length is wrong.
  //
  // RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes; modulus
  // and signature have kRsa3072Size bytes.
  virtual Status VerifyRsaPss(Bytes modulus, std::uint32_t exponent, Bytes digest,
                              Bytes signature) = 0;
  // ECDSA: `point` is X and Y, `signature` r and s, each of CoordinateSize().
  virtual Status VerifyEcdsa(SignatureCurve curve, Bytes point, Bytes digest, Bytes signature) = 0;

 protected:
  ~Crypto() = default;
};

// A running hash that ends itself. The Crypto outlives it.
class Hash {
 public:
  explicit Hash(Crypto& crypto) : crypto_(&crypto) {}  // the crypto outlives it
  Hash(const Hash&) = delete;
  Hash& operator=(const Hash&) = delete;
  ~Hash() { Discard(); }

  // Starts anew, whatever ran before.
  Status Start(HashKind kind);
  Status Update(Bytes data) { return crypto_->HashUpdate(state_, data); }
  // Copies the running hash into `fork`, dropping what ran there.
  Status Fork(Hash& fork) const;
  Status Finish(MutableBytes digest);
  void Discard();
  bool running() const { return running_; }

 private:
  Crypto* crypto_;
  bool running_ = false;
  HashState state_;
};

// A running cipher that ends itself. The Crypto outlives it.
class Gcm {
 public:
  explicit Gcm(Crypto& crypto) : crypto_(&crypto) {}  // the crypto outlives it
  Gcm(const Gcm&) = delete;
  Gcm& operator=(const Gcm&) = delete;
  ~Gcm() { Discard(); }

  // Starts anew, whatever ran before.
  Status Start(Crypto::GcmDirection direction, std::span<const std::uint8_t, kAes256KeySize> key,
               std::span<const std::uint8_t, kGcmIvSize> iv);
  Status Update(Bytes in, MutableBytes out) { return crypto_->GcmUpdate(state_, in, out); }
  Status SealFinish(std::span<std::uint8_t, kGcmTagSize> tag);
  Status OpenFinish(std::span<const std::uint8_t, kGcmTagSize> tag);
  void Discard();

 private:
  Crypto* crypto_;
  bool running_ = false;
  GcmState state_;
};

// The hash of `data` in one call.
Result<Sha256Digest> Sha256(Crypto& crypto, Bytes data);

}  // namespace updraft
