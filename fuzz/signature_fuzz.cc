// SPDX-License-Identifier: Apache-2.0
// The signature sector: blocks in any pieces, with whatever keys are trusted. Only
// a well-formed block of a trusted key, whose signature fits, counts.
#include <array>

#include "updraft/signature.h"

#include "fuzz/fuzz.h"
#include "ports/host/crypto_openssl.h"
#include "src/image/signature_proof.h"

namespace updraft {
namespace {

using fuzz::Require;
using Sector = std::array<std::uint8_t, kSignatureSectorSize>;

constexpr std::size_t kCrcOffset = kSignatureBlockSize - 20;

OpensslCrypto& Port() {
  static OpensslCrypto crypto;
  return crypto;
}

SignatureBlock BlockAt(const Sector& sector, std::size_t index) {
  return SignatureBlock(std::span<const std::uint8_t, kSignatureBlockSize>(
      sector.data() + index * kSignatureBlockSize, kSignatureBlockSize));
}

void RepairCrc(Sector& sector, std::size_t index) {
  std::uint8_t* const block = sector.data() + index * kSignatureBlockSize;
  StoreLe32(block + kCrcOffset, Crc32(Bytes(block, kCrcOffset)));
}

struct Verdict {
  bool verified = false;
  bool again = false;
  Status judged;
  bool operator==(const Verdict&) const = default;
};

Verdict Prove(const Sector& sector, const SignatureRules& rules, HashKind kind, Bytes digest,
              fuzz::Chunking chunking) {
  const std::optional<SignatureRules> demanded(rules);
  std::array<std::uint8_t, kKeptBlockSize> room{};
  Hash hash(Port());
  SignatureProof proof(demanded, Port(), hash, room);
  proof.Start(kind, digest);
  chunking.Feed(sector, [&](Bytes piece) {
    Require(proof.Take(piece).ok(), "what is signed wrongly is no failure of the port");
    return true;
  });
  return {proof.verified(), proof.wants_sha384(), proof.Judge(true, NoObserver())};
}

void Run(fuzz::Input input) {
  const std::uint8_t flags = input.Byte();
  const fuzz::Chunking chunking(input.Byte());
  SignatureRules rules;
  rules.blocks = static_cast<std::uint8_t>(1 + input.Byte() % kMaxSignatureBlocks);
  rules.digest_bytes = (flags & 1) != 0 ? 16 : kSha256Size;
  Sector sector{};
  sector.fill(0xFF);
  std::ranges::copy(input.Take(sector.size()), sector.begin());

  std::array<std::uint8_t, kSha384Size> signed_digest{};
  bool can_be_verified = false;
  for (std::size_t i = 0; i < kMaxSignatureBlocks; ++i) {
    if ((flags & (2U << i)) != 0) RepairCrc(sector, i);
    const SignatureBlock block = BlockAt(sector, i);
    if (!block.well_formed()) continue;
    Require(block.key().size() == SignatureKeySize(*block.scheme()), "a key of its scheme's size");
    if ((flags & (16U << i)) == 0) continue;
    // This key is trusted, and its digest is what was signed.
    Require(rules.trusted.Set(i, *KeyDigest(Port(), block.key())).ok(), "there is a slot");
    if ((flags & 128) != 0 && i == 1) Require(rules.trusted.Revoke(i).ok(), "it can be revoked");
    std::ranges::copy(block.digest(), signed_digest.begin());
    can_be_verified = true;
  }
  for (const HashKind kind : {HashKind::kSha256, HashKind::kSha384}) {
    const Bytes digest = Bytes(signed_digest).first(HashSize(kind));
    const Verdict whole = Prove(sector, rules, kind, digest, fuzz::Chunking(0));
    Require(Prove(sector, rules, kind, digest, chunking) == whole, "pieces change nothing");
    Require(whole.judged.ok() == whole.verified, "only a verified block passes");
    Require(can_be_verified || !whole.verified, "nobody is trusted without a key");
    if (!whole.verified) continue;
    bool found = false;
    for (std::size_t i = 0; i < rules.blocks; ++i) {
      const SignatureBlock block = BlockAt(sector, i);
      found = found || (block.well_formed() && SignedHash(*block.scheme()) == kind &&
                        VerifySignature(Port(), block, digest).ok());
    }
    Require(found, "a block among those that count is verified");
    // Another digest is not signed.
    std::array<std::uint8_t, kSha384Size> other = signed_digest;
    other[0] ^= 1;
    const Bytes wrong = Bytes(other).first(HashSize(kind));
    Require(!Prove(sector, rules, kind, wrong, chunking).verified,
            "a signature is over one digest");
  }
}

}  // namespace
}  // namespace updraft

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::Run({data, size});
  return 0;
}
