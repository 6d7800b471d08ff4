#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Prints what the core costs a microcontroller: text, data and bss of each room
(a room is a folder below src/), from the objects of a build, and the sum; then
what it asks of the platform at link time. Fails when that is more than a bare
chip has: a heap, thrown exceptions, RTTI, an OS. Run by ./dev sizes.

text is code and constants (flash), data is preset variables (flash and RAM),
bss is zeroed variables (RAM).
"""

import argparse
import collections
import pathlib
import re
import subprocess
import sys

PREFIX = "arm-none-eabi-"
# What compilers call by themselves, and the plain parts of libc.
ASKED = re.compile(r"(mem(cpy|move|set|cmp|chr)|strlen|__aeabi_\w+|__gnu_thumb1_case_\w+"
                   r"|__cxa_pure_virtual|abort)$")


def run(tool, *arguments):
    try:
        return subprocess.run([PREFIX + tool, *arguments], capture_output=True, text=True,
                              check=True).stdout
    except FileNotFoundError:
        sys.exit(f"{PREFIX}{tool} is not installed: run ./dev setup cortexm")
    except subprocess.CalledProcessError as error:
        sys.exit(f"{PREFIX}{tool} failed: {error.stderr.strip()}")


def rooms_of(objects, folder):
    """Room -> [text, data, bss], summed over its objects."""
    rooms = collections.defaultdict(lambda: [0, 0, 0])
    for line in run("size", *objects).splitlines()[1:]:
        text, data, bss, _, _, name = line.split(maxsplit=5)
        room = pathlib.Path(name).relative_to(folder).parts[0]
        rooms[room] = [total + int(part) for total, part in zip(rooms[room], (text, data, bss))]
    return rooms


def symbols_asked_for(objects):
    """Symbol -> the objects that use it, for all that none of them defines."""
    defined, users = set(), collections.defaultdict(set)
    for line in run("nm", "--print-file-name", *objects).splitlines():
        place, _, symbol = line.partition(":")
        kind, name = symbol.split()[-2:]
        if kind in "Uwv":
            users[name].add(pathlib.Path(place).name)
        else:
            defined.add(name)
    return {name: sorted(files) for name, files in users.items() if name not in defined}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path,
                        help="the core's objects: build-cortexm/src/CMakeFiles/updraft_core.dir")
    folder = parser.parse_args().folder
    objects = sorted(folder.rglob("*.obj"))
    if not objects:
        sys.exit(f"{folder} holds no objects: run ./dev build cortexm first")

    rooms = rooms_of(objects, folder)
    print(f"{'room':12}{'text':>9}{'data':>9}{'bss':>9}   bytes, Cortex-M3, {len(objects)} objects")
    for room, sizes in sorted(rooms.items()):
        print(f"{room:12}" + "".join(f"{size:9}" for size in sizes))
    print(f"{'sum':12}" + "".join(f"{sum(column):9}" for column in zip(*rooms.values())))

    asked = symbols_asked_for(objects)
    print("asks of the platform:", " ".join(sorted(asked)) or "nothing")
    faults = [f"{', '.join(files)}: {name}" for name, files in sorted(asked.items())
              if not ASKED.match(name)]
    if faults:
        sys.exit("a bare chip does not have these; the core must do without:\n" + "\n".join(faults))


if __name__ == "__main__":
    main()
