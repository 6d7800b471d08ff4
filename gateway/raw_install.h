// SPDX-License-Identifier: Apache-2.0
// From a download into a slot that takes bytes as they come: written, synced, read
// back and compared; taken up again after a restart. Selects nothing. Called by
// SlotTarget.
#pragma once

#include <cstdint>
#include <filesystem>

#include "updraft/download.h"
#include "updraft/encrypted_image.h"
#include "updraft/observer.h"

#include "gateway/raw_slot.h"

namespace updraft {

struct RawInstallOptions {
  std::uint64_t limit = 0;  // of a slot that is a file; 0: none
  // Where it is written down how far a plain download came. An encrypted one begins
  // anew after a restart.
  std::filesystem::path journal{};
  std::uint64_t journal_bytes = std::uint64_t{64} * 1024 * 1024;
  // With keys only encrypted updates are taken.
  DecryptionKeys keys{};
  HeaderTrust trust{};
};

struct RawInstalled {
  std::uint64_t length = 0;  // of the content
  Sha256Digest sha256{};     // of the content
  FileIdentity identity{};
  std::uint64_t resumed_from = 0;
};

// Opens the download. Filled as far as it came, also when it failed. The codes of
// Download, Decryptor and RawSlot; kNoSpace (Check::kImageFitsSlot): larger than the
// slot; kTruncated (Check::kImageComplete): nothing in it; kFlash (Check::kFlash):
// what is read back is not what was written; kCancelled.
Status InstallRaw(Download& download, RawSlot& slot, Crypto& crypto,
                  const RawInstallOptions& options, Observer& observer, RawInstalled& installed);

}  // namespace updraft
