// SPDX-License-Identifier: Apache-2.0
// The closed list of checks with their words, and the one way to report one.
#include "updraft/observer.h"

#include <array>
#include <cstddef>

namespace updraft {
namespace {

struct CheckWords {
  Check check;
  std::string_view reason;
  std::string_view title;
};

constexpr std::array<CheckWords, static_cast<std::size_t>(Check::kCount)> kWords{{
    {Check::kImageMagic, "bad_magic", "image magic"},
    {Check::kImageComplete, "truncated", "image complete"},
    {Check::kImageChecksum, "bad_checksum", "image checksum"},
    {Check::kImageHash, "bad_hash", "image SHA-256"},
    {Check::kSegmentLength, "bad_segment_length", "segment length"},
    {Check::kSegmentCount, "too_many_segments", "number of segments"},
    {Check::kSegmentPresent, "no_segments", "segments present"},
    {Check::kFirstSegmentLength, "segment0_too_short", "first segment holds the description"},
    {Check::kSegmentAlignment, "segment_misaligned", "mapped segment alignment"},
    {Check::kChipId, "bad_chip_id", "chip"},
    {Check::kChipRevisionMinimum, "chip_rev_too_low", "minimum chip revision"},
    {Check::kChipRevisionMaximum, "chip_rev_too_high", "maximum chip revision"},
    {Check::kEfuseBlockRevisionMinimum, "efuse_block_rev_too_low", "minimum eFuse block revision"},
    {Check::kEfuseBlockRevisionMaximum, "efuse_block_rev_too_high", "maximum eFuse block revision"},
    {Check::kDescriptionMagic, "bad_app_desc_magic", "application description magic"},
    {Check::kImageFitsSlot, "image_too_large", "image fits the slot"},
    {Check::kSignaturePresent, "signature_missing", "signature present"},
    {Check::kSignatureTrusted, "signature_untrusted", "signature by a trusted key"},
    {Check::kSecureVersion, "secure_version_too_low", "secure version"},
    {Check::kEncryptedMagic, "bad_encrypted_magic", "encrypted image magic"},
    {Check::kKeyPresent, "key_missing", "decryption key present"},
    {Check::kKeyMatches, "key_mismatch", "decryption key fits"},
    {Check::kAuthenticationTag, "bad_tag", "authentication tag"},
    {Check::kHeaderSignature, "header_signature_bad", "encrypted header signature"},
    {Check::kVersionPolicy, "version_refused", "version accepted"},
    {Check::kHttpStatus, "http_status", "HTTP status"},
    {Check::kAuthentication, "authentication_unsupported", "authentication"},
    {Check::kHttpResponse, "bad_response", "HTTP response well-formed"},
    {Check::kContentEncoding, "content_encoding", "content encoding"},
    {Check::kRedirect, "redirect_refused", "redirect"},
    {Check::kPlainHttp, "plain_http_refused", "https"},
    {Check::kResolve, "resolve_failed", "host name resolves"},
    {Check::kTls, "tls_failed", "TLS connection"},
    {Check::kConnect, "connect_failed", "connection"},
    {Check::kConnectionKept, "connection_lost", "connection kept"},
    {Check::kStall, "stalled", "download progress"},
    {Check::kLowSpeed, "too_slow", "download speed"},
    {Check::kByteLimit, "too_many_bytes", "bytes over all attempts"},
    {Check::kDeadline, "deadline", "deadline"},
    {Check::kLength, "length_mismatch", "length of the download"},
    {Check::kRange, "range_mismatch", "range of the answer"},
    {Check::kFileUnchanged, "file_changed", "file unchanged"},
    {Check::kSpace, "no_space", "space"},
    {Check::kPartitionTable, "bad_partition_table", "partition table"},
    {Check::kUpdateSlot, "no_update_slot", "slot to update"},
    {Check::kOtadata, "no_otadata", "otadata partition"},
    {Check::kRunningConfirmed, "running_unconfirmed", "running image confirmed"},
    {Check::kBootable, "nothing_boots", "bootable image"},
    {Check::kFlash, "flash_failed", "flash"},
    {Check::kEfuse, "efuse_failed", "eFuse"},
    {Check::kDevice, "bad_device", "device folder"},
    {Check::kDeviceLock, "device_busy", "device free"},
    {Check::kCancelled, "cancelled", "not cancelled"},
}};

constexpr bool InOrder() {
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    if (static_cast<std::size_t>(kWords[i].check) != i) return false;
  }
  return true;
}
static_assert(InOrder(), "one row a check, in the order of the enumeration");

class SilentObserver final : public Observer {};
constinit SilentObserver g_silent_observer;

}  // namespace

std::string_view CheckReason(Check check) { return kWords[static_cast<std::size_t>(check)].reason; }
std::string_view CheckTitle(Check check) { return kWords[static_cast<std::size_t>(check)].title; }

Observer& NoObserver() { return g_silent_observer; }

void ReportFinding(Observer& observer, const Finding& finding) { observer.OnFinding(finding); }

void ReportCheck(Observer& observer, Check check, bool passed) {
  observer.OnFinding({check, passed, {}, {}});
}

Status JudgeFinding(Observer& observer, Status failure, const Finding& finding) {
  observer.OnFinding(finding);
  return finding.passed ? kOk : failure;
}

Status JudgeCheck(Observer& observer, Status failure, Check check, bool passed) {
  ReportCheck(observer, check, passed);
  return passed ? kOk : failure;
}

}  // namespace updraft
