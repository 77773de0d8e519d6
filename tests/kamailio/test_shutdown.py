# SPDX-License-Identifier: GPL-2.0-or-later
"""The server's end while programs run."""

import os
import socket

import pytest

from harness import mended, script, sip
from harness.client import Client
from harness.config import Config
from harness.processes import wait_until_gone

# Longer than the harness waits for the server's end.
HANGS = script('exec_cmd("@record@ @dir@/running && sleep 30");', alone=True)


@pytest.fixture
def busy(client, server, recorded, request):
    """A server with a program running in one of its workers."""
    name = request.function.__name__
    client.send(sip.request("MESSAGE", "sip:bob@example.com", [("X-Test", name)]))
    recorded("running")
    return server


def can_bind(port) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


@mended("a running program survives the server")
@HANGS
def test_the_program_ends_with_the_server(busy):
    busy.terminate()
    assert not busy.alive()
    assert not wait_until_gone(busy.started_processes, 5.0)


@mended("a running program holds the server's socket")
@HANGS
def test_the_port_is_free_at_once(busy):
    busy.terminate()
    assert can_bind(busy.port)


@mended("a job in the background holds the server's socket")
@script('exec_cmd("@record@ @dir@/running; sleep 30 &");', alone=True)
def test_a_job_in_the_background_does_not_hold_the_port(busy):
    busy.terminate()
    free = can_bind(busy.port)
    busy.stop(strict=False)  # the job may live on; the test may not leave it
    assert free


@script('exec_cmd("@record@ @dir@/running; trap \'\' TERM; sleep 30; sleep 30");', alone=True)
def test_a_program_that_ignores_the_signal(busy):
    busy.terminate()
    assert not busy.alive()
    assert not wait_until_gone(busy.started_processes, 5.0)


SLEEP = 300 + os.getpid()  # seconds: no other run of the tests has such processes


def test_what_a_worker_has_started_ends_with_the_server(start, tmp_path):
    """In a session of its own, without an environment, its parent gone: nothing but a limit tells
    whose it is."""
    worker = tmp_path / "worker"
    worker.write_text(
        "#!/bin/sh\n"
        "echo hello 1\n"
        f"(setsid env -i /bin/sleep {SLEEP} <&- >&- 2>&- &)\n"
        "while read -r field id rest; do\n"
        '  [ "$field" = end ] && printf "reply %s 0\\nend %s\\n" "$id" "$id"\n'
        "done\n"
    )
    worker.chmod(0o755)
    program = f"name=parent; run={worker}; via=pool; timeout=10s"
    config = Config({"x": 'exec_cmd("@parent"); TELL_RC'}, params=(("program", program),), children=1)
    server = start(config)
    client = Client(server)
    assert client.call("x")["X-RC"] == "1"
    client.close()
    session = [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if is_sleeper(pid)]
    assert session
    server.stop()
    left = [pid for pid in session if is_sleeper(pid)]
    for pid in left:
        os.kill(pid, 9)
    assert not left


def is_sleeper(pid):
    """One of that test's: a process without an environment that sleeps for so many seconds."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as words, open(f"/proc/{pid}/environ", "rb") as names:
            return words.read() == f"/bin/sleep\0{SLEEP}\0".encode() and names.read() == b""
    except OSError:
        return False
