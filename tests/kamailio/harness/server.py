# SPDX-License-Identifier: GPL-2.0-or-later
"""One Kamailio: started, asked, stopped, and looked over afterwards."""

import re
import shutil
import signal
import socket
import subprocess
import time
import uuid
from pathlib import Path

from . import processes, sip
from .errors import ServerDied, UncleanEnd
from .paths import KAMAILIO
from .ports import free_port, release
from .wait import PATIENCE

START_SECONDS = 60
STOP_SECONDS = PATIENCE

# A run of the tests that is ended by force takes its servers with it; each ends its programs itself.
_SETPRIV = shutil.which("setpriv")  # util-linux
WITH_ITS_PARENT = [_SETPRIV, "--pdeathsig", "TERM", "--"] if _SETPRIV else []

# The server's own environment: small and known, so that tests can say what programs see of it.
# The tool asks the first `kamailio` in PATH: the one that is tested.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": "/", "LANG": "C"}
if KAMAILIO and shutil.which("kamailio", path=ENVIRONMENT["PATH"]) != KAMAILIO:
    ENVIRONMENT["PATH"] = f"{Path(KAMAILIO).parent}:{ENVIRONMENT['PATH']}"

# Words that a healthy server never logs.
_TROUBLE = re.compile(
    rb"^\s*\d+\(\d+\) (CRITICAL|BUG|ALERT):|AddressSanitizer|runtime error:|core was generated"
)


class Server:
    """A running server. `strict`: stop() refuses trouble in the log and processes left over."""

    def __init__(self, config, module: Path, directory: Path, words=None, strict=True, **start):
        self.config = config
        self.directory = directory
        self.port = free_port()
        self.strict = strict
        self.unended = []  # processes that ran on when the wait for its end was over, in words
        self.marker = uuid.uuid4().hex
        self.log_path = directory / "log"
        self.config_path = config.write(
            directory, self.port, module, {"dir": directory, "port": self.port, **(words or {})}
        )
        self.process = self._start(**start)
        self._wait_until_up()

    def _start(self, environment=None, user=None):
        given = {**ENVIRONMENT, **(environment or {}), processes.MARKER: self.marker}
        command = [*WITH_ITS_PARENT, KAMAILIO, "-m", "32", "-M", "8", *self.config.kamailio]
        command += ["-E", "-f", self.config_path, "-P", self.directory / "pid"]
        command += ["-w", self.directory, "-Y", self.directory]
        with open(self.log_path, "wb") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=given,
                user=user,
                start_new_session=True,
            )

    def _wait_until_up(self):
        end = time.monotonic() + START_SECONDS
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.1)
            probe.connect(("127.0.0.1", self.port))
            while time.monotonic() < end:
                if self.process.poll() is not None:
                    status = self.process.returncode
                    raise ServerDied(f"no start, status {status}:\n{self.log_tail()}")
                try:
                    probe.send(sip.request("OPTIONS", f"sip:127.0.0.1:{self.port}"))
                    if probe.recv(65535):
                        self._wait_until_settled(end)
                        return
                except (TimeoutError, ConnectionError):
                    time.sleep(0.02)
        self.stop(strict=False)
        raise ServerDied(f"no answer in {START_SECONDS} s:\n{self.log_tail()}")

    def _wait_until_settled(self, end):
        """Until every process has started and sleeps. A Kamailio that is told to end while one of
        them still starts may wait for that one for ever (with either module)."""
        announced = re.search(r"processes \(at least\): (\d+)", self.log())
        wanted = int(announced[1]) - 1 if announced and "-DD" in self.config.kamailio else 0
        asleep = 0
        while asleep < 2 and time.monotonic() < end:
            children = processes.children_of(self.process.pid)
            started = len(children) >= wanted
            asleep = asleep + 1 if started and all(map(processes.sleeps, children)) else 0
            time.sleep(0.01)

    def log(self) -> str:
        return self.log_path.read_bytes().decode(errors="replace")

    def log_tail(self, lines=25) -> str:
        return "\n".join(self.log().splitlines()[-lines:])

    def alive(self) -> bool:
        return self.process.poll() is None

    def workers(self) -> list:
        """Pids of the processes that take SIP requests: the first that Kamailio forks."""
        return processes.children_of(self.process.pid)[: self.config.children]

    def started_processes(self) -> list:
        """Everything it started and that still runs, the server's own processes included."""
        return processes.belonging_to(self.marker, self.process.pid)

    def terminate(self) -> float:
        """SIGTERM and a bounded wait; returns the seconds until its end. Judges nothing."""
        begin = time.monotonic()
        if self.alive():
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                # Now: Kamailio kills what is left 60 s after the signal, and nothing tells why then.
                running = [self.process.pid, *self.started_processes()]
                self.unended = [processes.describe(pid) for pid in dict.fromkeys(running)]
        return time.monotonic() - begin

    def stop(self, strict=None) -> None:
        """Ends the server and what it left. Where strict, that there was nothing wrong with it."""
        strict = self.strict if strict is None else strict
        self.terminate()
        ended = not self.alive()
        left = processes.wait_until_gone(self.started_processes, PATIENCE if strict else 0)
        names = [processes.describe(pid) for pid in left]
        processes.kill_all(left)
        self.process.wait(STOP_SECONDS)
        release(self.port)
        if strict:
            self._judge(ended, names)

    def _judge(self, ended, left):
        lines = self.log_path.read_bytes().splitlines()
        trouble = [line for line in lines if _TROUBLE.search(line)]
        if not ended:
            raise UncleanEnd(f"{self._why_unended()}\n{self.log_tail()}")
        if self.process.returncode != 0:
            raise UncleanEnd(f"exit status {self.process.returncode}:\n{self.log_tail()}")
        if left:
            raise UncleanEnd(f"left running: {', '.join(left)}")
        if trouble:
            raise UncleanEnd("log: " + b"\n".join(trouble[:10]).decode(errors="replace"))

    def _why_unended(self) -> str:
        """Whose fault it may be. A process in kernel_clone starts a program that was stopped before it
        ran; one that sleeps for a lock waits for a process that was ended with it."""
        took = "handle_sigs(): Thank you for flying" in self.log()
        main = "it waits for its processes" if took else "its main process has not taken it up"
        return f"still running {STOP_SECONDS} s after SIGTERM ({main}): {', '.join(self.unended)}"
