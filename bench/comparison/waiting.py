# SPDX-License-Identifier: GPL-2.0-or-later
"""Shared memory that asynchronous calls hold while they wait: many requests, each with a command
that waits for its turn."""

import statistics
import time

from . import invite
from .errors import MeasurementError
from .harness import Client, Config, Server, rpc, sip
from .scene import Scene

JOBS = 10_000
MEMORY_MIB = 512  # of shared memory, for the server
PATIENCE = 60.0  # seconds
AT_ONCE = 50  # requests that are sent before the server is looked at: its socket holds them

_ROUTE = """exec_avp_async("sleep 25", "$avp(answer)", "GOES_ON"); t_reply("503", "Refused"); exit;"""


def _config() -> Config:
    return Config(
        {"waits": _ROUTE, "GOES_ON": "exit;"},
        children=1,
        rpc=True,
        params=(("async_running", 1), ("async_waiting", JOBS)),
        kamailio=("-DD", "-m", str(MEMORY_MIB)),
    )


class _Waiting:
    def __init__(self, server, directory):
        self._client, self._directory = Client(server), directory

    def ask(self, *query):
        return rpc.call(self._directory, *query)

    def under_way(self) -> int:
        return self.ask("exec.stats")["async_under_way"]

    def used(self) -> int:
        return self.ask("core.shmmem", "b")["used"]

    def _send(self, number: int) -> None:
        self._client.send(
            sip.request(
                "INVITE",
                "sip:bob@example.com",
                [("X-Test", "waits"), *invite.headers(number)],
                invite.BODY,
                call_id=sip.token(),
                branch="z9hG4bK" + sip.token(),
                from_tag=sip.token(),
                local=self._client.local,
            )
        )

    def fill(self, jobs: int) -> None:
        """Sends requests until so many calls wait."""
        end = time.monotonic() + PATIENCE
        for begin in range(0, jobs, AT_ONCE):
            wanted = min(begin + AT_ONCE, jobs)
            for number in range(begin, wanted):
                self._send(number)
            while self.under_way() < wanted:
                if time.monotonic() > end:
                    raise MeasurementError(f"{self.under_way()} calls wait, not {wanted}")
                time.sleep(0.001)

    def close(self):
        self._client.close()


def measure_waiting(module, scene: Scene) -> dict:
    """Bytes of shared memory for each of JOBS calls."""
    directory = scene.directory()
    server = Server(_config(), module, directory, strict=False)
    try:
        waiting = _Waiting(server, directory)
        waiting.fill(AT_ONCE)  # what is allocated once, is allocated then
        blocks = [job["bytes"] for job in waiting.ask("exec.jobs")]
        before = waiting.used()
        waiting.fill(JOBS)
        used = waiting.used() - before
        waiting.close()
    finally:
        server.stop()
    return {
        "jobs": JOBS,
        "bytes_of_one": used / (JOBS - AT_ONCE),
        "job_bytes": statistics.median(blocks),
    }


HEAD = ("waiting calls", "MiB", "bytes per call", "of these, the job", "of these, the transaction")


def row(one: dict) -> tuple:
    return (
        f"{one['jobs']}",
        f"{one['jobs'] * one['bytes_of_one'] / 2**20:.1f}",
        f"{one['bytes_of_one']:.0f}",
        f"{one['job_bytes']:.0f}",
        f"{one['bytes_of_one'] - one['job_bytes']:.0f}",
    )


TEXT = """
### Shared memory

The server receives {jobs} requests of {message_bytes} bytes with {headers} header fields. Each of them
calls `exec_avp_async` and waits for a slot (`async_running` is 1). The table shows by how much the used
shared memory (`core.shmmem`) grew after the first {first} requests. The job is the module's block, as
`exec.jobs` shows it. The rest is the request and the transaction that `tm` keeps, and the administration of
the allocator.

{table}
"""
