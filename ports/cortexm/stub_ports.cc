// SPDX-License-Identifier: Apache-2.0
#include "ports/cortexm/stub_ports.h"

namespace updraft {
namespace {

constexpr Status kStub{Code::kUnsupported, Stage::kDevice};

class StubFlash final : public Flash {
 public:
  FlashGeometry geometry() const override { return {.size = std::uint64_t{4} << 20U}; }

 private:
  Status DoRead(std::uint64_t, MutableBytes) override { return kStub; }
  Status DoErase(std::uint64_t, std::uint64_t) override { return kStub; }
  Status DoProgram(std::uint64_t, Bytes) override { return kStub; }
  Status DoSync() override { return kStub; }
};

class StubCrypto final : public Crypto {
 public:
  Status HashStart(HashKind, HashState&) override { return kStub; }
  Status HashUpdate(HashState&, Bytes) override { return kStub; }
  Status HashClone(const HashState&, HashState&) override { return kStub; }
  Status HashFinish(HashState&, MutableBytes) override { return kStub; }
  void HashDiscard(HashState&) override {}
  Status GcmStart(GcmDirection, std::span<const std::uint8_t, kAes256KeySize>,
                  std::span<const std::uint8_t, kGcmIvSize>, GcmState&) override {
    return kStub;
  }
  Status GcmUpdate(GcmState&, Bytes, MutableBytes) override { return kStub; }
  Status GcmSealFinish(GcmState&, std::span<std::uint8_t, kGcmTagSize>) override { return kStub; }
  Status GcmOpenFinish(GcmState&, std::span<const std::uint8_t, kGcmTagSize>) override {
    return kStub;
  }
  void GcmDiscard(GcmState&) override {}
  Status RsaPublic(const Rsa3072PublicKey&, std::span<const std::uint8_t, kRsa3072Size>,
                   std::span<std::uint8_t, kRsa3072Size>) override {
    return kStub;
  }
  Result<bool> P256IsOnCurve(const P256Point&) override { return kStub; }
  Status P256PublicKey(std::span<const std::uint8_t, kP256ScalarSize>, P256Point&) override {
    return kStub;
  }
  Status P256Agree(std::span<const std::uint8_t, kP256ScalarSize>, const P256Point&,
                   std::span<std::uint8_t, kP256ScalarSize>) override {
    return kStub;
  }
  Status Random(MutableBytes) override { return kStub; }
  Status VerifyRsaPss(Bytes, std::uint32_t, Bytes, Bytes) override { return kStub; }
  Status VerifyEcdsa(SignatureCurve, Bytes, Bytes, Bytes) override { return kStub; }
};

class StubEfuse final : public Efuse {
 public:
  Result<std::uint32_t> ReadSecureVersion() override { return std::uint32_t{0}; }
  Status BurnSecureVersion(std::uint32_t) override { return kStub; }
  Result<EfuseKeyBlock> ReadKeyBlock(std::size_t) override { return kStub; }
  Status BurnKey(const EfuseKeyBurn&) override { return kStub; }
  Result<bool> IsDigestRevoked(std::size_t) override { return kStub; }
  Status RevokeDigest(std::size_t) override { return kStub; }
};

class StubSystem final : public System {
 public:
  std::uint64_t NowMs() override { return 0; }
  void SleepMs(std::uint32_t) override {}
  void Restart() override {}
};

class StubbedConnection final : public Connection {
 public:
  Status Connect(const Endpoint&) override { return NetworkFailure::kConnect; }
  Status Send(Bytes) override { return NetworkFailure::kReset; }
  Result<std::size_t> Receive(MutableBytes) override { return Status(NetworkFailure::kReset); }
  void Close() override {}
  bool is_open() const override { return false; }
  std::string_view failure_text() const override { return {}; }
};

StubFlash flash;
StubCrypto crypto;
StubEfuse efuse;
StubSystem stub_system;
StubbedConnection connection;
Device device;

}  // namespace

Device& StubDevice() {
  device.flash = &flash;
  device.crypto = &crypto;
  device.efuse = &efuse;
  device.system = &stub_system;
  return device;
}

Connection& StubConnection() { return connection; }

}  // namespace updraft
