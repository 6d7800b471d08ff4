// SPDX-License-Identifier: Apache-2.0
// RSA, P-256 and signatures of the Mbed TLS port. Secret scalars are multiplied with
// randomised coordinates; numbers are wiped when they go.
#include <algorithm>

#include "ports/mbedtls/crypto_mbedtls.h"
#include "ports/mbedtls/mbedtls_status.h"
#include "ports/mbedtls/versions.h"

namespace updraft {
namespace {

using mbed::kBadArgument;
using mbed::kNoMemory;
using mbed::kNoSignature;
using mbed::Number;
using mbed::StatusOf;

class Group {
 public:
  explicit Group(mbedtls_ecp_group_id id) {
    mbedtls_ecp_group_init(&group_);
    status_ = StatusOf(mbedtls_ecp_group_load(&group_, id));
  }
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;
  ~Group() { mbedtls_ecp_group_free(&group_); }

  Status status() const { return status_; }
  mbedtls_ecp_group* get() { return &group_; }
  const mbedtls_ecp_point* generator() const { return &group_.G; }

 private:
  mbedtls_ecp_group group_{};
  Status status_;
};

class Point {
 public:
  Point() { mbedtls_ecp_point_init(&point_); }
  Point(const Point&) = delete;
  Point& operator=(const Point&) = delete;
  ~Point() { mbedtls_ecp_point_free(&point_); }

  // X, then Y, each of half the length. kBadFormat when that is not on the curve.
  Status Read(Group& group, Bytes bytes) {
    const std::size_t half = bytes.size() / 2;
    int error = mbedtls_mpi_read_binary(&point_.UPDRAFT_MBED_FIELD(X), bytes.data(), half);
    if (error == 0) {
      error =
          mbedtls_mpi_read_binary(&point_.UPDRAFT_MBED_FIELD(Y), bytes.subspan(half).data(), half);
    }
    if (error == 0) error = mbedtls_mpi_lset(&point_.UPDRAFT_MBED_FIELD(Z), 1);
    if (error == 0) error = mbedtls_ecp_check_pubkey(group.get(), &point_);
    if (error == MBEDTLS_ERR_ECP_INVALID_KEY) return {Code::kBadFormat, Stage::kDevice};
    return StatusOf(error);
  }
  Status WriteX(MutableBytes out) const {
    return StatusOf(
        mbedtls_mpi_write_binary(&point_.UPDRAFT_MBED_FIELD(X), out.data(), out.size()));
  }
  Status WriteY(MutableBytes out) const {
    return StatusOf(
        mbedtls_mpi_write_binary(&point_.UPDRAFT_MBED_FIELD(Y), out.data(), out.size()));
  }
  mbedtls_ecp_point* get() { return &point_; }

 private:
  mbedtls_ecp_point point_{};
};

class RsaContext {
 public:
  RsaContext() { mbed::RsaInit(&context_); }
  RsaContext(const RsaContext&) = delete;
  RsaContext& operator=(const RsaContext&) = delete;
  ~RsaContext() { mbedtls_rsa_free(&context_); }
  mbedtls_rsa_context* get() { return &context_; }

 private:
  mbedtls_rsa_context context_{};
};

// kInvalidArgument when they are no public key of RSA-3072.
Status ImportPublicKey(RsaContext& rsa, Bytes modulus, std::uint32_t exponent) {
  const bool whole = (modulus.front() & 0x80U) != 0 && (modulus.back() & 1U) != 0;
  if (!whole || exponent < 3 || exponent % 2 == 0) return kBadArgument;
  const std::array<std::uint8_t, 4> e{
      static_cast<std::uint8_t>(exponent >> 24U), static_cast<std::uint8_t>(exponent >> 16U),
      static_cast<std::uint8_t>(exponent >> 8U), static_cast<std::uint8_t>(exponent)};
  int error = mbedtls_rsa_import_raw(rsa.get(), modulus.data(), modulus.size(), nullptr, 0, nullptr,
                                     0, nullptr, 0, e.data(), e.size());
  if (error == 0) error = mbedtls_rsa_complete(rsa.get());
  if (error == 0) return kOk;
  // The library folds a lack of memory into this error of its own.
  return error == MBEDTLS_ERR_RSA_BAD_INPUT_DATA + MBEDTLS_ERR_MPI_ALLOC_FAILED ? kNoMemory
                                                                                : kBadArgument;
}

// kInvalidArgument unless 1 <= scalar < order.
Status ReadScalar(Group& group, Bytes bytes, Number& scalar) {
  if (const int error = scalar.Read(bytes); error != 0) return StatusOf(error);
  return mbedtls_ecp_check_privkey(group.get(), scalar.get()) == 0 ? kOk : kBadArgument;
}

mbedtls_ecp_group_id IdOf(SignatureCurve curve) {
  switch (curve) {
    case SignatureCurve::kP192: return MBEDTLS_ECP_DP_SECP192R1;
    case SignatureCurve::kP256: return MBEDTLS_ECP_DP_SECP256R1;
    case SignatureCurve::kP384: return MBEDTLS_ECP_DP_SECP384R1;
  }
  return MBEDTLS_ECP_DP_NONE;
}

}  // namespace

Status MbedtlsCrypto::RsaPublic(const Rsa3072PublicKey& key,
                                std::span<const std::uint8_t, kRsa3072Size> in,
                                std::span<std::uint8_t, kRsa3072Size> out) {
  RsaContext rsa;
  UPDRAFT_TRY(ImportPublicKey(rsa, key.modulus, key.exponent));
  // Big-endian and of one length: as numbers, so as bytes.
  if (!std::ranges::lexicographical_compare(in, key.modulus)) return kBadArgument;
  const int error = mbedtls_rsa_public(rsa.get(), in.data(), out.data());
  return StatusOf(error);
}

Result<bool> MbedtlsCrypto::P256IsOnCurve(const P256Point& point) {
  Group group(MBEDTLS_ECP_DP_SECP256R1);
  UPDRAFT_TRY(group.status());
  const Status status = Point().Read(group, point);
  if (!status.ok() && status.code() != Code::kBadFormat) return status;
  return status.ok();
}

Status MbedtlsCrypto::P256PublicKey(std::span<const std::uint8_t, kP256ScalarSize> scalar,
                                    P256Point& point) {
  Group group(MBEDTLS_ECP_DP_SECP256R1);
  UPDRAFT_TRY(group.status());
  Number number;
  UPDRAFT_TRY(ReadScalar(group, scalar, number));
  Point product;
  UPDRAFT_TRY(StatusOf(mbedtls_ecp_mul(group.get(), product.get(), number.get(), group.generator(),
                                       &MbedtlsRandom::Generate, random_)));
  UPDRAFT_TRY(product.WriteX(MutableBytes(point).first(kP256ScalarSize)));
  return product.WriteY(MutableBytes(point).last(kP256ScalarSize));
}

Status MbedtlsCrypto::P256Agree(std::span<const std::uint8_t, kP256ScalarSize> scalar,
                                const P256Point& peer,
                                std::span<std::uint8_t, kP256ScalarSize> secret) {
  Group group(MBEDTLS_ECP_DP_SECP256R1);
  UPDRAFT_TRY(group.status());
  Number number;
  UPDRAFT_TRY(ReadScalar(group, scalar, number));
  Point point;
  UPDRAFT_TRY(point.Read(group, peer));
  Point product;
  UPDRAFT_TRY(StatusOf(mbedtls_ecp_mul(group.get(), product.get(), number.get(), point.get(),
                                       &MbedtlsRandom::Generate, random_)));
  return product.WriteX(secret);
}

Status MbedtlsCrypto::VerifyRsaPss(Bytes modulus, std::uint32_t exponent, Bytes digest,
                                   Bytes signature) {
  if (modulus.size() != kRsa3072Size || signature.size() != kRsa3072Size ||
      digest.size() != kSha256Size) {
    return kBadArgument;
  }
  RsaContext rsa;
  const Status imported = ImportPublicKey(rsa, modulus, exponent);
  if (!imported.ok()) return imported.code() == Code::kInvalidArgument ? kNoSignature : imported;
  const int error =
      mbed::PssVerify(rsa.get(), digest.data(), digest.size(), kSha256Size, signature.data());
  if (error == 0) return kOk;
  return mbed::IsOutOfMemory(error) ? kNoMemory : kNoSignature;
}

Status MbedtlsCrypto::VerifyEcdsa(SignatureCurve curve, Bytes point, Bytes digest,
                                  Bytes signature) {
  const std::size_t length = CoordinateSize(curve);
  if (point.size() != 2 * length || signature.size() != 2 * length || digest.empty()) {
    return kBadArgument;
  }
  Group group(IdOf(curve));
  UPDRAFT_TRY(group.status());
  Point key;
  if (const Status read = key.Read(group, point); !read.ok()) {
    return read.code() == Code::kBadFormat ? kNoSignature : read;
  }
  Number r;
  Number s;
  int error = r.Read(signature.first(length));
  if (error == 0) error = s.Read(signature.subspan(length));
  if (error == 0) {
    error = mbedtls_ecdsa_verify(group.get(), digest.data(), digest.size(), key.get(), r.get(),
                                 s.get());
  }
  if (error == 0) return kOk;
  return mbed::IsOutOfMemory(error) ? kNoMemory : kNoSignature;
}

}  // namespace updraft
