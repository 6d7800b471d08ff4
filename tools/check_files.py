#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Holds every source file to the house's outer form.

The licence line stands first (after a #! line), a header has #pragma once, a
file has at most 600 lines and ends with a line break, no merge was left half
done, a unit test includes GoogleTest itself or by a header of the project (the
precompiled one of the build hides that it does not). Run by CTest (test "files") and by ./dev lint; exits 1 when a file breaks
a rule.
"""

import argparse
import pathlib
import re
import sys

from project_files import ROOT, project_files

LONGEST = 600
LICENCE = "SPDX-License-Identifier: Apache-2.0"
KINDS = (".cc", ".h", ".c", ".py", ".sh", ".cmake", "CMakeLists.txt")
SCRIPTS = {"dev", ".ci/run"}
OWN_INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)


def reaches_googletest(root, text, seen):
    if re.search(r"^#include <(gtest|gmock)/", text, re.M):
        return True
    for name in OWN_INCLUDE.findall(text):
        path = root / name
        if name not in seen and path.is_file():
            seen.add(name)
            if reaches_googletest(root, path.read_text(), seen):
                return True
    return False


def check_file(root, name, text):
    lines = text.split("\n")
    head = lines[1] if lines[0].startswith("#!") and len(lines) > 1 else lines[0]
    if LICENCE not in head:
        yield f"the licence line is missing: expected '{LICENCE}' in a comment on top"
    if name.endswith(".h") and "#pragma once" not in lines:
        yield "a header needs #pragma once"
    if len(lines) - 1 > LONGEST:
        yield f"{len(lines) - 1} lines, at most {LONGEST}: it holds more than one subject; split it"
    if any(line.startswith(("<<<<<<< ", ">>>>>>> ")) for line in lines):
        yield "a merge was left half done: choose between its two sides"
    if name.endswith("_test.cc") and not reaches_googletest(root, text, set()):
        yield "it uses GoogleTest: expected #include <gtest/gtest.h>"
    if not text.endswith("\n"):
        yield "the last line has no line break"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", nargs="?", type=pathlib.Path, default=ROOT,
                        help="the project's folder")
    root = parser.parse_args().root.resolve()
    names = [name for name in project_files(root) if name.endswith(KINDS) or name in SCRIPTS]
    faults = [f"{name}: {fault}" for name in names
              for fault in check_file(root, name, (root / name).read_text())]
    print("\n".join(faults + [f"{len(names)} files, {len(faults)} faults"]))
    if not names:
        sys.exit(f"{root} holds no sources: expected the project's folder")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
