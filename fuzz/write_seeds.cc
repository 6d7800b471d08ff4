// SPDX-License-Identifier: Apache-2.0
// Writes the seeds of the targets that take binary input: write_fuzz_seeds FOLDER.
// Run again when a target reads its input another way; signatures come out different
// each time. Seeds are small on purpose.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "ports/host/crypto_openssl.h"
#include "ports/host/signer_openssl.h"
#include "testing/encryption_keys.h"
#include "testing/test_device.h"
#include "testing/test_elf.h"
#include "testing/test_image.h"

namespace updraft {
namespace {

using Seed = std::vector<std::uint8_t>;

class Writer {
 public:
  explicit Writer(std::filesystem::path folder) : folder_(std::move(folder)) {}

  void Write(std::string_view target, std::string_view name, const Seed& seed) {
    const auto path = folder_ / target;
    std::filesystem::create_directories(path);
    std::ofstream file(path / name, std::ios::binary);
    file.write(reinterpret_cast<const char*>(seed.data()),
               static_cast<std::streamsize>(seed.size()));
  }

 private:
  std::filesystem::path folder_;
};

Seed Joined(Seed front, Bytes rest) {
  front.insert(front.end(), rest.begin(), rest.end());
  return front;
}

Seed SmallImage(Crypto& crypto, std::uint32_t secure_version = 2) {
  return TestImage{.secure_version = secure_version, .version = "2.0.0", .first_segment_rest = 16}
      .WithRamSegment(48)
      .Build(crypto);
}

void WriteImages(Writer& writer, Crypto& crypto) {
  const Seed image = SmallImage(crypto);
  writer.Write("image", "app", Joined({4, 7}, image));
  writer.Write("image", "repaired", Joined({32, 3}, image));
  writer.Write("image", "secure_version", Joined({32 + 8, 2}, image));
  writer.Write("image", "inspected", Joined({16, 9}, image));
  Seed bootloader = TestImage{.hash_appended = false, .first_segment_rest = 16}.Build(crypto);
  writer.Write("image", "bootloader", Joined({1 + 32, 5}, bootloader));

  // river_fuzz.cc, Plan: flags, chunks, failing call, place of the break, patches.
  const auto plan = [](std::uint16_t flags, std::uint16_t call, std::uint16_t at) {
    return Seed{static_cast<std::uint8_t>(flags),
                static_cast<std::uint8_t>(flags >> 8),
                0,
                9,
                static_cast<std::uint8_t>(call),
                static_cast<std::uint8_t>(call >> 8),
                static_cast<std::uint8_t>(at),
                static_cast<std::uint8_t>(at >> 8),
                0};
  };
  writer.Write("river", "plain", Joined(plan(1 + 8, 0, 0), image));
  writer.Write("river", "ecies", Joined(plan(1 + 2 + 512, 0, 0), image));
  writer.Write("river", "rsa", Joined(plan(1 + 2 + 4, 0, 0), image));
  writer.Write("river", "signed", Joined(plan(1 + 32 + 64 + 128 + 256, 0, 0), image));
  const Seed large =
      TestImage{.secure_version = 2, .first_segment_rest = 16}.WithRamSegment(9000, 0).Build(
          crypto);
  writer.Write("river", "resumed", Joined(plan(1 + 16, 0, 9100), large));
  writer.Write("river", "resumed_ecies", Joined(plan(1 + 2 + 16, 0, 9100), large));
  writer.Write("river", "failing", Joined(plan(1 + 1024, 20, 0), image));
  writer.Write("river", "not_repaired", Joined(plan(8, 0, 0), image));

  // encrypted_fuzz.cc: flags, chunks, length of the patches, patches, body.
  writer.Write("encrypted", "ecies", Joined({1, 5, 0}, Bytes(image).first(64)));
  writer.Write("encrypted", "rsa", Joined({1 + 2, 5, 0}, Bytes(image).first(64)));
  writer.Write("encrypted", "patched", Joined({1, 5, 5, 1, 0, 2, 1, 0xFF}, Bytes(image).first(64)));
  writer.Write("encrypted", "announced", Joined({1 + 32 + 64, 5, 0}, Bytes(image).first(64)));
}

void WriteSignatures(Writer& writer, Crypto& crypto) {
  const auto key = SignatureKey::FromPem(AsBytes(kTestEcKeyPem));
  auto signing = ImageSigning::Open(SmallImage(crypto), ImageSigning::Existing::kRefuse, crypto);
  if (!key || !signing || !signing->Add(*key).ok()) return;
  const Seed file = signing->Finish();
  const Bytes block = Bytes(file).last(kSignatureSectorSize).first(kSignatureBlockSize);
  // signature_fuzz.cc: flags (16: the first key is trusted), chunks, blocks, sector.
  writer.Write("signature", "p256", Joined({16, 3, 2}, block));
  writer.Write("signature", "untrusted", Joined({0, 3, 2}, block));
  writer.Write("signature", "repaired", Joined({2 + 16, 3, 0}, block));
  const auto other = SignatureKey::FromPem(AsBytes(kTestRsaKeyPem));
  auto rsa = ImageSigning::Open(SmallImage(crypto), ImageSigning::Existing::kRefuse, crypto);
  if (!other || !rsa->Add(*other).ok()) return;
  const Seed rsa_file = rsa->Finish();
  const Bytes rsa_block = Bytes(rsa_file).last(kSignatureSectorSize).first(kSignatureBlockSize);
  writer.Write("signature", "rsa3072", Joined({16, 3, 2}, rsa_block));
}

void WriteTables(Writer& writer, Crypto& crypto) {
  const Seed table = MakePartitionTable(
      {MakePartition("nvs", PartitionType::kData, 2, 0x9000, 0x3000),
       MakePartition("otadata", PartitionType::kData, kSubtypeOtadata, 0xC000, kOtadataSize),
       MakePartition("ota_0", PartitionType::kApp, kSubtypeOta0, 0xE000, 0x1000),
       MakePartition("ota_1", PartitionType::kApp, kSubtypeOta0 + 1, 0xF000, 0x1000)},
      crypto);
  writer.Write("partition_table", "two_slots", Joined({0}, Bytes(table).first(192)));
  writer.Write("partition_table", "repaired", Joined({1}, Bytes(table).first(192)));
}

void WriteElf(Writer& writer) {
  TestElf elf;
  elf.segments = {
      {0x3C000020, Seed(300, 1)}, {0x40380000, {5, 6, 7}, 100}, {0x42000020, Seed(40, 2)}};
  writer.Write("elf", "riscv", Joined({0}, elf.Build()));
  elf.sections = {{0, 0, 100}, {0, 200, 100}, {1, 0, 3}, {2, 8, 32}};
  writer.Write("elf", "sections", Joined({2}, elf.Build()));
  elf.machine = 94;
  elf.segments = {{0x3F400020, Seed(300, 1)}, {0x40080000, {5, 6, 7}}, {0x400D0020, Seed(40, 2)}};
  elf.sections.clear();
  writer.Write("elf", "xtensa", Joined({1}, elf.Build()));
}

void WriteLives(Writer& writer) {
  const Seed record{1,    1,    0,    0,    0,    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                    0xFF, 0xFF, 0xFF, 2,    0,    0,    0,    0,    0,    0,    0};
  Seed otadata{2 + 8, 1, 0xFF, 0xFF};  // layout, policy, what is bootable
  otadata.insert(otadata.end(), record.begin(), record.end());
  otadata.insert(otadata.end(), record.begin(), record.end());
  // Select ota_1, boot, confirm, select ota_0, boot, roll back, look, boot.
  writer.Write("otadata", "life", Joined(otadata, Seed{0, 1, 7, 1, 0, 0, 7, 2, 6, 7}));
  writer.Write("otadata", "deselect", Joined(otadata, Seed{7, 0, 1, 3, 1, 7, 4, 5, 7}));

  // update_log_fuzz.cc: begin with an identity of 2 bytes, mark, fly, look, damage.
  writer.Write("update_log", "journal",
               {1, 16, 'a', 'b', 2, 7, 1, 0, 4, 3, 'o', 'u', 't', 7, 3, 7});
  writer.Write("update_log", "damaged",
               {1, 17, 'a', 'b', 2, 7, 1, 0, 5, 1, 40, 0, 4, 9, 9, 9, 9, 7, 0, 8, 1, 2});
  writer.Write("update_log", "filled", {6, 0, 6, 1, 0, 40, 0, 41, 4, 1, 'x', 7});

  // nvs_fuzz.cc: pages, then numbers, texts, blobs, erasing, damage with CRCs repaired.
  writer.Write("nvs", "values", {1, 1, 0, 0,   7, 0, 0, 0, 2, 1, 1, 20, 0, 3,
                                 3, 2, 2, 200, 0, 5, 6, 7, 4, 0, 0, 6,  7});
  writer.Write("nvs", "long_blobs",
               {1, 3, 0, 0, 0x88, 0x13, 1, 3, 0, 1, 0x70, 0x11, 2, 3, 0, 0, 0x80, 0x10, 3, 6, 7});
  writer.Write("nvs", "damaged", {0, 1, 0,  0, 7, 0, 0, 0, 2, 1, 1, 20, 0, 3, 0,
                                  3, 1, 96, 0, 2, 5, 5, 7, 3, 0, 1, 9,  0, 1, 6});
}

}  // namespace
}  // namespace updraft

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "write_fuzz_seeds: expected one folder, such as fuzz/corpus\n");
    return 2;
  }
  updraft::OpensslCrypto crypto;
  updraft::Writer writer(arguments[1]);
  updraft::WriteImages(writer, crypto);
  updraft::WriteSignatures(writer, crypto);
  updraft::WriteTables(writer, crypto);
  updraft::WriteElf(writer);
  updraft::WriteLives(writer);
  return 0;
}
