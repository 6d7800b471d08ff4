#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Proves that the examples people read are the examples that compile.

Run by CTest (test "examples_shown"). Every ```cpp block of README.md and docs/, and
every block below a line "// Example, examples/api/NAME.cc:" of a public header, must
stand word for word in a file of examples/api that the build compiles; indentation
does not count. Exits 1 and names each one that does not.
"""

import argparse
import json
import pathlib
import re
import sys

from project_files import ROOT

HEADER_EXAMPLE = re.compile(r"^// Example, (examples/api/\w+\.cc):\n((?://(?:   .*)?\n)+)", re.M)
PAGE_EXAMPLE = re.compile(r"^```cpp\n(.*?)^```", re.M | re.S)


def words(text):
    """The lines without indentation and without empty ones."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def contains(whole, part):
    return any(whole[at:at + len(part)] == part for at in range(len(whole) - len(part) + 1))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path, help="folder with compile_commands.json")
    parser.add_argument("root", nargs="?", type=pathlib.Path, default=ROOT,
                        help="the project's folder")
    args = parser.parse_args()
    root = args.root.resolve()
    commands = json.loads((args.build.resolve() / "compile_commands.json").read_text())
    compiled = {(pathlib.Path(entry["directory"]) / entry["file"]).resolve() for entry in commands}
    files = {str(path.relative_to(root)): words(path.read_text())
             for path in sorted((root / "examples/api").glob("*.cc"))}
    problems = [f"{name}: no target of this build compiles it: add it to examples/CMakeLists.txt"
                for name in files if (root / name).resolve() not in compiled]
    shown = 0
    for page in [root / "README.md", *sorted((root / "docs").glob("*.md"))]:
        for block in PAGE_EXAMPLE.findall(page.read_text()):
            shown += 1
            if not any(contains(lines, words(block)) for lines in files.values()):
                problems.append(f"{page.relative_to(root)}: no file of examples/api holds the "
                                f"example that begins with '{words(block)[0]}': bring the two "
                                "together")
    for header in sorted((root / "include/updraft").rglob("*.h")):
        for name, block in HEADER_EXAMPLE.findall(header.read_text()):
            shown += 1
            code = "\n".join(line[2:] for line in block.splitlines())
            if not contains(files.get(name, []), words(code)):
                problems.append(f"{header.relative_to(root)}: its example is not in {name}: "
                                "bring the two together")
    print("\n".join(problems + [f"{shown} examples shown, {len(problems)} problems"]))
    if not shown:
        sys.exit(f"{root} shows no example: expected the project's folder")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
