// SPDX-License-Identifier: Apache-2.0
// Image header, segments and descriptions: the gate, the proof and the measuring,
// in whatever pieces the bytes come; and a second, plain reading of the format.
#include <array>
#include <optional>

#include "updraft/image.h"

#include "fuzz/fuzz.h"
#include "fuzz/plain_image.h"
#include "ports/host/crypto_openssl.h"
#include "src/image/image_gate.h"
#include "src/image/image_proof.h"
#include "testing/memory_sink.h"
#include "testing/ram_flash.h"
#include "testing/test_image.h"

namespace updraft {
namespace {

using fuzz::Require;

constexpr std::uint64_t kSlotSize = 0x4000;

OpensslCrypto& Port() {
  static OpensslCrypto crypto;
  return crypto;
}

ImageRules RulesFrom(std::uint8_t flags, std::size_t length) {
  ImageRules rules;
  rules.kind = (flags & 1) != 0 ? ImageKind::kBootloader : ImageKind::kApp;
  rules.chip.family = FindChip((flags & 2) != 0 ? "esp32" : "esp32c3");
  rules.chip.revision = 4;
  rules.chip.efuse_block_revision = 100;
  rules.slot_size = kSlotSize;
  if ((flags & 4) != 0) rules.available = length;
  if ((flags & 8) != 0) rules.minimum_secure_version = 2;
  rules.inspect_only = (flags & 16) != 0;
  return rules;
}

struct Proven {
  Status status;
  bool complete = false;
  std::uint64_t length = 0;
  bool operator==(const Proven&) const = default;
};

Proven Prove(Bytes image, const ImageRules& rules, fuzz::Chunking chunking) {
  std::array<std::uint8_t, kKeptBlockSize> room{};
  ImageRecord record;
  ImageProof proof(rules, Port(), room, NoObserver(), &record);
  Proven proven;
  chunking.Feed(image, [&](Bytes piece) {
    proven.status = proof.Write(piece);
    return proven.status.ok();
  });
  if (proven.status.ok()) proven.status = proof.Finish();
  proven.complete = proof.complete();
  if (proven.complete) proven.length = record.facts.length;
  return proven;
}

// What the gate lets through is a front of the image; what it refuses at the head,
// nobody saw.
void TryGate(Bytes image, const ImageRules& rules, fuzz::Chunking chunking) {
  MemorySink sink;
  ImageGate::Front front;
  ImageGate gate(rules, sink, nullptr, front, nullptr, NoObserver());
  chunking.Feed(image, [&](Bytes piece) { return gate.Write(piece).ok(); });
  const Bytes passed = sink.bytes();
  Require(gate.passing() || passed.empty(), "nothing passes before the head is judged");
  Require(passed.size() <= image.size() && std::equal(passed.begin(), passed.end(), image.begin()),
          "what passes is what came");
}

void TryDescriptions(Bytes image) {
  if (image.size() < kDescriptionOffset + kAppDescriptionSize) return;
  std::array<std::uint8_t, kAppDescriptionSize> stored{};
  const auto bytes = image.subspan(kDescriptionOffset).first<kAppDescriptionSize>();
  const AppDescription description = ParseAppDescription(bytes);
  StoreAppDescription(description, stored);
  Require(std::equal(stored.begin(), stored.end(), bytes.begin()), "a description is kept whole");
  Require(description.version().size() <= 32 && description.time().size() <= 16,
          "a text ends in its field");
  std::array<std::uint8_t, kBootloaderDescriptionSize> other{};
  const auto front = bytes.first<kBootloaderDescriptionSize>();
  const BootloaderDescription bootloader = ParseBootloaderDescription(front);
  StoreBootloaderDescription(bootloader, other);
  const BootloaderDescription again = ParseBootloaderDescription(other);
  Require(again.idf_version() == bootloader.idf_version(), "the same version of ESP-IDF");
}

void Run(fuzz::Input input) {
  const std::uint8_t flags = input.Byte();
  const fuzz::Chunking chunking(input.Byte());
  std::vector<std::uint8_t> image(input.rest().begin(), input.rest().end());
  if (image.empty() || image.size() > kSlotSize) return;
  if ((flags & 32) != 0) fuzz::RepairPlainImage(image, Port());

  const ImageRules rules = RulesFrom(flags, image.size());
  const Proven whole = Prove(image, rules, fuzz::Chunking(0));
  Require(Prove(image, rules, chunking) == whole, "pieces change nothing");
  TryGate(image, rules, chunking);
  TryDescriptions(image);

  const auto plain = fuzz::ReadPlainImage(image, Port());
  if (whole.status.ok()) {
    Require(whole.complete, "what is proven is whole");
    Require(plain.has_value(), "what is proven is an image to a plain reading too");
    Require(plain->length == whole.length, "of the same length");
    // As in ESP-IDF, bootloaders are proven by their checksum only.
    const bool intact =
        rules.kind == ImageKind::kBootloader ? plain->checksum_right : plain->intact();
    Require(rules.inspect_only || intact, "with right digests");
  }

  RamFlash flash({.size = kSlotSize});
  flash.Load(0, image);
  const auto measured = MeasureImage(flash, 0, kSlotSize);
  if (whole.status.ok() && measured) {
    Require(*measured == whole.length, "measured as proven");
  }
  Require(!whole.status.ok() || measured.has_value(), "what is proven can be measured");
}

}  // namespace
}  // namespace updraft

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::Run({data, size});
  return 0;
}
