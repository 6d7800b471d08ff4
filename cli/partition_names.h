// SPDX-License-Identifier: Apache-2.0
// The keywords of partition types and subtypes, those of ESP-IDF and those that
// a project adds. The CSV reader and everything that prints a table ask here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/failure.h"

namespace updraft {

class PartitionNames {
 public:
  // The keywords of ESP-IDF.
  PartitionNames();

  // Adds "TYPE, NAME, VALUE" as the build of ESP-IDF hands it over: a known
  // type, a new name, a hexadecimal value (0x may be left out). A value or name
  // that the type already has is refused.
  std::optional<Failure> AddSubtype(std::string_view triple);

  // Case does not matter.
  std::optional<std::uint8_t> Type(std::string_view name) const;
  std::optional<std::uint8_t> Subtype(std::uint8_t type, std::string_view name) const;
  bool IsSubtypeOfAny(std::string_view name) const;

  // The keyword, or the decimal number where there is none.
  std::string TypeText(std::uint8_t type) const;
  std::string SubtypeText(std::uint8_t type, std::uint8_t subtype) const;

  // "app, data, bootloader, partition_table".
  std::string KnownTypes() const;
  std::string KnownSubtypes(std::uint8_t type) const;

 private:
  struct SubtypeName {
    std::uint8_t type;
    std::uint8_t value;
    std::string name;
  };
  std::vector<SubtypeName> subtypes_;
};

}  // namespace updraft
