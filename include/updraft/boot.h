// SPDX-License-Identifier: Apache-2.0
// The bootloader: which image a device starts, and why. Choose() is pure;
// Boot() reads a device, writes what Choose() decided, and says what to start.
// Behaviour: the ESP-IDF second-stage bootloader (docs/formats.md, "Boot").
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "updraft/device.h"
#include "updraft/image.h"
#include "updraft/observer.h"
#include "updraft/slots.h"
#include "updraft/status.h"

namespace updraft {

// The bootloader's names of slots: 0..15 for ota_0..ota_15, and these.
using BootIndex = std::int8_t;
inline constexpr BootIndex kBootFactory = -1;
inline constexpr BootIndex kBootTest = -2;

// What the bootloader sees before it looks at any image.
struct BootView {
  std::array<std::optional<Partition>, kMaxOtaSlots> ota{};  // the OTA slots, by their index
  std::optional<Partition> factory{};                        // the factory slot, where there is one
  std::optional<Partition> test{};                           // the test slot, where there is one
  int slots = 0;                           // all rows ota_0..ota_15, as the bootloader counts
  bool has_otadata = false;                // the table has an otadata partition
  OtadataRecords records{};                // with has_otadata
  DevicePolicy policy{};                   // as the bootloader is configured
  std::uint32_t efuse_secure_version = 0;  // images below it do not boot

  // nullptr where the table has no such slot.
  const Partition* SlotAt(BootIndex index) const;
};

struct BootDecision {  // What boots, and which slots were looked at on the way.
  static constexpr std::size_t kMaxTries = kMaxOtaSlots + 2;  // every slot once

  // What otadata selects; factory also where there is none.
  BootIndex selected = kBootFactory;
  // Every slot there is, in the order of trying. All entries exist.
  std::array<BootIndex, kMaxTries> try_order{};
  std::size_t tries = 0;  // of try_order, those that were tried
  // What starts; empty when nothing does.
  std::optional<BootIndex> boots{};
  // Otadata as it must be from now on, and which records change.
  OtadataRecords records{};
  std::array<bool, 2> record_changed{};  // which records of otadata are to be written
  // With anti-rollback: the secure version to burn.
  std::optional<std::uint32_t> burn_secure_version{};
  // The image that starts is on trial: it must confirm itself, within so many
  // seconds (0: no deadline), or it is reset. Then it has so many starts left.
  bool trial = false;
  std::uint16_t deadline_seconds = 0;
  std::uint8_t attempts_left = 0;

  std::span<const BootIndex> tried() const { return std::span(try_order).first(tries); }  // by turn
};

// Pure: asks the judge, writes nothing.
BootDecision Choose(const BootView& view, SlotJudge& judge);

// Reads table, otadata and eFuse of a device. kBadFormat with an unreadable
// table or an otadata partition that is too small: nothing can boot.
Result<BootView> ViewForBoot(const Device& device, Observer& observer);

// Writes what was decided: otadata records, then eFuse. kFlash.
Status Apply(const Device& device, const BootView& view, const BootDecision& decision);

}  // namespace updraft
