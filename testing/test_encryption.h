// SPDX-License-Identifier: Apache-2.0
// Encrypted images for tests: made by the project's Encryptor, which other tests
// hold against the vendor's files and other implementations. And what somebody
// can make of one who knows its AES key.
#pragma once

#include <array>
#include <cstdlib>
#include <span>
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

// The tag that AES-GCM gives a ciphertext under the key and IV of `file`.
inline std::array<std::uint8_t, kGcmTagSize> TagOf(
    Crypto& crypto, std::span<const std::uint8_t, kAes256KeySize> key,
    const std::vector<std::uint8_t>& file, Bytes ciphertext) {
  const EncryptedHeader header = ParseEncryptedHeader(
      std::span<const std::uint8_t, kEncryptedHeaderSize>(file.data(), kEncryptedHeaderSize));
  std::vector<std::uint8_t> text(ciphertext.begin(), ciphertext.end());
  // What deciphers to the plaintext is sealed again: opening needs the tag.
  Gcm gcm(crypto);
  bool done =
      gcm.Start(Crypto::GcmDirection::kOpen, key, header.iv).ok() && gcm.Update(text, text).ok();
  std::array<std::uint8_t, kGcmTagSize> tag{};
  done = done && gcm.Start(Crypto::GcmDirection::kSeal, key, header.iv).ok() &&
         gcm.Update(text, text).ok() && gcm.SealFinish(tag).ok();
  if (!done) std::abort();
  return tag;
}

// Another body under the same header: the AES-GCM tag does not tell, as for whoever
// knows the key it is linear. Changes the three blocks of 16 bytes from `at` of the
// body, a multiple of 16.
inline std::vector<std::uint8_t> ForgeBody(Crypto& crypto,
                                           std::span<const std::uint8_t, kAes256KeySize> key,
                                           std::vector<std::uint8_t> file, std::size_t at) {
  // Tags of one block, 0 and 1, differ by the square of the hash's secret; a change
  // of 1 in a block is undone by that square two blocks further on.
  std::array<std::uint8_t, 16> block{};
  const auto zero = TagOf(crypto, key, file, block);
  block[0] = 0x80;  // the field's 1
  const auto one = TagOf(crypto, key, file, block);
  const std::size_t first = kEncryptedHeaderSize + at;
  file[first] ^= 0x80;
  for (std::size_t i = 0; i < block.size(); ++i) {
    file[first + 32 + i] = static_cast<std::uint8_t>(file[first + 32 + i] ^ zero[i] ^ one[i]);
  }
  return file;
}

}  // namespace updraft
