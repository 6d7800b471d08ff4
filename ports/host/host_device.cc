// SPDX-License-Identifier: Apache-2.0
#include "ports/host/host_device.h"

#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <bit>
#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>
#include <vector>

#include "ports/host/default_table.h"
#include "ports/host/device_settings.h"
#include "ports/host/firmware_environment.h"
#include "ports/host/posix_file.h"

namespace updraft {
namespace {

constexpr std::uint32_t kFlagEncrypted = 1;
constexpr const char* kFlashFile = "flash.bin";
constexpr const char* kEfuseFile = "efuse.bin";
constexpr const char* kSettingsFile = "device.json";
constexpr const char* kBootFile = "boot.json";
constexpr std::uint64_t kTableSector = 0x1000;
constexpr std::uint64_t kLargestFlash = std::uint64_t{1} << 32;  // offsets have 32 bits

// Without a slash at the end, so that it has a parent and a name.
std::filesystem::path Absolute(const std::filesystem::path& folder) {
  std::error_code ignored;
  std::filesystem::path path = std::filesystem::absolute(folder, ignored).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

Status Refuse(Observer& observer, Status status, const std::string& expected,
              const std::string& found) {
  return RefuseFile(observer, status.code() == Code::kNoSpace ? Check::kSpace : Check::kDevice,
                    status, expected, found);
}

class ProgressOnly final : public Observer {
 public:
  explicit ProgressOnly(Observer& observer) : observer_(observer) {}
  bool OnProgress(const Progress& progress) override { return observer_.OnProgress(progress); }

 private:
  Observer& observer_;
};

// A device folder in the making, under another name beside its own.
class Workshop {
 public:
  Workshop(const HostDevice::NewDevice& options, Observer& observer)
      : options_(options),
        observer_(observer),
        folder_(Absolute(options.folder)),
        settings_{.chip = {.family = options.chip != nullptr ? options.chip : &NativeChip(),
                           .revision = options.chip_revision,
                           .efuse_block_revision = options.efuse_block_revision},
                  .policy = options.policy,
                  .partition_table_offset = options.partition_table_offset,
                  .header_keys = options.header_keys,
                  .flash_encryption = options.flash_encryption},
        flash_size_(FlashSize(options, *settings_.chip.family)) {}
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;
  ~Workshop() {
    std::error_code ignored;
    if (!temporary_.empty()) std::filesystem::remove_all(temporary_, ignored);
  }

  Status Run();

 private:
  Status RefuseSystem(Status status) {
    return Refuse(observer_, status, fmt::format("a new device at {}", folder_.string()),
                  ErrnoText(status.detail()));
  }
  static std::uint64_t FlashSize(const HostDevice::NewDevice& options, const ChipFamily& family) {
    if (options.flash_size != 0) return options.flash_size;
    return options.flash_dump ? options.flash_dump->size() : DefaultFlashSize(family);
  }
  Status CheckSizes();
  Status CheckFlashEncryption();
  Status BurnFlashKey();
  Status CheckDump(std::uint64_t size);
  Status CheckFolderIsFree();
  Status MakeTemporary();
  Result<std::vector<std::uint8_t>> Table();
  // The table, or all of a dump, and judges the table as the device sees it.
  Status Program(Bytes table);
  Status Publish();

  const HostDevice::NewDevice& options_;
  Observer& observer_;
  std::filesystem::path folder_;
  std::filesystem::path temporary_;
  DeviceSettings settings_;
  std::uint64_t flash_size_;
  OpensslCrypto crypto_;
};

Status Workshop::Run() {
  std::vector<std::uint8_t> table;
  if (options_.flash_dump) UPDRAFT_TRY(CheckDump(options_.flash_dump->size()));
  UPDRAFT_TRY(CheckSizes());
  UPDRAFT_TRY(CheckFlashEncryption());
  if (!options_.flash_dump) {
    UPDRAFT_TRY_ASSIGN(table, Table());
  }
  UPDRAFT_TRY(CheckFolderIsFree());
  UPDRAFT_TRY(MakeTemporary());
  // Findings of these would name the temporary folder, which says nothing.
  ProgressOnly progress(observer_);
  Status status = FileFlash::Create(temporary_ / kFlashFile, flash_size_,
                                    FileFlash::Existing::kRefuse, progress);
  if (status.code() == Code::kCancelled) return status;
  if (!status.ok()) return RefuseSystem(status);
  status = FileEfuse::Create(temporary_ / kEfuseFile);
  if (status.ok()) status = BurnFlashKey();
  if (!status.ok()) return RefuseSystem(status);
  UPDRAFT_TRY(Program(table));
  status = StoreDeviceSettings(temporary_ / kSettingsFile, settings_);
  if (status.ok()) status = Publish();
  return status.ok() ? kOk : RefuseSystem(status);
}

Status Workshop::CheckSizes() {
  const std::uint64_t offset = settings_.partition_table_offset;
  if (!IsAligned(flash_size_, kTableSector) || flash_size_ > kLargestFlash) {
    return Refuse(observer_, {Code::kInvalidArgument, Stage::kDevice},
                  "a flash of whole sectors of 4096 bytes, up to 4 GiB",
                  fmt::format("{} bytes", flash_size_));
  }
  if (!IsAligned(offset, kTableSector) || offset > flash_size_ ||
      flash_size_ - offset < kTableSector) {
    return Refuse(
        observer_, {Code::kInvalidArgument, Stage::kDevice},
        fmt::format("a partition table at a multiple of 0x1000 within {} bytes", flash_size_),
        fmt::format("offset {:#x}", offset));
  }
  return kOk;
}

Status Workshop::CheckFlashEncryption() {
  const FlashEncryption encryption = options_.flash_encryption;
  if (encryption == FlashEncryption::kNone) return kOk;
  const auto refuse = [&](const std::string& expected, const std::string& found) {
    return Refuse(observer_, {Code::kInvalidArgument, Stage::kDevice}, expected, found);
  };
  const ChipFamily& family = *settings_.chip.family;
  if (!OffersFlashEncryption(family, encryption)) {
    return refuse(
        fmt::format("a chip that encrypts its flash by {}",
                    encryption == FlashEncryption::kXtsAes256 ? "XTS-AES-256" : "XTS-AES"),
        fmt::format("{}{}", family.name,
                    family.has_xts_aes_128 ? ", which has XTS-AES-128 only" : ""));
  }
  const Bytes key = options_.flash_encryption_key;
  const std::size_t size = FlashKeySize(encryption);
  if (key.empty()) return kOk;
  if (key.size() != size) {
    return refuse(fmt::format("a key of {} bytes for {}", size, FlashEncryptionName(encryption)),
                  fmt::format("{} bytes", key.size()));
  }
  if (EqualInConstantTime(key.first(size / 2), key.subspan(size / 2))) {
    return refuse("a flash encryption key with two different halves", "equal ones");
  }
  return kOk;
}

Status Workshop::BurnFlashKey() {
  const FlashEncryption encryption = options_.flash_encryption;
  if (encryption == FlashEncryption::kNone) return kOk;
  Secret<kLargestFlashKey> made;
  Bytes key = options_.flash_encryption_key;
  if (key.empty()) {
    const MutableBytes random = made.mutable_bytes().first(FlashKeySize(encryption));
    UPDRAFT_TRY(crypto_.Random(random));
    key = random;
  }
  UPDRAFT_TRY_ASSIGN(const auto efuse,
                     FileEfuse::Open(temporary_ / kEfuseFile, 1, FileEfuse::Mode::kReadWrite));
  return efuse->Burn(FlashKeyBits(encryption, key));
}

Status Workshop::CheckDump(std::uint64_t size) {
  constexpr std::uint64_t kSmallestChip = 1 << 20;
  constexpr std::uint64_t kLargestChip = 128 << 20;
  const auto refuse = [&](const std::string& expected, const std::string& found) {
    return Refuse(observer_, {Code::kInvalidArgument, Stage::kDevice}, expected, found);
  };
  if (!options_.partition_table.empty()) {
    return refuse("a flash dump or a partition table", "both");
  }
  if (size != flash_size_) {
    return refuse(fmt::format("a dump of a flash of {} bytes", flash_size_),
                  fmt::format("{} bytes", size));
  }
  const bool is_chip_size =
      std::has_single_bit(size) && size >= kSmallestChip && size <= kLargestChip;
  if (!settings_.chip.family->runs_linux && !is_chip_size) {
    return refuse("a dump of a whole flash: 1, 2, 4, 8, 16, 32, 64 or 128 MiB",
                  fmt::format("{} bytes", size));
  }
  return kOk;
}

Status Workshop::CheckFolderIsFree() {
  std::error_code error;
  const bool there = std::filesystem::exists(std::filesystem::symlink_status(folder_, error));
  if (!there || std::filesystem::is_empty(folder_, error)) {
    // An empty file is not an empty folder.
    if (!there || std::filesystem::is_directory(folder_, error)) return kOk;
  }
  return Refuse(
      observer_, {Code::kInvalidState, Stage::kDevice, EEXIST},
      fmt::format("no file, or an empty folder, at {}", folder_.string()),
      std::filesystem::is_directory(folder_, error) ? "a folder that is not empty" : "a file");
}

Status Workshop::MakeTemporary() {
  std::string name =
      (folder_.parent_path() / fmt::format(".{}.XXXXXX", folder_.filename().string())).string();
  if (mkdtemp(name.data()) == nullptr) return RefuseSystem(FileStatus(errno, Stage::kDevice));
  temporary_ = name;
  if (chmod(name.c_str(), 0755) != 0) return RefuseSystem(FileStatus(errno, Stage::kDevice));
  return kOk;
}

Result<std::vector<std::uint8_t>> Workshop::Table() {
  if (options_.partition_table.size() > kPartitionTableMaxLength) {
    observer_.OnFinding({Check::kPartitionTable, false, Value::Size(kPartitionTableMaxLength),
                         Value::Size(options_.partition_table.size())});
    return Status{Code::kNoSpace, Stage::kDevice};
  }
  if (!options_.partition_table.empty()) {
    return std::vector<std::uint8_t>(options_.partition_table.begin(),
                                     options_.partition_table.end());
  }
  auto partitions = DefaultPartitions(flash_size_, settings_.partition_table_offset);
  if (!partitions) {
    return RefuseFile(
        observer_, Check::kDevice, partitions.error(),
        fmt::format("a flash of {} bytes or more, for a partition table, its data and three slots "
                    "of 64 KiB",
                    SmallestDefaultFlash(settings_.partition_table_offset)),
        fmt::format("one of {} bytes", flash_size_));
  }
  // The journal has the first bytes of an image, the recorder versions.
  if (settings_.flash_encryption != FlashEncryption::kNone) {
    for (Partition& partition : *partitions) {
      if (partition.label() == "updraft") partition.flags |= kFlagEncrypted;
    }
  }
  return StorePartitionTable(*partitions, crypto_);
}

Status Workshop::Program(Bytes table) {
  const std::uint64_t table_offset = settings_.partition_table_offset;
  auto file = FileFlash::Open(temporary_ / kFlashFile, {.mode = FileFlash::Mode::kReadWrite});
  Status status = file.error();
  if (status.ok() && options_.flash_dump) status = (*file)->Program(0, *options_.flash_dump);
  if (!status.ok()) return RefuseSystem(status);
  Flash* flash = file->get();
  std::unique_ptr<CipheredFlash> ciphered;
  if (settings_.flash_encryption != FlashEncryption::kNone) {
    UPDRAFT_TRY_ASSIGN(const auto efuse,
                       FileEfuse::Open(temporary_ / kEfuseFile, 1, FileEfuse::Mode::kReadOnly));
    UPDRAFT_TRY_ASSIGN(const EfuseBits bits, efuse->Read());
    UPDRAFT_TRY_ASSIGN(ciphered,
                       CipheredFlash::Open(*flash, crypto_, settings_.flash_encryption, bits,
                                           settings_.chip.family->bootloader_offset, table_offset));
    flash = &ciphered->flash();
  }
  if (!options_.flash_dump) status = flash->Program(table_offset, table);
  if (status.ok()) status = flash->Sync();
  if (!status.ok()) return RefuseSystem(status);
  return PartitionTable::Load(*flash, table_offset, crypto_, observer_).error();
}

Status Workshop::Publish() {
  // Takes the place of an empty folder, but of nothing else.
  if (rename(temporary_.c_str(), folder_.c_str()) != 0) return FileStatus(errno, Stage::kDevice);
  temporary_.clear();
  return FileStatus(SyncFolder(folder_.parent_path()), Stage::kDevice);
}

// What a firmware was told about itself, when it is one of this device.
const char* SlotOfThisFirmware(const std::filesystem::path& folder) {
  const char* const own_folder = std::getenv(kDeviceVariable);
  const char* const own_slot = std::getenv(kSlotVariable);
  std::error_code error;
  const bool same = own_folder != nullptr && own_slot != nullptr &&
                    std::filesystem::equivalent(own_folder, folder, error) && !error;
  return same ? own_slot : nullptr;
}

}  // namespace

Status HostDevice::Create(const NewDevice& options, Observer& observer) {
  return Workshop(options, observer).Run();
}

Result<std::unique_ptr<HostDevice>> HostDevice::Open(const std::filesystem::path& folder,
                                                     const OpenOptions& options,
                                                     Observer& observer) {
  std::unique_ptr<HostDevice> host(new HostDevice());
  host->folder_ = Absolute(folder);
  UPDRAFT_TRY_ASSIGN(const DeviceSettings settings,
                     LoadDeviceSettings(host->folder_ / kSettingsFile, observer));
  UPDRAFT_TRY_ASSIGN(
      host->flash_,
      FileFlash::Open(host->folder_ / kFlashFile,
                      {.mode = options.mode,
                       .wait = options.wait,
                       .longest_wait = options.longest_wait,
                       .minimum_size = settings.partition_table_offset + kTableSector},
                      observer));
  const bool writes = options.mode == FileFlash::Mode::kReadWrite;
  UPDRAFT_TRY_ASSIGN(
      host->efuse_,
      FileEfuse::Open(host->folder_ / kEfuseFile, settings.chip.family->secure_version_bits,
                      writes ? FileEfuse::Mode::kReadWrite : FileEfuse::Mode::kReadOnly, observer));
  host->device_ = Device{.flash = host->flash_.get(),
                         .crypto = &host->crypto_,
                         .efuse = host->efuse_.get(),
                         .system = &host->system_,
                         .chip = settings.chip,
                         .policy = settings.policy,
                         .header_keys = settings.header_keys,
                         .partition_table_offset = settings.partition_table_offset};
  UPDRAFT_TRY(host->OpenCiphered(settings, observer));
  UPDRAFT_TRY(host->TakeFromEfuse());
  UPDRAFT_TRY(host->TakeFromKeyPartition());
  UPDRAFT_TRY(host->FindRunning(observer));
  return host;
}

Status HostDevice::TakeFromEfuse() {
  UPDRAFT_TRY_ASSIGN(EfuseReading seen, efuse_->ReadAll());
  UPDRAFT_TRY_ASSIGN(device_.trusted_keys, TrustedKeysOf(seen));
  const auto block = FindKeyBlock(seen, KeyPurpose::kHmacUp);
  if (block.error().code() == Code::kNotFound) return kOk;
  if (!block) return block.error();
  hmac_key_.emplace(*efuse_, crypto_, *block);
  ecies_key_.emplace(crypto_, *hmac_key_);
  device_.keys.ecies = &*ecies_key_;
  return kOk;
}

// What is there and no such key is none: the update says then that it has none.
Status HostDevice::TakeFromKeyPartition() {
  constexpr std::uint64_t kLongestKey = 16 << 10;
  const auto table =
      PartitionTable::Load(*device_.flash, device_.partition_table_offset, crypto_, NoObserver());
  if (!table) return kOk;
  const auto partition = table->FindLabel(kKeyPartition);
  if (!partition || partition->type != PartitionType::kData) return kOk;
  std::vector<std::uint8_t> bytes(std::min(partition->size, kLongestKey));
  UPDRAFT_TRY(device_.flash->Read(partition->offset, bytes));
  auto parsed = ParseKeyFile(bytes);
  Wipe(bytes);
  auto* const file = std::get_if<std::unique_ptr<KeyFile>>(&parsed);
  if (file == nullptr) return kOk;
  stored_key_ = std::move(*file);
  if (stored_key_->kind == KeyKind::kRsaPrivate) device_.keys.rsa = stored_key_->rsa_private.get();
  if (stored_key_->kind == KeyKind::kP256Private && device_.keys.ecies == nullptr) {
    stored_scalar_.emplace(crypto_, stored_key_->secret.bytes().first<kP256ScalarSize>());
    device_.keys.ecies = &*stored_scalar_;
  }
  return kOk;
}

Status HostDevice::OpenCiphered(const DeviceSettings& settings, Observer& observer) {
  flash_encryption_ = settings.flash_encryption;
  if (flash_encryption_ == FlashEncryption::kNone) return kOk;
  UPDRAFT_TRY_ASSIGN(const EfuseBits bits, efuse_->Read());
  UPDRAFT_TRY_ASSIGN(ciphered_, CipheredFlash::Open(*flash_, crypto_, flash_encryption_, bits,
                                                    settings.chip.family->bootloader_offset,
                                                    settings.partition_table_offset, observer));
  device_.flash = &ciphered_->flash();
  return kOk;
}

Result<std::unique_ptr<HostDevice>> HostDevice::OpenOwn(Observer& observer) {
  const char* const folder = std::getenv(kDeviceVariable);
  if (folder == nullptr || std::getenv(kSlotVariable) == nullptr) {
    return Refuse(observer, {Code::kInvalidState, Stage::kDevice},
                  fmt::format("a firmware started by \"updraft boot\", which sets {} and {}",
                              kDeviceVariable, kSlotVariable),
                  "a program of its own");
  }
  return Open(folder, {.mode = FileFlash::Mode::kReadWrite, .wait = true}, observer);
}

Status HostDevice::RecordRunning(const Partition& slot) {
  if (flash_->mode() != FileFlash::Mode::kReadWrite) {
    return {Code::kInvalidState, Stage::kDevice, EROFS};
  }
  UPDRAFT_TRY(StoreRunningLabel(folder_ / kBootFile, slot.label()));
  device_.running = slot;
  return kOk;
}

Status HostDevice::FindRunning(Observer& observer) {
  if (const char* const label = SlotOfThisFirmware(folder_); label != nullptr) {
    return FindRunningOfFirmware(label, observer);
  }
  const std::string label = LoadRunningLabel(folder_ / kBootFile);
  if (label.empty()) return kOk;
  // A device without a readable table can be opened: whoever needs the table
  // says what is wrong with it.
  const auto table =
      PartitionTable::Load(*device_.flash, device_.partition_table_offset, crypto_, NoObserver());
  if (!table) return kOk;
  if (const auto slot = table->FindLabel(label); slot.has_value() && slot->is_slot()) {
    device_.running = *slot;
  }
  return kOk;
}

Status HostDevice::FindRunningOfFirmware(std::string_view label, Observer& observer) {
  UPDRAFT_TRY_ASSIGN(
      const PartitionTable table,
      PartitionTable::Load(*device_.flash, device_.partition_table_offset, crypto_, observer));
  const auto slot = table.FindLabel(label);
  if (!slot || !slot->is_slot()) {
    return Refuse(observer, {Code::kInvalidState, Stage::kDevice},
                  fmt::format("a slot of {} in {}", folder_.string(), kSlotVariable),
                  std::string(label));
  }
  device_.running = *slot;
  return kOk;
}

}  // namespace updraft
