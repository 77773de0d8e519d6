# SPDX-License-Identifier: GPL-2.0-or-later
"""Finds the processes that a server started, wherever they moved to."""

import os
import signal

from .wait import PATIENCE, wait_until

MARKER = "KAMEXEC_TEST_SERVER"


def _read(path) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def _session(pid: int) -> int:
    stat = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    return int(stat[3]) if len(stat) > 3 else -1


def state(pid: int) -> str:
    """One letter as in proc(5), "" for no such process."""
    stat = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    return stat[0].decode() if stat else ""


def sleeps(pid: int) -> bool:
    return state(pid) == "S"


def belonging_to(marker: str, session: int) -> list:
    """Pids, zombies left out, with `marker` in their environment or of the session `session`."""
    wanted = f"{MARKER}={marker}".encode()
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        pid = int(name)
        if _session(pid) != session and wanted not in _read(f"/proc/{pid}/environ").split(b"\0"):
            continue
        if state(pid) not in ("", "Z", "X"):
            found.append(pid)
    return found


def describe(pid: int) -> str:
    command = _read(f"/proc/{pid}/cmdline").replace(b"\0", b" ").decode(errors="replace").strip()
    return f"{pid} ({command}; state {state(pid)}, in {_read(f'/proc/{pid}/wchan').decode()})"


def children_of(pid: int) -> list:
    """Direct children, zombies included."""
    return [int(word) for word in _read(f"/proc/{pid}/task/{pid}/children").split()]


def has_started(pid: int) -> bool:
    """Whether it is a program of its own by now: before that it is a copy of its parent."""
    parent = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()[1:2]
    try:
        return not os.path.samefile(f"/proc/{pid}/exe", f"/proc/{int(parent[0])}/exe")
    except (OSError, IndexError):
        return False


def wait_until_gone(find, seconds=PATIENCE):
    """Calls find() until it gives nothing or time is up; returns what it gave last."""
    left = None

    def gone():
        nonlocal left
        left = find()
        return not left

    wait_until(gone, seconds)
    return left


def at_rest(pid: int) -> bool:
    """Whether it sleeps, and no signal waits for it."""
    status = _read(f"/proc/{pid}/status").decode(errors="replace")
    pending = [line.split()[1] for line in status.splitlines() if line.startswith(("SigPnd", "ShdPnd"))]
    return sleeps(pid) and not any(int(mask, 16) for mask in pending)


def kill_all(pids) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
