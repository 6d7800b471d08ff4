# SPDX-License-Identifier: Apache-2.0
"""SWUpdate on the same work: a signed container with one encrypted raw image, streamed
over HTTPS into a file as large as the slot. Debian builds it for AES-256-CBC and CMS
signatures. It knows no option for the authority of a download, so it sees the
benchmark's in the place of the system's, in a mount namespace of its own; that takes
root. It never syncs."""

import hashlib
import os
import shutil
import subprocess

from measure import run

PROGRAM = shutil.which("swupdate", path="/usr/bin:/usr/local/bin")
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"

DESCRIPTION = """software = {{
  version = "2.0.0";
  hardware-compatibility = ["1.0"];
  images: ({{
    filename = "{name}"; device = "{slot}"; type = "raw"; installed-directly = true;
    encrypted = true; ivt = "{vector}"; sha256 = "{digest}";
  }});
}}
"""


def why_not():
    """None when it can be measured here, else the reason."""
    if PROGRAM is None or shutil.which("cpio") is None:
        return "swupdate or cpio is not installed: ./dev setup bench"
    done = subprocess.run(["unshare", "--mount", "true"], capture_output=True)
    if done.returncode != 0:
        return "it needs root, for a mount namespace with the benchmark's authority"
    return None


def make_keys(folder):
    run("openssl", "req", "-x509", "-newkey", "rsa:3072", "-nodes", "-days", "2",
        "-subj", "/CN=bench", "-addext", "keyUsage=digitalSignature",
        "-addext", "extendedKeyUsage=emailProtection",
        "-keyout", folder / "swupdate.key", "-out", folder / "swupdate.pem")
    (folder / "swupdate.aes").write_text(f"{os.urandom(32).hex()} {os.urandom(16).hex()}\n")


def make_container(folder, www, image, size_mib):
    """The container of `image` in `www`, and the file that stands for its slot."""
    key, vector = (folder / "swupdate.aes").read_text().split()
    parts = folder / "swupdate"
    parts.mkdir()
    encrypted, description = parts / "image.enc", parts / "sw-description"
    run("openssl", "enc", "-aes-256-cbc", "-K", key, "-iv", vector, "-in", image,
        "-out", encrypted)
    slot = folder / f"device_swupdate_{size_mib}" / "slot"
    slot.parent.mkdir()
    with open(encrypted, "rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    description.write_text(DESCRIPTION.format(name=encrypted.name, slot=slot, vector=vector,
                                              digest=digest))
    run("openssl", "cms", "-sign", "-in", description, "-out", parts / "sw-description.sig",
        "-signer", folder / "swupdate.pem", "-inkey", folder / "swupdate.key",
        "-outform", "DER", "-nosmimecap", "-binary")
    names = "sw-description\nsw-description.sig\nimage.enc\n"
    with open(www / f"swupdate_{size_mib}.swu", "wb") as out:
        subprocess.run(["cpio", "--quiet", "-o", "-H", "crc"], input=names.encode(), stdout=out,
                       cwd=parts, check=True)
    shutil.rmtree(parts)
    with open(slot, "wb") as out:  # of real blocks, as our device's flash has
        os.posix_fallocate(out.fileno(), 0, (size_mib + 1) << 20)


def command(folder, server, size_mib):
    update = [PROGRAM, "-M", "-m", "-H", "bench:1.0", "-l", "1", "-k", folder / "swupdate.pem",
              "--ca-path", folder / "swupdate.pem", "-K", folder / "swupdate.aes",
              "-d", f"-r 1 -u {server.url}swupdate_{size_mib}.swu"]
    script = f'mount --bind "$0" {AUTHORITIES} && exec "$@"'
    return ["unshare", "--mount", "sh", "-c", script, server.ca, *update]
