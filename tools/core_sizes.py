#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Prints what a Cortex-M3 build costs: text, data, bss and the largest stack frame of
each room (a room is a folder below src/, or a port); core_text, the core alone in a
linked program that runs the smallest sensible update over stub ports (a whole file, a
plain image, findings without texts, all else left out); core_text_full, the same with
everything; and what each feature adds to the smallest. Fails when the core asks more of
the platform at link time than a bare chip has (a heap, thrown exceptions, RTTI, an
OS), when core_text exceeds 24 KiB, or when something has grown by more than 2 % over
the committed table. Run by ./dev sizes; --accept writes the table anew.

text is code and constants (flash), data is preset variables (flash and RAM),
bss is zeroed variables (RAM), stack is one function's frame; all in bytes.
"""

import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLE = ROOT / "ports/cortexm/sizes.json"
PREFIX = "arm-none-eabi-"
CORE_TEXTS = {"core_text": "minimal_update", "core_text_full": "with_update"}  # by program
# What a figure may not exceed, whatever the table says; in bytes.
LIMITS = {"core_text": 24 * 1024}
KINDS = "text", "data", "bss", "stack"
# Growth that is told: by this part, and by more than a few bytes of padding.
GROWTH, SLACK = 0.02, 16
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


def objects_below(folder):
    objects = sorted(folder.rglob("*.obj"))
    if not objects:
        sys.exit(f"{folder} holds no objects: run ./dev build cortexm first")
    return objects


def largest_frame(file):
    """Of the functions in an object, by what the compiler wrote beside it."""
    usage = file.with_suffix(".su")
    if not usage.exists():
        return 0
    return max((int(line.split("\t")[1]) for line in usage.read_text().splitlines()), default=0)


def add_rooms(rooms, objects, room_of):
    """Room -> {kind: bytes}: sums, and the largest frame."""
    for line in run("size", *objects).splitlines()[1:]:
        *sizes, _, _, name = line.split(maxsplit=5)
        room = rooms[room_of(pathlib.Path(name))]
        for kind, size in zip(KINDS, sizes):
            room[kind] += int(size)
        room["stack"] = max(room["stack"], largest_frame(pathlib.Path(name)))


def rooms_of(core, firmware, folder):
    rooms = collections.defaultdict(lambda: dict.fromkeys(KINDS, 0))
    add_rooms(rooms, core, lambda name: "src/" + name.relative_to(folder).parts[0])
    add_rooms(rooms, firmware,
              lambda name: "ports/" + ("mbedtls" if "mbedtls" in name.parts else "cortexm"))
    return {room: rooms[room] for room in sorted(rooms)}


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


def text_of(build, program):
    """Text and constants that the program has beyond the one without an update."""
    with_update, without = (int(run("size", build / "bin" / name).splitlines()[1].split()[0])
                            for name in (program, "without_update"))
    return with_update - without


def features_of(build):
    """Feature -> bytes that it adds to the smallest update."""
    def added(program, base="minimal_update"):
        return text_of(build, program) - text_of(build, base)

    alone = ("redirects", "credentials", "chunked_bodies", "ipv6_literals", "parts", "signatures",
             "encrypted_images")
    return {
        "texts of findings": added("minimal_texts"),
        **{name: added(f"minimal_{name}") for name in alone},
        "ecies_images": added("minimal_ecies_images", "minimal_encrypted_images"),
        "rsa_images": added("minimal_rsa_images", "minimal_encrypted_images"),
        "Download: ranges, retries": added("minimal_download", "minimal_parts"),
        "retry_after": added("minimal_retry_after", "minimal_download"),
        "requests_ahead": added("minimal_requests_ahead"),
        "resumption": added("minimal_resumption", "minimal_download"),
    }


def growths(now, table):
    """What is larger than the table allows, as sentences."""
    def rows(sizes):
        return dict(sizes["rooms"], **{name: {"text": sizes[name]} for name in CORE_TEXTS
                                       if name in sizes})

    before, after = rows(table), rows(now)
    for room, sizes in after.items():
        if room not in before:
            yield f"{room} is not in the table"
            continue
        for kind, size in sizes.items():
            old = before[room].get(kind, 0)
            if size > old * (1 + GROWTH) and size - old > SLACK:
                yield f"{room}: {kind} was {old}, is {size} bytes"


def beyond_limits(now):
    """Sentences about what exceeds its limit."""
    return [f"{name}: at most {limit} bytes are allowed, found {now[name]}"
            for name, limit in LIMITS.items() if now[name] > limit]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path, help="the build folder: build-cortexm")
    parser.add_argument("--accept", action="store_true",
                        help=f"write {TABLE.relative_to(ROOT)} from this build")
    parser.add_argument("--core-text", action="store_true", help="print that number alone")
    parser.add_argument("--table", type=pathlib.Path, default=TABLE, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.core_text:
        print(text_of(arguments.build, CORE_TEXTS["core_text"]))
        return
    folder = arguments.build / "src/CMakeFiles/updraft_core.dir"
    core = objects_below(folder)
    firmware = objects_below(arguments.build / "ports/cortexm/CMakeFiles/updraft_firmware.dir")
    now = {name: text_of(arguments.build, program) for name, program in CORE_TEXTS.items()}
    now["features"] = features_of(arguments.build)
    now["rooms"] = rooms_of(core, firmware, folder)

    print(f"{'room':16}" + "".join(f"{kind:>9}" for kind in KINDS) + "   bytes, Cortex-M3, -Os")
    for room, sizes in now["rooms"].items():
        print(f"{room:16}" + "".join(f"{sizes[kind]:9}" for kind in KINDS))
    print(f"core_text {now['core_text']}: the core in a linked program, the smallest update")
    print(f"core_text_full {now['core_text_full']}: the same with everything")
    for name, size in now["features"].items():
        print(f"  {name:26}{size:7}")

    asked = symbols_asked_for(core)
    print("the core asks of the platform:", " ".join(sorted(asked)) or "nothing")
    faults = [f"{', '.join(files)}: {name}" for name, files in sorted(asked.items())
              if not ASKED.match(name)]
    if faults:
        sys.exit("a bare chip does not have these; the core must do without:\n" + "\n".join(faults))
    beyond = beyond_limits(now)
    if beyond:
        sys.exit("\n".join(beyond) + "\nmake it smaller: no table accepts this")
    if arguments.accept:
        arguments.table.write_text(json.dumps(now, indent=1) + "\n")
        return
    if not arguments.table.exists():
        sys.exit(f"{arguments.table} is not there: ./dev sizes --accept writes it")
    grown = list(growths(now, json.loads(arguments.table.read_text())))
    if grown:
        sys.exit("grown by more than 2 % over ports/cortexm/sizes.json:\n  " + "\n  ".join(grown) +
                 "\nmake it smaller; or, where it is worth its bytes, ./dev sizes --accept and "
                 "commit the table")


if __name__ == "__main__":
    main()
