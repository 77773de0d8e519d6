# SPDX-License-Identifier: GPL-2.0-or-later
"""The server's end while programs run."""

import socket

import pytest

from harness import mended, script, sip
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
