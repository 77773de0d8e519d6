# SPDX-License-Identifier: GPL-2.0-or-later
"""The bare spawn of a case's program: posix_spawn, one pipe where the call needs it, waitpid.

One process for each case, started at its first measurement and kept, as the servers are.
"""

import select
import subprocess
from pathlib import Path

from . import invite
from .errors import MeasurementError

PATIENCE = 60.0  # seconds for one round


class BareSubject:
    """`environments`: {True: file with the SIP environment, False: without}, as calls have it."""

    name = "bare"

    def __init__(self, program: Path, environments: dict, directory: Path):
        self._program = program
        self._environments = environments
        self._input = directory / "message"
        self._input.write_bytes(invite.example())
        self._spawners = {}

    def measure(self, case, calls: int) -> float:
        """Microseconds for one call, of `calls` calls."""
        if case.name not in self._spawners:
            self._spawners[case.name] = self._start(case)
        spawner = self._spawners[case.name]
        try:
            spawner.stdin.write(b"%d\n" % calls)
            ready, _, _ = select.select([spawner.stdout], [], [], PATIENCE)
            line = spawner.stdout.readline() if ready else b""
            nanoseconds, printed = map(int, line.split())
        except (OSError, ValueError) as error:
            raise MeasurementError(f"bare spawn of {case.bare}: no time: {error}") from error
        if case.captures != (printed > 0):
            raise MeasurementError(f"bare spawn of {case.bare}: {printed} bytes of output")
        return nanoseconds / 1000 / calls

    def pid(self, case) -> int:
        """The process that makes the calls; there is one from the first measurement on."""
        return self._spawners[case.name].pid

    def close(self):
        for spawner in self._spawners.values():
            spawner.stdin.close()
        for spawner in self._spawners.values():
            try:
                spawner.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                spawner.kill()
                spawner.wait()

    def _start(self, case):
        command = [self._program, "--environment", self._environments[case.variables]]
        if case.captures:
            command.append("--capture")
        if case.reads:
            command += ["--input", self._input]
        # In a session of its own, as the servers are: the scheduler may share out by session.
        return subprocess.Popen(
            [*command, *case.bare],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
