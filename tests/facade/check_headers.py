#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles every header of the façade alone, and all of them together, as C11 and C++20,
and the applications of tests/facade/applications as projects are compiled. Holds what
the headers declare against contract.txt: types, values, order of members.

Run by CTest (test "facade_headers"). Prints what the compiler says of a header
that does not stand alone or breaks the contract, or of an application that warns,
and exits 1.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

LANGUAGES = (("c", ["-std=c11", "-x", "c"]), ("c++", ["-std=c++20", "-x", "c++"]))
# What applications of ESP-IDF are written in, by the ending of the file.
APPLICATIONS = {".c": (("c", ["-std=gnu17", "-x", "c"]),),
                ".cpp": (("c++", ["-std=gnu++20", "-x", "c++"]),
                         ("c++", ["-std=gnu++17", "-x", "c++"]))}
# As ESP-IDF compiles projects.
LENIENT = ["-Wno-format", "-Wno-unused-parameter", "-Wno-sign-compare",
           "-Wno-missing-field-initializers"]


def compile_text(compilers, language, includes, text):
    name, options = language
    command = [compilers[name], "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE",
               *options, *[f"-I{folder}" for folder in includes], "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


def contract(path):
    """A C program that compiles when the headers before it keep the contract."""
    text, promises = ["#include <stddef.h>"], 0
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        promises += 1
        text.append(f'#line {number} "{path.name}"')
        if found := re.fullmatch(r"(\w+) = (\S+)", line):
            text.append(f'_Static_assert((long long)({found[1]}) == {found[2]}, "{line}");')
        elif found := re.fullmatch(r"(\w+): (.+)", line):
            members = found[2].split()
            text += [f'_Static_assert(offsetof({found[1]}, {first}) < offsetof({found[1]}, '
                     f'{second}), "{first} stands before {second}");'
                     for first, second in zip(members, members[1:])]
        else:
            # The first line fails for what no header declares, the second for another type.
            name = re.search(r"(\w+)\(", line)[1]
            text.append(f"extern __typeof__({name}) {name}; {line};")
    return "\n".join(text) + "\n", promises


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=pathlib.Path, help="the project's folder")
    parser.add_argument("--cc", default="cc")
    parser.add_argument("--cxx", default="c++")
    arguments = parser.parse_args()
    root = arguments.root.resolve()
    include = root / "esp/include"
    includes = [root / "esp/newlib", root / "esp/mbedtls", include, root / "esp/default_config"]
    compilers = {"c": arguments.cc, "c++": arguments.cxx}
    headers = sorted(path.relative_to(include).as_posix() for path in include.rglob("*.h"))
    if not headers:
        sys.exit(f"{include} holds no headers: expected the project's folder")
    texts = {header: f"#include <{header}>\n#include <{header}>\n" for header in headers}
    texts["all of them"] = "".join(f"#include <{header}>\n" for header in headers)
    texts["all of them, backwards"] = "".join(f"#include <{header}>\n" for header in headers[::-1])
    applications = sorted(root.glob("tests/facade/applications/*"))
    if not applications:
        sys.exit(f"{root}/tests/facade/applications holds no applications")
    promised, promises = contract(root / "tests/facade/contract.txt")
    faults = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        runs = [(header, language[0],
                 pool.submit(compile_text, compilers, language, includes, text))
                for header, text in texts.items() for language in LANGUAGES]
        runs += [(path.name, " ".join(options),
                  pool.submit(compile_text, compilers, (name, options + LENIENT), includes,
                              path.read_text()))
                 for path in applications for name, options in APPLICATIONS[path.suffix]]
        runs.append(("the contract", "c", pool.submit(
            compile_text, compilers, LANGUAGES[0], includes, texts["all of them"] + promised)))
        for header, language, run in runs:
            result = run.result()
            if result.returncode != 0:
                faults += 1
                print(f"{header} as {language}:\n{result.stderr}")
    print(f"{len(headers)} headers, {len(applications)} applications, "
          f"{promises} promises, {faults} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
