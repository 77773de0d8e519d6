# SPDX-License-Identifier: GPL-2.0-or-later
"""One shell that lives through a page, as the reader's terminal does."""

import os
import select
import subprocess
import time
import uuid
from pathlib import Path

from harness import processes
from harness.errors import HarnessError

PATH = "/usr/local/bin:/usr/bin:/bin"


class Shell:
    """bash in a home directory of its own. close() ends it and all that it started.

    `root` and `user`: of a file system to change into, and whom to be there. `home` is the path
    there. `programs`: a directory to be first on its PATH. `patience`: seconds for one command.
    """

    def __init__(self, home: Path, programs=None, root=Path("/"), user=None, patience=30.0):
        self.root, self.home, self.patience = root, home, patience
        self._inside = home  # where the last command left it
        self._marker = uuid.uuid4().hex
        bash = ["bash", "--norc", "--noprofile"]
        if root != Path("/"):
            bash = ["/usr/sbin/chroot", f"--userspec={user}:{user}", "--groups=", root, *bash]
        self._process = subprocess.Popen(
            bash,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.directory,
            env={
                "PATH": f"{programs}:{PATH}" if programs else PATH,
                "HOME": str(home),
                "LANG": "C.UTF-8",
                processes.MARKER: self._marker,
            },
            start_new_session=True,
        )
        self.run(f"cd {home}")

    @property
    def directory(self) -> Path:
        """Where it is, as seen from outside of `root`."""
        return self.root / self._inside.relative_to("/")

    @property
    def home_outside(self) -> Path:
        """The home directory, as seen from outside of `root`."""
        return self.root / self.home.relative_to("/")

    def run(self, commands: str) -> tuple:
        """(exit status, what was shown): standard output and error as they come."""
        (self.home_outside / ".commands").write_text(commands)
        end = uuid.uuid4().hex
        line = f". ~/.commands </dev/null; printf '%s %s %s\\n' {end} $? \"$PWD\"\n"
        self._process.stdin.write(line.encode())
        self._process.stdin.flush()
        text, _, tail = self._read_until(end.encode()).decode(errors="replace").partition(end)
        status, _, directory = tail.strip().partition(" ")
        self._inside = Path(directory)
        return int(status), text

    def _read_until(self, end: bytes) -> bytes:
        channel = self._process.stdout.fileno()
        until = time.monotonic() + self.patience
        shown = b""
        while not (end in shown and shown.endswith(b"\n")):
            if not select.select([channel], [], [], max(until - time.monotonic(), 0))[0]:
                raise HarnessError(f"no end after {self.patience} s; shown so far: {shown!r}")
            piece = os.read(channel, 65536)
            if not piece:
                raise HarnessError(f"the shell ended; shown: {shown!r}")
            shown += piece
        return shown

    def left_running(self) -> list:
        """What it started and that still runs, beside itself."""
        found = processes.belonging_to(self._marker, self._process.pid)
        return [pid for pid in found if pid != self._process.pid]

    def close(self):
        self._process.stdin.close()
        self._process.wait(self.patience)
        self._process.stdout.close()
        processes.kill_all(self.left_running())
