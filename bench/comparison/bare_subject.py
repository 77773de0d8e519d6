# SPDX-License-Identifier: GPL-2.0-or-later
"""What calls are compared with: the least that their work costs, made by small programs."""

import functools
import os
import select
import subprocess
from pathlib import Path

from . import invite
from .errors import MeasurementError

PATIENCE = 60.0  # seconds for one round


class Repeater:
    """A program that makes so many calls for each number that it is sent (bench/repeat.h)."""

    def __init__(self, command, processor=None):
        # In a session of its own, as the servers are: the scheduler may share out by session.
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
            preexec_fn=processor and functools.partial(os.sched_setaffinity, 0, {processor}),
        )
        self.pid = self._process.pid

    def run(self, calls: int) -> tuple:
        """Nanoseconds of all, and the bytes that the last one gave."""
        try:
            self._process.stdin.write(b"%d\n" % calls)
            ready, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
            line = self._process.stdout.readline() if ready else b""
            nanoseconds, size = map(int, line.split())
        except (OSError, ValueError) as error:
            raise MeasurementError(f"{self._process.args}: no time: {error}") from error
        return nanoseconds, size

    def end(self):
        self._process.stdin.close()

    def wait(self):
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class BareSubject:
    """The bare spawn of a case's program: posix_spawn, one pipe where the call needs it, waitpid.
    One process for each case, started at its first measurement and kept, as the servers are.

    `environments`: {True: file with the SIP environment, False: without}, as calls have it."""

    name, repeats = "bare", 1

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
        nanoseconds, printed = self._spawners[case.name].run(calls)
        if case.captures != (printed > 0):
            raise MeasurementError(f"bare spawn of {case.bare}: {printed} bytes of output")
        return nanoseconds / 1000 / calls

    def pid(self, case) -> int:
        """The process that makes the calls; there is one from the first measurement on."""
        return self._spawners[case.name].pid

    def close(self):
        for spawner in self._spawners.values():
            spawner.end()
        for spawner in self._spawners.values():
            spawner.wait()

    def _start(self, case):
        command = [self._program, "--environment", self._environments[case.variables]]
        if case.captures:
            command.append("--capture")
        if case.reads:
            command += ["--input", self._input]
        return Repeater([*command, *case.bare])


class PairSubject:
    """A bare round trip of so many bytes over a socket pair, the same for every case.
    `processor`: both ends run on that one alone. `more`: of the program's arguments."""

    def __init__(self, name, program: Path, request: int, reply: int, repeats=1, processor=None, more=()):
        self.name, self.repeats = name, repeats
        self._pair = Repeater([program, str(request), str(reply), *more], processor)

    def measure(self, _case, calls: int) -> float:
        """Microseconds for one round trip, of `calls` of them."""
        nanoseconds, _ = self._pair.run(calls)
        return nanoseconds / 1000 / calls

    def pid(self, _case) -> int:
        return self._pair.pid

    def close(self):
        self._pair.end()
        self._pair.wait()
