// SPDX-License-Identifier: Apache-2.0
#include "ports/host/ciphered_flash.h"

#include <fmt/format.h>

#include "ports/host/posix_file.h"

namespace updraft {
namespace {

// Whoever needs the table says what is wrong with it.
Status WithoutATable(Status status) {
  const bool judged = status.code() == Code::kBadFormat || status.code() == Code::kBadChecksum ||
                      status.code() == Code::kNoSpace;
  return judged ? kOk : status;
}

}  // namespace

Result<std::unique_ptr<CipheredFlash>> CipheredFlash::Open(
    Flash& flash, Crypto& crypto, FlashEncryption encryption, const EfuseBits& efuse,
    std::uint64_t bootloader_offset, std::uint64_t table_offset, Observer& observer) {
  std::unique_ptr<CipheredFlash> ciphered(new CipheredFlash(flash, crypto));
  Secret<kLargestFlashKey> key;
  const auto bytes = key.mutable_bytes().first(FlashKeySize(encryption));
  Status status = ReadFlashKey(encryption, efuse, bytes);
  const bool there = status.ok();
  if (there) status = ciphered->flash_.SetKey(bytes);
  if (!status.ok()) {
    return RefuseFile(observer, Check::kEfuse, status,
                      fmt::format("a flash encryption key for {}", FlashEncryptionName(encryption)),
                      there ? "one that is none: its halves are equal" : "none in any key block");
  }
  UPDRAFT_TRY(WithoutATable(ciphered->flash_.ReadTable(bootloader_offset, table_offset)));
  return ciphered;
}

}  // namespace updraft
