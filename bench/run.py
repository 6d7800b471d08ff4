#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""./dev bench: whole updates by the tool against curl over the same loopback
TLS server, interleaved in rounds; prints medians, writes JSON. Ratios within one
run mean something, the milliseconds are this machine's."""

import argparse
import json
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOOL = ROOT / "build/bin/updraft"
MIB = 1 << 20


def run(*command):
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)


def measure(commands):
    """Wall, CPU and peak memory of commands run one after another."""
    peak, started = 0, time.monotonic()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for command in commands:
        process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE)
        error = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"bench: {command} ended with {process.returncode}: {error.decode()}")
        peak = max(peak, usage.ru_maxrss)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return (time.monotonic() - started) * 1000, cpu * 1000, peak / 1024


class Server:
    """`updraft serve` in a process of its own."""

    def __init__(self, folder, www):
        self.ca = folder / "ca.pem"
        port_file = folder / "port"
        self.log = open(folder / "access.log", "w", encoding="utf-8")
        self.process = subprocess.Popen(
            [TOOL, "serve", www, "--ca-out", self.ca, "--port-file", port_file],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        if not self.process.stdout.readline().startswith("serving"):
            sys.exit("bench: the server did not start")
        self.url = f"https://localhost:{port_file.read_text().strip()}/"

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()


def make_images(folder, www, size_mib):
    payload = folder / "payload"
    with open(payload, "wb") as out:
        for _ in range(size_mib):
            out.write(os.urandom(MIB))
    plain = folder / f"plain_{size_mib}.bin"
    run(TOOL, "image", "make", plain, "--chip", "native", "--executable", payload,
        "--version", "2.0.0", "--project-name", "bench")
    signed = folder / f"signed_{size_mib}.bin"
    run(TOOL, "image", "sign", plain, signed, "--key", folder / "sign.pem")
    shutil.copy(plain, www / plain.name)
    run(TOOL, "image", "encrypt", plain, folder / "rsa.pem", www / f"encrypted_{size_mib}.bin")
    run(TOOL, "image", "encrypt", signed, folder / "rsa.pem",
        www / f"encrypted+signed_{size_mib}.bin")
    payload.unlink()
    plain.unlink()
    signed.unlink()


def make_device(folder, name, size_mib, signed):
    device = folder / name
    table = folder / "bench.csv"
    slot = f"{size_mib + 1}M"
    table.write_text("nvs,data,nvs,,0x3000\notadata,data,ota,,0x2000\n"
                     f"factory,app,factory,0x10000,{slot}\nota_0,app,ota_0,,{slot}\n")
    flash = 1 << ((2 * (size_mib + 1) + 1) * MIB - 1).bit_length()
    run(TOOL, "device", "new", device, "--flash-size", flash, "--partitions", table)
    run(TOOL, "device", "install", device, folder / "old.bin", "--slot", "factory")
    subprocess.run([TOOL, "boot", device], check=True, capture_output=True)
    if signed:
        settings = json.loads((device / "device.json").read_text())
        settings["signature"] = "on-update"
        (device / "device.json").write_text(json.dumps(settings))
    return device


def subjects(folder, server, size_mib):
    """name of the work, of the subject, and its commands."""
    out = folder / "download"
    curl = ["curl", "-sS", "--cacert", server.ca, "-o", out]
    plain = f"{server.url}plain_{size_mib}.bin"
    rows = [("plain", "curl -o", [curl + [plain]]),
            ("plain", "curl -o; sha256sum", [curl + [plain], ["sha256sum", out]])]
    for work in ("plain", "encrypted", "encrypted+signed"):
        device = make_device(folder, f"device_{work}_{size_mib}", size_mib, "signed" in work)
        update = [TOOL, "device", "update", device, "--ca", server.ca,
                  "--url", f"{server.url}{work}_{size_mib}.bin"]
        rows.append((work, "updraft",
                     [update + ([] if work == "plain" else ["--key", folder / "rsa.pem"])]))
    return rows


def bench(folder, server, sizes, rounds):
    table = []
    for size_mib in sizes:
        rows = subjects(folder, server, size_mib)
        samples = {row[:2]: [] for row in rows}
        for turn in range(rounds + 1):
            for work, subject, commands in rows:
                figures = measure(commands)
                if turn > 0:  # the first round warms up
                    samples[work, subject].append(figures)
        reference = statistics.median(wall for wall, _, _ in samples["plain", "curl -o"])
        for (work, subject), taken in samples.items():
            wall, cpu, peak = (statistics.median(column) for column in zip(*taken))
            walls = [sample[0] for sample in taken]
            table.append({"work": work, "subject": subject, "size_mib": size_mib,
                          "wall_ms": round(wall, 1), "wall_ms_min": round(min(walls), 1),
                          "wall_ms_max": round(max(walls), 1), "cpu_ms": round(cpu, 1),
                          "peak_rss_mib": round(peak, 1),
                          "ratio_to_curl": round(wall / reference, 3)})
        for device in folder.glob("device_*"):
            shutil.rmtree(device)
    return table


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", metavar="FILE", help="write the rows there")
    parser.add_argument("--rounds", type=int, default=7, help="after a warm-up (default 7)")
    parser.add_argument("--sizes", default="1,16,256", help="MiB (default 1,16,256)")
    arguments = parser.parse_args()
    sizes = [int(size) for size in arguments.sizes.split(",")]
    with tempfile.TemporaryDirectory(prefix="updraft-bench-") as name:
        folder = pathlib.Path(name)
        www = folder / "www"
        www.mkdir()
        run(TOOL, "key", "new", "rsa-3072", folder / "rsa.pem")
        run(TOOL, "key", "new", "sign-rsa-3072", folder / "sign.pem")
        run(TOOL, "image", "make", folder / "unsigned.bin", "--chip", "native",
            "--executable", "/bin/true", "--version", "1.0.0", "--project-name", "bench")
        run(TOOL, "image", "sign", folder / "unsigned.bin", folder / "old.bin",
            "--key", folder / "sign.pem")
        for size_mib in sizes:
            make_images(folder, www, size_mib)
        server = Server(folder, www)
        try:
            table = bench(folder, server, sizes, arguments.rounds)
        finally:
            server.stop()
    print(f"{'work':<18}{'subject':<20}{'MiB':>5}{'wall ms':>10}{'min..max':>18}{'cpu ms':>9}"
          f"{'peak MiB':>10}{'x curl -o':>11}")
    for row in table:
        spread = f"{row['wall_ms_min']}..{row['wall_ms_max']}"
        print(f"{row['work']:<18}{row['subject']:<20}{row['size_mib']:>5}{row['wall_ms']:>10}"
              f"{spread:>18}{row['cpu_ms']:>9}{row['peak_rss_mib']:>10}"
              f"{row['ratio_to_curl']:>11}")
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps({"rows": table}, indent=1) + "\n")


if __name__ == "__main__":
    main()
