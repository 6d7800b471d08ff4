#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Holds each fenced block of the pages that is not run to what its language asks.

`sh` and `console` of README and docs/ are run by run_commands.py, `cpp` is compiled
(tools/check_examples.py), the READMEs of examples/ota are followed by a test; here
JSON is parsed and given to the command that reads it, YAML is parsed and its scripts
by sh, nginx judges its configuration. What cannot be run says so and why, behind its
language ("```sh not run here: REASON"), and is at least sound for sh; `text` is for
drawings. Any other block is a fault. Prints what was checked and what was not, and why.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ELSEWHERE = {"sh": "documented_commands", "console": "documented_commands", "cpp": "examples_shown"}
NOT_RUN = re.compile(r"(sh|console|cpp|yaml|json|nginx|cmake) not run here: (.{10,})")


class Fault(Exception):
    """What is wrong with a block, in words."""


REFUSED = (Fault, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError)


def run(*words, folder=None, text=None):
    """What a command says; a Fault when it does not end well."""
    done = subprocess.run(words, cwd=folder, input=text, capture_output=True, text=True,
                          timeout=60, check=False)
    if done.returncode != 0:
        raise Fault(f"{' '.join(map(str, words))}: {done.stderr or done.stdout}")
    return done.stdout


def check_sh(script):
    """Sound for the shell, though nothing runs."""
    run("sh", "-n", text=script)


def check_yaml(text):
    """A CI job: of GitHub or of GitLab; its scripts are sound for sh."""
    job = yaml.safe_load(text)
    scripts = []
    if True in job or "on" in job:  # YAML 1.1 takes "on" for a truth
        for name, one in job["jobs"].items():
            if "runs-on" not in one or not one.get("steps"):
                raise Fault(f"job {name}: expected runs-on and steps")
            for step in one["steps"]:
                if len({"uses", "run"} & set(step)) != 1:
                    raise Fault(f"job {name}: expected uses or run, found {step}")
            scripts += [step["run"] for step in one["steps"] if "run" in step]
    else:
        for name, one in job.items():
            if not isinstance(one.get("script"), list):
                raise Fault(f"job {name}: expected a script, found {one}")
            scripts += one["script"]
    if not scripts:
        raise Fault("expected a job that runs something, found none")
    for script in scripts:
        check_sh(script)


def check_json(text, tool, folder):
    """JSON, and what the command that reads such a file says to it. Keys without
    braces are such as a gateway's configuration may have too."""
    if text.startswith('"'):
        text = '{"url": "https://h/f", "slots": ["a", "b"], "health": ["true"], ' + text + "}"
        text = json.dumps({"state": "state", **json.loads(text)})
    value = json.loads(text)
    path = folder / "block.json"
    if "requests" in value or "tls" in value:
        path.write_text(text)
        # It serves until it is stopped; a script that it does not take ends it before.
        with subprocess.Popen([tool, "serve", folder, "--http", "--script", path],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
            first = server.stdout.readline()
            server.terminate()
            if not first.startswith("serving "):
                raise Fault(f"updraft serve --script: {server.stderr.read()}")
    elif "slots" in value or "device" in value:
        # The paths of a real gateway are none of this machine.
        value["state"] = str(folder / "state")
        path.write_text(json.dumps(value))
        run(tool, "gateway", "status", path)
    else:
        raise Fault("expected a fault script or a gateway's configuration, found neither: tell "
                    "check_blocks.py which command reads it")


def check_nginx(text, folder):
    """nginx -t, with a certificate, a folder and a port that are there."""
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
        "-nodes", "-subj", "/CN=updates.example.com", "-keyout", folder / "key.pem",
        "-out", folder / "cert.pem")
    text = re.sub(r"ssl_certificate [^;]+;", f"ssl_certificate {folder}/cert.pem;", text)
    text = re.sub(r"ssl_certificate_key [^;]+;", f"ssl_certificate_key {folder}/key.pem;", text)
    text = re.sub(r"listen 443", "listen 127.0.0.1:8443", text)
    text = re.sub(r"root [^;]+;", f"root {folder};", text)
    (folder / "nginx.conf").write_text(
        f"pid {folder}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{text}}}\n")
    nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    if not nginx:
        raise Fault("expected nginx (./dev setup test), found none")
    run(nginx, "-t", "-q", "-p", folder, "-c", folder / "nginx.conf")


def check_cmake(text, folder):
    """A project that has Updraft in its folder updraft/, and a program named firmware."""
    (folder / "updraft").symlink_to(ROOT)
    (folder / "main.cc").write_text("int main() {}\n")
    (folder / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(block CXX)\n"
        f"add_executable(firmware main.cc)\n{text}")
    run("cmake", "-S", folder, "-B", folder / "build")


def check_unit(text, tool, folder):
    """What somebody adds to the gateway's unit, as systemd judges it."""
    if not shutil.which("systemd-analyze"):
        raise Fault("expected systemd-analyze (./dev setup test), found none")
    unit = (ROOT / "packaging/updraft-gateway@.service").read_text()
    path = folder / "updraft-gateway@app.service"
    path.write_text(unit.replace("ExecStart=updraft ", f"ExecStart={tool} ") + text)
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", path], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    said = [line for line in done.stdout.splitlines() if "updraft-gateway" in line]
    if done.returncode != 0 or said:
        raise Fault(f"expected systemd to find no fault, found: {done.stdout}")


def check(block, page, tool):
    """Which test checks it, or a Fault."""
    kind, text = block[1], block[2]
    if kind == "text":
        return "text: a drawing"
    not_run = NOT_RUN.fullmatch(kind)
    if not_run:
        if not_run[1] == "sh":
            check_sh(text)
        return None
    if "examples" in page.parts:
        if kind not in ("sh", "console"):
            raise Fault(f"expected sh or console, found '{kind}'")
        return f"{kind}: ota_examples_test"
    if kind in ELSEWHERE:
        if page.name not in ("README.md",) and "docs" not in page.parts:
            raise Fault(f"no test runs {kind} of this page: say '{kind} not run here: WHY'")
        return f"{kind}: {ELSEWHERE[kind]}"
    with tempfile.TemporaryDirectory(prefix="updraft-block-") as name:
        folder = pathlib.Path(name)
        if kind == "json":
            check_json(text, tool, folder)
        elif kind == "yaml":
            check_yaml(text)
        elif kind == "nginx":
            check_nginx(text, folder)
        elif kind == "cmake":
            check_cmake(text, folder)
        elif kind == "ini":
            check_unit(text, tool, folder)
        else:
            raise Fault(f"expected a language that is checked, or one with 'not run here: WHY', "
                        f"found '{kind}'")
    return f"{kind}: here"


BAD = ["sh\nls", "sh not run here: \nls", "sh not run here: as it is bad\nif", "python\npass",
       "\nls", "json\n{,}", 'json\n{"other": 1}', 'json\n{"requests": [{"fault": "none such"}]}',
       'json\n{"slots": ["a", "b"], "url": "https://h/"}', 'json\n"none_such": 1', "yaml\na: [", "yaml\njob: {image: debian}",
       "yaml\nall: {script: ['if']}", "yaml\non: push\njobs: {a: {steps: [{run: ls}]}}",
       "cmake\ninclude(updraft/none_such.cmake)",
       "nginx\nserver { listen 443; none such; }"]


def must_refuse(tool):
    """This check itself: each of these blocks is a fault."""
    for bad in BAD:
        block = BLOCK.fullmatch(f"```{bad}\n```")
        try:
            check(block, pathlib.Path("CONTRIBUTING.md"), tool)
        except REFUSED:
            continue
        sys.exit(f"this check is blind: it takes the block\n{bad}")


def main():
    """See above."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tool", help="the built tool")
    parser.add_argument("pages", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    must_refuse(os.path.abspath(arguments.tool))
    checked, left, faults = collections.Counter(), [], 0
    for page in arguments.pages:
        text = page.read_text()
        for block in BLOCK.finditer(text):
            where = f"{page}:{text[:block.start()].count(chr(10)) + 1}"
            try:
                by = check(block, page, os.path.abspath(arguments.tool))
            except REFUSED as fault:
                print(f"{where}: {fault}" if isinstance(fault, Fault) else f"{where}: {fault!r}")
                faults += 1
                continue
            if by:
                checked[by] += 1
            else:
                left.append(f"{where}: {block[1]}")
    for by, count in sorted(checked.items()):
        print(f"{count:4} {by}")
    print("\n".join(f"     {line}" for line in left))
    print(f"{checked.total()} blocks checked, {len(left)} not run, {faults} faults")
    if faults or not checked:
        sys.exit(1)


main()
