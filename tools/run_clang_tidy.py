#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs clang-tidy over the project's sources that a build compiles, in parallel.

A file that was clean is not looked at again until its text, a project header
that it reaches, its compiler flags, .clang-tidy or clang-tidy's version change:
then its hash changes, and an empty file of that name in the cache no longer
answers for it. Run by ./dev lint; exits 1 when there is a warning.
"""

import argparse
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

from project_files import ROOT, project_files

TIDY = "clang-tidy-16"
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)
PRECOMPILED = re.compile(r"-Winvalid-pch|-include \S*cmake_pch\S*")
KEEP_SECONDS = 30 * 24 * 3600
# In tests only what finds real faults: the rest costs ten times the compiler's
# time on GoogleTest's headers and tells nothing that the test run does not.
TEST_CHECKS = ("-*,bugprone-use-after-move,bugprone-dangling-handle,bugprone-unused-raii,"
               "bugprone-infinite-loop,bugprone-assert-side-effect,bugprone-copy-constructor-init,"
               "bugprone-undelegated-constructor,clang-diagnostic-*,readability-identifier-naming")
# Clang's analyzer walks every path, of the libraries too: minutes a file under
# CLI11, JSON and Beast. The core and the ports have light headers.
ANALYZED = ("src/", "ports/", "esp/")


@functools.cache
def reached(path):
    """The project's headers that a file includes, directly or not."""
    found = set()
    for name in INCLUDE.findall(path.read_text()):
        header = next((place / name for place in (ROOT / "include", ROOT) if (place / name).is_file()),
                      None)
        if header and header not in found:
            found |= {header} | reached(header)
    return frozenset(found)


def arguments_for(path):
    if path.name.endswith("_test.cc"):
        return [f"--checks={TEST_CHECKS}"]
    if not path.relative_to(ROOT).as_posix().startswith(ANALYZED):
        return ["--checks=-clang-analyzer-*"]
    return []


def fingerprint(path, flags, common):
    """Changes with all that clang-tidy's answer depends on."""
    digest = hashlib.sha256(common)
    digest.update(repr((flags, arguments_for(path))).encode())
    for part in [path] + sorted(reached(path)):
        digest.update(part.relative_to(ROOT).as_posix().encode() + b"\0" + part.read_bytes())
    return digest.hexdigest()


def examine(path, tidied, stamp):
    """What clang-tidy says about one file; None when it is clean."""
    result = subprocess.run([TIDY, "-p", tidied, "--quiet",
                             "--extra-arg=-Wno-unknown-warning-option", *arguments_for(path), path],
                            capture_output=True, text=True, check=False)
    if result.returncode == 0 and not result.stdout.strip():
        stamp.touch()
        return None
    return result.stdout + (result.stderr if result.returncode else "")


def compiled_files(build, database):
    """The project's own sources in the build, each with its flags. Writes them
    to `database`, a compile_commands.json without precompiled headers: those of
    the build are GCC's, and without them a missing #include is seen."""
    own = {ROOT / name for name in project_files(ROOT)}
    files, entries = {}, []
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
        if path in own and path not in files:
            entry["command"] = PRECOMPILED.sub("", entry["command"])
            entries.append(entry)
            files[path] = entry["command"].replace(str(build), "BUILD").replace(str(ROOT), "ROOT")
    database.write_text(json.dumps(entries))
    return files


def forget_old(cache):
    for stamp in cache.iterdir():
        if time.time() - stamp.stat().st_mtime > KEEP_SECONDS:
            stamp.unlink(missing_ok=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path, help="folder with compile_commands.json")
    parser.add_argument("--cache", type=pathlib.Path, help="folder of the hashes of clean files")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    args = parser.parse_args()
    if not shutil.which(TIDY):
        sys.exit(f"{TIDY} is not installed: run ./dev setup lint")
    build = args.build.resolve()
    cache = (args.cache or build / "clang-tidy-clean").resolve()
    cache.mkdir(parents=True, exist_ok=True)
    forget_old(cache)

    version = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
    common = version + (ROOT / ".clang-tidy").read_bytes()
    tidied = build / "clang-tidy"
    tidied.mkdir(exist_ok=True)
    files = compiled_files(build, tidied / "compile_commands.json")
    stamps = {path: cache / fingerprint(path, flags, common) for path, flags in files.items()}
    known = {path for path, stamp in stamps.items() if stamp.exists()}
    for path in known:
        stamps[path].touch()

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        todo = {pool.submit(examine, path, tidied, stamps[path]): path
                for path in sorted(files.keys() - known)}
        for future in concurrent.futures.as_completed(todo):
            if future.result() is not None:
                failed += 1
                print(f"{todo[future].relative_to(ROOT)}:\n{future.result()}", flush=True)
    print(f"clang-tidy: {len(files)} files, {len(known)} of them unchanged since they were clean, "
          f"{failed} with warnings")
    if not files:
        sys.exit(f"{build} compiles none of the project's files: run ./dev build first")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
