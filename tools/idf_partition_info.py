#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Answers what a project's build asks about its partition table.

Called by tools/cmake/idf_artifacts.cmake, with the arguments of ESP-IDF's
parttool; the table is read by `updraft partitions show`. Exits 1 with a message
when no partition fits.
"""

import argparse
import json
import subprocess
import sys

TYPES = {"app": 0, "data": 1, "bootloader": 2, "partition_table": 3}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--table", required=True)
    parser.add_argument("--flash-size", default="16MB")
    parser.add_argument("--smallest-slot", action="store_true")
    parser.add_argument("--info", nargs="?", default="offset size")
    parser.add_argument("--partition-name", "-n")
    parser.add_argument("--partition-type", "-t")
    parser.add_argument("--partition-subtype", "-s")
    parser.add_argument("--partition-boot-default", action="store_true")
    arguments = parser.parse_args()
    shown = subprocess.run([arguments.tool, "partitions", "show", arguments.table, "--json",
                            "--flash-size", arguments.flash_size],
                           capture_output=True, text=True, check=False)
    if shown.returncode != 0:
        sys.exit(shown.stderr)
    rows = json.loads(shown.stdout)["partitions"]

    def number(value):
        return value if isinstance(value, int) else TYPES.get(str(value), str(value))

    slots = [row for row in rows if number(row["type"]) == 0]
    if arguments.smallest_slot:
        print(min((row["size"] for row in slots), default=0))
        return
    found = rows
    if arguments.partition_boot_default:
        found = sorted(slots, key=lambda row: str(row["subtype"]) not in ("factory", "0"))
    if arguments.partition_name is not None:
        found = [row for row in found if row["name"] == arguments.partition_name]
    if arguments.partition_type is not None:
        wanted = number(arguments.partition_type)
        found = [row for row in found if number(row["type"]) == wanted]
    if arguments.partition_subtype is not None:
        found = [row for row in found
                 if str(row["subtype"]) == arguments.partition_subtype
                 or row.get("subtype_name") == arguments.partition_subtype]
    if not found:
        sys.exit(f"expected a partition for {' '.join(sys.argv[1:])}, found none in the table")
    print(" ".join(hex(found[0][word]) if word in ("offset", "size") else str(found[0].get(word, ""))
                   for word in arguments.info.split()))


if __name__ == "__main__":
    main()
