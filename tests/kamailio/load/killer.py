# SPDX-License-Identifier: GPL-2.0-or-later
"""Kills commands at random, in every way that a program can die or hang."""

import os
import random
import signal
import threading

from harness.processes import children_of

_SIGNALS = [
    signal.SIGKILL,
    signal.SIGTERM,
    signal.SIGSEGV,
    signal.SIGABRT,
    signal.SIGINT,
    signal.SIGSTOP,
]


class Killer:
    """Sends a signal to a program of `parents` each `interval` seconds, until stop()."""

    def __init__(self, parents: list, seed: int, interval=0.05):
        self.killed = 0
        self._parents, self._interval = parents, interval
        self._random = random.Random(seed)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ending.set()
        self._thread.join(5)

    def _run(self):
        while not self._ending.wait(self._interval):
            programs = [child for parent in self._parents for child in children_of(parent)]
            if programs:
                self._kill(self._random.choice(programs))

    def _kill(self, pid):
        try:
            os.kill(pid, self._random.choice(_SIGNALS))
            self.killed += 1
        except ProcessLookupError:
            pass  # it ended meanwhile
