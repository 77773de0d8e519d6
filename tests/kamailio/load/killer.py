# SPDX-License-Identifier: GPL-2.0-or-later
"""Kills commands at random, in every way that a program can die or hang."""

import os
import random
import signal

from harness.processes import children_of, has_started

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
        number = self._random.choice(_SIGNALS)
        # The kernel holds up whoever starts a program until that runs: what stops a process that is
        # about to become one stops the server's process too, and not even SIGTERM ends that then.
        if number == signal.SIGSTOP and not has_started(pid):
            return
        try:
            os.kill(pid, number)
            self.killed += 1
        except ProcessLookupError:
            pass  # it ended meanwhile
