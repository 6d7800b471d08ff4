#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Measures what an update costs a device: Mbed TLS is built from the distribution's
source package with ports/mbedtls/config-device.h, once for each size of its receive
buffer, and updates a device in RAM from `updraft serve` on loopback, in fixed memory.
What a session takes is measured in a program of 32 bits, optimized for size, as a device
has it (where this compiler makes none: of 64 bits, and the table says so).
Prints a table, with --json one object. Run by ./dev device-profile.

The source is fetched by apt-get with a configuration of its own below the build
folder (deb-src added there); the machine's lists and settings are not changed.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import ssl
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = "/etc/apt/sources.list", "/etc/apt/sources.list.d"
RECORD_CONTENT = 4096
# What is left of a record for the range, when the head of the answer is in it too.
SMALL_RANGE = RECORD_CONTENT - 512
HANDSHAKES = 40
# In bytes of 32-bit code. A larger one fails: the promise of docs/performance.md.
LARGEST_OURS = 4096
LARGEST_SESSION = 24 * 1024


def fail(text):
    sys.exit(f"device-profile: {text}")


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          check=False, stdin=subprocess.DEVNULL, **options)
    if done.returncode != 0:
        fail(f"{' '.join(map(str, command[:3]))}... failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def source_lists(folder):
    """Copies of the machine's Debian sources, as deb-src."""
    count = 0
    paths = [pathlib.Path(SOURCES[0]), *sorted(pathlib.Path(SOURCES[1]).glob("*"))]
    for path in paths:
        if not path.is_file() or path.suffix not in (".list", ".sources"):
            continue
        text = path.read_text()
        if "debian.org" not in text:
            continue
        text = re.sub(r"(?m)^Types:.*$", "Types: deb-src", text)
        text = re.sub(r"(?m)^deb\b", "deb-src", text)
        (folder / f"{count}{path.suffix}").write_text(text)
        count += 1
    if count == 0:
        fail("no Debian source is named in /etc/apt: expected one with 'debian.org'; "
             "give the unpacked source of Mbed TLS 2.28 with --source")


def fetch_source(folder):
    """The unpacked source of the distribution's mbedtls."""
    unpacked = folder / "mbedtls"
    if (unpacked / "library").is_dir():
        return unpacked
    if shutil.which("apt-get") is None:
        fail("this machine has no apt-get: give the unpacked source of Mbed TLS 2.28 by --source")
    for name in ("lists/partial", "cache/archives/partial", "sources.d", "download"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    source_lists(folder / "sources.d")
    settings = folder / "apt.conf"
    settings.write_text(f"""
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "{folder}/sources.d";
Dir::State::lists "{folder}/lists";
Dir::Cache "{folder}/cache";
APT::Sandbox::User "";
""")
    print("device-profile: fetching the source of mbedtls (apt-get source)", file=sys.stderr)
    environment = {**os.environ, "APT_CONFIG": str(settings)}
    run("apt-get", "update", env=environment)
    run("apt-get", "source", "--download-only", "mbedtls", env=environment,
        cwd=folder / "download")
    archives = sorted((folder / "download").glob("mbedtls_2.28*.orig.tar.*"))
    if not archives:
        fail("apt-get source brought no mbedtls_2.28*.orig.tar: the distribution has another "
             "version; give the unpacked source of 2.28 by --source")
    partial = folder / "mbedtls.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    run("tar", "xf", archives[-1], "-C", partial, "--strip-components=1")
    # Debian's changes to the source, where it has any.
    series = sorted((folder / "download").glob("mbedtls_2.28*.debian.tar.*"))
    run("tar", "xf", series[-1], "-C", partial)
    patches = partial / "debian/patches/series"
    for name in patches.read_text().split() if patches.exists() else []:
        run("patch", "-p1", "-d", partial, "-i", patches.parent / name)
    partial.rename(unpacked)
    return unpacked


def build(folder, source, *options):
    launcher = shutil.which("ccache") or ""
    run("cmake", "-S", ROOT / "bench/device_profile", "-B", folder, "-G", "Ninja",
        "-DCMAKE_BUILD_TYPE=Release", f"-DMBEDTLS_SOURCE={source}", *options,
        f"-DCMAKE_C_COMPILER_LAUNCHER={launcher}", f"-DCMAKE_CXX_COMPILER_LAUNCHER={launcher}")
    run("cmake", "--build", folder, "--parallel", os.environ.get("UPDRAFT_JOBS", "2"))


def makes_32_bits(folder):
    """Whether the compiler links programs with pointers of 32 bits."""
    source = folder / "small.cc"
    source.write_text("int main() { return 0; }\n")
    return subprocess.run(["c++", "-m32", source, "-o", folder / "small"], capture_output=True,
                          check=False, stdin=subprocess.DEVNULL).returncode == 0


def print_ways(program, server):
    """The deepest ways down the stack: for each call its frame, function and line."""
    for name, range_size in (("encrypted.bin", 0), ("plain.bin", 0), ("encrypted.bin", SMALL_RANGE)):
        ways = run(program, "ways", server.port, server.ca, name, range_size, "honoured")
        for way in ways.splitlines():
            _, depth, *calls = way.split()
            print(f"{name}, {'ranges of %d' % range_size if range_size else 'whole'}: {depth} bytes")
            for address, frame in (call.split(":") for call in calls):
                place = run("addr2line", "-Cfse", program, address).splitlines()
                function = re.sub(r"\(anonymous namespace\)::|\(.*", "", place[0])
                print(f"  {frame:>5}  {function} ({place[1].split(' ')[0]})")


def parts_of(session):
    """What a session took: all, ours, and the stack below ours. Contexts of Mbed TLS are
    not ours, wherever they lie; session["update"] is without those within it."""
    ours = session["update"] + session["http"] + session["connection"] + session["our_stack"]
    theirs = session["peak_heap"] + session["contexts"] + session["contexts_within"]
    below = session["stack"] - session["our_stack"]
    return ours + theirs + below, ours, below


class Server:
    """`updraft serve` over a folder, with the P-256 certificate that it makes."""

    def __init__(self, tool, folder):
        self.folder = folder
        port_file, ca_file = folder / "port", folder / "ca.pem"
        self.process = subprocess.Popen(
            [tool, "serve", folder / "www", "--port-file", port_file, "--ca-out", ca_file],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True)
        # It says where it listens when all of its files are written.
        if not self.process.stdout.readline():
            fail("updraft serve does not start")
        self.port = port_file.read_text().strip()
        self.ca = folder / "ca.der"
        self.ca.write_bytes(ssl.PEM_cert_to_DER_cert(ca_file.read_text()))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate()


def figures(text):
    return {key: int(value) for key, value in re.findall(r"(?m)^(\w+) (\d+)$", text)}


def measure(programs, device, server):
    def update(program, name, range_size, limit):
        return figures(run(program, "update", server.port, server.ca, name, range_size, limit))

    large = update(programs[16384], "plain.bin", 0, "none")
    small = update(programs[RECORD_CONTENT], "plain.bin", 0, "honoured")
    session = update(device, "encrypted.bin", 0, "honoured")
    wide = update(programs[RECORD_CONTENT], "encrypted.bin", 0, "honoured")
    ranges = update(programs[RECORD_CONTENT], "encrypted.bin", SMALL_RANGE, "none")
    # A record that does not fit is refused, and said what to do about.
    refused = subprocess.run([programs[RECORD_CONTENT], "update", server.port, server.ca,
                              "plain.bin", "0", "none"], capture_output=True, text=True,
                             check=False)
    if refused.returncode == 0 or "MBEDTLS_SSL_IN_CONTENT_LEN 4096" not in refused.stdout:
        fail("a record of 16384 bytes was expected to be refused with what to set, found: "
             f"{refused.stdout}{refused.stderr}")
    for name, of in (("plain", small), ("encrypted", session), ("wide", wide),
                     ("ranges", ranges)):
        if of["heap_calls"] != 0:
            fail(f"{name}: expected no call of the heap between the first byte and the last, "
                 f"found {of['heap_calls']}")
    times = figures(run(programs[RECORD_CONTENT], "handshakes", server.port, server.ca,
                        HANDSHAKES))
    starved = run(programs[RECORD_CONTENT], "starved", server.port, server.ca)
    return large, small, session, wide, ranges, times, refused.stdout.strip(), starved.strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--source", type=pathlib.Path,
                        help="unpacked source of Mbed TLS 2.28, in place of apt-get source")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build-device",
                        help="folder to build in")
    parser.add_argument("--tool", type=pathlib.Path, default=ROOT / "build/bin/updraft",
                        help="the tool that serves")
    parser.add_argument("--stack", action="store_true",
                        help="print the deepest ways down our stack, call by call, and no more")
    parser.add_argument("--core-text", type=int, default=None, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    folder = arguments.build.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    source = arguments.source.resolve() if arguments.source else fetch_source(folder / "source")
    build(folder / "profile", source)
    programs = {length: folder / f"profile/profile_{length}" for length in (16384, RECORD_CONTENT)}
    device, bits = programs[RECORD_CONTENT], 64
    if makes_32_bits(folder):
        build(folder / "profile-32", source, "-DAS_DEVICE=ON")
        device, bits = folder / f"profile-32/profile_{RECORD_CONTENT}", 32
    else:
        print("device-profile: this compiler makes no programs of 32 bits (./dev setup cortexm "
              "installs what it needs): the session is measured with 64", file=sys.stderr)
    with tempfile.TemporaryDirectory() as scratch:
        www = pathlib.Path(scratch) / "www"
        www.mkdir()
        run(programs[RECORD_CONTENT], "image", www / "plain.bin")
        run(programs[RECORD_CONTENT], "encrypted", www / "encrypted.bin")
        with Server(arguments.tool, pathlib.Path(scratch)) as server:
            if arguments.stack:
                print_ways(device, server)
                return
            (large, small, session, wide, ranges, times, refusal,
             starved) = measure(programs, device, server)

    whole, ours, stack_below = parts_of(session)
    if bits == 32 and (ours > LARGEST_OURS or whole > LARGEST_SESSION):
        fail(f"expected at most {LARGEST_OURS} bytes of RAM that are ours, and {LARGEST_SESSION} of a "
             f"whole session, found {ours} and {whole}: --stack tells of the stack")
    result = {
        "peak_heap_16384": large["peak_heap"],
        "peak_heap_4096": small["peak_heap"],
        "saved": large["peak_heap"] - small["peak_heap"],
        "session_peak": whole,
        "ours_peak": ours,
        "contexts_within": session["contexts_within"],
        "core_text": arguments.core_text,
        "handshake_ms": times["handshake_us"] / 1000,
    }
    if arguments.json:
        print(json.dumps(result))
        return
    rows = [
        ("Mbed TLS's pool, 1 MiB, receive buffer of 16384", large["peak_heap"]),
        ("Mbed TLS's pool, 1 MiB, receive buffer of 4096", small["peak_heap"]),
        ("  saved", result["saved"]),
        ("  in ranges of %d, no max_fragment_length" % SMALL_RANGE, ranges["peak_heap"]),
        (f"session: encrypted image (ECIES), 4096, {bits} bits", whole),
        ("  Mbed TLS: pool", session["peak_heap"]),
        ("  Mbed TLS: contexts", session["contexts"]),
        ("  Mbed TLS: cipher and two hashes, in Update", session["contexts_within"]),
        ("  Mbed TLS and below: stack beyond ours", stack_below),
        ("  ours", ours),
        ("    Update: decrypt, judge, prove, write", session["update"]),
        ("    HTTP, download, buffers", session["http"]),
        ("    connection", session["connection"]),
        ("    stack", session["our_stack"]),
        ("  heads of the pool's blocks come on top", session["block_heads"]),
        ("the same session, 64 bits, optimized for speed", parts_of(wide)[0]),
        ("  ours", parts_of(wide)[1]),
    ]
    print("bytes; P-256 certificate, suite B; pointers of 64 bits but for the session")
    for name, value in rows:
        print(f"{name:52}{value:9}")
    print(f"{'core on a Cortex-M3, text and constants':52}{arguments.core_text or 0:9}")
    print(f"{'handshake, median of %d' % HANDSHAKES:52}{times['handshake_us'] / 1000:9.2f} ms")
    print(f"{'  the quickest of them':52}{times['handshake_least_us'] / 1000:9.2f} ms")
    print(f"{'handshake, session resumed':52}{times['resumed_us'] / 1000:9.2f} ms")
    print("calls of the heap between the first byte and the last: 0")
    print(f"a record that does not fit: {refusal}")
    print(f"a pool that is too small: {starved}")


if __name__ == "__main__":
    main()
