#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints src/boot/otadata_pairs_table.h: what ESP-IDF's bootloader selects for every
pair of otadata records, on every table and policy of the test. A second reading of
the rules (docs/formats.md, "Boot"), which shares nothing with the code under test:
it works on the bytes of the sectors. `ctest -R otadata_pairs_table` holds the file
against it."""

import struct
import sys
import zlib

NEVER = 0xFFFFFFFF
NEW, PENDING, VALID, INVALID, ABORTED = range(5)


def record(sequence, state, right=True):
    crc = zlib.crc32(struct.pack("<I", sequence), NEVER)
    return struct.pack("<I20sII", sequence, b"\xff" * 20, state, crc if right else crc ^ 1)


# In the order of kKinds in the test.
KINDS = [
    ("erased", b"\xff" * 32),
    ("no sequence", record(NEVER, VALID)),
    ("sequence 0", record(0, VALID)),
    ("1 valid", record(1, VALID)),
    ("1 new", record(1, NEW)),
    ("1 pending", record(1, PENDING)),
    ("1 invalid", record(1, INVALID)),
    ("1 aborted", record(1, ABORTED)),
    ("1 undefined", record(1, NEVER)),
    ("1 illegal state", record(1, 5)),
    ("1 valid, bad CRC", record(1, VALID, False)),
    ("1 pending, bad CRC", record(1, PENDING, False)),
    ("2 valid", record(2, VALID)),
    ("2 new", record(2, NEW)),
    ("2 pending", record(2, PENDING)),
    ("2 invalid", record(2, INVALID)),
    ("2 undefined", record(2, NEVER)),
    ("2 illegal state", record(2, 0x80000002)),
    ("2 new, bad CRC", record(2, NEW, False)),
    ("half of all sequences", record(0x80000000, VALID)),
    ("last sequence valid", record(0xFFFFFFFE, VALID)),
    ("last sequence new", record(0xFFFFFFFE, NEW)),
]


def fields(sector):
    sequence, _, state, crc = struct.unpack("<I20sII", sector)
    return sequence, state, crc == zlib.crc32(sector[:4], NEVER)


def is_invalid(sector):
    sequence, state, _ = fields(sector)
    return sequence == NEVER or state in (INVALID, ABORTED)


def is_initial(sector):
    sequence, _, crc_right = fields(sector)
    return sequence == NEVER or not crc_right


def give_up(sector):
    """A trial that was not confirmed before this reset."""
    pending = fields(sector)[1] == PENDING
    return sector[:24] + struct.pack("<I", ABORTED) + sector[28:] if pending else sector


def choose(pair, slots, factory, rollback, anti_rollback, too_old):
    """One letter: see the head of the table. `too_old`: the slot whose image is below
    the secure version in eFuse, None where all are new enough."""
    if rollback:
        pair = [give_up(sector) for sector in pair]
    never_written = all(map(is_initial, pair))
    if anti_rollback and never_written:
        return "f"
    if not anti_rollback and all(map(is_invalid, pair)):
        if factory:
            return "F"
        return "y" if never_written else "x"

    def slot_of(sector):
        return ((fields(sector)[0] - 1) & NEVER) % slots

    usable = [i for i in (0, 1) if not is_invalid(pair[i]) and fields(pair[i])[2]]
    usable = [i for i in usable if not anti_rollback or slot_of(pair[i]) != too_old]
    if not usable:
        return "F"
    active = max(usable, key=lambda i: (fields(pair[i])[0], -i))
    return ("abc", "ABC")[active][slot_of(pair[active])]


HEAD = """\
// SPDX-License-Identifier: Apache-2.0
// What the bootloader selects, for the kind of the row in the first sector of otadata
// and the kind of the column in the second. Printed by tools/otadata_pairs.py, which
// reads the specification on its own; not to be changed by hand.
//   F  factory             f  factory, and what starts is recorded (a first boot)
//   x  ota_0, by no record y  the same, and what starts is recorded
//   a b c  ota_0, ota_1, ota_2 by the first record, A B C by the second
#pragma once

#include <array>
#include <string_view>

namespace updraft {

inline constexpr std::size_t kOtadataKinds = %d;

struct OtadataPairsTable {
  int slots;
  bool factory;
  bool rollback;
  bool anti_rollback;
  int too_old;  // the slot whose image is below the eFuse's secure version, or -1
  std::array<std::string_view, kOtadataKinds> selected;
};

// clang-format off
inline constexpr std::array<OtadataPairsTable, %d> kOtadataPairs{{
"""


def main():
    tables = [
        (slots, factory, rollback, anti, None)
        for rollback, anti in ((False, False), (True, False), (True, True))
        for factory in (False, True)
        for slots in (1, 2, 3)
    ]
    # Anti-rollback is for tables without factory.
    tables += [(slots, False, True, True, old) for slots in (2, 3) for old in (0, 1)]
    out = HEAD % (len(KINDS), len(tables))
    word = {False: "false", True: "true"}
    for slots, factory, rollback, anti, old in tables:
        number = -1 if old is None else old
        out += f"  {{{slots}, {word[factory]}, {word[rollback]}, {word[anti]}, {number}, {{{{\n"
        for name, first in KINDS:
            row = "".join(
                choose([first, second], slots, factory, rollback, anti, old) for _, second in KINDS
            )
            out += f'    "{row}",  // {name}\n'
        out += "  }}},\n"
    out += "}};\n// clang-format on\n\n}  // namespace updraft\n"
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        with open(sys.argv[2], encoding="utf-8") as file:
            if file.read() != out:
                sys.exit(f"{sys.argv[2]} is not what tools/otadata_pairs.py prints: "
                         f"tools/otadata_pairs.py > {sys.argv[2]}, if the rules have changed")
        return
    sys.stdout.write(out)


if __name__ == "__main__":
    main()
