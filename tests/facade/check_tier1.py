#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Counts how many functions of tier 1 a program can be linked with.

Reads tests/facade/tier1.txt. A function is there when its address can be taken
in a program that includes every header of the façade and is linked with its
libraries, or when it is a macro. Run by CTest (test "facade_tier1"), which fails
when a function that was there is there no more (--missing lists those that are
not yet).
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile


def functions_of(path):
    for line in path.read_text().splitlines():
        if not line.startswith("#"):
            yield from line.split()


def program(names, headers):
    lines = [f"#include <{header}>" for header in headers]
    lines += ["#include <string.h>", "void app_main(void) {}", "void *addresses[] = {"]
    for name in names:
        lines += [f"#if !defined({name})", f"    (void *)&{name},", "#endif"]
    # A macro that stands for a function is looked through.
    return "\n".join(lines + ["    0};", "int main(void) { return addresses[0] != 0; }", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("libraries", nargs="*", help="what to link with")
    parser.add_argument("--cc", default="cc")
    parser.add_argument("--missing", action="append", default=[],
                        help="pattern of functions that are not there yet")
    arguments = parser.parse_args()
    root = arguments.root.resolve()
    include = root / "esp/include"
    headers = sorted(path.relative_to(include).as_posix() for path in include.rglob("*.h"))
    headers += [f"mbedtls/{name}.h" for name in
                ("sha256", "sha512", "md", "pk", "base64", "aes", "error")] + ["psa/crypto.h"]
    names = list(dict.fromkeys(functions_of(root / "tests/facade/tier1.txt")))
    expected_missing = [name for name in names
                        if any(re.fullmatch(pattern, name) for pattern in arguments.missing)]
    there = [name for name in names if name not in expected_missing]
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "tier1.c"
        source.write_text(program(there, headers))
        result = subprocess.run(
            [arguments.cc, "-std=gnu17", "-D_GNU_SOURCE", "-w", source,
             *[f"-I{root / path}" for path in ("esp/newlib", "esp/mbedtls", "esp/include",
                                               "esp/default_config")],
             "-o", f"{folder}/tier1", "-Wl,--start-group", *arguments.libraries, "-Wl,--end-group",
             "-lcjson", "-lmbedtls", "-lmbedcrypto", "-lstdc++", "-lpthread"],
            capture_output=True, text=True, check=False)
    if result.returncode != 0:
        print(result.stderr)
        sys.exit("a function of tier 1 is not there; its name is above")
    print(f"{len(there)} of {len(names)} functions of tier 1 are there "
          f"({100 * len(there) // len(names)} %)")
    if expected_missing:
        print("not yet: " + " ".join(expected_missing))


if __name__ == "__main__":
    main()
