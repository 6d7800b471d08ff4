// SPDX-License-Identifier: Apache-2.0
// A device: the ports in one struct, handed in by whoever knows the platform,
// never global. Owns nothing; everything pointed to outlives it.
#pragma once

#include <cstdint>
#include <optional>

#include "updraft/chip.h"
#include "updraft/encrypted_image.h"
#include "updraft/header_signature.h"
#include "updraft/partition.h"
#include "updraft/port/crypto.h"
#include "updraft/port/efuse.h"
#include "updraft/port/flash.h"
#include "updraft/port/system.h"
#include "updraft/signature.h"

namespace updraft {

// When a device wants its images signed. Whoever may write an image wants it
// wherever the bootloader does.
enum class SignaturePolicy : std::uint8_t {
  kNone,
  kOnUpdate,  // the application: installing, selecting, rolling back
  kOnBoot,    // the bootloader too
};

// What a new image may take until it has confirmed itself, on a device with
// rollback; Updraft's own (docs/formats.md, "Trial terms").
struct TrialTerms {
  std::uint8_t attempts = 1;           // starts, at least 1: ESP-IDF knows no other
  std::uint16_t deadline_seconds = 0;  // for each start; 0: none

  // As every image has it without terms of its own.
  bool usual() const { return attempts <= 1 && deadline_seconds == 0; }
  bool operator==(const TrialTerms&) const = default;
};

// What the bootloader and the updater are configured to do; the same values
// must reach both.
struct DevicePolicy {
  bool rollback = false;       // new images boot on trial
  bool anti_rollback = false;  // secure version against eFuse; needs rollback
  // With kOnBoot the device needs trusted keys of its own: without one, nothing
  // boots.
  SignaturePolicy signature = SignaturePolicy::kNone;
  // The one scheme that is taken; empty: that of the trusted keys.
  std::optional<SignatureScheme> signature_scheme{};
  // An update is taken only as an encrypted image whose header is signed
  // (header_signature.h).
  bool signed_header = false;
  // With rollback: what a new image is given, unless its update says otherwise.
  TrialTerms trial{};
};

struct Device {              // What is said at the head of this file.
  Flash* flash = nullptr;    // where partition table and slots are
  Crypto* crypto = nullptr;  // any back end
  Efuse* efuse = nullptr;    // key blocks, secure version
  System* system = nullptr;  // clock and restart
  Chip chip{};               // which images fit
  DevicePolicy policy{};     // the bootloader's and the updater's
  // The key digests in eFuse. With none, an application trusts who signed the one
  // that runs.
  TrustedKeys trusted_keys{};
  // What it can open encrypted images with: keys that are in it, such as the one
  // behind HMAC_UP in eFuse.
  DecryptionKeys keys{};
  // Who may sign the headers of encrypted images. With none: the trusted P-256
  // keys that signed the application that runs.
  HeaderKeys header_keys{};
  std::uint64_t partition_table_offset = kPartitionTableOffset;  // bytes
  // The slot whose firmware runs; nothing may write it. Empty only on a device
  // that cannot boot anything.
  std::optional<Partition> running{};
};

}  // namespace updraft
