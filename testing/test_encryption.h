// SPDX-License-Identifier: Apache-2.0
// Encrypted images for tests: made by the project's Encryptor, which other tests
// hold against the vendor's files and other implementations.
#pragma once

#include <cstdlib>
#include <vector>

#include "updraft/encrypted_image.h"

#include "testing/memory_sink.h"

namespace updraft {

// The encrypted file of `plain`, for an RSA key or a point.
template <typename Receiver>
std::vector<std::uint8_t> EncryptForTest(Crypto& crypto, const Receiver& receiver, Bytes plain) {
  MemorySink body;
  std::vector<std::uint8_t> work(512);
  Encryptor encryptor(crypto, body, work);
  const bool done =
      encryptor.StartFor(receiver).ok() && encryptor.Write(plain).ok() && encryptor.Finish().ok();
  if (!done) std::abort();
  std::vector<std::uint8_t> file(kEncryptedHeaderSize);
  StoreEncryptedHeader(encryptor.header(), std::span<std::uint8_t, kEncryptedHeaderSize>(file));
  file.insert(file.end(), body.bytes().begin(), body.bytes().end());
  return file;
}

}  // namespace updraft
