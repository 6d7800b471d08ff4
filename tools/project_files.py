# SPDX-License-Identifier: Apache-2.0
"""Which files are the project's own; the checks beside this file ask here."""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = (".cc", ".h", ".c")


def project_files(root):
    """Names below root: tracked and new files as git sees them. Where there is
    no git, everything but hidden folders and builds."""
    listing = subprocess.run(
        ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True, text=True, check=False)
    if listing.returncode == 0:
        names = listing.stdout.split("\0")
    else:
        names = [path.relative_to(root).as_posix() for path in root.rglob("*")]
        names = [name for name in names if not name.startswith((".", "build"))]
    return sorted(name for name in names if name and (root / name).is_file())
