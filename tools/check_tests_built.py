#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Proves that every *_test.cc of the project is compiled by this build.

A test that no program holds never fails. Run by CTest (test "tests_built").
Reads compile_commands.json, so it sees what is really built, not what a list
says; exits 1 and names each file that is missing.
"""

import argparse
import json
import pathlib
import sys

from project_files import ROOT, project_files


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path, help="folder with compile_commands.json")
    parser.add_argument("root", nargs="?", type=pathlib.Path, default=ROOT,
                        help="the project's folder")
    args = parser.parse_args()
    root, build = args.root.resolve(), args.build.resolve()
    commands = json.loads((build / "compile_commands.json").read_text())
    compiled = {(pathlib.Path(entry["directory"]) / entry["file"]).resolve() for entry in commands}
    tests = [name for name in project_files(root) if name.endswith("_test.cc")]
    missing = [name for name in tests if root / name not in compiled]
    for name in missing:
        print(f"{name}: no program of {build.name}/ compiles it: put it under a folder that "
              "updraft_add_tests() is given")
    print(f"{len(tests)} test files, {len(missing)} of them not built")
    if not tests:
        sys.exit(f"{root} holds no *_test.cc: expected the project's folder")
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
