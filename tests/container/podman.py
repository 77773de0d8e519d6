# SPDX-License-Identifier: GPL-2.0-or-later
"""podman with images and containers of its own in a directory, apart from the machine's."""

import subprocess
import sys
from pathlib import Path


class Podman:
    def __init__(self, directory: Path):
        self._command = (
            "podman", "--root", str(directory / "storage"), "--runroot", str(directory / "run"),
            "--cgroup-manager", "cgroupfs", "--runtime", "runc",
        )  # fmt: skip

    def command(self, *arguments) -> tuple:
        return (*self._command, *map(str, arguments))

    def __call__(self, *arguments, check=True, **options) -> str:
        done = subprocess.run(
            self.command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
            **options,
        )  # fmt: skip
        output = done.stdout.decode(errors="replace")
        if check and done.returncode != 0:
            sys.exit(f"podman {arguments[0]} failed with {done.returncode}:\n{output[-4000:]}")
        return output

    def has(self, image: str) -> bool:
        found = subprocess.run(self.command("image", "exists", image), check=False)
        return found.returncode == 0

    def import_tree(self, tree: Path, image: str):
        """The directory `tree` as the image's one layer."""
        packed = subprocess.Popen(("tar", "-C", tree, "-c", "."), stdout=subprocess.PIPE)
        self("import", "-q", "-", image, stdin=packed.stdout)
        packed.stdout.close()
        if packed.wait() != 0:
            sys.exit(f"tar of {tree} failed")
