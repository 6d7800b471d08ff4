// SPDX-License-Identifier: Apache-2.0
// The sector of signature blocks behind a file.
#include <algorithm>
#include <array>
#include <utility>

#include "ports/host/signer_openssl.h"

namespace updraft {
namespace {

constexpr std::uint8_t kPadding = 0xFF;

SignatureBlock BlockAt(Bytes sector, std::size_t index) {
  return SignatureBlock(std::span<const std::uint8_t, kSignatureBlockSize>(
      sector.data() + index * kSignatureBlockSize, kSignatureBlockSize));
}

// The whole blocks at the front of the last sector, as the vendor's tool counts.
std::size_t CountBlocks(Bytes file) {
  if (file.size() < 2 * kSignatureSectorSize || !IsAligned(file.size(), kSignatureSectorSize)) {
    return 0;
  }
  const Bytes sector = file.last(kSignatureSectorSize);
  std::size_t count = 0;
  while (count < kMaxSignatureBlocks && BlockAt(sector, count).well_formed()) ++count;
  return count;
}

}  // namespace

Result<ImageSigning> ImageSigning::Open(std::vector<std::uint8_t> file, Existing existing,
                                        Crypto& crypto) {
  if (file.empty()) return Status(Code::kInvalidArgument, Stage::kDevice);
  ImageSigning signing;
  signing.crypto_ = &crypto;
  const std::size_t blocks = CountBlocks(file);
  if (blocks > 0 && existing == Existing::kRefuse) {
    return Status(Code::kInvalidState, Stage::kDevice);
  }
  const std::size_t message_size = blocks > 0 ? file.size() - kSignatureSectorSize : file.size();
  if (existing == Existing::kKeep) {
    const auto sector = file.begin() + static_cast<std::ptrdiff_t>(message_size);
    signing.sector_.assign(sector,
                           sector + static_cast<std::ptrdiff_t>(blocks * kSignatureBlockSize));
  }
  signing.message_ = std::move(file);
  signing.message_.resize(message_size);
  signing.message_.resize(AlignUp(message_size, kSignatureAlignment), kPadding);
  for (std::size_t i = 0; i < signing.blocks(); ++i) {
    const SignatureBlock block = BlockAt(signing.sector_, i);
    UPDRAFT_TRY_ASSIGN(const auto digest, signing.DigestFor(*block.scheme()));
    const Bytes stored = block.digest();
    if (!std::equal(stored.begin(), stored.end(), digest.begin(), digest.end())) {
      return Status(Code::kBadSignature, Stage::kDevice);
    }
  }
  return signing;
}

Status ImageSigning::Add(const SignatureKey& key) {
  UPDRAFT_TRY_ASSIGN(const auto digest, DigestFor(key.scheme()));
  UPDRAFT_TRY_ASSIGN(const auto signature, key.Sign(digest));
  return AddBlock(key, digest, signature);
}

Status ImageSigning::Add(const SignatureKey& key, Bytes signature) {
  UPDRAFT_TRY_ASSIGN(const auto digest, DigestFor(key.scheme()));
  UPDRAFT_TRY_ASSIGN(const auto imported, key.Import(signature));
  return AddBlock(key, digest, imported);
}

Status ImageSigning::AddBlock(const SignatureKey& key, Bytes digest, Bytes signature) {
  if (blocks() >= kMaxSignatureBlocks) return {Code::kNoSpace, Stage::kDevice};
  std::array<std::uint8_t, kSignatureBlockSize> block{};
  UPDRAFT_TRY(StoreSignatureBlock(key.scheme(), digest, key.block_key(), signature, block));
  UPDRAFT_TRY(VerifySignature(*crypto_, SignatureBlock(block), digest));
  sector_.insert(sector_.end(), block.begin(), block.end());
  return kOk;
}

Result<std::vector<std::uint8_t>> ImageSigning::DigestFor(SignatureScheme scheme) const {
  const HashKind kind = SignedHash(scheme);
  Hash hash(*crypto_);
  std::vector<std::uint8_t> digest(HashSize(kind));
  UPDRAFT_TRY(hash.Start(kind));
  UPDRAFT_TRY(hash.Update(message_));
  UPDRAFT_TRY(hash.Finish(digest));
  return digest;
}

std::vector<std::uint8_t> ImageSigning::Finish() const {
  std::vector<std::uint8_t> file = message_;
  file.insert(file.end(), sector_.begin(), sector_.end());
  file.resize(message_.size() + kSignatureSectorSize, kPadding);
  return file;
}

}  // namespace updraft
