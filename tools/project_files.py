# SPDX-License-Identifier: Apache-2.0
"""Which files are the project's own; the checks beside this file ask here."""

import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = (".cc", ".h", ".c")


def project_files(root):
    """Names below root: tracked and new files as git sees them. Where there is
    no git, or no repository (a release's archive), all but hidden folders and builds."""
    names = listed_by_git(root)
    if names is None:
        names = [path.relative_to(root).as_posix() for path in root.rglob("*")]
        names = [name for name in names if not name.startswith((".", "build"))]
    return sorted(name for name in names if name and (root / name).is_file())


def listed_by_git(root):
    if not shutil.which("git"):
        return None
    listing = subprocess.run(
        ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True, text=True, check=False)
    return listing.stdout.split("\0") if listing.returncode == 0 else None
