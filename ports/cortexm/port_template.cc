// SPDX-License-Identifier: Apache-2.0
// A port to begin with: all that a device supplies, as functions to fill in, and the
// update that runs over it in fixed memory. docs/porting.md goes through it. It is
// compiled for a Cortex-M3 in CI, so that it stays true.
#include "ports/mbedtls/connection_mbedtls.h"
#include "ports/mbedtls/crypto_mbedtls.h"
#include "ports/mbedtls/device_update.h"
#include "ports/mbedtls/mbedtls_memory.h"

namespace updraft {
namespace {

// 1. Flash: the chip's own driver. Addresses and lengths are checked before these are
// called. A program only clears bits; an error of the part is kFlash.
class BoardFlash final : public Flash {
 public:
  FlashGeometry geometry() const override {
    return {.size = std::uint64_t{4} << 20U, .sector_size = 4096, .program_unit = 4};
  }

 private:
  Status DoRead(std::uint64_t address, MutableBytes out) override {
    static_cast<void>(address);
    static_cast<void>(out);
    return {Code::kFlash, Stage::kFlash};
  }
  Status DoErase(std::uint64_t address, std::uint64_t length) override {
    static_cast<void>(address);
    static_cast<void>(length);
    return {Code::kFlash, Stage::kFlash};
  }
  Status DoProgram(std::uint64_t address, Bytes data) override {
    static_cast<void>(address);
    static_cast<void>(data);
    return {Code::kFlash, Stage::kFlash};
  }
  // Returns when all that was written would survive a power cut.
  Status DoSync() override { return kOk; }
};

// 2. One-time-programmable bits. A chip without them answers as this one: nothing is
// burnt, and nothing can be.
class BoardEfuse final : public Efuse {
 public:
  Result<std::uint32_t> ReadSecureVersion() override { return std::uint32_t{0}; }
  Status BurnSecureVersion(std::uint32_t) override { return kNoEfuse; }
  Result<EfuseKeyBlock> ReadKeyBlock(std::size_t block) override {
    return block < kEfuseKeyBlocks ? Result<EfuseKeyBlock>(EfuseKeyBlock{})
                                   : Status(Code::kInvalidArgument, Stage::kDevice);
  }
  Status BurnKey(const EfuseKeyBurn&) override { return kNoEfuse; }
  Result<bool> IsDigestRevoked(std::size_t) override { return false; }
  Status RevokeDigest(std::size_t) override { return kNoEfuse; }

 private:
  static constexpr Status kNoEfuse{Code::kUnsupported, Stage::kDevice};
};

// 3. Clock and restart.
class BoardSystem final : public System {
 public:
  std::uint64_t NowMs() override { return now_ms_; }  // a tick counter of 64 bits
  void SleepMs(std::uint32_t duration) override { now_ms_ += duration; }
  void Restart() override {}

 private:
  std::uint64_t now_ms_ = 0;
};

// 4. The network: lwIP, a modem, any TCP. Switch Nagle's algorithm off (TCP_NODELAY).
class BoardStream final : public TcpStream {
 public:
  Status Open(std::string_view, std::uint16_t, std::uint32_t) override {
    return NetworkFailure::kConnect;
  }
  Result<std::size_t> Send(Bytes, std::uint32_t) override { return kClosed; }
  Result<std::size_t> Receive(MutableBytes, std::uint32_t) override { return kClosed; }
  void Close() override {}

 private:
  static constexpr Status kClosed{NetworkFailure::kReset};
};

// 5. Entropy: the chip's noise source. False stops everything that needs chance; never
// answer with bytes that somebody can guess.
bool BoardEntropy(MutableBytes) { return false; }

// 6. Who is trusted, in flash: `updraft key bundle ca.pem --out bundle.bin`.
constexpr std::array<std::uint8_t, 0> kAuthorities{};

// All memory of an update: Mbed TLS's pool, and the objects below.
std::array<std::uint8_t, std::size_t{20} * 1024> room;

}  // namespace

// Downloads, proves and selects the image; then the caller restarts. Called from a
// task with 8 KiB of stack, by one at a time.
Status UpdateFirmware(std::string_view url) {
  static MemoryPool pool(room);
  static const bool given = GiveToMbedtls(pool);
  if (!given) return {Code::kUnsupported, Stage::kDevice};

  static BoardFlash flash;
  static BoardEfuse efuse;
  static BoardSystem system;
  static BoardStream stream;
  static MbedtlsRandom random(&BoardEntropy);
  static MbedtlsCrypto crypto(random);
  static MbedtlsConnection connection({.authority_bundle = kAuthorities}, stream, system, random);

  Device device;
  device.flash = &flash;
  device.crypto = &crypto;
  device.efuse = &efuse;
  device.system = &system;
  device.chip.family = FindChip("esp32c3");
  // device.running: the partition whose firmware calls this; nothing may write it.

  static std::optional<DeviceUpdate> update;
  update.emplace(device, connection,
                 DeviceUpdateOptions{.url = url, .range_size = 3584, .retry = {}, .keys = {}});
  const Status status = update->Run();
  update.reset();
  return status;
}

}  // namespace updraft
