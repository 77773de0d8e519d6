# SPDX-License-Identifier: GPL-2.0-or-later
"""The attackers of tests/attackers, and what they are aimed at."""

import os
import pwd
import random
import shutil
import socket
import subprocess
from pathlib import Path

from .errors import HarnessError
from .paths import REPOSITORY
from .processes import kill_all
from .wait import wait_until

SOURCES = REPOSITORY / "tests" / "attackers"


def build(directory: Path) -> Path:
    """Compiles them, or takes the program that KAMEXEC_ATTACKER names; returns the program, which everyone may run. Beside it is readable/setuid, a copy that is
    root's and setuid."""
    program = directory / "attacker"
    if made := os.environ.get("KAMEXEC_ATTACKER"):
        shutil.copy(made, program)
    else:
        sources = sorted(SOURCES.glob("*.c"))
        done = subprocess.run(
            ["cc", "-std=gnu11", "-D_GNU_SOURCE", "-O1", "-Wall", "-Wextra", "-Werror", "-o", program, *sources],
            capture_output=True, text=True, check=False,
        )
        if done.returncode != 0:
            raise HarnessError(f"attackers: {done.stderr}")
    program.chmod(0o755)
    setuid = directory / "readable" / "setuid"
    setuid.parent.mkdir(mode=0o755)
    shutil.copy(program, setuid)
    setuid.chmod(0o4755)
    return program


def survivors(token: str) -> list:
    """Pids of the processes that an attacker with that token left behind."""
    found = []
    wanted = b"\0survive\0" + token.encode() + b"\0"
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                if Path(f"/proc/{name}/cmdline").read_bytes().endswith(wanted):
                    found.append(int(name))
            except OSError:
                pass
    return found


class Targets:
    """What one attack is aimed at, made anew for it and owned by `owner`, who is the server's user.

    words() has the arguments of an attack for the names that docs/security.md writes in capitals."""

    def __init__(self, directory: Path, attacker: Path, owner: str, server: int, port=0, group=None):
        self.directory = directory / f"targets{random.getrandbits(48):x}"
        self.token = f"token{random.getrandbits(48):x}"
        self.victim = None
        self._attacker, self._owner, self._server_pid = attacker, pwd.getpwnam(owner), server
        self._allowed_port, self._own_group = port, group
        self._ends = []
        self.directory.mkdir(mode=0o755)
        os.chown(self.directory, self._owner.pw_uid, self._owner.pw_gid)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for end in reversed(self._ends):
            end()
        kill_all(survivors(self.token))
        shutil.rmtree(self.directory)

    def words(self, attack: str) -> list:
        """`attack`: as in "rename SECRET NEW"."""
        name, *targets = attack.split()
        return [name, *(str(getattr(self, f"_{target.lower()}")()) for target in targets)]

    # --- files ---

    def _file(self, name, mode) -> Path:
        path = self.directory / name
        path.write_text("secret\n")
        os.chown(path, self._owner.pw_uid, self._owner.pw_gid)
        path.chmod(mode)
        return path

    def _secret(self):
        return self._file("secret", 0o600)

    def _public(self):
        return self._file("public", 0o644)

    def _directory(self):
        path = self.directory / "directory"
        path.mkdir(mode=0o700)
        os.chown(path, self._owner.pw_uid, self._owner.pw_gid)
        self._ends.append(lambda: subprocess.run(["umount", "-q", path], check=False) if path.is_mount() else None)
        return path

    def _new(self):
        return self.directory / "new"

    def _program(self):
        return shutil.copy(self._attacker, self.directory / "program")

    def _setuid(self):
        """Where a sandbox lets it be run."""
        return self._attacker.parent / "readable" / "setuid"

    # --- sockets ---

    def _listener(self, family, address):
        made = socket.socket(family, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(4)
        self._ends.append(made.close)
        return made

    def _port_of(self, number) -> int:
        return self._listener(socket.AF_INET, ("127.0.0.1", number)).getsockname()[1]

    def _port(self):
        return self._port_of(0)

    def _allowed(self):
        """The port that the program's definition names."""
        return self._port_of(self._allowed_port)

    def _udp(self):
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind(("127.0.0.1", 0))
        self._ends.append(made.close)
        return made.getsockname()[1]

    def _socket(self):
        path = self.directory / "socket"
        self._listener(socket.AF_UNIX, str(path))
        os.chown(path, self._owner.pw_uid, self._owner.pw_gid)
        path.chmod(0o600)
        return path

    def _abstract(self):
        self._listener(socket.AF_UNIX, f"\0kamexec-{self.token}")
        return f"@kamexec-{self.token}"

    # --- processes ---

    def _as_owner(self, command, **options):
        # Of this process's group, as the harness' servers are: some attacks want both to be the same.
        return subprocess.Popen(
            command, user=self._owner.pw_uid, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options,
        )

    def _victim(self):
        """A process of the server's user; its descriptor 0 is the secret."""
        with open(self._secret(), "rb") as secret:
            self.victim = self._as_owner([self._attacker, "survive", "victim"], stdin=secret)
        self._ends.append(self._end_victim)
        running = f"/proc/{self.victim.pid}/exe"
        wait_until(lambda: os.path.samefile(running, self._attacker))
        return self.victim.pid

    def _end_victim(self):
        self.victim.kill()
        self.victim.wait()

    def victim_ends(self, seconds) -> bool:
        return bool(wait_until(lambda: self.victim.poll() is not None, seconds))

    def _server(self):
        return self._server_pid

    # --- what processes share by a name that is no path ---

    def _shared(self, kind, name):
        if self._as_owner([self._attacker, f"make-{kind}", name]).wait() != 0:
            raise HarnessError(f"no {kind} can be made here")
        self._ends.append(
            lambda: subprocess.run([self._attacker, f"remove-{kind}", name], stdout=subprocess.DEVNULL, check=True)
        )
        return name

    def _key(self):
        return self._shared("memory", str(random.randrange(1, 1 << 31)))

    def _queue(self):
        return self._shared("queue", f"/{self.token}")

    # --- amounts ---

    def _processes(self):
        return 200

    def _megabytes(self):
        return 240

    def _group(self):
        """The control group that the server itself is in."""
        return self._own_group or "/nowhere"

    def _token(self):
        return self.token
