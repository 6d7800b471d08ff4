# SPDX-License-Identifier: Apache-2.0
"""What is measured: images, devices, and the commands of each subject."""

import json
import os
import pathlib
import shutil
import subprocess
from dataclasses import dataclass

import swupdate
from measure import run

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOOL = ROOT / "build/bin/updraft"
MIB = 1 << 20
RANGE = 64 * 1024


@dataclass
class Subject:
    work: str
    name: str
    pipelines: list


def make_keys(folder):
    run(TOOL, "key", "new", "rsa-3072", folder / "rsa.pem")
    run(TOOL, "key", "new", "sign-rsa-3072", folder / "sign.pem")
    run(TOOL, "image", "make", folder / "unsigned.bin", "--chip", "native",
        "--executable", "/bin/true", "--version", "1.0.0", "--project-name", "bench")
    run(TOOL, "image", "sign", folder / "unsigned.bin", folder / "old.bin",
        "--key", folder / "sign.pem")
    swupdate.make_keys(folder)


def make_images(folder, www, size_mib, with_swupdate):
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
    if with_swupdate:
        swupdate.make_container(folder, www, plain, size_mib)
    for file in (payload, plain, signed):
        file.unlink()


def make_device(folder, name, size_mib, signed):
    device = folder / name
    table = folder / "bench.csv"
    slot = f"{size_mib + 1}M"
    table.write_text("nvs,data,nvs,,0x3000\notadata,data,ota,,0x2000\nupdraft,0x40,0x00,,0x2000\n"
                     f"factory,app,factory,0x10000,1M\nota_0,app,ota_0,,{slot}\n")
    flash = 1 << ((size_mib + 4) * MIB - 1).bit_length()
    run(TOOL, "device", "new", device, "--flash-size", flash, "--partitions", table)
    run(TOOL, "device", "install", device, folder / "old.bin", "--slot", "factory")
    subprocess.run([TOOL, "boot", device], check=True, capture_output=True)
    if signed:
        settings = json.loads((device / "device.json").read_text())
        settings["signature"] = "on-update"
        (device / "device.json").write_text(json.dumps(settings))
    return device


def subjects(folder, server, size_mib, with_swupdate):
    out = folder / "download"
    curl = ["curl", "-sS", "--cacert", server.ca]
    plain = f"{server.url}plain_{size_mib}.bin"
    encrypted = f"{server.url}encrypted_{size_mib}.bin"
    decrypt = [TOOL, "image", "decrypt", "-", folder / "rsa.pem", "-", "--unsafe-stream"]
    digest = ["openssl", "dgst", "-sha256"]
    rows = [
        Subject("plain", "curl -o", [[[*curl, "-o", out, plain]]]),
        Subject("plain", "curl -o; sync", [[[*curl, "-o", out, plain]], [["sync", "-d", out]]]),
        Subject("plain", "curl -o; sha256sum", [[[*curl, "-o", out, plain]], [["sha256sum", out]]]),
        Subject("plain", "curl | dgst", [[[*curl, plain], digest]]),
        Subject("encrypted", "curl | decrypt | dgst", [[[*curl, encrypted], decrypt, digest]]),
    ]
    for work in ("plain", "encrypted", "encrypted+signed", "partial"):
        device = make_device(folder, f"device_{work}_{size_mib}", size_mib, "signed" in work)
        image = "plain" if work == "partial" else work
        update = [TOOL, "device", "update", device, "--ca", server.ca,
                  "--url", f"{server.url}{image}_{size_mib}.bin"]
        if work.startswith("encrypted"):
            update += ["--key", folder / "rsa.pem"]
        if work == "partial":
            update += ["--range-size", RANGE]
        rows.append(Subject(work, "updraft", [[update]]))
        if work == "encrypted+signed" and with_swupdate:
            rows.append(Subject(work, "SWUpdate", [[swupdate.command(folder, server, size_mib)]]))
    return rows
