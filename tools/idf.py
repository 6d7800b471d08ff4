#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Builds an ESP-IDF project for the virtual device, flashes and runs it.

The port is the device's folder (-p, or ESPPORT; default build/device).

  idf.py set-target esp32c3      idf.py build            idf.py menuconfig
  idf.py flash                   idf.py monitor          idf.py -p board flash monitor
  idf.py erase-flash             idf.py fullclean        idf.py reconfigure
  idf.py efuse-burn-key BLOCK FILE PURPOSE
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys

IDF_PATH = pathlib.Path(__file__).resolve().parent.parent
COMMANDS = ("all", "build", "app", "flash", "app-flash", "monitor", "menuconfig", "reconfigure",
            "clean", "fullclean", "set-target", "erase-flash", "efuse-burn-key", "size")
WITH_VALUE = {"set-target": 1, "efuse-burn-key": 3}


class Refused(Exception):
    """What is wrong, as one sentence."""


def run(command, **options):
    """Its failure has been told by itself."""
    code = subprocess.run([str(word) for word in command], check=False, **options).returncode
    if code != 0:
        sys.exit(code if code > 0 else 1)


class Project:
    """The project folder, its build folder and the device."""

    def __init__(self, arguments):
        self.folder = pathlib.Path(arguments.project_dir or os.getcwd()).resolve()
        self.build_folder = pathlib.Path(arguments.build_dir or self.folder / "build").resolve()
        port = arguments.port or os.environ.get("ESPPORT")
        self.device = pathlib.Path(port) if port else self.build_folder / "device"
        self.arguments = arguments
        updraft_build = pathlib.Path(os.environ.get("UPDRAFT_BUILD", IDF_PATH / "build"))
        self.tool = updraft_build / "bin/updraft"

    def configure(self, options=()):
        if not (self.folder / "CMakeLists.txt").exists():
            raise Refused(f"expected a project with a CMakeLists.txt in {self.folder}, found none; "
                          "go there, or name it with -C")
        definitions = [f"-D{word}" for word in self.arguments.define]
        run(["cmake", "-G", "Ninja", "-S", self.folder, "-B", self.build_folder,
             *definitions, *options], env={**os.environ, "IDF_PATH": str(IDF_PATH)})

    def build(self):
        if not (self.build_folder / "build.ninja").exists() or self.arguments.define:
            self.configure()
        run(["cmake", "--build", self.build_folder],
            env={**os.environ, "IDF_PATH": str(IDF_PATH)})

    def description(self):
        path = self.build_folder / "project_description.json"
        if not path.exists():
            raise Refused(f"expected a built project in {self.build_folder}, found none; "
                          "idf.py build makes it")
        return json.loads(path.read_text())

    def set_target(self, target):
        for path in (self.folder / "sdkconfig",):
            if path.exists():
                path.replace(path.with_name("sdkconfig.old"))
        self.fullclean()
        self.configure([f"-DIDF_TARGET={target}"])

    def menuconfig(self):
        if not (self.build_folder / "config/kconfig_arguments.txt").exists():
            self.configure()
        words = (self.build_folder / "config/kconfig_arguments.txt").read_text().splitlines()
        run(["/usr/bin/python3", IDF_PATH / "tools/idf_kconfig.py", *words, "--menu"])

    def flash(self):
        self.build()
        about = self.description()
        if not self.device.exists():
            run([self.tool, "device", "new", self.device, "--project", self.build_folder])
            return
        table = (self.build_folder / about["partition_table"]).read_bytes()
        offset = about["partition_table_offset"]
        with open(self.device / "flash.bin", "rb") as flash:
            flash.seek(offset)
            if flash.read(len(table)) != table:
                raise Refused(f"expected the project's partition table on the device {self.device}, "
                              "found another; idf.py erase-flash flash makes the device anew")
        run([self.tool, "device", "install", self.device, self.build_folder / about["app_bin"]])

    def monitor(self):
        command = [self.tool, "boot", self.device]
        if self.arguments.until:
            command += ["--until", self.arguments.until]
        if self.arguments.timeout:
            command += ["--timeout", self.arguments.timeout]
        if self.arguments.max_boots:
            command += ["--max-boots", self.arguments.max_boots]
        run(command)

    def erase_flash(self):
        if not self.device.exists():
            return
        if not (self.device / "flash.bin").exists() or not (self.device / "device.json").exists():
            raise Refused(f"expected a device in {self.device}, found another folder; it is left as it is")
        shutil.rmtree(self.device)

    def efuse_burn_key(self, block, key, purpose):
        run([self.tool, "device", "efuse", "burn-key", self.device, block, key, purpose])

    def clean(self):
        if (self.build_folder / "build.ninja").exists():
            run(["cmake", "--build", self.build_folder, "--target", "clean"])

    def fullclean(self):
        """All but the device, which may lie in the build folder."""
        if not self.build_folder.exists():
            return
        if not (self.build_folder / "CMakeCache.txt").exists() and any(self.build_folder.iterdir()):
            if not self.device.exists():
                raise Refused(f"expected a build folder at {self.build_folder}, found another folder; "
                              "it is left as it is")
        for path in self.build_folder.iterdir():
            if path == self.device.absolute():
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()

    def size(self):
        image = self.build_folder / self.description()["app_bin"]
        print(f"{image}: {image.stat().st_size} bytes")


def do(project, command, values):
    actions = {
        "all": project.build, "build": project.build, "app": project.build,
        "flash": project.flash, "app-flash": project.flash, "monitor": project.monitor,
        "menuconfig": project.menuconfig, "reconfigure": project.configure,
        "clean": project.clean, "fullclean": project.fullclean,
        "erase-flash": project.erase_flash, "size": project.size,
        "set-target": project.set_target, "efuse-burn-key": project.efuse_burn_key,
    }
    actions[command](*values)


def split_commands(words):
    """Commands with their values, in order. '_' and '-' are one in their names."""
    commands = []
    rest = list(words)
    while rest:
        name = rest.pop(0).replace("_", "-")
        if name not in COMMANDS:
            raise Refused(f"expected one of {', '.join(COMMANDS)}, found '{name}'")
        count = WITH_VALUE.get(name, 0)
        if len(rest) < count:
            raise Refused(f"{name}: expected {count} values behind it, found {len(rest)}")
        commands.append((name, rest[:count]))
        del rest[:count]
    return commands


def main():
    parser = argparse.ArgumentParser(prog="idf.py", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-C", "--project-dir")
    parser.add_argument("-B", "--build-dir")
    parser.add_argument("-p", "--port", help="the device's folder")
    parser.add_argument("-D", "--define", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("-b", "--baud", help="taken and ignored")
    parser.add_argument("-G", "--generator", help="taken and ignored: it is Ninja")
    parser.add_argument("--until", help="monitor ends when the firmware prints this")
    parser.add_argument("--timeout", help="monitor ends after so many seconds")
    parser.add_argument("--max-boots", help="monitor ends after so many boots")
    parser.add_argument("command", nargs="+", help=", ".join(COMMANDS))
    arguments = parser.parse_intermixed_args()
    try:
        project = Project(arguments)
        for command, values in split_commands(arguments.command):
            do(project, command, values)
    except Refused as problem:
        sys.exit(f"idf.py: {problem}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
