// SPDX-License-Identifier: Apache-2.0
#include "esp/src/signature_check.h"

#include <esp_image_format.h>
#include <esp_log.h>

#include <algorithm>

namespace updraft::esp {
namespace {

constexpr const char* kTag = "secure_boot_v2";
constexpr std::size_t kPiece = 65536;

struct Signer {
  std::size_t block = 0;
  std::size_t trusted = 0;
  SignatureScheme scheme{};
};

std::optional<SignatureRules> WhoIsTrusted(BoundDevice& device) {
  std::optional<SignatureRules> rules;
  if (!device->trusted_keys.empty()) {
    ESP_LOGI(kTag, "Take trusted digest key(s) from eFuse block(s)");
    rules = SignatureRules{.trusted = device->trusted_keys,
                           .blocks = device->chip.family->signature_blocks};
  } else {
    ESP_LOGI(kTag, "Take trusted digest key(s) from running app");
    if (!device->running.has_value()) return std::nullopt;
    const auto signer = TrustSignerOf(*device->flash, *device->crypto, *device->running);
    if (!signer) return std::nullopt;
    rules = *signer;
  }
  rules->digest_bytes = device->chip.family->key_digest_bytes;
  if (device->policy.signature_scheme.has_value()) rules->scheme = device->policy.signature_scheme;
  return rules;
}

std::optional<std::size_t> SlotOf(const SignatureRules& rules, const Sha256Digest& key) {
  for (std::size_t slot = 0; slot < rules.blocks; ++slot) {
    const auto& digest = rules.trusted.At(slot);
    if (!digest.has_value() || rules.trusted.revoked(slot)) continue;
    if (std::equal(key.begin(), key.begin() + rules.digest_bytes, digest->begin())) return slot;
  }
  return std::nullopt;
}

// The next block of a trusted key, from block `first` on.
std::optional<Signer> FindSigner(BoundDevice& device, const SignatureRules& rules,
                                 const SignatureSector& sector, std::size_t first) {
  for (std::size_t index = first; index < rules.blocks; ++index) {
    const SignatureBlock block = BlockAt(sector, index);
    if (!block.well_formed()) continue;
    if (rules.scheme.has_value() && block.scheme() != rules.scheme) continue;
    const auto key = KeyDigest(*device->crypto, block.key());
    const auto slot = key ? SlotOf(rules, *key) : std::nullopt;
    if (slot.has_value()) return Signer{index, *slot, *block.scheme()};
  }
  return std::nullopt;
}

void Tell(const Signer& signer) {
  ESP_LOGI(kTag, "#%u app key digest == #%u trusted key digest",
           static_cast<unsigned>(signer.block), static_cast<unsigned>(signer.trusted));
  ESP_LOGI(kTag, "Verifying with %s...",
           signer.scheme == SignatureScheme::kRsa3072 ? "RSA-PSS" : "ECDSA");
}

}  // namespace

SignatureBlock BlockAt(const SignatureSector& sector, std::size_t index) {
  return SignatureBlock(std::span<const std::uint8_t, kSignatureBlockSize>(
      sector.data() + index * kSignatureBlockSize, kSignatureBlockSize));
}

std::optional<std::vector<std::uint8_t>> DigestOfFlash(BoundDevice& device, HashKind kind,
                                                       std::uint64_t address,
                                                       std::uint64_t length) {
  Hash hash(*device->crypto);
  if (!hash.Start(kind).ok()) return std::nullopt;
  std::vector<std::uint8_t> piece(kPiece);
  for (std::uint64_t done = 0; done < length;) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, length - done));
    const MutableBytes some = MutableBytes(piece).first(count);
    if (!device->flash->Read(address + done, some).ok() || !hash.Update(some).ok()) {
      return std::nullopt;
    }
    done += count;
  }
  std::vector<std::uint8_t> digest(HashSize(kind));
  return hash.Finish(digest).ok() ? std::optional(digest) : std::nullopt;
}

esp_err_t JudgeSector(BoundDevice& device, const SignatureSector& sector,
                      const SignedDigest& digest) {
  const auto rules = WhoIsTrusted(device);
  if (!rules) {
    ESP_LOGE(kTag, "Could not read secure boot digests!");
    return ESP_FAIL;
  }
  for (auto signer = FindSigner(device, *rules, sector, 0); signer.has_value();
       signer = FindSigner(device, *rules, sector, signer->block + 1)) {
    Tell(*signer);
    const auto computed = digest(SignedHash(signer->scheme));
    if (!computed) return ESP_FAIL;
    if (VerifySignature(*device->crypto, BlockAt(sector, signer->block), *computed).ok()) {
      ESP_LOGI(kTag, "Signature verified successfully!");
      return ESP_OK;
    }
  }
  return ESP_ERR_IMAGE_INVALID;
}

esp_err_t JudgeFlash(BoundDevice& device, std::uint64_t address, std::uint64_t length) {
  SignatureSector sector{};
  if (!device->flash->Read(address + length, sector).ok()) return ESP_FAIL;
  return JudgeSector(device, sector,
                     [&](HashKind kind) { return DigestOfFlash(device, kind, address, length); });
}

void LogSigner(BoundDevice& device, const Partition& slot, std::uint64_t sector_at) {
  const auto rules = WhoIsTrusted(device);
  SignatureSector sector{};
  if (!rules || !device->flash->Read(slot.offset + sector_at, sector).ok()) return;
  const auto signer = FindSigner(device, *rules, sector, 0);
  if (!signer) return;
  Tell(*signer);
  ESP_LOGI(kTag, "Signature verified successfully!");
}

bool IsSignedData(BoundDevice& device, const Partition& partition, std::uint64_t written) {
  ESP_LOGI(kTag, "Verifying data signature...");
  constexpr std::uint64_t kLeast = 2 * kSignatureSectorSize;
  if (written >= kLeast && written <= partition.size) {
    const std::uint64_t length =
        written / kSignatureSectorSize * kSignatureSectorSize - kSignatureSectorSize;
    if (JudgeFlash(device, partition.offset, length) == ESP_OK) return true;
  }
  ESP_LOGE(kTag, "Signature verification of the data failed");
  return false;
}

}  // namespace updraft::esp
