// SPDX-License-Identifier: Apache-2.0
// The one-time-programmable bits that a porter supplies: the secure version, six
// key blocks with purposes, the revocation of key digests. Bits only go from 0
// to 1, whatever is asked. Names and numbers are those of the ESP chips with key
// blocks (docs/formats.md, "eFuse").
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "updraft/bytes.h"
#include "updraft/status.h"

namespace updraft {

inline constexpr std::size_t kEfuseKeyBlocks = 6;  // of each chip that has them
inline constexpr std::size_t kEfuseKeySize = 32;   // bytes
// How many digests of signature keys there is a purpose and a revocation bit for.
inline constexpr std::size_t kEfuseDigests = 3;

// What a key block is for; the number is what its purpose field holds.
enum class KeyPurpose : std::uint8_t {
  kUser = 0,
  kReserved = 1,
  kXtsAes256Key1 = 2,
  kXtsAes256Key2 = 3,
  kXtsAes128Key = 4,
  kHmacDownAll = 5,
  kHmacDownJtag = 6,
  kHmacDownDigitalSignature = 7,
  kHmacUp = 8,
  kSecureBootDigest0 = 9,
  kSecureBootDigest1 = 10,
  kSecureBootDigest2 = 11,
};
// "HMAC_UP", "SECURE_BOOT_DIGEST0", ...: as Espressif's tools spell them;
// "UNKNOWN" for another number.
std::string_view KeyPurposeName(KeyPurpose purpose);
std::optional<KeyPurpose> FindKeyPurpose(std::string_view name);
// Whether blocks of this purpose hold a secret that only hardware may use.
bool IsSecretPurpose(KeyPurpose purpose);
// The purpose of the digest slot, 0 to 2.
KeyPurpose DigestPurpose(std::size_t slot);

// What software sees of a key block.
struct EfuseKeyBlock {
  KeyPurpose purpose = KeyPurpose::kUser;         // kUser when nothing is burnt
  bool burnt = false;                             // a bit of its key, purpose or protection is set
  bool read_protected = false;                    // software cannot read it
  bool write_protected = false;                   // for good
  std::array<std::uint8_t, kEfuseKeySize> key{};  // zeros where read-protected
};

// A key to burn, with its purpose and who may touch it from then on.
struct EfuseKeyBurn {
  std::size_t block = 0;                   // 0 to 5
  KeyPurpose purpose = KeyPurpose::kUser;  // burnt with the key
  Bytes key{};                             // kEfuseKeySize bytes
  bool read_protect = false;               // for keys that hardware uses
  bool write_protect = true;               // for good
};

// For a port: the unary field of a secure version when it is burnt to `version`, which
// is not below it: bits are added from the lowest that is not set, so that those count
// that a cut burn left out of order.
std::uint32_t RaisedSecureVersion(std::uint32_t field, std::uint32_t version);

// Beside the codes named, every call returns kFlash when the part fails.
class Efuse {
 public:
  // The secure version: how many of the low bits of the unary field are set.
  virtual Result<std::uint32_t> ReadSecureVersion() = 0;
  // Burns the bits up to `version`. kInvalidArgument when the chip's field is
  // narrower; kDowngrade when more are burnt already; equal is kOk.
  virtual Status BurnSecureVersion(std::uint32_t version) = 0;

  // kInvalidArgument when there is no such block.
  virtual Result<EfuseKeyBlock> ReadKeyBlock(std::size_t block) = 0;
  // Once a block. kInvalidArgument: no such block, or a key of another length;
  // kInvalidState: the block is burnt already. Then nothing was burnt.
  virtual Status BurnKey(const EfuseKeyBurn& burn) = 0;

  // The digest in that slot is trusted no more. kInvalidArgument when there is
  // no such slot; a digest that is revoked already is kOk.
  virtual Result<bool> IsDigestRevoked(std::size_t slot) = 0;
  virtual Status RevokeDigest(std::size_t slot) = 0;

 protected:
  ~Efuse() = default;
};

// The first block of that purpose that is burnt; kNotFound. The codes of
// Efuse::ReadKeyBlock.
Result<std::size_t> FindKeyBlock(Efuse& efuse, KeyPurpose purpose);

}  // namespace updraft
