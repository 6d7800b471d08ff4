#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the version in one place: include/updraft/version.h.

No other file says it literally (tests/install holds what is built and packed against
it), and the changelog begins with it or with what is not released. Run by CTest (test
"version_once"); exits 1 when there is a fault.
"""

import argparse
import pathlib
import re
import sys

from project_files import ROOT, project_files

PLACE = "include/updraft/version.h"
CHANGELOG = "CHANGELOG.md"
TEXT = (".cc", ".h", ".c", ".py", ".sh", ".cmake", ".in", ".md", ".txt", ".json", ".service", ".yml")


def faults_of(root):
    """What is wrong, one line each."""
    found = re.search(r'#define UPDRAFT_VERSION "(\d+\.\d+\.\d+)"', (root / PLACE).read_text())
    if not found:
        yield f'{PLACE}: expected #define UPDRAFT_VERSION "MAJOR.MINOR.PATCH", found none'
        return
    version = re.compile(rf"(?<![\d.]){re.escape(found[1])}(?![\d.]*\d)")
    for name in project_files(root):
        if name in (PLACE, CHANGELOG) or not name.endswith(TEXT):
            continue
        for number, line in enumerate((root / name).read_text(errors="replace").split("\n"), 1):
            if version.search(line) and "pdraft" in line:
                yield f"{name}:{number}: says the version {found[1]}; take it from {PLACE}"
    heading = re.search(r"^## \[(.+?)\]", (root / CHANGELOG).read_text(), re.MULTILINE)
    if not heading or heading[1] not in ("Unreleased", found[1]):
        yield (f"{CHANGELOG}: expected '## [Unreleased]' or '## [{found[1]}]' on top, "
               f"found {heading[0] if heading else 'none'}")


def main():
    """See above."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", nargs="?", type=pathlib.Path, default=ROOT,
                        help="the project's folder")
    faults = list(faults_of(parser.parse_args().root.resolve()))
    print("\n".join(faults + [f"the version in one place: {len(faults)} faults"]))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
