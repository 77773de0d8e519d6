# SPDX-License-Identifier: GPL-2.0-or-later
"""Kills commands at random, in every way that a program can die or hang."""

import os
import random
import signal

from harness.processes import children_of

from .repeater import Repeater

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
        self._parents = parents
        self._random = random.Random(seed)
        self._repeater = Repeater(self._kill_one, interval)

    def stop(self) -> None:
        self._repeater.stop()

    def _kill_one(self):
        programs = [child for parent in self._parents for child in children_of(parent)]
        if programs:
            self._kill(self._random.choice(programs))

    def _kill(self, pid):
        try:
            os.kill(pid, self._random.choice(_SIGNALS))
            self.killed += 1
        except ProcessLookupError:
            pass  # it ended meanwhile
