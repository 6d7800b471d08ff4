#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs packaging/updraft-gateway@.service, as systemd would, against a server here.

No systemd is PID 1 where tests run, so this reads the unit itself and starts its
ExecStart in a mount and process namespace of its own, with the unit's umask, state
directory, private /tmp, hidden homes and read-only kernel files, and restarts it as the
unit says. A directive that is neither honoured nor listed as left out is a fault. The
application is a program in a slot: a good update is kept, a broken one given up, through
stop, kill and restart. Needs root; ends with 77, for CTest skipped, where it cannot.
"""

import argparse
import configparser
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
INSTANCE = "app"
PATIENCE = 60  # seconds for anything to come true
# What only systemd can do here, and why that is no matter.
LEFT_OUT = {
    "Type": "exec: the start counts once the program runs, which is waited for",
    "RestartSec": "how long it waits before a restart; nothing is waited for here",
    "MemoryHigh": "a limit of the cgroup",
    "ProtectHostname": "a namespace of its own for the names of the machine",
    "LockPersonality": "a filter of system calls", "RestrictRealtime": "a filter of system calls",
}
HONOURED = {"ExecStart", "Restart", "RestartPreventExitStatus", "KillMode", "TimeoutStopSec",
            "StateDirectory", "UMask", "PrivateTmp", "ProtectHome", "ProtectControlGroups",
            "ProtectKernelModules", "ProtectKernelLogs", "ProtectKernelTunables", "NoNewPrivileges",
            "CapabilityBoundingSet"}


def until(what, true):
    """Waits for a condition."""
    end = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > end:
            sys.exit(f"expected {what}, found it not so after {PATIENCE} s")
        time.sleep(0.02)


def expect(what, found):
    """Ends the test where something is not so."""
    if not found:
        sys.exit(f"expected {what}, found it not so")


def text_of(path):
    """The content, empty where there is none."""
    try:
        return pathlib.Path(path).read_text()
    except FileNotFoundError:
        return ""


class Unit:
    """The [Service] of the unit, and the process that it describes."""

    def __init__(self, path):
        parser = configparser.ConfigParser(interpolation=None)
        parser.optionxform = str
        parser.read_string(path.read_text())
        self.service = {key: value.replace("%i", INSTANCE) for key, value in parser["Service"].items()}
        unknown = set(self.service) - HONOURED - set(LEFT_OUT)
        expect(f"directives that this test knows, not {sorted(unknown)}", not unknown)
        self.process = None
        self.starts = 0

    def confine(self):
        """What its process sees of the machine; for all of this namespace."""
        def mount(*words):
            subprocess.run(["mount", *words], check=True)

        def read_only(folder):
            mount("--bind", folder, folder)
            mount("-o", "remount,bind,ro", folder)

        if self.service["PrivateTmp"] == "yes":
            for folder in ("/tmp", "/var/tmp"):
                mount("-t", "tmpfs", "tmpfs", folder)
        if self.service["ProtectHome"] == "yes":
            for folder in ("/home", "/root"):
                mount("-t", "tmpfs", "-o", "ro,mode=000", "tmpfs", folder)
        if self.service["ProtectKernelTunables"] == "yes":
            read_only("/proc/sys")
        if self.service["ProtectControlGroups"] == "yes" and os.path.isdir("/sys/fs/cgroup"):
            mount("--rbind", "-o", "ro", "/sys/fs/cgroup", "/sys/fs/cgroup")
        (pathlib.Path("/var/lib") / self.service["StateDirectory"]).mkdir(parents=True)

    def dropped_capabilities(self):
        """As setpriv names them: "sys_module"."""
        names = self.service["CapabilityBoundingSet"]
        expect("capabilities that are left out, by ~", names.startswith("~"))
        dropped = [name.removeprefix("CAP_").lower() for name in names[1:].split()]
        if self.service["ProtectKernelModules"] == "yes":
            dropped.append("sys_module")
        if self.service["ProtectKernelLogs"] == "yes":
            dropped.append("syslog")
        return dropped

    def start(self):
        """ExecStart, found as systemd finds it."""
        words = self.service["ExecStart"].split()
        words[0] = shutil.which(words[0], path="/usr/local/bin:/usr/bin") or words[0]
        privileges = ["--no-new-privs"] if self.service["NoNewPrivileges"] == "yes" else []
        dropped = ",".join(f"-{name}" for name in self.dropped_capabilities())
        words = ["setpriv", *privileges, "--bounding-set", dropped, "--inh-caps", dropped, *words]
        with open("/run/journal", "a", encoding="utf-8") as journal:
            self.process = subprocess.Popen(
                words, cwd="/", stdin=subprocess.DEVNULL, stdout=journal, stderr=journal,
                env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"},
                umask=int(self.service["UMask"], 8), start_new_session=True)
        self.starts += 1

    def ended(self):
        """What systemd does when the process has ended: another start, or none."""
        code = self.process.wait(PATIENCE)
        prevented = code in map(int, self.service["RestartPreventExitStatus"].split())
        if self.service["Restart"] == "on-failure" and code != 0 and not prevented:
            self.start()
        return code

    def stop(self):
        """KillMode=mixed: SIGTERM to the process itself; the rest would follow."""
        expect("KillMode=mixed", self.service["KillMode"] == "mixed")
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(float(self.service["TimeoutStopSec"].rstrip("s")))
        except subprocess.TimeoutExpired:
            return sys.exit("expected an end within TimeoutStopSec, found none")


APPLICATION = """#!/bin/sh
echo "{version}" > /run/app/version
echo $$ > /run/app/pid
{then}
"""
# What "systemctl restart app.service" does.
RESTART = """#!/bin/sh
[ ! -s /run/app/pid ] || kill "$(cat /run/app/pid)" 2>/dev/null
rm -f /run/app/pid /run/app/version /run/app/ready
setsid sh /var/lib/updraft/app/current >/dev/null 2>&1 </dev/null &
"""
HEALTH = """#!/bin/sh
test -e /run/app/ready && kill -0 "$(cat /run/app/pid)"
"""


class Gateway:
    """The machine: a server, the configuration, an application in slots."""

    def __init__(self, tool, unit):
        self.unit = unit
        self.www = pathlib.Path("/run/www")
        self.www.mkdir()
        pathlib.Path("/run/app").mkdir()
        shutil.copy(tool, "/usr/local/bin/updraft")
        for name, script in (("restart", RESTART), ("health", HEALTH)):
            path = pathlib.Path("/run/app") / name
            path.write_text(script)
            path.chmod(0o755)
        self.log = open("/run/access.log", "wb")
        self.server = subprocess.Popen(
            ["/usr/local/bin/updraft", "serve", str(self.www), "--ca-out", "/run/ca.pem",
             "--port-file", "/run/port"], stdout=subprocess.DEVNULL, stderr=self.log)
        until("a server", lambda: text_of("/run/port").strip())
        self.configuration = pathlib.Path("/etc/updraft/app.json")
        self.configuration.parent.mkdir(exist_ok=True)
        self.configure()

    def configure(self, **more):
        """As docs/gateway.md has it, in a hurry."""
        settings = {"url": f"https://localhost:{text_of('/run/port').strip()}/app", "ca": "/run/ca.pem",
                    "state": "/var/lib/updraft/app",
                    "slots": ["/var/lib/updraft/app/slot_a", "/var/lib/updraft/app/slot_b"],
                    "restart": ["/run/app/restart"], "health": ["/run/app/health"],
                    "health_deadline": 1, "health_interval_ms": 50, "interval": 1, "jitter": 0, **more}
        self.configuration.write_text(json.dumps(settings))

    def offer(self, version, then="touch /run/app/ready; exec sleep 1000"):
        """A new program at the URL, in one piece."""
        (self.www / "new").write_text(APPLICATION.format(version=version, then=then))
        os.replace(self.www / "new", self.www / "app")

    def status(self):
        """What `gateway status` says; empty while the configuration cannot be read."""
        done = subprocess.run(["/usr/local/bin/updraft", "gateway", "status", str(self.configuration),
                               "--json"], capture_output=True, text=True, check=False)
        return json.loads(done.stdout) if done.returncode == 0 else {}

    def runs(self, version):
        """Whether the application of that version is alive, and its trial over."""
        pid = text_of("/run/app/pid").strip()
        return (text_of("/run/app/version").strip() == version and pid and
                os.path.exists(f"/proc/{pid}") and self.status().get("phase") == "settled")

    def asked(self, answer):
        """How many requests the server answered so."""
        return text_of("/run/access.log").count(f'" {answer} ')


def story(gateway):
    """What a gateway lives through."""
    unit = gateway.unit
    gateway.offer("one")
    unit.start()
    until("the first version to run", lambda: gateway.runs("one"))
    gateway.offer("two")
    until("the second version to run", lambda: gateway.runs("two"))

    gateway.offer("broken", then="exit 1")
    until("the broken version to be given up", lambda: gateway.status().get("rejected") is not None)
    until("the second version to run again", lambda: gateway.runs("two"))
    downloads, polls = gateway.asked(200), gateway.asked(304)
    until("more polls", lambda: gateway.asked(304) >= polls + 2)
    expect("the broken version not to be downloaded again", gateway.asked(200) == downloads)
    expect("the second version to run still", gateway.runs("two"))

    # A gateway that is killed is started again, and goes on.
    unit.process.kill()
    expect("an end by SIGKILL", unit.ended() == -signal.SIGKILL)
    expect("a second start", unit.starts == 2)
    gateway.offer("three")
    until("the third version to run", lambda: gateway.runs("three"))

    # It stops in good order, and the application runs on.
    expect("an end with 0 at a stop", unit.stop() == 0)
    expect("no start after a stop", unit.ended() == 0 and unit.starts == 2)
    expect("the third version to run on", gateway.runs("three"))

    # A stop in the middle of a trial: the next start ends it.
    gateway.configure(health_deadline=600)
    gateway.offer("sick", then="exit 1")
    unit.start()
    until("a trial", lambda: gateway.status().get("phase") not in (None, "settled"))
    unit.stop()
    gateway.configure()
    unit.start()
    until("the third version to run again", lambda: gateway.runs("three"))
    unit.stop()

    mode = os.stat("/var/lib/updraft/app/state.json").st_mode & 0o777
    expect(f"a memory that only its owner reads, not {mode:o}", mode & 0o077 == 0)

    # What is wrong in the configuration is said once, and the unit stays down.
    gateway.configure(jiter=5)
    unit.start()
    starts = unit.starts
    expect("2 for a wrong configuration", unit.ended() == 2)
    expect("no start after that", unit.starts == starts)
    expect("a word about the key", "jiter" in text_of("/run/journal"))


def inside(tool, unit_file):
    """All of it, in the namespaces that main() has made."""
    def mount(*words):
        subprocess.run(["mount", *words], check=True)

    mount("--make-rprivate", "/")
    unit_text = unit_file.read_text()
    for folder in ("/run", "/var/lib", "/usr/local/bin"):
        held = pathlib.Path(tool).read_bytes() if folder == "/usr/local/bin" else None
        mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", folder)
        if held:
            tool = "/usr/local/bin/tool"
            pathlib.Path(tool).write_bytes(held)
            os.chmod(tool, 0o755)
    # /etc as it is, and what is written there is gone at the end.
    for name in ("upper", "work"):
        os.mkdir(f"/run/{name}")
    mount("-t", "overlay", "overlay", "-o", "lowerdir=/etc,upperdir=/run/upper,workdir=/run/work", "/etc")
    copy = pathlib.Path("/run/unit")
    copy.write_text(unit_text)
    unit = Unit(copy)
    unit.confine()
    gateway = Gateway(tool, unit)
    try:
        story(gateway)
    except SystemExit:
        print(text_of("/run/journal"), text_of("/run/access.log"), json.dumps(gateway.status()))
        raise
    print(f"the unit's command lived through it in {unit.starts} starts; left out: " +
          ", ".join(sorted(LEFT_OUT)))


def verify(tool, unit):
    """What systemd itself says of the unit, where its tools are installed: nothing."""
    if shutil.which("systemd-analyze") is None:
        print("left out: systemd-analyze verify, which is not installed")
        return
    with tempfile.TemporaryDirectory() as folder:
        text = unit.read_text()
        here = text.replace("ExecStart=updraft ", f"ExecStart={tool.resolve()} ")
        expect("an ExecStart that is found in the path", here != text)
        for more, faultless in (("", True), ("[Service]\nProtectHom=yes\n", False)):
            path = pathlib.Path(folder) / unit.name.replace("@.", f"@{INSTANCE}.")
            path.write_text(here + more)
            done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(path)], text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            said = "\n".join(line for line in done.stdout.splitlines() if unit.stem.rstrip("@") in line)
            if (done.returncode == 0 and not said) != faultless:
                sys.exit(f"expected systemd-analyze to find {'nothing' if faultless else 'a fault'}, "
                         f"found ({done.returncode}): {done.stdout}")


def main():
    """See above."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tool", type=pathlib.Path)
    parser.add_argument("unit", type=pathlib.Path)
    parser.add_argument("--inside", action="store_true", help="used by itself")
    arguments = parser.parse_args()
    if arguments.inside:
        inside(arguments.tool, arguments.unit)
        return
    verify(arguments.tool, arguments.unit)
    namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if os.geteuid() != 0 or subprocess.run([*namespaces, "true"], check=False).returncode != 0:
        print("skipped: expected root that may make namespaces, found neither")
        sys.exit(SKIPPED)
    done = subprocess.run([*namespaces, sys.executable, os.path.abspath(__file__), "--inside",
                           arguments.tool.resolve(), arguments.unit.resolve()], check=False)
    sys.exit(done.returncode)


main()
