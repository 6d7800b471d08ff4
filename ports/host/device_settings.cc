// SPDX-License-Identifier: Apache-2.0
#include "ports/host/device_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

#include "ports/host/posix_file.h"

namespace updraft {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLargestFile = 1 << 20;
constexpr std::uint64_t kSector = 4096;

// An uncompressed point: 04, X, Y. Whether it is on the curve shows when it is used.
std::optional<P256Point> PointOfHex(std::string_view text) {
  constexpr std::string_view kForm = "04";
  P256Point point{};
  if (text.size() != kForm.size() + 2 * point.size() || !text.starts_with(kForm)) {
    return std::nullopt;
  }
  text.remove_prefix(kForm.size());
  for (std::size_t i = 0; i < point.size(); ++i) {
    const char* const digits = text.data() + 2 * i;
    const auto [end, error] = std::from_chars(digits, digits + 2, point[i], 16);
    if (error != std::errc() || end != digits + 2) return std::nullopt;
  }
  return point;
}

Json HexOf(const HeaderKeys& keys) {
  Json texts = Json::array();
  for (const P256Point& key : keys.keys()) {
    texts.push_back(fmt::format("04{:02x}", fmt::join(key, "")));
  }
  return texts;
}

// A value as it stands, where it is flat and short. Of any depth it is only named:
// printing it would recurse as deep.
std::string Described(const Json& value) {
  constexpr std::size_t kLongest = 600;
  const bool nested = std::ranges::any_of(value, [](const Json& in) { return in.is_structured(); });
  if (nested) {
    return fmt::format("{} with others in it", value.is_array() ? "an array" : "an object");
  }
  const std::string text = value.dump(-1, ' ', true);
  return text.size() <= kLongest ? text : text.substr(0, kLongest) + "...";
}

// Reads the keys of one object; remembers the first that is not as it should be.
class SettingsReader {
 public:
  SettingsReader(const Json& object, const std::filesystem::path& path, Observer& observer)
      : object_(object), path_(path), observer_(observer) {}

  bool Flag(const char* key, bool otherwise) {
    const Json* const value = Find(key);
    if (value == nullptr) return otherwise;
    if (!value->is_boolean())
      Refuse(fmt::format("true or false for \"{}\"", key), Described(*value));
    return status_.ok() && value->get<bool>();
  }

  std::uint64_t Number(const char* key, std::uint64_t otherwise, std::uint64_t maximum) {
    const Json* const value = Find(key);
    if (value == nullptr) return otherwise;
    if (!value->is_number_unsigned() || value->get<std::uint64_t>() > maximum) {
      Refuse(fmt::format("a whole number from 0 to {} for \"{}\"", maximum, key),
             Described(*value));
      return otherwise;
    }
    return value->get<std::uint64_t>();
  }

  SignaturePolicy Signature(const char* key) {
    const Json* const value = Find(key);
    if (value == nullptr) return SignaturePolicy::kNone;
    const auto policy = value->is_string()
                            ? FindSignaturePolicy(value->get_ref<const std::string&>())
                            : std::nullopt;
    if (!policy.has_value()) {
      Refuse(fmt::format("\"none\", \"on-update\" or \"on-boot\" for \"{}\"", key),
             Described(*value));
    }
    return policy.value_or(SignaturePolicy::kOnBoot);
  }

  FlashEncryption Encryption(const char* key) {
    const Json* const value = Find(key);
    if (value == nullptr) return FlashEncryption::kNone;
    const auto encryption = value->is_string()
                                ? FindFlashEncryption(value->get_ref<const std::string&>())
                                : std::nullopt;
    if (!encryption.has_value()) {
      Refuse(fmt::format("\"none\", \"xts-aes-128\" or \"xts-aes-256\" for \"{}\"", key),
             Described(*value));
    }
    return encryption.value_or(FlashEncryption::kNone);
  }

  HeaderKeys HeaderKeysOf(const char* key) {
    HeaderKeys keys;
    const Json* const value = Find(key);
    if (value == nullptr) return keys;
    bool sound = value->is_array();
    for (const Json& text : sound ? *value : Json::array()) {
      const auto point =
          text.is_string() ? PointOfHex(text.get_ref<const std::string&>()) : std::nullopt;
      sound = sound && point.has_value() && keys.Add(*point).ok();
    }
    if (!sound) {
      Refuse(fmt::format("up to three points of P-256, \"04\" and 128 hex digits each, for \"{}\"",
                         key),
             Described(*value));
    }
    return keys;
  }

  const ChipFamily* ChipName(const char* key) {
    const Json* const value = Find(key);
    const ChipFamily* const chip = value != nullptr && value->is_string()
                                       ? FindChip(value->get_ref<const std::string&>())
                                       : nullptr;
    if (chip == nullptr) {
      Refuse(fmt::format("the name of a chip, such as \"esp32s3\", for \"{}\"", key),
             value == nullptr ? "no such key" : Described(*value));
    }
    return chip;
  }

  void Refuse(const std::string& expected, const std::string& found) {
    if (!status_.ok()) return;
    status_ = RefuseFile(observer_, Check::kDevice, {Code::kBadFormat, Stage::kDevice},
                         fmt::format("{} in {}", expected, path_.string()), found);
  }
  Status status() const { return status_; }

 private:
  const Json* Find(const char* key) const {
    const auto found = object_.find(key);
    return found == object_.end() ? nullptr : &*found;
  }

  const Json& object_;
  const std::filesystem::path& path_;
  Observer& observer_;
  Status status_{};
};

Result<DeviceSettings> Interpret(const Json& object, const std::filesystem::path& path,
                                 Observer& observer) {
  SettingsReader reader(object, path, observer);
  DeviceSettings settings;
  constexpr std::uint64_t kMaxRevision = std::numeric_limits<std::uint16_t>::max();
  settings.chip.family = reader.ChipName("chip");
  settings.chip.revision =
      static_cast<std::uint16_t>(reader.Number("chip_revision", 0, kMaxRevision));
  settings.chip.efuse_block_revision =
      static_cast<std::uint16_t>(reader.Number("efuse_block_revision", 0, kMaxRevision));
  settings.policy.rollback = reader.Flag("rollback", false);
  settings.policy.anti_rollback = reader.Flag("anti_rollback", false);
  constexpr std::uint64_t kMaxAttempts = std::numeric_limits<std::uint8_t>::max();
  constexpr std::uint64_t kMaxSeconds = std::numeric_limits<std::uint16_t>::max();
  TrialTerms& trial = settings.policy.trial;
  trial.attempts = static_cast<std::uint8_t>(reader.Number("boot_attempts", 1, kMaxAttempts));
  trial.deadline_seconds =
      static_cast<std::uint16_t>(reader.Number("boot_deadline", 0, kMaxSeconds));
  if (trial.attempts == 0) reader.Refuse("at least 1 for \"boot_attempts\"", "0");
  settings.policy.signature = reader.Signature("signature");
  settings.policy.signed_header = reader.Flag("signed_header", false);
  settings.header_keys = reader.HeaderKeysOf("header_keys");
  settings.flash_encryption = reader.Encryption("flash_encryption");
  settings.partition_table_offset =
      reader.Number("partition_table_offset", kPartitionTableOffset, 0xFFFFFFFF);
  if (!IsAligned(settings.partition_table_offset, kSector)) {
    reader.Refuse("a multiple of 4096 for \"partition_table_offset\"",
                  std::to_string(settings.partition_table_offset));
  }
  if (!trial.usual() && !settings.policy.rollback) {
    reader.Refuse("\"rollback\" true where \"boot_attempts\" or \"boot_deadline\" is given",
                  "\"rollback\" false");
  }
  if (settings.policy.anti_rollback && !settings.policy.rollback) {
    reader.Refuse("\"rollback\" true where \"anti_rollback\" is true", "\"rollback\" false");
  }
  UPDRAFT_TRY(reader.status());
  return settings;
}

Status StoreJson(const std::filesystem::path& path, const nlohmann::ordered_json& object) {
  const std::string text =
      object.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  return FileStatus(ReplaceFile(path, AsBytes(text)), Stage::kDevice);
}

constexpr std::array<std::string_view, 3> kSignaturePolicies{"none", "on-update", "on-boot"};

}  // namespace

std::string_view SignaturePolicyName(SignaturePolicy policy) {
  return kSignaturePolicies[static_cast<std::size_t>(policy)];
}

std::optional<SignaturePolicy> FindSignaturePolicy(std::string_view name) {
  for (std::size_t i = 0; i < kSignaturePolicies.size(); ++i) {
    if (kSignaturePolicies[i] == name) return static_cast<SignaturePolicy>(i);
  }
  return std::nullopt;
}

Result<DeviceSettings> LoadDeviceSettings(const std::filesystem::path& path, Observer& observer) {
  std::vector<std::uint8_t> text;
  if (const int error = LoadFile(path, kLargestFile, &text); error != 0) {
    return RefuseFile(observer, Check::kDevice, FileStatus(error, Stage::kDevice),
                      fmt::format("a device description at {}", path.string()), ErrnoText(error));
  }
  Json object;
  try {
    object = Json::parse(text);
  } catch (const Json::exception& problem) {
    return RefuseFile(observer, Check::kDevice, {Code::kBadFormat, Stage::kDevice},
                      fmt::format("JSON in {}", path.string()), problem.what());
  }
  if (!object.is_object()) {
    return RefuseFile(observer, Check::kDevice, {Code::kBadFormat, Stage::kDevice},
                      fmt::format("a JSON object in {}", path.string()), object.type_name());
  }
  return Interpret(object, path, observer);
}

Status StoreDeviceSettings(const std::filesystem::path& path, const DeviceSettings& settings) {
  return StoreJson(path, {{"chip", settings.chip.family->name},
                          {"chip_revision", settings.chip.revision},
                          {"efuse_block_revision", settings.chip.efuse_block_revision},
                          {"rollback", settings.policy.rollback},
                          {"anti_rollback", settings.policy.anti_rollback},
                          {"boot_attempts", settings.policy.trial.attempts},
                          {"boot_deadline", settings.policy.trial.deadline_seconds},
                          {"signature", SignaturePolicyName(settings.policy.signature)},
                          {"signed_header", settings.policy.signed_header},
                          {"header_keys", HexOf(settings.header_keys)},
                          {"flash_encryption", FlashEncryptionName(settings.flash_encryption)},
                          {"partition_table_offset", settings.partition_table_offset}});
}

std::string LoadRunningLabel(const std::filesystem::path& path) {
  std::vector<std::uint8_t> text;
  if (LoadFile(path, kLargestFile, &text) != 0) return {};
  const Json object = Json::parse(text, nullptr, false);
  if (!object.is_object()) return {};
  const auto running = object.find("running");
  return running != object.end() && running->is_string() ? running->get<std::string>()
                                                         : std::string();
}

Status StoreRunningLabel(const std::filesystem::path& path, std::string_view label) {
  return StoreJson(path, {{"running", label}});
}

}  // namespace updraft
