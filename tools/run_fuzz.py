#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the fuzz targets of a build and tells how each went.

Each target begins with its seeds in fuzz/corpus/TARGET and with what earlier runs
found (BUILD/corpus/TARGET), and runs for so many seconds. A finding ends the
target: its input is kept in BUILD/found, and the line says how to run it again.
Exits 1 when there is one. `./dev fuzz` calls this.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys

from project_files import ROOT

LONGEST_INPUT = 25  # seconds; what takes longer is a finding too


def targets_of(root):
    return sorted(path.name.removesuffix("_fuzz.cc") for path in (root / "fuzz").glob("*_fuzz.cc"))


def number_of(name, log):
    found = re.search(rf"stat::{name}:\s+(\d+)", log)
    return int(found.group(1)) if found else 0


def coverage_of(log):
    found = re.findall(r"cov: (\d+)", log)
    return int(found[-1]) if found else 0


class Run:
    def __init__(self, root, build, target, seconds, random):
        self.target, self.seconds, self.random = target, seconds, random
        self.program = build / "bin" / f"fuzz_{target}"
        self.corpus = build / ("corpus" if random is None else "corpus-again") / target
        self.found = build / "found"
        self.log = build / "fuzz-logs" / f"{target}.log"
        self.seeds = root / "fuzz" / "corpus" / target

    def go(self):
        for folder in (self.corpus, self.found, self.log.parent):
            folder.mkdir(parents=True, exist_ok=True)
        if self.random is not None:
            shutil.rmtree(self.corpus)
            self.corpus.mkdir()
        command = [self.program, f"-seed={self.random or 0}", f"-max_total_time={self.seconds}", f"-timeout={LONGEST_INPUT}",
                   "-rss_limit_mb=2048", "-print_final_stats=1",
                   f"-artifact_prefix={self.found}/{self.target}-", self.corpus, self.seeds]
        environment = dict(os.environ)
        if os.access("/dev/shm", os.W_OK):
            environment.setdefault("TMPDIR", "/dev/shm")
        with self.log.open("w") as log:
            result = subprocess.run([str(word) for word in command], stdout=log,
                                    stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                    env=environment, check=False)
        text = self.log.read_text(errors="replace")
        line = (f"{self.target:<20} {number_of('number_of_executed_units', text):>10} runs "
                f"{number_of('average_exec_per_sec', text):>7}/s "
                f"{coverage_of(text):>6} edges {self.seconds:>5} s  ")
        if result.returncode == 0:
            return True, line + "nothing found"
        kept = "Test unit written to" in text
        if result.returncode < 0 and not kept:
            return False, line + f"stopped by signal {-result.returncode}; nothing found"
        return False, line + self.finding(text)

    def finding(self, text):
        promise = re.search(r"a promise is broken: .*|SUMMARY: .*|ALARM: .*", text)
        kept = re.search(r"Test unit written to (\S+)", text)
        again = f"\n    again: {self.program} {kept.group(1)}" if kept else ""
        return f"FOUND {promise.group(0) if promise else 'see the log'}\n    log: {self.log}{again}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path, help="folder of the preset asan")
    parser.add_argument("--target", help="one target alone")
    parser.add_argument("--seconds", type=int, default=60, help="for each target (default 60)")
    parser.add_argument("--random", type=int, metavar="NUMBER",
                        help="where chance begins: the same number from the seeds alone, not from "
                        "what earlier runs found, makes the same inputs in the same order")
    parser.add_argument("--jobs", type=int, default=1, help="so many targets at a time")
    arguments = parser.parse_args()
    known = targets_of(ROOT)
    if arguments.target and arguments.target not in known:
        sys.exit(f"fuzz: expected one of {', '.join(known)}, found '{arguments.target}'")
    chosen = [arguments.target] if arguments.target else known
    build = arguments.build.resolve()
    sound = True
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        runs = [Run(ROOT, build, target, arguments.seconds, arguments.random) for target in chosen]
        for passed, line in pool.map(Run.go, runs):
            print(line, flush=True)
            sound = sound and passed
    sys.exit(0 if sound else 1)


if __name__ == "__main__":
    main()
