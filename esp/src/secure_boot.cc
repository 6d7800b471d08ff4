// SPDX-License-Identifier: Apache-2.0
// esp_secure_boot.h.
#include <esp_log.h>
#include <esp_secure_boot.h>

#include <algorithm>
#include <cstring>

#include "updraft/image.h"

#include "esp/src/bound_device.h"
#include "esp/src/no_memory.h"
#include "esp/src/signature_check.h"

namespace updraft::esp {
namespace {

constexpr const char* kTag = "secure_boot_v2";
static_assert(sizeof(ets_secure_boot_sig_block_t) == kSignatureBlockSize);
static_assert(sizeof(ets_secure_boot_signature_t) == kSignatureSectorSize);

struct SignedImage {
  std::uint64_t address = 0;
  std::uint64_t length = 0;  // of what is signed
  SignatureSector sector{};
};

// ESP_ERR_NOT_FOUND: no room for a signature behind the image.
esp_err_t ReadSigned(BoundDevice& device, std::uint64_t offset, std::uint64_t size,
                     SignedImage& image) {
  const auto length = MeasureImage(*device->flash, offset, size);
  if (!length) {
    ESP_LOGE(kTag, "Error reading the image at 0x%x", static_cast<unsigned>(offset));
    return ESP_FAIL;
  }
  image.address = offset;
  image.length = AlignUp(*length, kSignatureAlignment);
  if (image.length + kSignatureSectorSize > size) return ESP_ERR_NOT_FOUND;
  return device->flash->Read(offset + image.length, image.sector).ok() ? ESP_OK : ESP_FAIL;
}

bool Counts(BoundDevice& device, const SignatureBlock& block) {
  const auto& scheme = device->policy.signature_scheme;
  return block.well_formed() && (!scheme.has_value() || block.scheme() == scheme);
}

std::size_t BlocksOf(BoundDevice& device) {
  return std::min<std::size_t>(device->chip.family->signature_blocks, kMaxSignatureBlocks);
}

bool HasSigned(BoundDevice& device, const SignedImage& image, const SignatureBlock& block,
               const Sha256Digest& trusted) {
  const auto key = KeyDigest(*device->crypto, block.key());
  const std::size_t size = device->chip.family->key_digest_bytes;
  if (!key || !std::equal(key->begin(), key->begin() + size, trusted.begin())) return false;
  const auto digest =
      DigestOfFlash(device, SignedHash(*block.scheme()), image.address, image.length);
  return digest && VerifySignature(*device->crypto, block, *digest).ok();
}

}  // namespace
}  // namespace updraft::esp

using updraft::esp::BoundDevice;

bool esp_secure_boot_enabled(void) {
  const BoundDevice device;
  return device && device->policy.signature == updraft::SignaturePolicy::kOnBoot;
}

bool esp_secure_boot_cfg_verify_release_mode(void) {
  if (esp_secure_boot_enabled()) return true;
  ESP_LOGE(updraft::esp::kTag, "Secure Boot is not enabled on this device");
  return false;
}

esp_err_t esp_secure_boot_verify_signature(std::uint32_t src_addr, std::uint32_t length) try {
  BoundDevice device;
  if (!device) return ESP_FAIL;
  const std::uint64_t padded =
      updraft::AlignUp(std::uint64_t{length}, updraft::kSignatureAlignment);
  const esp_err_t error = updraft::esp::JudgeFlash(device, src_addr, padded);
  if (error != ESP_OK) ESP_LOGE(updraft::esp::kTag, "Secure Boot V2 verification failed.");
  return error;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_secure_boot_verify_sbv2_signature_block(const ets_secure_boot_signature_t* sig_block,
                                                      const std::uint8_t* image_digest,
                                                      std::uint8_t* verified_digest) try {
  if (sig_block == nullptr || image_digest == nullptr || verified_digest == nullptr) {
    return ESP_ERR_INVALID_ARG;
  }
  BoundDevice device;
  if (!device) return ESP_FAIL;
  std::memset(verified_digest, 0, device->chip.family->key_digest_bytes);
  updraft::esp::SignatureSector sector{};
  std::memcpy(sector.data(), sig_block, sector.size());
  return updraft::esp::JudgeSector(device, sector, [&](updraft::HashKind kind) {
    return std::optional(
        std::vector<std::uint8_t>(image_digest, image_digest + updraft::HashSize(kind)));
  });
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t esp_secure_boot_verify_rsa_signature_block(const ets_secure_boot_signature_t* sig_block,
                                                     const std::uint8_t* image_digest,
                                                     std::uint8_t* verified_digest) {
  return esp_secure_boot_verify_sbv2_signature_block(sig_block, image_digest, verified_digest);
}

esp_err_t esp_secure_boot_verify_with_efuse_digest_index(int efuse_digest_index,
                                                         esp_partition_pos_t* part_pos) try {
  BoundDevice device;
  if (part_pos == nullptr || efuse_digest_index < 0 || !device) return ESP_ERR_INVALID_ARG;
  const auto slot = static_cast<std::size_t>(efuse_digest_index);
  const std::size_t blocks = updraft::esp::BlocksOf(device);
  if (slot >= blocks) return ESP_ERR_INVALID_ARG;
  const auto& trusted = device->trusted_keys.At(slot);
  if (!trusted.has_value() || device->trusted_keys.revoked(slot)) return ESP_FAIL;
  updraft::esp::SignedImage image;
  if (updraft::esp::ReadSigned(device, part_pos->offset, part_pos->size, image) != ESP_OK) {
    return ESP_FAIL;
  }
  for (std::size_t i = 0; i < blocks; ++i) {
    const auto block = updraft::esp::BlockAt(image.sector, i);
    if (!updraft::esp::Counts(device, block)) continue;
    if (updraft::esp::HasSigned(device, image, block, *trusted)) return ESP_OK;
  }
  return ESP_FAIL;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

esp_err_t updraft_secure_boot_running_blocks(bool digests, std::uint8_t* out, unsigned slots,
                                             unsigned size, unsigned* count) {
  BoundDevice device;
  std::memset(out, 0, std::size_t{slots} * size);
  *count = 0;
  if (!device || !device->running.has_value()) {
    ESP_LOGE(updraft::esp::kTag, "Cannot get running partition");
    return ESP_FAIL;
  }
  updraft::esp::SignedImage image;
  const auto& running = *device->running;
  const esp_err_t error = updraft::esp::ReadSigned(device, running.offset, running.size, image);
  if (error == ESP_FAIL) return ESP_FAIL;
  for (std::size_t i = 0; error == ESP_OK && i < updraft::esp::BlocksOf(device); ++i) {
    const auto block = updraft::esp::BlockAt(image.sector, i);
    if (!updraft::esp::Counts(device, block) || *count == slots) continue;
    if (digests) {
      const auto digest = updraft::KeyDigest(*device->crypto, block.key());
      if (!digest) return ESP_FAIL;
      std::memcpy(out + std::size_t{*count} * size, digest->data(),
                  std::min<std::size_t>(size, digest->size()));
    }
    ++*count;
  }
  if (*count > 0) return ESP_OK;
  ESP_LOGE(updraft::esp::kTag, "No signatures were found for the running app");
  return ESP_ERR_NOT_FOUND;
}
