// SPDX-License-Identifier: Apache-2.0
// A virtual device: a folder with flash.bin (a dump of its flash), efuse.bin,
// device.json (what it is) and boot.json (what runs). Opened by the tool and by
// firmware; owns the ports that its Device points to.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "updraft/bytes.h"
#include "updraft/device.h"
#include "updraft/observer.h"
#include "updraft/status.h"

#include "ports/host/ciphered_flash.h"
#include "ports/host/crypto_openssl.h"
#include "ports/host/efuse_hmac_key.h"
#include "ports/host/file_efuse.h"
#include "ports/host/file_flash.h"
#include "ports/host/flash_key.h"
#include "ports/host/key_file.h"
#include "ports/host/linux_system.h"

namespace updraft {

struct DeviceSettings;

// A data partition of this label may hold a private key that opens encrypted
// images: PEM or DER, RSA-3072 or P-256, from its start. Where flash is encrypted
// it wants the flag of the table, else the key is in clear. The device takes it
// for its own; for P-256 the key in eFuse goes first.
inline constexpr std::string_view kKeyPartition = "decryption_key";

class HostDevice {
 public:
  struct NewDevice {
    std::filesystem::path folder;
    const ChipFamily* chip = nullptr;  // nullptr: this machine's
    std::uint16_t chip_revision = 0;
    std::uint16_t efuse_block_revision = 0;
    std::uint64_t flash_size = 0;  // bytes; 0: DefaultFlashSize()
    Bytes partition_table{};       // binary, up to 0xC00 bytes; empty: the default
    // What the whole flash holds, in place of a table of its own; its size is the
    // flash's: 1 MiB to 128 MiB, a power of two, for chips that run no Linux.
    std::optional<Bytes> flash_dump{};
    DevicePolicy policy{};
    HeaderKeys header_keys{};  // as Device
    // With a key of FlashKeySize(), or with one that is made when that is empty.
    FlashEncryption flash_encryption = FlashEncryption::kNone;
    Bytes flash_encryption_key{};
    std::uint64_t partition_table_offset = kPartitionTableOffset;
  };

  // Makes the folder: it appears under its name when it is complete, or not at
  // all. The name may be that of an empty folder. Each refusal is one finding:
  //   kInvalidState     the folder is there and not empty
  //   kInvalidArgument  flash size or table offset out of range or no whole
  //                     sectors; a dump of another size, or beside a table; a
  //                     flash encryption that the chip has not, or a bad key
  //   kNoSpace          disk full; table or partitions larger than the flash
  //   kBadFormat, kBadChecksum  the table, as the bootloader judges it
  //   kNotFound, kFlash the system says no; detail is errno
  //   kCancelled        (no finding) OnProgress, which is called every so often, says so
  static Status Create(const NewDevice& options, Observer& observer = NoObserver());

  struct OpenOptions {
    FileFlash::Mode mode = FileFlash::Mode::kReadOnly;
    bool wait = false;  // for another writer, at most so long:
    std::chrono::milliseconds longest_wait = FileFlash::kForever;
  };

  // `running` of the Device comes from the environment when this process is a
  // firmware of this device, else from boot.json, and is empty when the device
  // never booted (ask the bootloader then). Codes as LoadDeviceSettings,
  // FileFlash::Open and FileEfuse::Open, one finding each; kInvalidState when
  // the environment names a slot that the device does not have.
  static Result<std::unique_ptr<HostDevice>> Open(const std::filesystem::path& folder,
                                                  const OpenOptions& options,
                                                  Observer& observer = NoObserver());
  // The device that this process is a firmware of, to write, waiting for its
  // turn. kInvalidState (Check::kDevice) when it is no firmware.
  static Result<std::unique_ptr<HostDevice>> OpenOwn(Observer& observer = NoObserver());

  HostDevice(const HostDevice&) = delete;
  HostDevice& operator=(const HostDevice&) = delete;

  Device& device() { return device_; }
  FileEfuse& efuse() { return *efuse_; }
  // As the part holds it: where flash is encrypted, ciphertext. What a programmer
  // sees from outside, as flash.bin.
  Flash& raw_flash() { return *flash_; }
  FlashEncryption flash_encryption() const { return flash_encryption_; }
  // Absolute.
  const std::filesystem::path& folder() const { return folder_; }

  // For the bootloader: which slot it starts now. Survives a power cut.
  // kInvalidState when opened read-only, kNoSpace, kFlash.
  Status RecordRunning(const Partition& slot);

 private:
  HostDevice() = default;

  Status TakeFromEfuse();
  Status TakeFromKeyPartition();
  Status OpenCiphered(const DeviceSettings& settings, Observer& observer);
  Status FindRunning(Observer& observer);
  Status FindRunningOfFirmware(std::string_view label, Observer& observer);

  std::filesystem::path folder_;
  OpensslCrypto crypto_;
  LinuxSystem system_;
  std::unique_ptr<FileFlash> flash_;
  std::unique_ptr<FileEfuse> efuse_;
  // Where eFuse has a block of purpose HMAC_UP.
  std::optional<EfuseHmacKey> hmac_key_;
  std::optional<HmacDerivedKey> ecies_key_;
  // Where there is a partition kKeyPartition with a private key.
  std::unique_ptr<KeyFile> stored_key_;
  std::optional<ScalarKey> stored_scalar_;
  // Where flash is encrypted.
  FlashEncryption flash_encryption_ = FlashEncryption::kNone;
  std::unique_ptr<CipheredFlash> ciphered_;
  Device device_{};
};

}  // namespace updraft
