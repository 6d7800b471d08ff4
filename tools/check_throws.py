#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the façade's C functions to it that none lets an exception out.

Disassembles the façade's library and the core's. A function that esp/include declares,
and that can reach `operator new` or a throw by direct calls, must catch: it has the
handlers of esp/src/no_memory.h, or calls for what allocates only functions that do.
Run by CTest (test "facade_throws"). Prints who may throw through C, by which way, and
exits 1.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

ALLOCATES = re.compile(r"^(_Znwm$|_Znam$|__cxa_throw|_ZSt\d+__throw_(?!system_error)\w+)")
CATCHES = "_ZN7updraft3esp12TellNoMemoryEPKc"
FUNCTION = re.compile(r"^[0-9a-f]+ <(.+)>:$")
TARGET = re.compile(r"\s(?:call|jmp|j\w+|bl|b|b\.\w+)\s+[0-9a-f]+ <([^+>]+)>")


def whole(name):
    """The function whose part this is: GCC splits off what is seldom reached."""
    return re.sub(r"\.(cold|part|isra|constprop|lto_priv)(\.\d+)*", "", name.split("@")[0])


def calls_of(libraries, linker):
    """Who calls whom, in a library of all of them, where each call has its target."""
    with tempfile.TemporaryDirectory() as folder:
        linked = f"{folder}/all.so"
        subprocess.run([linker, "-shared", "-o", linked, "-Wl,--whole-archive", *libraries,
                        "-Wl,--no-whole-archive"], check=True)
        listing = subprocess.run(["objdump", "-d", "--no-show-raw-insn", linked], check=True,
                                 capture_output=True, text=True).stdout
    calls, current = {}, None
    for line in listing.splitlines():
        if found := FUNCTION.match(line):
            current = None
            if not found[1].endswith("@plt"):
                current = calls.setdefault(whole(found[1]), set())
        elif current is not None and (found := TARGET.search(line)):
            current.add(whole(found[1]))
    return calls


def declared(include):
    names = set()
    for header in include.rglob("*.h"):
        text = re.sub(r"//.*", "", header.read_text())
        names |= set(re.findall(r"\b(\w+)\s*\(", text))
        names |= set(re.findall(r'__asm__\("(\w+)"\)', text))
    return names


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("include", type=pathlib.Path, help="the façade's headers")
    parser.add_argument("libraries", nargs="+")
    parser.add_argument("--cxx", default="c++", help="links the libraries")
    arguments = parser.parse_args()
    calls = calls_of(arguments.libraries, arguments.cxx)
    public = sorted(declared(arguments.include) & calls.keys())

    def way_to_throw(function, seen):
        for name in sorted(calls[function]):
            if ALLOCATES.match(name):
                return [name]
            if name in seen or CATCHES in calls.get(name, {CATCHES}):
                continue
            seen.add(name)
            way = way_to_throw(name, seen)
            if way:
                return [name] + way
        return None

    sys.setrecursionlimit(10000)
    faults = 0
    for function in public:
        way = None if CATCHES in calls[function] else way_to_throw(function, {function})
        if way:
            faults += 1
            demangled = subprocess.run(["c++filt", *way], check=True, capture_output=True,
                                       text=True).stdout.splitlines()
            print(f"{function} may throw: by " + ", then ".join(demangled))
    print(f"{len(public)} functions, {faults} that may throw through C")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
