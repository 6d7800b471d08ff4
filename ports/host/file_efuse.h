// SPDX-License-Identifier: Apache-2.0
// The eFuses of a virtual device: efuse.bin of its folder, which only its owner
// may read. Opened by HostDevice; owns no open file, only its path. All numbers
// little-endian:
//
//   offset size
//   0      8     "UPDEFUSE"
//   8      4     version of this layout, 1
//   12     4     secure version, unary: as high as bits are set from bit 0 up
//   16     6*32  key blocks KEY0 to KEY5
//   208    6*1   purpose of each key block, as the chips number them; 0 is free
//   214    1     key blocks that software may not read, bit i for block i
//   215    1     key blocks that nobody may write, bit i for block i
//   216    1     revoked Secure Boot digests, bits 0 to 2
//   217    3     0
//   220    4     CRC-32 (as zlib's) of the 220 bytes before
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "updraft/bytes.h"
#include "updraft/observer.h"
#include "updraft/port/efuse.h"

namespace updraft {

inline constexpr std::size_t kEfuseFileSize = 224;

// Every bit of the file that can be burnt, secret keys too: what hardware sees.
// Wipes itself.
struct EfuseBits {
  std::uint32_t secure_version = 0;
  std::array<std::array<std::uint8_t, kEfuseKeySize>, kEfuseKeyBlocks> keys{};
  std::array<std::uint8_t, kEfuseKeyBlocks> purposes{};
  std::uint8_t read_protected = 0;
  std::uint8_t write_protected = 0;
  std::uint8_t revoked_digests = 0;

  EfuseBits() = default;
  EfuseBits(const EfuseBits&) = default;
  EfuseBits& operator=(const EfuseBits&) = default;
  ~EfuseBits();

  // The first block that is burnt with that purpose.
  std::optional<std::size_t> FindBlock(KeyPurpose purpose) const;
  // A bit of its key, purpose or protection is set.
  bool IsBurnt(std::size_t block) const;
  bool operator==(const EfuseBits&) const = default;
};

// One reading of the file, for who asks much at once. Burning is kInvalidState.
class EfuseReading final : public Efuse {
 public:
  EfuseReading() = default;
  // `width`: as FileEfuse::Open.
  EfuseReading(const EfuseBits& bits, int width) : bits_(bits), width_(width) {}

  Result<std::uint32_t> ReadSecureVersion() override;
  Status BurnSecureVersion(std::uint32_t) override { return kOnlyRead; }
  Result<EfuseKeyBlock> ReadKeyBlock(std::size_t block) override;
  Status BurnKey(const EfuseKeyBurn&) override { return kOnlyRead; }
  Result<bool> IsDigestRevoked(std::size_t slot) override;
  Status RevokeDigest(std::size_t) override { return kOnlyRead; }

 private:
  static constexpr Status kOnlyRead{Code::kInvalidState, Stage::kDevice};

  EfuseBits bits_{};
  int width_ = 0;
};

// Reads the file at each call: a firmware and its bootloader share it. Writing
// is for whoever holds the device's flash for writing.
class FileEfuse final : public Efuse {
 public:
  enum class Mode : std::uint8_t { kReadOnly, kReadWrite };

  // A file of nothing but zeros; one that is there stays (kInvalidState).
  // kNoSpace, kNotFound (no such folder), kFlash.
  static Status Create(const std::filesystem::path& path, Observer& observer = NoObserver());

  // `width`: bits of the chip's secure version field, 1 to 32. The whole file is
  // judged; a finding says what is wrong: kNotFound, kTruncated (also too long),
  // kBadFormat, kUnsupported (a later layout), kBadChecksum, kFlash.
  static Result<std::unique_ptr<FileEfuse>> Open(const std::filesystem::path& path, int width,
                                                 Mode mode, Observer& observer = NoObserver());

  Result<std::uint32_t> ReadSecureVersion() override;
  // The codes of Efuse, those of Open, and kInvalidState when open read-only.
  Status BurnSecureVersion(std::uint32_t version) override;
  Result<EfuseKeyBlock> ReadKeyBlock(std::size_t block) override;
  Status BurnKey(const EfuseKeyBurn& burn) override;
  Result<bool> IsDigestRevoked(std::size_t slot) override;
  Status RevokeDigest(std::size_t slot) override;

  // What hardware reads, protected keys included. Codes as Open.
  Result<EfuseBits> Read();
  Result<EfuseReading> ReadAll();
  // Sets the bits that are set in `bits`; after this or a power cut in it all of
  // them are set or none. A damaged file is left as it is. kInvalidState when a
  // write-protected key block or its purpose would change, or read-only.
  Status Burn(const EfuseBits& bits);

 private:
  FileEfuse(std::filesystem::path path, int width, Mode mode)
      : path_(std::move(path)), width_(width), mode_(mode) {}

  std::filesystem::path path_;
  int width_;
  Mode mode_;
};

}  // namespace updraft
