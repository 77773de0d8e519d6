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

PATIENCE = 30.0  # seconds for one block


class Shell:
    """bash in a home directory of its own. close() ends it and all that it started."""

    def __init__(self, home: Path):
        self.home = home
        self.directory = home  # where the last command left it
        self._marker = uuid.uuid4().hex
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(home),
            "LANG": "C.UTF-8",
            processes.MARKER: self._marker,
        }
        self._process = subprocess.Popen(
            ["bash", "--norc", "--noprofile"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=home,
            env=environment,
            start_new_session=True,
        )

    def run(self, commands: str) -> tuple:
        """(exit status, what was shown): standard output and error as they come."""
        script = self.home / ".commands"
        script.write_text(commands)
        end = uuid.uuid4().hex
        line = f". {script} </dev/null; printf '%s %s %s\\n' {end} $? \"$PWD\"\n"
        self._process.stdin.write(line.encode())
        self._process.stdin.flush()
        shown = self._read_until(end.encode())
        text, _, tail = shown.decode(errors="replace").partition(end)
        status, _, directory = tail.strip().partition(" ")
        self.directory = Path(directory)
        return int(status), text

    def _read_until(self, end: bytes) -> bytes:
        channel = self._process.stdout.fileno()
        until = time.monotonic() + PATIENCE
        shown = b""
        while not (end in shown and shown.endswith(b"\n")):
            if not select.select([channel], [], [], max(until - time.monotonic(), 0))[0]:
                raise HarnessError(f"no end after {PATIENCE} s; shown so far: {shown!r}")
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
        self._process.wait(PATIENCE)
        self._process.stdout.close()
        processes.kill_all(self.left_running())
