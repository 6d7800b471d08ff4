// SPDX-License-Identifier: Apache-2.0
// Throughput of the room that decrypts against OpenSSL's AES-256-GCM alone, as
// `openssl speed -evp aes-256-gcm` measures it: one context, one EVP update a
// chunk. Both in the same run at the same sizes; ratio = room / EVP.
#include <benchmark/benchmark.h>
#include <openssl/evp.h>

#include <array>
#include <cstdlib>
#include <vector>

#include "updraft/encrypted_image.h"

#include "ports/host/crypto_openssl.h"

namespace updraft {
namespace {

class NullSink final : public Sink {
 public:
  Status Write(Bytes data) override {
    benchmark::DoNotOptimize(data.data());
    return kOk;
  }
  Status Finish() override { return kOk; }
};

constexpr std::array<std::uint8_t, kP256ScalarSize> kScalar{1, 2, 3};

void Require(bool condition) {
  if (!condition) std::abort();
}

// A header that announces the longest body; no tag is checked here.
std::array<std::uint8_t, kEncryptedHeaderSize> Header(Crypto& crypto, ScalarKey& key) {
  P256Point point{};
  Require(key.PublicKey(point).ok());
  NullSink sink;
  std::array<std::uint8_t, 16> work{};
  Encryptor encryptor(crypto, sink, work);
  Require(encryptor.StartFor(point).ok() && encryptor.Finish().ok());
  EncryptedHeader header = encryptor.header();
  header.body_size = 0xFFFFFFFF;
  std::array<std::uint8_t, kEncryptedHeaderSize> bytes{};
  StoreEncryptedHeader(header, bytes);
  return bytes;
}

void Room(benchmark::State& state) {
  OpensslCrypto crypto;
  ScalarKey key(crypto, kScalar);
  const auto header = Header(crypto, key);
  std::vector<std::uint8_t> chunk(static_cast<std::size_t>(state.range(0)));
  NullSink sink;
  while (state.KeepRunningBatch(1 << 16)) {
    // A body holds 4 GiB at most: a new one for each batch, which costs 1 in 1000.
    std::array<std::uint8_t, kEncryptedHeaderSize> room{};
    Decryptor decryptor(crypto, {nullptr, &key}, {}, sink, room);
    auto copy = header;
    Require(decryptor.WriteInPlace(copy).ok());
    for (int i = 0; i < 1 << 16; ++i) Require(decryptor.WriteInPlace(chunk).ok());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
}

void Evp(benchmark::State& state) {
  std::array<std::uint8_t, 32> key{};
  std::array<std::uint8_t, 16> iv{};
  EVP_CIPHER_CTX* const context = EVP_CIPHER_CTX_new();
  Require(EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nullptr, nullptr, nullptr) == 1);
  Require(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, 16, nullptr) == 1);
  Require(EVP_DecryptInit_ex(context, nullptr, nullptr, key.data(), iv.data()) == 1);
  std::vector<std::uint8_t> chunk(static_cast<std::size_t>(state.range(0)));
  while (state.KeepRunningBatch(1 << 16)) {
    Require(EVP_DecryptInit_ex(context, nullptr, nullptr, nullptr, iv.data()) == 1);
    for (int i = 0; i < 1 << 16; ++i) {
      int written = 0;
      Require(EVP_DecryptUpdate(context, chunk.data(), &written, chunk.data(),
                                static_cast<int>(chunk.size())) == 1);
    }
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
  EVP_CIPHER_CTX_free(context);
}

BENCHMARK(Evp)->Arg(1 << 10)->Arg(4 << 10)->Arg(16 << 10);
BENCHMARK(Room)->Arg(1 << 10)->Arg(4 << 10)->Arg(16 << 10);

}  // namespace
}  // namespace updraft

BENCHMARK_MAIN();
