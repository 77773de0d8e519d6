# SPDX-License-Identifier: GPL-2.0-or-later
"""How long a SIP worker waits in exec_cmd() for a call that is stored, at a steady rate of calls."""

import socket
import statistics
import time
from pathlib import Path

from . import invite
from .disk import file_system
from .errors import MeasurementError
from .harness import Config, Server, sip
from .scene import Scene
from .server_subject import microseconds
from .service import worker_lines
from .stored import StoringDaemon, directory_on_disk

RATE = 500  # calls a second
SECONDS = 10
SIP_WORKERS = 16
PATIENCE = 20.0  # seconds, for the last replies

_ROUTE = r"""
    $avp(begin) = $TV(Sn);
    exec_cmd("@billing start $ci");
    $avp(rc) = $rc;
    $avp(end) = $TV(Sn);
    append_to_reply("X-Begin: $avp(begin)\r\nX-End: $avp(end)\r\nX-Good: $avp(rc)\r\n");
"""


def _request(local: str) -> bytes:
    headers = [("X-Test", "stores"), *invite.headers(1)]
    return sip.request(
        "INVITE", "sip:bob@example.com", headers, invite.BODY, call_id=sip.token(), from_tag=sip.token(),
        branch="z9hG4bK" + sip.token(), local=local,
    )  # fmt: skip


def _waits(port: int) -> list:
    """Microseconds of each call that was answered, in order of size. A server that is too slow drops
    requests: its socket holds few."""
    waits, count = [], RATE * SECONDS
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        client.bind(("127.0.0.1", 0))
        client.connect(("127.0.0.1", port))
        local = "127.0.0.1:%d" % client.getsockname()[1]
        requests = [_request(local) for _ in range(count)]
        begun, replies, sent = time.monotonic(), [], 0
        while len(replies) < count and time.monotonic() < begun + SECONDS + PATIENCE:
            due = begun + sent / RATE
            if sent < count and time.monotonic() >= due:
                client.send(requests[sent])
                sent += 1
                continue
            client.settimeout(max(due - time.monotonic(), 0.0001) if sent < count else 0.1)
            try:
                replies.append(client.recv(65535))
            except TimeoutError:
                continue
    for reply in map(sip.Message.parse, replies):
        if reply["X-Good"] != "1":
            raise MeasurementError(f"a call was answered {reply['X-Good']}")
        waits.append(microseconds(reply["X-End"]) - microseconds(reply["X-Begin"]))
    if not waits:
        raise MeasurementError(f"none of {count} requests was answered")
    return sorted(waits)


def measure_stored_wait(module: Path, build: Path, scene: Scene) -> list:
    directory = directory_on_disk(build, scene)
    worker = build.resolve() / "bench" / "echo_worker"
    programs = {"billing": worker_lines(worker, 2) + "\ndelivery = stored\nstore_timeout = 10s"}
    daemon = scene.add(StoringDaemon(build, directory, programs))
    config = Config(
        {"stores": _ROUTE}, children=SIP_WORKERS, params=(("service", str(daemon.socket_path)),)
    )
    server = Server(config, module, scene.directory(), strict=False)
    try:
        warm_up = _waits(server.port)
        before = daemon.store()
        waits = _waits(server.port)
        after = daemon.store()
    finally:
        server.stop()
    commits = after["commits"] - before["commits"]
    return [
        {
            "call": 'exec_cmd("@billing start $ci")',
            "calls": RATE * SECONDS,
            "answered": len(waits),
            "median_us": statistics.median(waits),
            "p99_us": waits[int(0.99 * len(waits))],
            "longest_us": waits[-1],
            "commits": commits,
            "file_system": file_system(directory),
            "warm_up_us": statistics.median(warm_up),
        }
    ]


HEAD = ("call", "calls", "answered", "commits", "median us", "99th percentile us", "longest us")


def row(one: dict) -> tuple:
    return (
        one["call"],
        f"{one['calls']}",
        f"{one['answered']}",
        f"{one['commits']}",
        *(f"{one[name]:.0f}" for name in ("median_us", "p99_us", "longest_us")),
    )


TEXT = f"""
### What a SIP worker waits for

A server with {SIP_WORKERS} SIP workers receives {RATE} INVITEs a second for {SECONDS} s; the script makes one
stored call for each, and takes the time before and after. A C++ worker of kamexecd runs them at the same time.
Nothing is demanded of these times: they are those of the disk.

{{table}}
"""
