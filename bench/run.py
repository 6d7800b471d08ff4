#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""./dev bench: whole updates by the tool against curl and pipelines over the same
loopback TLS server, interleaved in rounds; prints medians, writes JSON and a plot.
Ratios within one run mean something, the milliseconds are this machine's."""

import argparse
import json
import pathlib
import shutil
import statistics
import sys
import tempfile

import growth
import report
import servers
import swupdate
import work
from measure import cpu_ms_of, measure


def median(values):
    return round(statistics.median(values), 1)


def bench_size(folder, server, size_mib, rounds, with_swupdate):
    rows = work.subjects(folder, server, size_mib, with_swupdate)
    samples = [[] for _ in rows]
    for turn in range(rounds + 1):
        for row, taken in zip(rows, samples):
            before = cpu_ms_of(server.process.pid)
            figures = measure(row.pipelines, folder)
            if turn > 0:  # the first round warms up
                taken.append((figures, cpu_ms_of(server.process.pid) - before))
        if sys.stderr.isatty():
            print(f"\rbench: {size_mib} MiB from {server.name}: round {turn} of {rounds} ",
                  end="", file=sys.stderr)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    reference = statistics.median(figures.wall_ms for figures, _ in samples[0])
    table = []
    for row, taken in zip(rows, samples):
        walls = [figures.wall_ms for figures, _ in taken]
        table.append({
            "work": row.work, "subject": row.name, "size_mib": size_mib, "server": server.name,
            "wall_ms": median(walls), "wall_ms_min": round(min(walls), 1),
            "wall_ms_max": round(max(walls), 1),
            "cpu_ms": median([figures.cpu_ms for figures, _ in taken]),
            "server_cpu_ms": median([server_cpu for _, server_cpu in taken]),
            "peak_rss_mib": median([figures.peak_rss_mib for figures, _ in taken]),
            "ratio_to_curl": round(statistics.median(walls) / reference, 3)})
    for device in folder.glob("device_*"):
        shutil.rmtree(device)
    return table


def main():
    parser = argparse.ArgumentParser(
        prog="./dev bench", description=__doc__,
        epilog="example: ./dev bench --sizes 1,16 --rounds 9 --json rows.json --plot walls.svg")
    parser.add_argument("--json", metavar="FILE", help="write the rows there")
    parser.add_argument("--plot", metavar="FILE", help="draw wall time against size, as SVG")
    parser.add_argument("--rounds", type=int, default=7, help="after a warm-up (default 7)")
    parser.add_argument("--sizes", help="MiB (default 1,16,256)")
    parser.add_argument("--full", action="store_true", help="sizes 1,4,16,256,1024")
    parser.add_argument("--growth", action="store_true",
                        help="instead: a gateway's raw slot, 1 MiB to 4 GiB (or --sizes)")
    parser.add_argument("--server", choices=("nginx", "updraft"), default="nginx",
                        help="who serves (default nginx)")
    arguments = parser.parse_args()
    sizes = [int(size) for size in
             (arguments.sizes or ("1,4,16,256,1024" if arguments.full else "1,16,256")).split(",")]
    if arguments.server == "nginx" and servers.NGINX is None:
        sys.exit("bench: nginx is not installed: ./dev setup test, or --server updraft")
    if arguments.growth and not arguments.sizes:
        sizes = growth.SIZES
    reason = swupdate.why_not()
    if reason and not arguments.growth:
        print(f"bench: SWUpdate is left out: {reason}", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="updraft-bench-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        www = folder / "www"
        www.mkdir()
        work.make_keys(folder)
        if arguments.server == "nginx":
            server = servers.Nginx(folder / "nginx", www)
        else:
            server = servers.Updraft(folder / "serve", www, work.TOOL)
        rows = []
        try:
            if arguments.growth:
                rows = growth.bench(folder, server, www, sizes, arguments.rounds)
                sizes = []
            for size_mib in sizes:
                work.make_images(folder, www, size_mib, not reason)
                rows += bench_size(folder, server, size_mib, arguments.rounds, not reason)
                for image in www.iterdir():
                    image.unlink()
        finally:
            server.stop()
    report.print_table(rows)
    report.print_against(rows, "encrypted+signed", "SWUpdate")
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps({"rows": rows}, indent=1) + "\n")
    if arguments.plot:
        report.plot(rows, pathlib.Path(arguments.plot))


if __name__ == "__main__":
    main()
