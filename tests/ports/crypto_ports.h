// SPDX-License-Identifier: Apache-2.0
// The implementations of the Crypto port, for suites that each of them must pass.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "ports/host/crypto_openssl.h"
#include "ports/host/key_file.h"
#include "ports/mbedtls/crypto_mbedtls.h"
#include "ports/mbedtls/linux_entropy.h"
#include "ports/mbedtls/rsa_key_mbedtls.h"

namespace updraft {

// A private key and its public half.
struct RsaPair {
  std::unique_ptr<KeyFile> file;
  std::unique_ptr<MbedtlsRsaKey> device_key;
  RsaPrivateKey* key = nullptr;
  Rsa3072PublicKey half{};
};

inline RsaPair ReadPair(std::string_view pem) {
  RsaPair pair;
  pair.file = std::move(std::get<0>(ParseKeyFile(AsBytes(pem))));
  pair.key = pair.file->rsa_private.get();
  pair.half = pair.file->rsa_public;
  return pair;
}

struct OpensslPort {
  RsaPair Pair(std::string_view pem) { return ReadPair(pem); }
  OpensslCrypto crypto;
};

struct MbedtlsPort {
  RsaPair Pair(std::string_view pem) {
    RsaPair pair = ReadPair(pem);
    pair.device_key = std::make_unique<MbedtlsRsaKey>(random);
    const std::string text(pem);
    EXPECT_EQ(pair.device_key->Load(AsBytes(std::string_view(text.c_str(), text.size() + 1))), kOk);
    pair.key = pair.device_key.get();
    return pair;
  }
  MbedtlsRandom random{&LinuxEntropy};
  MbedtlsCrypto crypto{random};
};

struct CryptoPortName {
  template <typename Port>
  static std::string GetName(int) {
    return std::is_same_v<Port, OpensslPort> ? "Openssl" : "Mbedtls";
  }
};
using CryptoPorts = testing::Types<OpensslPort, MbedtlsPort>;

}  // namespace updraft
