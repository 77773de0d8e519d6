# SPDX-License-Identifier: GPL-2.0-or-later
"""Waiting for what must come. A limit only says when to give up: no test passes or fails by how fast
the machine is."""

import os
import time
from pathlib import Path

# Seconds. Less than programs of tests live that are to be ended ("sleep 30"): what ends with them
# alone comes too late.
PATIENCE = 20.0


def wait_until(holds, seconds=PATIENCE):
    """Calls holds() until it is true or time is up; returns what it gave last."""
    end = time.monotonic() + seconds
    held = holds()
    while not held and time.monotonic() < end:
        time.sleep(0.01)
        held = holds()
    return held


class Gate:
    """Where programs wait for the test: a FIFO at `path`, of which a shell's `: < path` passes once
    the gate is open."""

    def __init__(self, path: Path):
        self._path = path
        self._held = None
        os.mkfifo(path)

    def open(self) -> None:
        """For all that wait there and all that come."""
        self._held = os.open(self._path, os.O_RDWR)

    def close(self) -> None:
        """At a test's end: who still waits goes on, so that nothing is left behind."""
        if self._held is None:
            self.open()
        os.close(self._held)
        self._path.unlink()
