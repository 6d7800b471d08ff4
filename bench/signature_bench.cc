// SPDX-License-Identifier: Apache-2.0
// What the proof of a signed image costs beyond the hash that it cannot do
// without: 16 MiB, against SHA-256 of the same bytes in pieces of the same size;
// a file in memory as the tool proves it, and read from flash as the bootloader
// does. signature_bench --benchmark_repetitions=9
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "updraft/image.h"

#include "ports/host/crypto_openssl.h"
#include "ports/host/signer_openssl.h"
#include "src/image/slot_proof.h"
#include "testing/test_image.h"

namespace updraft {
namespace {

using Image = std::vector<std::uint8_t>;

constexpr std::size_t kImageSize = 16 << 20;
constexpr std::size_t kPiece = 16 << 10;
constexpr std::uint64_t kSlotSize = 17 << 20;

// Nothing but the copy that a read is.
class FlatFlash final : public Flash {
 public:
  explicit FlatFlash(Image bytes) : bytes_(std::move(bytes)) { bytes_.resize(kSlotSize, 0xFF); }
  FlashGeometry geometry() const override { return {.size = bytes_.size()}; }

 private:
  Status DoRead(std::uint64_t address, MutableBytes out) override {
    std::memcpy(out.data(), bytes_.data() + address, out.size());
    return kOk;
  }
  Status DoErase(std::uint64_t, std::uint64_t) override { return kReadOnly; }
  Status DoProgram(std::uint64_t, Bytes) override { return kReadOnly; }
  Status DoSync() override { return kOk; }

  static constexpr Status kReadOnly{Code::kUnsupported, Stage::kFlash};
  Image bytes_;
};

OpensslCrypto& TheCrypto() {
  static OpensslCrypto crypto;
  return crypto;
}

const Image& PlainImage() {
  static const Image kImage = [] {
    TestImage made;
    made.chip_id = kChipIdLinuxX8664;
    made.first_load_address = kExecutableLoadAddress;
    return made.WithRamSegment(kImageSize - 2048).Build(TheCrypto());
  }();
  return kImage;
}

struct SignedImage {
  Image bytes;
  SignatureRules rules;
};

SignedImage Sign(SignatureScheme scheme) {
  const auto key = SignatureKey::Generate(scheme);
  auto signing = ImageSigning::Open(PlainImage(), ImageSigning::Existing::kRefuse, TheCrypto());
  SignedImage image;
  const bool done = key.has_value() && signing.has_value() && signing->Add(*key).ok() &&
                    image.rules.trusted.Set(0, *KeyDigest(TheCrypto(), key->block_key())).ok();
  if (!done) std::abort();
  image.bytes = signing->Finish();
  return image;
}

void HashStored(benchmark::State& state) {
  const Image image = Sign(SignatureScheme::kEcdsaP256).bytes;
  FlatFlash flash(image);
  Image buffer(kPiece);
  for ([[maybe_unused]] auto _ : state) {
    Hash hash(TheCrypto());
    Sha256Digest digest{};
    bool done = hash.Start(HashKind::kSha256).ok();
    for (std::size_t at = 0; at < image.size(); at += kPiece) {
      const MutableBytes piece = MutableBytes(buffer).first(std::min(kPiece, image.size() - at));
      done = done && flash.Read(at, piece).ok() && hash.Update(piece).ok();
    }
    if (!done || !hash.Finish(digest).ok()) state.SkipWithError("the hash failed");
    benchmark::DoNotOptimize(digest);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(image.size()));
}

void HashFile(benchmark::State& state) {
  const Image image = Sign(SignatureScheme::kEcdsaP256).bytes;
  for ([[maybe_unused]] auto _ : state) {
    Hash hash(TheCrypto());
    Sha256Digest digest{};
    bool done = hash.Start(HashKind::kSha256).ok();
    for (std::size_t at = 0; at < image.size(); at += kPiece) {
      done =
          done && hash.Update(Bytes(image).subspan(at, std::min(kPiece, image.size() - at))).ok();
    }
    if (!done || !hash.Finish(digest).ok()) state.SkipWithError("the hash failed");
    benchmark::DoNotOptimize(digest);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(image.size()));
}

ImageRules RulesWith(const std::optional<SignatureRules>& signature) {
  ImageRules rules;
  rules.chip.family = FindChip(kChipIdLinuxX8664);
  rules.slot_size = kSlotSize;
  rules.signature = signature;
  return rules;
}

void ProveStored(benchmark::State& state, const Image& image,
                 const std::optional<SignatureRules>& signature) {
  FlatFlash flash(image);
  const ImageRules rules = RulesWith(signature);
  Image buffer(kPiece);
  for ([[maybe_unused]] auto _ : state) {
    const auto facts = ProveSlot(flash, rules, TheCrypto(), buffer, NoObserver());
    if (!facts.has_value()) state.SkipWithError("the proof failed");
    benchmark::DoNotOptimize(facts);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(image.size()));
}

void ProveStoredUnsigned(benchmark::State& state) {
  ProveStored(state, PlainImage(), std::nullopt);
}

void ProveStoredSigned(benchmark::State& state, SignatureScheme scheme) {
  const SignedImage image = Sign(scheme);
  ProveStored(state, image.bytes, image.rules);
}

void ProveFile(benchmark::State& state, SignatureScheme scheme) {
  const SignedImage image = Sign(scheme);
  const ImageRules rules = RulesWith(image.rules);
  for ([[maybe_unused]] auto _ : state) {
    std::array<std::uint8_t, kKeptBlockSize> room{};
    ImageProof proof(rules, TheCrypto(), room, NoObserver());
    bool done = proof.Write(image.bytes).ok();
    if (proof.wants_again()) done = proof.StartAgain().ok() && proof.Write(image.bytes).ok();
    if (!done || !proof.Finish().ok()) state.SkipWithError("the proof failed");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(image.bytes.size()));
}

constexpr auto kUnit = benchmark::kMillisecond;
BENCHMARK(HashFile)->Unit(kUnit);
BENCHMARK_CAPTURE(ProveFile, rsa3072, SignatureScheme::kRsa3072)->Unit(kUnit);
BENCHMARK_CAPTURE(ProveFile, p256, SignatureScheme::kEcdsaP256)->Unit(kUnit);
BENCHMARK_CAPTURE(ProveFile, p384, SignatureScheme::kEcdsaP384)->Unit(kUnit);
BENCHMARK(HashStored)->Unit(kUnit);
BENCHMARK(ProveStoredUnsigned)->Unit(kUnit);
BENCHMARK_CAPTURE(ProveStoredSigned, rsa3072, SignatureScheme::kRsa3072)->Unit(kUnit);
BENCHMARK_CAPTURE(ProveStoredSigned, p256, SignatureScheme::kEcdsaP256)->Unit(kUnit);
BENCHMARK_CAPTURE(ProveStoredSigned, p384, SignatureScheme::kEcdsaP384)->Unit(kUnit);

}  // namespace
}  // namespace updraft

BENCHMARK_MAIN();
