# SPDX-License-Identifier: GPL-2.0-or-later
"""An apt archive on disk with one empty package, that only says its name and version."""

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path


class LocalArchive:
    """Within it, apt run with `options` sees this archive alone. The system's own sources and lists
    are not touched."""

    def __init__(self, package: str, version: str):
        self.package = package
        self.version = version

    def __enter__(self):
        self.directory = Path(tempfile.mkdtemp(prefix="archive"))
        self.directory.chmod(0o755)
        self._write_package()
        (self.directory / "lists" / "partial").mkdir(parents=True)
        sources = self.directory / "sources.list"
        sources.write_text(f"deb [trusted=yes] file:{self.directory} ./\n")
        self.options = (
            "-o", f"Dir::Etc::sourcelist={sources}",
            "-o", "Dir::Etc::sourceparts=/dev/null",
            "-o", f"Dir::State::lists={self.directory}/lists",
        )  # fmt: skip
        subprocess.run(("apt-get", *self.options, "update", "-q"), check=True, capture_output=True)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.directory)

    def _write_package(self):
        architecture = subprocess.run(
            ("dpkg", "--print-architecture"), check=True, capture_output=True, text=True
        ).stdout.strip()
        fields = (
            f"Package: {self.package}\nVersion: {self.version}\nArchitecture: {architecture}\n"
            "Maintainer: a test <test@localhost>\nDescription: an empty package for a test\n"
        )
        tree = self.directory / "tree"
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "DEBIAN" / "control").write_text(fields)
        file = self.directory / "package.deb"
        subprocess.run(("dpkg-deb", "--build", str(tree), str(file)), check=True, capture_output=True)
        shutil.rmtree(tree)
        data = file.read_bytes()
        (self.directory / "Packages").write_text(
            f"{fields}Filename: ./{file.name}\nSize: {len(data)}\n"
            f"SHA256: {hashlib.sha256(data).hexdigest()}\n"
        )
