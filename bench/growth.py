# SPDX-License-Identifier: Apache-2.0
"""./dev bench --growth: what a gateway's update of a raw slot takes from 1 MiB to 4 GiB,
beside `curl -o` of the same file. The gateway syncs the slot, reads it back and compares
its SHA-256; curl only writes. Needs 13 GiB of disk for the 4 GiB."""

import json
import os
import pathlib
import shutil
import statistics
import sys

from measure import cpu_ms_of, measure
from work import MIB, TOOL

SIZES = (1, 16, 256, 1024, 4096)


def make_file(path, size_mib):
    """Not all alike, and made as quickly as the disk takes it."""
    piece = os.urandom(MIB)
    with open(path, "wb") as out:
        for number in range(size_mib):
            out.write(number.to_bytes(8, "little") + piece[8:])


def make_gateway(folder, server, name):
    """A gateway that was never updated, its slots files that are there already."""
    home = folder / "device_gateway"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    configuration = home / "app.json"
    configuration.write_text(json.dumps({
        "url": server.url + name, "ca": str(server.ca), "state": str(home / "state"),
        "slots": [str(home / "a"), str(home / "b")],
        "health": ["true"], "health_deadline": 1}))
    return [TOOL, "gateway", "run", configuration, "--once"]


def bench(folder, server, www, sizes, rounds):
    table = []
    for size_mib in sizes:
        name = f"growth_{size_mib}.bin"
        make_file(www / name, size_mib)
        out = folder / "download"
        curl = ["curl", "-sS", "--cacert", server.ca, "-o", out, server.url + name]
        taken = {"curl -o": [], "updraft gateway": []}
        for turn in range(rounds + 1):
            out.unlink(missing_ok=True)
            update = make_gateway(folder, server, name)
            for subject, command in (("curl -o", curl), ("updraft gateway", update)):
                before = cpu_ms_of(server.process.pid)
                figures = measure([[command]], folder)
                if turn > 0:  # the first round warms up
                    taken[subject].append((figures, cpu_ms_of(server.process.pid) - before))
            if sys.stderr.isatty():
                print(f"\rgrowth: {size_mib} MiB: round {turn} of {rounds} ", end="", file=sys.stderr)
        reference = statistics.median(figures.wall_ms for figures, _ in taken["curl -o"])
        for subject, samples in taken.items():
            figures = [one for one, _ in samples]
            walls = [one.wall_ms for one in figures]
            table.append({
                "work": "growth", "subject": subject, "size_mib": size_mib,
                "server": server.name, "wall_ms": round(statistics.median(walls), 1),
                "wall_ms_min": round(min(walls), 1), "wall_ms_max": round(max(walls), 1),
                "cpu_ms": round(statistics.median(one.cpu_ms for one in figures), 1),
                "server_cpu_ms": round(statistics.median(server_cpu for _, server_cpu in samples), 1),
                "peak_rss_mib": round(statistics.median(one.peak_rss_mib for one in figures), 1),
                "ratio_to_curl": round(statistics.median(walls) / reference, 3)})
        for file in (www / name, out):
            pathlib.Path(file).unlink()
        shutil.rmtree(folder / "device_gateway")
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return table
