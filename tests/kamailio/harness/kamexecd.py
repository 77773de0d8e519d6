# SPDX-License-Identifier: GPL-2.0-or-later
"""kamexecd: started, asked, reloaded, replaced, stopped, and looked over afterwards.

    daemon = Kamexecd(directory, {"lcr": "run = /opt/lcr\\nvia = pool"})
    with daemon.connect() as client:
        reply = client.call("lcr", "4930123456")
        assert (reply.word, reply.lines) == ("yes", ["sip:..."])
    daemon.stop()
"""

import re
import signal
import socket
import subprocess
import uuid
from pathlib import Path

from . import processes
from .errors import HarnessError, ServerDied, UncleanEnd
from .paths import OURS
from .server import ENVIRONMENT, WITH_ITS_PARENT
from .service_client import ServiceClient
from .wait import PATIENCE, wait_until

# Beside the module under test, as the build leaves them.
KAMEXECD = OURS.parent / "kamexecd"

START_SECONDS = 60


def configuration(programs: dict, daemon: str = "") -> str:
    """The text of a programs.conf: `programs` by name, each the lines of its section; `daemon`: those
    of [kamexecd]."""
    sections = {**({"kamexecd": daemon} if daemon else {}), **programs}
    return "".join(f"[{name}]\n{lines.strip()}\n\n" for name, lines in sections.items())


class Kamexecd:
    """A running daemon with a socket of its own: `socket_path`, for modparam("exec", "service", ...).

    `activated`: the listening socket is the harness', as it is systemd's: restart() closes nothing
    that a client has, or will, connect to. `user`: whom it runs as. `options`: more of its command
    line. `program`: the daemon, if not the one beside the module under test. `state`: its directory
    for what is kept, if not `directory`. stop() refuses an exit status, or processes that are left over."""

    def __init__(self, directory: Path, programs, daemon="", activated=False, user=None, options=(),
                 environment=None, start=True, program=KAMEXECD, state=None):
        self.directory = Path(directory)
        self.directory.mkdir(exist_ok=True)
        self.socket_path = self.directory / "programs.sock"
        self.config_path = self.directory / "programs.conf"
        self.log_path = self.directory / "kamexecd.log"
        self.marker = uuid.uuid4().hex
        self.options = list(options)
        self._program = Path(program)
        self._state = Path(state or directory)
        self._user = user
        self._environment = environment or {}
        self._listener = None
        self._sessions = set()
        self._killed = False
        self.write(programs, daemon)
        if activated:
            self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._listener.bind(str(self.socket_path))
            self._listener.listen(4096)
            self.socket_path.chmod(0o666)
        self.process = None
        if start:
            self.start()

    # --- its files ---

    def write(self, programs, daemon="") -> None:
        """The configuration, for the next start or reload: a dict as configuration() takes it, or
        text."""
        text = programs if isinstance(programs, str) else configuration(programs, daemon)
        # Whole or not at all, whenever the daemon reads it.
        new = self.config_path.with_suffix(".new")
        new.write_text(text)
        new.replace(self.config_path)

    def log(self) -> str:
        return self.log_path.read_bytes().decode(errors="replace") if self.log_path.exists() else ""

    # --- its life ---

    def start(self, *options, wait=True) -> subprocess.Popen:
        """Starts it, with more `options` for this time, and waits until it is ready."""
        if not self._program.exists():
            raise HarnessError(f"no daemon at {self._program}: build it, or set KAMEXEC_MODULE")
        said = self._times_ready()
        self._killed = False
        self.process = self._spawn(options)
        if wait:
            self._wait_until_ready(said)
        return self.process

    def _spawn(self, options) -> subprocess.Popen:
        command = [*WITH_ITS_PARENT, self._program, "--config", self.config_path, "--socket", self.socket_path]
        command += ["--state", self._state, *self.options, *options]
        given = {**ENVIRONMENT, processes.MARKER: self.marker, **self._environment}
        kept = ()
        if self._listener:
            # sd_listen_fds(3): descriptor 3, and LISTEN_PID is the process that reads it. dash can't
            # name descriptors above 9.
            kept = (self._listener.fileno(),)
            shell = f"exec 3<&{kept[0]}; LISTEN_FDS=1 LISTEN_PID=$$ exec \"$@\""
            command = ["/bin/bash", "-c", shell, "bash", *command]
        with open(self.log_path, "ab") as log:
            started = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=given, user=self._user, pass_fds=kept, start_new_session=True,
            )
        self._sessions.add(started.pid)
        return started

    def _times_ready(self) -> int:
        return len(re.findall(r"^(?:kamexecd: |<5>)ready: ", self.log(), re.M))

    def _wait_until_ready(self, said: int) -> None:
        def ready():
            return self.process.poll() is not None or self._times_ready() > said

        wait_until(ready, START_SECONDS)
        if self.process.poll() is not None or not ready():
            raise ServerDied(f"no start, status {self.process.poll()}:\n{self.log()}")

    @property
    def pid(self) -> int:
        return self.process.pid

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def reload(self) -> bool:
        """SIGHUP; waits until it has read its files. Whether it took them."""
        done, failed = self.log().count("reloaded: "), self.log().count("the one from before stays")
        self.process.send_signal(signal.SIGHUP)
        wait_until(
            lambda: self.log().count("reloaded: ") > done
            or self.log().count("the one from before stays") > failed
            or not self.alive()
        )
        return self.log().count("reloaded: ") > done

    def restart(self) -> None:
        """As `systemctl restart`: SIGTERM, the end, a new one."""
        self.end()
        self.start()

    def replace(self) -> subprocess.Popen:
        """A new daemon takes the socket over; returns the process of the old one, which ends by
        itself."""
        old = self.process
        self.start("--replace")
        return old

    def kill9(self) -> None:
        """Its status is none that stop() would refuse."""
        self._killed = True
        self.process.kill()
        self.process.wait(PATIENCE)

    def end(self, how=signal.SIGTERM) -> int:
        """Tells it to end and waits for that; its exit status."""
        self.process.send_signal(how)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill9()
            raise UncleanEnd(f"kamexecd did not end in {PATIENCE} s:\n{self.log()}") from None

    def stop(self) -> None:
        """Ends it and looks it over: status 0, no program left."""
        status = self.end() if self.alive() else self.process and self.process.returncode
        left = processes.wait_until_gone(self.left_over)
        described = [processes.describe(pid) for pid in left]
        processes.kill_all(left)
        if self._listener:
            self._listener.close()
        if left:
            raise UncleanEnd("kamexecd left behind: " + "; ".join(described))
        if status not in (0, None) and not self._killed:
            raise UncleanEnd(f"kamexecd ended with status {status}:\n{self.log()}")

    def left_over(self) -> list:
        """Its processes, and those of its programs, wherever they moved to."""
        found = set()
        for session in self._sessions:
            found |= set(processes.belonging_to(self.marker, session))
        return sorted(found)

    # --- asked ---

    def connect(self, **options) -> ServiceClient:
        return ServiceClient(self.socket_path, **options)

    def call(self, program: str, *arguments, **options):
        """One call over a connection of its own (ServiceClient.call)."""
        with self.connect() as client:
            return client.call(program, *arguments, **options)

    def children(self) -> list:
        return processes.children_of(self.pid)
