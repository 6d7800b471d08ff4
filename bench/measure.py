# SPDX-License-Identifier: Apache-2.0
"""Runs commands and tells what they took: wall time, CPU time, peak memory."""

import os
import pathlib
import subprocess
import sys
import time
from dataclasses import dataclass

MEASURED = pathlib.Path(__file__).resolve().parent.parent / "build/bin/measured"


@dataclass
class Figures:
    wall_ms: float
    cpu_ms: float
    peak_rss_mib: float


def run(*command):
    """A step of the preparation; its failure ends the benchmark."""
    done = subprocess.run([str(part) for part in command], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"bench: {command} ended with {done.returncode}: {done.stderr}")


def measure(pipelines, folder):
    """Pipelines, each a list of commands joined by pipes, one after another. CPU time
    is that of all, peak memory that of the largest process."""
    notes, started = [], time.monotonic()
    for pipeline in pipelines:
        processes, source = [], subprocess.DEVNULL
        for command in pipeline:
            last = len(processes) == len(pipeline) - 1
            notes.append(folder / f"measured_{len(notes)}")
            process = subprocess.Popen(
                [str(part) for part in (MEASURED, notes[-1], *command)], stdin=source,
                stdout=subprocess.DEVNULL if last else subprocess.PIPE, stderr=subprocess.PIPE)
            if source != subprocess.DEVNULL:
                source.close()
            source = process.stdout
            processes.append((command, process))
        for command, process in processes:
            error = process.stderr.read()
            if process.wait() != 0:
                sys.exit(f"bench: {command} ended with {process.returncode}: {error.decode()}")
    wall = (time.monotonic() - started) * 1000
    figures = [[int(number) for number in note.read_text().split()] for note in notes]
    return Figures(wall, sum(micros for micros, _ in figures) / 1000,
                   max(kib for _, kib in figures) / 1024)


def cpu_ms_of(pid):
    """CPU time of a process and of all its children that live, so far."""
    total, tick = 0, os.sysconf("SC_CLK_TCK")
    pids = [pid]
    while pids:
        one = pids.pop()
        try:
            with open(f"/proc/{one}/stat", encoding="ascii", errors="replace") as stat:
                fields = stat.read().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
            with open(f"/proc/{one}/task/{one}/children", encoding="ascii") as children:
                pids += [int(child) for child in children.read().split()]
        except OSError:
            continue
    return total * 1000 / tick
