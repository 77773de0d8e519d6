# SPDX-License-Identifier: GPL-2.0-or-later
"""What may befall a daemon that stores calls, at any moment."""

import os
import random
import signal
import subprocess
import time
from pathlib import Path

from harness.kamexecd import Kamexecd
from harness.processes import children_of
from harness.wait import PATIENCE, wait_until

from .programs import FILES


class SmallDisk:
    """A small ext4 on a loop device at `path`; as root. `hindrance`: why there is none."""

    SIZE = 96 << 20  # the store alone does not fill it

    def __init__(self, directory: Path):
        self.path, self._image = directory / "small", directory / "small.image"
        self.path.mkdir()
        self.hindrance = self._mount()

    def _mount(self) -> str:
        if os.geteuid() != 0:
            return "a disk that can be filled needs root"
        with open(self._image, "wb") as image:
            image.truncate(self.SIZE)
        for command in (["mkfs.ext4", "-q", "-m", "0", self._image], ["mount", "-o", "loop", self._image, self.path]):
            try:
                done = subprocess.run(command, capture_output=True, text=True, check=False)
            except OSError as error:
                return f"no disk that can be filled: {error}"
            if done.returncode != 0:
                return f"no disk that can be filled: {done.stderr.strip()}"
        return ""

    def fill(self) -> None:
        with open(self.path / "ballast", "wb") as ballast:
            end = 0
            for size in (1 << 22, 1 << 16, 1 << 12):
                try:
                    while True:
                        os.posix_fallocate(ballast.fileno(), end, size)
                        end += size
                except OSError:
                    continue

    def free(self) -> None:
        (self.path / "ballast").unlink(missing_ok=True)

    def close(self) -> None:
        if not self.hindrance:
            subprocess.run(["umount", "-l", self.path], check=True)
        self._image.unlink(missing_ok=True)


def _is(pid: int, file: str) -> bool:
    try:
        return file.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


class Faults:
    """One at a time on `daemon`; `callers`: who call it meanwhile; `happened`: {name: how often}."""

    def __init__(self, daemon: Kamexecd, callers, disk=None, chance=random):
        self._daemon, self._callers, self._disk, self._chance = daemon, callers, disk, chance
        self.all = {
            "daemon killed": self._kill_daemon,
            "worker killed": lambda: self._kill_child("worker.py"),
            "program killed": lambda: self._kill_child("spawned.sh"),
            "daemon restarted": daemon.restart,
            "daemon replaced": self._replace,
        }
        if disk:
            self.all["disk full"] = self._fill
            self.all["disk full, daemon killed"] = lambda: self._fill(kill=True)
        self.happened = dict.fromkeys(self.all, 0)

    def happen(self, name: str) -> None:
        self.happened[name] += self.all[name]() is not False

    def _kill_daemon(self):
        """One time of three once more while it starts."""
        self._daemon.kill9()
        if self._chance.random() < 1 / 3:
            self._daemon.start(wait=False)
            time.sleep(self._chance.uniform(0, 0.1))
            self._daemon.kill9()
        self._daemon.start()

    def _kill_child(self, file):
        """The next that runs, or False."""
        assert file in FILES
        found = []

        def one_runs():
            found[:] = [pid for pid in children_of(self._daemon.pid) if _is(pid, file)]
            return found

        if not wait_until(one_runs, 5.0):
            return False
        try:
            os.kill(self._chance.choice(found), signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def _replace(self):
        old = self._daemon.replace()
        assert wait_until(lambda: old.poll() is not None, 2 * PATIENCE), self._daemon.log()
        assert old.returncode == 0, self._daemon.log()

    def _fill(self, kill=False):
        """Until a call was refused for it; then the disk is freed."""
        refused = self._callers.count("refused")
        self._disk.fill()
        was_refused = wait_until(lambda: self._callers.count("refused") > refused, 3.0)
        time.sleep(self._chance.uniform(0, 0.3))
        if kill:
            self._daemon.kill9()
        self._disk.free()
        if kill:
            self._daemon.start()
        return bool(was_refused)
