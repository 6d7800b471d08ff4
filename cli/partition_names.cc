// SPDX-License-Identifier: Apache-2.0
#include "cli/partition_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "cli/text.h"
#include "cli/text_file.h"

namespace updraft {
namespace {

struct TypeName {
  std::uint8_t value;
  std::string_view name;
};
constexpr TypeName kTypes[] = {{0, "app"}, {1, "data"}, {2, "bootloader"}, {3, "partition_table"}};

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& letter : lower) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter | 0x20);
  }
  return lower;
}

std::optional<std::uint8_t> HexByte(std::string_view text) {
  if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
  std::uint8_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, 16);
  if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
  return value;
}

Failure BadTriple(std::string_view triple, std::string_view expected, std::string_view found) {
  return {"bad_format",
          fmt::format("extra subtype '{}': expected {}, found {}; write it as \"data, my_data, "
                      "0x41\".",
                      PrintableText(triple), expected, PrintableText(found))};
}

}  // namespace

PartitionNames::PartitionNames() {
  subtypes_ = {{0, 0x00, "factory"}, {0, 0x20, "test"}};
  for (std::uint8_t i = 0; i < 16; ++i) {
    subtypes_.push_back({0, static_cast<std::uint8_t>(0x10 + i), fmt::format("ota_{}", i)});
  }
  const SubtypeName others[] = {
      {0, 0x30, "tee_0"},     {0, 0x31, "tee_1"},    {1, 0x00, "ota"},      {1, 0x01, "phy"},
      {1, 0x02, "nvs"},       {1, 0x03, "coredump"}, {1, 0x04, "nvs_keys"}, {1, 0x05, "efuse"},
      {1, 0x06, "undefined"}, {1, 0x80, "esphttpd"}, {1, 0x81, "fat"},      {1, 0x82, "spiffs"},
      {1, 0x83, "littlefs"},  {1, 0x90, "tee_ota"},  {2, 0x00, "primary"},  {2, 0x01, "ota"},
      {2, 0x02, "recovery"},  {3, 0x00, "primary"},  {3, 0x01, "ota"}};
  subtypes_.insert(subtypes_.end(), std::begin(others), std::end(others));
}

std::optional<Failure> PartitionNames::AddSubtype(std::string_view triple) {
  std::vector<std::string_view> fields;
  std::string_view rest = triple;
  while (true) {
    const std::size_t comma = rest.find(',');
    fields.push_back(Trimmed(rest.substr(0, comma)));
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  if (fields.size() != 3) {
    return BadTriple(triple, "three values: type, name, value", fmt::format("{}", fields.size()));
  }
  const auto type = Type(fields[0]);
  if (!type) return BadTriple(triple, "one of the types " + KnownTypes(), fields[0]);
  const std::string name = Lower(fields[1]);
  if (name.empty()) return BadTriple(triple, "a name", "nothing");
  const auto value = HexByte(fields[2]);
  if (!value) return BadTriple(triple, "a hexadecimal value from 0x00 to 0xff", fields[2]);
  for (const SubtypeName& known : subtypes_) {
    if (known.type != *type || (known.value != *value && known.name != name)) continue;
    return BadTriple(triple, "a name and a value that the type does not have yet",
                     fmt::format("that it has {} = {:#04x}", known.name, known.value));
  }
  subtypes_.push_back({*type, *value, name});
  return std::nullopt;
}

std::optional<std::uint8_t> PartitionNames::Type(std::string_view name) const {
  const std::string lower = Lower(name);
  for (const TypeName& type : kTypes) {
    if (type.name == lower) return type.value;
  }
  return std::nullopt;
}

std::optional<std::uint8_t> PartitionNames::Subtype(std::uint8_t type,
                                                    std::string_view name) const {
  const std::string lower = Lower(name);
  for (const SubtypeName& subtype : subtypes_) {
    if (subtype.type == type && subtype.name == lower) return subtype.value;
  }
  return std::nullopt;
}

bool PartitionNames::IsSubtypeOfAny(std::string_view name) const {
  return std::any_of(subtypes_.begin(), subtypes_.end(),
                     [&](const SubtypeName& subtype) { return subtype.name == name; });
}

std::string PartitionNames::TypeText(std::uint8_t type) const {
  for (const TypeName& known : kTypes) {
    if (known.value == type) return std::string(known.name);
  }
  return fmt::format("{}", type);
}

std::string PartitionNames::SubtypeText(std::uint8_t type, std::uint8_t subtype) const {
  for (const SubtypeName& known : subtypes_) {
    if (known.type == type && known.value == subtype) return known.name;
  }
  return fmt::format("{}", subtype);
}

std::string PartitionNames::KnownTypes() const {
  std::string names;
  for (const TypeName& type : kTypes) {
    if (!names.empty()) names += ", ";
    names += type.name;
  }
  return names;
}

std::string PartitionNames::KnownSubtypes(std::uint8_t type) const {
  std::string names;
  for (const SubtypeName& subtype : subtypes_) {
    if (subtype.type != type) continue;
    if (!names.empty()) names += ", ";
    names += subtype.name;
  }
  return names;
}

}  // namespace updraft
