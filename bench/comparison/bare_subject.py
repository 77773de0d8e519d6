# SPDX-License-Identifier: GPL-2.0-or-later
"""The bare spawn of a case's program: posix_spawn, one pipe where the call needs it, waitpid."""

import subprocess
from pathlib import Path

from . import invite
from .errors import MeasurementError

PATIENCE = 60.0  # seconds for one round


class BareSubject:
    """`environments`: {True: file with the SIP environment, False: without}, as the calls have it."""

    name = "bare"

    def __init__(self, program: Path, environments: dict, directory: Path):
        self._program = program
        self._environments = environments
        self._input = directory / "message"
        self._input.write_bytes(invite.example())

    def measure(self, case, calls: int) -> float:
        """Microseconds for one call, of `calls` calls."""
        command = [self._program, "--environment", self._environments[case.variables]]
        if case.captures:
            command.append("--capture")
        if case.reads:
            command += ["--input", self._input]
        done = subprocess.run(
            [*command, str(calls), *case.bare],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        if done.returncode != 0:
            raise MeasurementError(f"bare spawn of {case.bare}: {done.stderr.strip()}")
        return int(done.stdout.splitlines()[0]) / 1000 / calls

    def close(self):
        pass
