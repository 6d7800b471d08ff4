#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""./dev where it touches the machine: what it installs, when and how. Debian's
tools are stand-ins that note down how they were called. Run by CTest (test
"dev")."""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

DEV = pathlib.Path(__file__).resolve().parent.parent.parent / "dev"


class Dev(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.bin = pathlib.Path(folder.name)
        self.calls = self.bin / "calls"
        self.calls.touch()
        for tool in ("sh", "cat", "dirname", "env", "nproc"):
            (self.bin / tool).symlink_to(shutil.which(tool))
        self.stand_in("id", "echo 1000")
        self.stand_in("dpkg-query", "exit 1")
        self.stand_in("apt-get")
        for tool in ("sudo", "update-rc.d", "tee", "chmod", "rm"):
            self.stand_in(tool)

    def stand_in(self, name, does=""):
        (self.bin / name).write_text(
            f'#!/bin/sh\necho "{name} $*" >> "{self.calls}"\n{does}\n')
        (self.bin / name).chmod(0o755)

    def run_dev(self, *arguments, folder="/", **environment):
        clean = {"PATH": str(self.bin), "HOME": "/nonexistent", **environment}
        return subprocess.run([DEV, *arguments], capture_output=True, text=True, check=False,
                              cwd=folder, env=clean, stdin=subprocess.DEVNULL)

    def called(self, start):
        return [line for line in self.calls.read_text().splitlines() if line.startswith(start)]

    def test_tells_what_it_can_do_when_asked_nothing(self):
        for arguments in ((), ("help",), ("--help",)):
            result = self.run_dev(*arguments)
            self.assertEqual(result.returncode, 0)
            self.assertIn("./dev COMMAND", result.stdout)

    def test_refuses_an_unknown_command_preset_and_group(self):
        self.assertEqual(self.run_dev("tset").returncode, 2)
        result = self.run_dev("build", "fast")
        self.assertEqual(result.returncode, 1)
        self.assertIn("found 'fast'", result.stderr)
        result = self.run_dev("setup", "everything")
        self.assertEqual(result.returncode, 1)
        self.assertIn("found 'everything'", result.stderr)
        self.assertEqual(self.called("sudo"), [])

    def test_installs_nothing_when_all_is_there(self):
        self.stand_in("dpkg-query", "printf installed")
        result = self.run_dev("setup", "all")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.called("sudo") + self.called("apt-get"), [])

    def test_names_what_is_missing_and_installs_only_that(self):
        self.stand_in("dpkg-query", 'case $* in *cppcheck*|*shellcheck*) exit 1 ;; esac\n'
                      "printf installed")
        result = self.run_dev("setup", "lint")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("will be installed: cppcheck shellcheck\n", result.stderr)
        self.assertEqual(self.called("sudo apt-get"), ["sudo apt-get update"])
        self.assertEqual(len(self.called("sudo env DEBIAN_FRONTEND=noninteractive apt-get install")), 1)
        self.assertTrue(self.called("sudo env")[0].endswith(" cppcheck shellcheck"))

    def test_counts_a_removed_package_with_its_settings_left_as_missing(self):
        self.stand_in("dpkg-query", "printf config-files")
        self.run_dev("setup", "coverage")
        self.assertEqual(len(self.called("sudo env")), 1)

    def test_needs_no_sudo_as_root(self):
        self.stand_in("id", "echo 0")
        result = self.run_dev("setup", "coverage")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.called("sudo"), [])
        self.assertTrue(self.called("apt-get install"))

    def test_says_what_to_do_where_nobody_may_install(self):
        (self.bin / "sudo").unlink()
        result = self.run_dev("setup", "coverage")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("needs root", result.stderr)
        self.assertIn("gcovr", result.stderr)

    def test_names_the_packages_where_there_is_no_apt(self):
        (self.bin / "apt-get").unlink()
        result = self.run_dev("setup", "build")
        self.assertEqual(result.returncode, 1)
        self.assertIn("no apt-get", result.stderr)
        self.assertIn("libssl-dev", result.stderr)
        self.assertIn("UPDRAFT_NO_SETUP=1", result.stderr)

    def test_leaves_installing_to_whoever_says_so(self):
        (self.bin / "apt-get").unlink()
        result = self.run_dev("setup", "build", UPDRAFT_NO_SETUP="1")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_keeps_nginx_from_starting_at_the_next_boot(self):
        result = self.run_dev("setup", "test")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.called("sudo update-rc.d"), ["sudo update-rc.d nginx disable"])

    def test_fails_when_apt_fails(self):
        self.stand_in("sudo", "exit 100")
        self.assertNotEqual(self.run_dev("setup", "coverage").returncode, 0)


if __name__ == "__main__":
    unittest.main()
