#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Holds every #include of the project against layers.txt.

Run by CTest (test "layers") and by ./dev lint. Prints one line a violation,
"file:line: what is wrong and what to do", and exits 1 when there is any.
"""

import argparse
import pathlib
import re
import sys

from project_files import ROOT, SOURCES, project_files

INCLUDE = re.compile(r'\s*#\s*include(?:_next)?\s*(?:"([^"]+)"|<([^>]+)>|(\S+))')
CONDITION = re.compile(r"\s*#\s*(if|ifdef|ifndef|elif|elifdef|elifndef|else|endif)\b")
PUBLIC = "include/updraft"


class Layers:
    """layers.txt, read: what each folder may include, and which are the core."""

    def __init__(self, path):
        self.allowed = {}  # folder -> list of folders, or ["*"]
        self.core = set()
        self.std = set()
        self.beside = []  # what *_test.cc may include on top
        section = None
        for number, line in enumerate(path.read_text().splitlines(), 1):
            line = line.split("#")[0].strip()
            if not line:
                continue
            if line in ("[core]", "[hosted]"):
                section = line[1:-1]
                continue
            folder, colon, rest = line.partition(":")
            if not colon or section is None:
                sys.exit(f"{path}:{number}: expected [core], [hosted] or 'FOLDER: FOLDER...', "
                         f"found '{line}'")
            if folder == "std":
                self.std.update(rest.split())
            elif folder == "*_test.cc":
                self.beside = rest.split()
            elif folder in self.allowed:
                sys.exit(f"{path}:{number}: {folder} has a line already; join the two")
            else:
                self.allowed[folder] = rest.split()
                if section == "core":
                    self.core.add(folder)

    def folder_of(self, name):
        """The longest folder with a line that holds the file, or None."""
        fitting = [folder for folder in self.allowed if name.startswith(folder + "/")]
        return max(fitting, key=len, default=None)

    def permits(self, name, target):
        """Whether the file called name may include the project's file target."""
        folder = self.folder_of(name)
        places = [PUBLIC, folder] + self.allowed[folder]
        if name.endswith("_test.cc"):
            places += self.beside
        return any(place == "*" or target.startswith(place + "/") for place in places)


def without_comments(text):
    """The text with comments blanked out, every line break kept."""
    pattern = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])'""", re.S)
    return pattern.sub(
        lambda found: "\n" * found.group().count("\n") if found.group()[0] == "/"
        else found.group(), text)


def check_file(root, name, layers):
    folder = layers.folder_of(name)
    if folder is None:
        yield 1, "its folder has no line in layers.txt: add one that says what it may include"
        return
    in_core = folder in layers.core and not name.endswith("_test.cc")
    for number, line in enumerate(without_comments((root / name).read_text()).splitlines(), 1):
        if in_core and CONDITION.match(line):
            yield number, ("the core has no conditional compilation: put the variant in a file "
                           "of its own and choose it in CMake")
        found = INCLUDE.match(line)
        if not found:
            continue
        quoted, angled, other = found.groups()
        if other:
            yield number, f"#include {other}: expected a name in quotes or angle brackets"
        elif angled:
            if angled.startswith("updraft/"):
                yield number, f'<{angled}>: the project\'s own headers are written "{angled}"'
            elif in_core and angled not in layers.std:
                yield number, (f"<{angled}> is not one of the headers that layers.txt allows "
                               "the core")
        else:
            yield from check_quoted(root, name, number, quoted, layers)


def check_quoted(root, name, number, quoted, layers):
    target = "include/" + quoted if quoted.startswith("updraft/") else quoted
    if ".." in quoted.split("/") or not (root / target).is_file():
        yield number, (f'"{quoted}" is no file: name project headers from the root '
                       '("src/flash/geometry.h") or "updraft/...", others in <>')
    elif not layers.permits(name, target):
        folder = layers.folder_of(name)
        allowed = " ".join([PUBLIC, folder] + layers.allowed[folder])
        yield number, f'"{quoted}": {folder} may include only {allowed}'


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", nargs="?", type=pathlib.Path, default=ROOT,
                        help="the project's folder, with its layers.txt")
    root = parser.parse_args().root.resolve()
    layers = Layers(root / "layers.txt")
    names = [name for name in project_files(root) if name.endswith(SOURCES)]
    violations = [f"{name}:{number}: {text}" for name in names
                  for number, text in check_file(root, name, layers)]
    print("\n".join(violations + [f"{len(names)} files, {len(violations)} violations of layers.txt"]))
    if not names:
        sys.exit(f"{root} holds no sources: expected the project's folder")
    sys.exit(1 if violations else 0)


if __name__ == "__main__":
    main()
