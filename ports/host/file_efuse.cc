// SPDX-License-Identifier: Apache-2.0
#include "ports/host/file_efuse.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <string>
#include <string_view>
#include <vector>

#include "ports/host/posix_file.h"

namespace updraft {
namespace {

constexpr std::string_view kMagic = "UPDEFUSE";
constexpr std::uint32_t kLayout = 1;
constexpr std::size_t kLayoutOffset = 8;
constexpr std::size_t kSecureVersionOffset = 12;
constexpr std::size_t kKeysOffset = 16;
constexpr std::size_t kPurposesOffset = 208;
constexpr std::size_t kReadProtectedOffset = 214;
constexpr std::size_t kWriteProtectedOffset = 215;
constexpr std::size_t kRevokedOffset = 216;
constexpr std::size_t kChecksumOffset = 220;

using FileBytes = std::array<std::uint8_t, kEfuseFileSize>;

std::uint32_t Crc32(Bytes data) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const std::uint8_t byte : data) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320U : 0U);
  }
  return ~crc;
}

// Keys lie in it: only its owner reads it.
int Replace(const std::filesystem::path& path, FileBytes file) {
  const int error = ReplaceFile(path, file, 0600);
  Wipe(file);
  return error;
}

FileBytes Store(const EfuseBits& bits) {
  FileBytes file{};
  std::ranges::copy(kMagic, file.begin());
  StoreLe32(&file[kLayoutOffset], kLayout);
  StoreLe32(&file[kSecureVersionOffset], bits.secure_version);
  for (std::size_t i = 0; i < kEfuseKeyBlocks; ++i) {
    std::ranges::copy(bits.keys[i], &file[kKeysOffset + i * kEfuseKeySize]);
  }
  std::ranges::copy(bits.purposes, &file[kPurposesOffset]);
  file[kReadProtectedOffset] = bits.read_protected;
  file[kWriteProtectedOffset] = bits.write_protected;
  file[kRevokedOffset] = bits.revoked_digests;
  StoreLe32(&file[kChecksumOffset], Crc32(Bytes(file).first(kChecksumOffset)));
  return file;
}

// The file has been judged.
EfuseBits Parse(Bytes file) {
  EfuseBits bits;
  bits.secure_version = LoadLe32(&file[kSecureVersionOffset]);
  for (std::size_t i = 0; i < kEfuseKeyBlocks; ++i) {
    std::ranges::copy(file.subspan(kKeysOffset + i * kEfuseKeySize, kEfuseKeySize),
                      bits.keys[i].begin());
  }
  std::ranges::copy(file.subspan(kPurposesOffset, kEfuseKeyBlocks), bits.purposes.begin());
  bits.read_protected = file[kReadProtectedOffset];
  bits.write_protected = file[kWriteProtectedOffset];
  bits.revoked_digests = file[kRevokedOffset];
  return bits;
}

Status Refuse(Observer& observer, Status status, const std::string& expected,
              const std::string& found) {
  return RefuseFile(observer, Check::kEfuse, status, expected, found);
}

Status JudgeContent(const std::filesystem::path& path, Bytes file, Observer& observer) {
  if (file.size() != kEfuseFileSize) {
    return Refuse(observer, {Code::kTruncated, Stage::kDevice},
                  fmt::format("{} bytes in {}", kEfuseFileSize, path.string()),
                  fmt::format("{} bytes", file.size()));
  }
  if (TextField(file.first(kMagic.size())) != kMagic) {
    return Refuse(observer, {Code::kBadFormat, Stage::kDevice},
                  fmt::format("\"{}\" at the start of {}", kMagic, path.string()), "other bytes");
  }
  if (const std::uint32_t layout = LoadLe32(&file[kLayoutOffset]); layout != kLayout) {
    return Refuse(observer, {Code::kUnsupported, Stage::kDevice},
                  fmt::format("layout {} in {}", kLayout, path.string()),
                  fmt::format("layout {}", layout));
  }
  const std::uint32_t stored = LoadLe32(&file[kChecksumOffset]);
  const std::uint32_t computed = Crc32(file.first(kChecksumOffset));
  if (stored != computed) {
    return Refuse(observer, {Code::kBadChecksum, Stage::kDevice},
                  fmt::format("checksum {:08x} at the end of {}", computed, path.string()),
                  fmt::format("{:08x}", stored));
  }
  return kOk;
}

Result<EfuseBits> Load(const std::filesystem::path& path, Observer& observer) {
  std::vector<std::uint8_t> file;
  if (const int error = LoadFile(path, 1 << 20, &file); error != 0) {
    return Refuse(observer, FileStatus(error, Stage::kDevice),
                  fmt::format("an eFuse file at {}", path.string()), ErrnoText(error));
  }
  const Status judged = JudgeContent(path, file, observer);
  Result<EfuseBits> bits = judged.ok() ? Result<EfuseBits>(Parse(file)) : Result<EfuseBits>(judged);
  Wipe(file);
  return bits;
}

bool HasBit(std::uint8_t bits, std::size_t index) { return ((bits >> index) & 1U) != 0; }

std::uint8_t Bit(std::size_t index) { return static_cast<std::uint8_t>(1U << index); }

EfuseBits Raised(const EfuseBits& stored, const EfuseBits& more) {
  EfuseBits bits = stored;
  bits.secure_version |= more.secure_version;
  for (std::size_t i = 0; i < kEfuseKeyBlocks; ++i) {
    for (std::size_t j = 0; j < kEfuseKeySize; ++j) bits.keys[i][j] |= more.keys[i][j];
    bits.purposes[i] |= more.purposes[i];
  }
  bits.read_protected |= more.read_protected;
  bits.write_protected |= more.write_protected;
  bits.revoked_digests |= more.revoked_digests;
  return bits;
}

bool ChangesProtected(const EfuseBits& stored, const EfuseBits& raised) {
  for (std::size_t i = 0; i < kEfuseKeyBlocks; ++i) {
    const bool is_protected = HasBit(stored.write_protected, i);
    const bool changes =
        stored.keys[i] != raised.keys[i] || stored.purposes[i] != raised.purposes[i];
    if (is_protected && changes) return true;
  }
  return false;
}

std::uint32_t LowBits(std::uint32_t count) {
  return count >= 32 ? ~std::uint32_t{0} : (std::uint32_t{1} << count) - 1;
}

}  // namespace

EfuseBits::~EfuseBits() {
  for (auto& key : keys) Wipe(key);
}

bool EfuseBits::IsBurnt(std::size_t block) const {
  const bool holds_key =
      std::ranges::any_of(keys[block], [](std::uint8_t byte) { return byte != 0; });
  return holds_key || purposes[block] != 0 || HasBit(read_protected, block) ||
         HasBit(write_protected, block);
}

std::optional<std::size_t> EfuseBits::FindBlock(KeyPurpose purpose) const {
  for (std::size_t i = 0; i < kEfuseKeyBlocks; ++i) {
    if (purposes[i] == static_cast<std::uint8_t>(purpose) && IsBurnt(i)) return i;
  }
  return std::nullopt;
}

Status FileEfuse::Create(const std::filesystem::path& path, Observer& observer) {
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(path, ignored))) {
    return Refuse(observer, {Code::kInvalidState, Stage::kDevice, EEXIST},
                  fmt::format("a new eFuse file at {}", path.string()), ErrnoText(EEXIST));
  }
  if (const int error = Replace(path, Store(EfuseBits{})); error != 0) {
    return Refuse(observer, FileStatus(error, Stage::kDevice),
                  fmt::format("a new eFuse file at {}", path.string()), ErrnoText(error));
  }
  return kOk;
}

Result<std::unique_ptr<FileEfuse>> FileEfuse::Open(const std::filesystem::path& path, int width,
                                                   Mode mode, Observer& observer) {
  UPDRAFT_TRY(Load(path, observer).error());
  return std::unique_ptr<FileEfuse>(new FileEfuse(path, width, mode));
}

Result<EfuseBits> FileEfuse::Read() { return Load(path_, NoObserver()); }

Status FileEfuse::Burn(const EfuseBits& bits) {
  if (mode_ == Mode::kReadOnly) return {Code::kInvalidState, Stage::kDevice, EROFS};
  UPDRAFT_TRY_ASSIGN(const EfuseBits stored, Read());
  const EfuseBits raised = Raised(stored, bits);
  if (raised == stored) return kOk;
  if (ChangesProtected(stored, raised)) return {Code::kInvalidState, Stage::kDevice};
  return FileStatus(Replace(path_, Store(raised)), Stage::kDevice);
}

Result<EfuseReading> FileEfuse::ReadAll() {
  UPDRAFT_TRY_ASSIGN(const EfuseBits stored, Read());
  return EfuseReading(stored, width_);
}

Result<std::uint32_t> EfuseReading::ReadSecureVersion() {
  const std::uint32_t field = bits_.secure_version & LowBits(static_cast<std::uint32_t>(width_));
  return static_cast<std::uint32_t>(std::popcount(field));
}

Result<std::uint32_t> FileEfuse::ReadSecureVersion() {
  UPDRAFT_TRY_ASSIGN(EfuseReading seen, ReadAll());
  return seen.ReadSecureVersion();
}

Status FileEfuse::BurnSecureVersion(std::uint32_t version) {
  if (version > static_cast<std::uint32_t>(width_)) {
    return {Code::kInvalidArgument, Stage::kDevice};
  }
  UPDRAFT_TRY_ASSIGN(const EfuseBits stored, Read());
  const std::uint32_t field = stored.secure_version & LowBits(static_cast<std::uint32_t>(width_));
  const auto burnt = static_cast<std::uint32_t>(std::popcount(field));
  if (version < burnt) return {Code::kDowngrade, Stage::kDevice};
  if (version == burnt) return kOk;
  EfuseBits bits;
  bits.secure_version = RaisedSecureVersion(field, version);
  return Burn(bits);
}

Result<EfuseKeyBlock> EfuseReading::ReadKeyBlock(std::size_t block) {
  if (block >= kEfuseKeyBlocks) return Status(Code::kInvalidArgument, Stage::kDevice);
  EfuseKeyBlock seen;
  seen.purpose = static_cast<KeyPurpose>(bits_.purposes[block]);
  seen.burnt = bits_.IsBurnt(block);
  seen.read_protected = HasBit(bits_.read_protected, block);
  seen.write_protected = HasBit(bits_.write_protected, block);
  if (!seen.read_protected) seen.key = bits_.keys[block];
  return seen;
}

Result<EfuseKeyBlock> FileEfuse::ReadKeyBlock(std::size_t block) {
  UPDRAFT_TRY_ASSIGN(EfuseReading seen, ReadAll());
  return seen.ReadKeyBlock(block);
}

Status FileEfuse::BurnKey(const EfuseKeyBurn& burn) {
  if (burn.block >= kEfuseKeyBlocks || burn.key.size() != kEfuseKeySize) {
    return {Code::kInvalidArgument, Stage::kDevice};
  }
  UPDRAFT_TRY_ASSIGN(const EfuseBits stored, Read());
  if (stored.IsBurnt(burn.block)) return {Code::kInvalidState, Stage::kDevice};
  EfuseBits bits;
  std::ranges::copy(burn.key, bits.keys[burn.block].begin());
  bits.purposes[burn.block] = static_cast<std::uint8_t>(burn.purpose);
  if (burn.read_protect) bits.read_protected = Bit(burn.block);
  if (burn.write_protect) bits.write_protected = Bit(burn.block);
  return Burn(bits);
}

Result<bool> EfuseReading::IsDigestRevoked(std::size_t slot) {
  if (slot >= kEfuseDigests) return Status(Code::kInvalidArgument, Stage::kDevice);
  return HasBit(bits_.revoked_digests, slot);
}

Result<bool> FileEfuse::IsDigestRevoked(std::size_t slot) {
  UPDRAFT_TRY_ASSIGN(EfuseReading seen, ReadAll());
  return seen.IsDigestRevoked(slot);
}

Status FileEfuse::RevokeDigest(std::size_t slot) {
  if (slot >= kEfuseDigests) return {Code::kInvalidArgument, Stage::kDevice};
  EfuseBits bits;
  bits.revoked_digests = Bit(slot);
  return Burn(bits);
}

}  // namespace updraft
