// SPDX-License-Identifier: Apache-2.0
#include "esp/src/image_proof.h"

#include <esp_image_format.h>
#include <esp_log.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "esp/src/err.h"

namespace updraft::esp {
namespace {

constexpr const char* kImageTag = "esp_image";
constexpr const char* kBootTag = "boot_comm";
constexpr const char* kSignatureTag = "secure_boot_v2";

unsigned Number(const Value& value) { return static_cast<unsigned>(value.number); }

void LogRevision(const Finding& finding, const char* relation) {
  const unsigned wanted = Number(finding.expected);
  const unsigned found = Number(finding.found);
  ESP_LOGE(kBootTag, "chip revision check failed. Required %s v%u.%u, found v%u.%u.", relation,
           wanted / 100, wanted % 100, found / 100, found % 100);
}

void LogChip(const Finding& finding) {
  const ChipFamily* const expected = FindChip(finding.expected.text);
  const ChipFamily* const found = FindChip(finding.found.text);
  ESP_LOGE(kBootTag, "mismatch chip ID, expected %d, found %d",
           expected != nullptr ? expected->id : 0xFFFF, found != nullptr ? found->id : 0xFFFF);
}

Status HashPartition(const Partition& partition, Device& device, MutableBytes digest) {
  HashState state;
  UPDRAFT_TRY(device.crypto->HashStart(HashKind::kSha256, state));
  std::vector<std::uint8_t> buffer(65536);
  for (std::uint64_t done = 0; done < partition.size;) {
    const MutableBytes piece =
        MutableBytes(buffer).first(std::min<std::uint64_t>(buffer.size(), partition.size - done));
    Status status = device.flash->Read(partition.offset + done, piece);
    if (status.ok()) status = device.crypto->HashUpdate(state, piece);
    if (!status.ok()) {
      device.crypto->HashDiscard(state);
      return status;
    }
    done += piece.size();
  }
  return device.crypto->HashFinish(state, digest);
}

}  // namespace

void LogSignatureBegin() { ESP_LOGI(kImageTag, "Verifying image signature..."); }

void ImageLog::OnFinding(const Finding& finding) {
  if (finding.check == Check::kSignaturePresent && !silent_) LogSignatureBegin();
  if (finding.passed) return;
  switch (finding.check) {
    case Check::kChipId: return LogChip(finding);
    case Check::kChipRevisionMinimum: return LogRevision(finding, ">=");
    case Check::kChipRevisionMaximum: return LogRevision(finding, "<=");
    default: break;
  }
  if (silent_) return;
  switch (finding.check) {
    case Check::kImageMagic:
      ESP_LOGE(kImageTag, "image at 0x%x has invalid magic byte (nothing flashed here?)",
               static_cast<unsigned>(address_));
      break;
    case Check::kImageChecksum:
      ESP_LOGE(kImageTag, "Checksum failed. Calculated 0x%x read 0x%x", Number(finding.expected),
               Number(finding.found));
      break;
    case Check::kImageHash: ESP_LOGE(kImageTag, "Image hash failed - image is corrupt"); break;
    case Check::kSegmentLength:
      ESP_LOGE(kImageTag, "invalid segment length 0x%x", Number(finding.found));
      break;
    case Check::kSignaturePresent:
    case Check::kSignatureTrusted:
      ESP_LOGE(kSignatureTag, "Secure boot signature verification failed");
      ESP_LOGE(kImageTag, "image valid, signature bad");
      break;
    default:
      ESP_LOGE(kImageTag, "image at 0x%x is refused: %s", static_cast<unsigned>(address_),
               std::string(CheckTitle(finding.check)).c_str());
  }
}

esp_err_t ImageErrorOf(Status status) {
  if (status.ok()) return ESP_OK;
  if (status.code() == Code::kIncompatible) return ESP_FAIL;
  if (status.code() == Code::kFlash) return ErrorOf(status);
  return ESP_ERR_IMAGE_INVALID;
}

esp_err_t DigestOf(const Partition& partition, BoundDevice& device, std::uint8_t* sha_256) {
  if (partition.size == 0) return ESP_ERR_INVALID_ARG;
  Sha256Digest digest{};
  const bool image =
      partition.type == PartitionType::kApp || partition.type == PartitionType::kBootloader;
  if (!image) {
    const Status status = HashPartition(partition, *device, digest);
    if (!status.ok()) return ErrorOf(status);
  } else {
    Prover prover(device, partition.offset, true);
    const auto facts = prover->Inspect(partition);
    if (!facts) return ESP_ERR_IMAGE_INVALID;
    if (facts->header.hash_appended != 0 && facts->stored_hash != facts->computed_hash) {
      return ESP_ERR_IMAGE_INVALID;
    }
    digest = facts->computed_hash;
  }
  std::memcpy(sha_256, digest.data(), digest.size());
  return ESP_OK;
}

}  // namespace updraft::esp
