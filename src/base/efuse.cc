// SPDX-License-Identifier: Apache-2.0
// The purposes of key blocks, and finding one.
#include "updraft/port/efuse.h"

namespace updraft {
namespace {

constexpr std::array<std::string_view, 12> kNames{"USER",
                                                  "RESERVED",
                                                  "XTS_AES_256_KEY_1",
                                                  "XTS_AES_256_KEY_2",
                                                  "XTS_AES_128_KEY",
                                                  "HMAC_DOWN_ALL",
                                                  "HMAC_DOWN_JTAG",
                                                  "HMAC_DOWN_DIGITAL_SIGNATURE",
                                                  "HMAC_UP",
                                                  "SECURE_BOOT_DIGEST0",
                                                  "SECURE_BOOT_DIGEST1",
                                                  "SECURE_BOOT_DIGEST2"};

}  // namespace

std::string_view KeyPurposeName(KeyPurpose purpose) {
  const auto number = static_cast<std::size_t>(purpose);
  return number < kNames.size() ? kNames[number] : "UNKNOWN";
}

std::optional<KeyPurpose> FindKeyPurpose(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<KeyPurpose>(i);
  }
  return std::nullopt;
}

bool IsSecretPurpose(KeyPurpose purpose) {
  return purpose >= KeyPurpose::kXtsAes256Key1 && purpose <= KeyPurpose::kHmacUp;
}

KeyPurpose DigestPurpose(std::size_t slot) {
  return static_cast<KeyPurpose>(static_cast<std::size_t>(KeyPurpose::kSecureBootDigest0) + slot);
}

Result<std::size_t> FindKeyBlock(Efuse& efuse, KeyPurpose purpose) {
  for (std::size_t block = 0; block < kEfuseKeyBlocks; ++block) {
    UPDRAFT_TRY_ASSIGN(const EfuseKeyBlock found, efuse.ReadKeyBlock(block));
    if (found.burnt && found.purpose == purpose) return block;
  }
  return Status(Code::kNotFound, Stage::kDevice);
}

std::uint32_t RaisedSecureVersion(std::uint32_t field, std::uint32_t version) {
  std::uint32_t set = 0;
  for (std::uint32_t bits = field; bits != 0; bits &= bits - 1) ++set;
  for (; set < version; ++set) field |= field + 1;
  return field;
}

}  // namespace updraft
