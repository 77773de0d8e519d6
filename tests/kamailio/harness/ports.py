# SPDX-License-Identifier: GPL-2.0-or-later
"""UDP and TCP ports of 127.0.0.1 for servers that are told one when they start.

Between its choice and the server's bind a port is nobody's, and a Kamailio binds what another one
has (SO_REUSEADDR). So a port is kept from all runs of these tests on this machine by a lock of its
number, an abstract Unix socket: as ports do, those belong to the network namespace, and the kernel
frees them with their process. From others' clients a port is safe where the system picks none for
them.
"""

import random
import socket
from pathlib import Path

from .errors import HarnessError

LEAST = 10_000
_held = {}  # port -> its lock


def _first_that_clients_get() -> int:
    try:
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except OSError:
        return 32_768


def _bindable(port: int) -> bool:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


def free_port() -> int:
    """A port that nobody has, and that no other run gets until release() or this process's end."""
    end = _first_that_clients_get()
    choices = range(LEAST, end) if end > LEAST + 1000 else range(LEAST, 65_536)
    for _ in range(1000):
        port = random.SystemRandom().choice(choices)  # a test's seed must not give all runs the same
        lock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            lock.bind(f"\0kamexec-test-port-{port}")
        except OSError:
            lock.close()
            continue
        if _bindable(port):
            _held[port] = lock
            return port
        lock.close()
    raise HarnessError("no free port on 127.0.0.1")


def release(port: int) -> None:
    """The server that had it is gone."""
    lock = _held.pop(port, None)
    if lock is not None:
        lock.close()
