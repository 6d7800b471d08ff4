// SPDX-License-Identifier: Apache-2.0
// NIST P-256 of the OpenSSL port, on its points: scalars are secret, so numbers
// come from contexts that are wiped, and multiplications are the constant-time
// ones that OpenSSL takes for a single point.
#include <openssl/ec.h>

#include <algorithm>

#include "ports/host/crypto_openssl.h"
#include "ports/host/openssl_status.h"

namespace updraft {
namespace {

constexpr Status kBadScalar{Code::kInvalidArgument, Stage::kDevice};
constexpr Status kNotOnCurve{Code::kBadFormat, Stage::kDevice};
constexpr std::size_t kEncodedSize = 1 + kP256PointSize;

struct FreePoint {
  void operator()(EC_POINT* point) const { EC_POINT_clear_free(point); }
};
using Point = std::unique_ptr<EC_POINT, FreePoint>;

NumberContext NewContext() { return NumberContext(BN_CTX_secure_new()); }

// nullptr when it is none: 1 <= scalar < order.
Number ScalarOf(const EC_GROUP* group, std::span<const std::uint8_t, kP256ScalarSize> bytes) {
  Number scalar(BN_secure_new());
  if (!scalar || BN_bin2bn(bytes.data(), kP256ScalarSize, scalar.get()) == nullptr) return nullptr;
  BN_set_flags(scalar.get(), BN_FLG_CONSTTIME);
  const bool in_range =
      BN_is_zero(scalar.get()) == 0 && BN_ucmp(scalar.get(), EC_GROUP_get0_order(group)) < 0;
  return in_range ? std::move(scalar) : nullptr;
}

// nullptr when it is not on the curve; a coordinate beyond the prime is refused.
Point PointOf(const EC_GROUP* group, const P256Point& bytes, BN_CTX* context) {
  std::array<std::uint8_t, kEncodedSize> encoded{POINT_CONVERSION_UNCOMPRESSED};
  std::ranges::copy(bytes, encoded.begin() + 1);
  Point point(EC_POINT_new(group));
  if (!point ||
      EC_POINT_oct2point(group, point.get(), encoded.data(), encoded.size(), context) != 1) {
    ERR_clear_error();
    return nullptr;
  }
  return point;
}

// X, then Y.
bool Encode(const EC_GROUP* group, const EC_POINT* point, P256Point& bytes, BN_CTX* context) {
  std::array<std::uint8_t, kEncodedSize> encoded{};
  if (EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, encoded.data(),
                         encoded.size(), context) != encoded.size()) {
    return false;
  }
  std::copy(encoded.begin() + 1, encoded.end(), bytes.begin());
  Wipe(encoded);
  return true;
}

}  // namespace

Result<bool> OpensslCrypto::P256IsOnCurve(const P256Point& point) {
  if (!p256_) return kNotOffered;
  const NumberContext context = NewContext();
  if (!context) return kNoMemory;
  return PointOf(p256_.get(), point, context.get()) != nullptr;
}

Status OpensslCrypto::P256PublicKey(std::span<const std::uint8_t, kP256ScalarSize> scalar,
                                    P256Point& point) {
  if (!p256_) return kNotOffered;
  const NumberContext context = NewContext();
  const Point product(EC_POINT_new(p256_.get()));
  if (!context || !product) return kNoMemory;
  const Number number = ScalarOf(p256_.get(), scalar);
  if (!number) return kBadScalar;
  const bool done = EC_POINT_mul(p256_.get(), product.get(), number.get(), nullptr, nullptr,
                                 context.get()) == 1 &&
                    Encode(p256_.get(), product.get(), point, context.get());
  return done ? kOk : OpensslFailed();
}

Status OpensslCrypto::P256Agree(std::span<const std::uint8_t, kP256ScalarSize> scalar,
                                const P256Point& peer,
                                std::span<std::uint8_t, kP256ScalarSize> secret) {
  if (!p256_) return kNotOffered;
  const NumberContext context = NewContext();
  const Point product(EC_POINT_new(p256_.get()));
  if (!context || !product) return kNoMemory;
  const Number number = ScalarOf(p256_.get(), scalar);
  if (!number) return kBadScalar;
  const Point point = PointOf(p256_.get(), peer, context.get());
  if (!point) return kNotOnCurve;
  P256Point both{};
  const bool done = EC_POINT_mul(p256_.get(), product.get(), nullptr, point.get(), number.get(),
                                 context.get()) == 1 &&
                    Encode(p256_.get(), product.get(), both, context.get());
  if (done) std::copy_n(both.begin(), secret.size(), secret.begin());
  Wipe(both);
  return done ? kOk : OpensslFailed();
}

}  // namespace updraft
