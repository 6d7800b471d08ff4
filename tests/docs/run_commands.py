#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs what README and guides tell people to type.

Of each page the blocks ```sh are run, in order, by `sh -eu` in one scratch folder
with the built tool on PATH; in a block ```console the lines that begin with "$ " are
run, and what they print is compared ("…" stands for anything in a line). Blocks of
any other kind are not run. Prints how many commands ran; exits 1 at the first fault.
"""

import argparse
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```(sh|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(script):
    """How many a reader would count: lines that are neither comment nor inside."""
    lines = re.sub(r"\\\n", " ", script).splitlines()
    return sum(1 for line in lines if line and not line.startswith((" ", "#", "}")))


def run(shell, script):
    """Runs the script and gives its exit code and what it said."""
    # Not a pipe: what a page leaves running in the background would hold it open.
    with tempfile.TemporaryFile("w+") as said:
        done = subprocess.run(["sh", "-eu", "-c", script], cwd=shell["folder"], env=shell["env"],
                              stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT,
                              timeout=120, check=False)
        said.seek(0)
        return done.returncode, said.read()


def matches(expected, found):
    """Line by line; "…" is any text within one."""
    pattern = ".*".join(re.escape(part) for part in expected.split("…"))
    return re.fullmatch(pattern, found) is not None


def run_console(shell, block, where):
    """Each "$ " line is run, and must print what follows it."""
    count = 0
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        _, said = run(shell, command)
        count += 1
        if not matches(expected, said):
            sys.exit(f"{where}: {command}\nexpected:\n{expected}\nfound:\n{said}")
    return count


def run_page(page, tool):
    """All of one page in a scratch folder; the number of commands."""
    count = 0
    text = page.read_text()
    with tempfile.TemporaryDirectory(prefix="updraft-docs-") as folder:
        env = {**os.environ, "PATH": f"{tool}:{os.environ['PATH']}", "HOME": folder, "LC_ALL": "C.UTF-8"}
        shell = {"folder": folder, "env": env}
        try:
            for found in BLOCK.finditer(text):
                line = text[:found.start()].count("\n") + 1
                where = f"{page}:{line}"
                if found[1] == "console":
                    count += run_console(shell, found[2], where)
                    continue
                code, said = run(shell, found[2])
                count += commands(found[2])
                if code != 0:
                    sys.exit(f"{where}: ended with {code}:\n{found[2]}\n{said}")
        finally:
            # What a page leaves running in the background it notes here.
            for noted in pathlib.Path(folder).glob("*.pid"):
                try:
                    os.kill(int(noted.read_text()), signal.SIGTERM)
                except (ValueError, ProcessLookupError):
                    pass
    return count


def main():
    """See above."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tool", help="the folder of the built tool")
    parser.add_argument("pages", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    total = 0
    for page in arguments.pages:
        count = run_page(page, os.path.abspath(arguments.tool))
        print(f"{page.name}: {count} commands")
        total += count
    print(f"{total} commands of {len(arguments.pages)} pages")
    if total == 0:
        sys.exit("expected commands to run, found none")


main()
