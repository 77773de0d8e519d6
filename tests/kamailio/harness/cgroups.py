# SPDX-License-Identifier: GPL-2.0-or-later
"""Control groups of version 2 that tests may change, where the machine has such."""

import os
import re
import uuid
from pathlib import Path

import pytest

from .wait import wait_until

CONTROLLERS = ("memory", "pids", "cpu")


def mount() -> Path:
    """Where cgroup v2 is mounted; skips the test where it isn't."""
    found = re.findall(r"^\S+ \S+ \S+ / (\S+) .* - cgroup2 ", Path("/proc/self/mountinfo").read_text(), re.M)
    if not found:
        pytest.skip("no cgroup v2 is mounted here")
    return Path(found[-1])


class Group:
    """A control group of the test's own; remove() at its end."""

    def __init__(self):
        self.path = mount() / f"kamexec-test-{uuid.uuid4().hex[:12]}"
        try:
            self.path.mkdir()
        except OSError as refused:
            pytest.skip(f"no control group can be made here: {refused}")
        if not (self.path / "cgroup.kill").exists():
            self.remove()
            pytest.skip("this kernel has no cgroup.kill")

    def with_controllers(self) -> "Group":
        """Skips the test where limits can't be set."""
        root = self.path.parent
        missing = set(CONTROLLERS) - set((root / "cgroup.controllers").read_text().split())
        if missing:
            pytest.skip(f"cgroup v2 has no {', '.join(sorted(missing))} here")
        for controller in CONTROLLERS:
            (root / "cgroup.subtree_control").write_text(f"+{controller}")
        return self

    def runs(self) -> list:
        """The groups of runs, those of a server that is in a group below included."""
        return sorted(self.path.glob("**/kamexec-run-*"))

    def populated(self) -> bool:
        return "populated 1" in (self.path / "cgroup.events").read_text()

    def started_in(self, command: Path, at: Path) -> Path:
        """A program that is `command`, started in this group: written to `at`."""
        at.write_text(f'#!/bin/sh\necho $$ > {self.path}/cgroup.procs && exec {command} "$@"\n')
        at.chmod(0o755)
        return at

    def remove(self) -> None:
        if self.populated():
            (self.path / "cgroup.kill").write_text("1")
            wait_until(lambda: not self.populated())
        for directory, _, _ in os.walk(self.path, topdown=False):
            os.rmdir(directory)
