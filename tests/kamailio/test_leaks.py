# SPDX-License-Identifier: GPL-2.0-or-later
"""After many calls a worker is what it was: descriptors, children, memory, environment."""

import os
import time

import pytest

from harness import both, script
from harness.processes import children_of

MIXED = """
    exec_msg("true");
    exec_avp("echo one; echo two", "$avp(a)");
    exec_cmd("exit 1");
    exec_cmd("/nonexistent/program");
    exec_dset("echo sip:next@example.com; true");
    exec_cmd("echo '$rU' | grep -q bob");
"""
WARM, ROUNDS = 10, 50  # requests, each of about six calls


def descriptors(pid) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def private_memory(ask, pid) -> int:
    """Bytes of Kamailio's own private memory in use, with no request at hand: the least of several
    readings, as a request's own memory is released after its reply."""

    def reading():
        time.sleep(0.02)
        stats = ask("pkg.stats", "pid", pid)
        return (stats[0] if isinstance(stats, list) else stats)["used"]

    return min(reading() for _ in range(6))


@pytest.fixture
def worker(server):
    """A server's only worker."""
    return server.workers()[0]


def repeat(call, times, **fields):
    for _ in range(times):
        call(**fields)


def resident_pages(pid) -> int:
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1])


@both
@script(MIXED, children=1, rpc=True)
def test_descriptors_children_and_memory(call, worker, ask):
    repeat(call, WARM)
    before, used = descriptors(worker), private_memory(ask, worker)
    resident = resident_pages(worker)
    repeat(call, ROUNDS)
    assert descriptors(worker) == before
    assert children_of(worker) == []
    assert private_memory(ask, worker) <= used
    assert resident_pages(worker) <= resident + 256  # a megabyte of noise


@script(
    MIXED + 'exec_run("cat", "$rb", "$var(out)", "$var(err)"); $var(out) = "";',
    children=1,
    rpc=True,
)
def test_with_exec_run(call, worker, ask):
    body = "x" * 1000
    repeat(call, WARM, body=body)
    before, used = descriptors(worker), private_memory(ask, worker)
    repeat(call, ROUNDS, body=body)
    assert descriptors(worker) == before
    assert private_memory(ask, worker) <= used


# Of these the host copies the text and has the module make a command of it at each call.
@both
@pytest.mark.parametrize("command", ["echo right", "echo 'never ended", "/nonexistent/program"])
@script(
    'exec_avp("true " + $rU); exec_cmd($hdr(X-Command));',
    ours=[("dynamic_commands", "allow")],
    children=1,
    rpc=True,
)
def test_strings_built_at_run_time(call, worker, ask, command):
    headers = [("X-Command", command)]
    repeat(call, WARM, headers=headers)
    used = private_memory(ask, worker)
    repeat(call, ROUNDS, headers=headers)
    assert private_memory(ask, worker) <= used


@script('exec_cmd("sleep 30");', params=[("deadline_ms", 30)], children=1)
def test_after_deadlines(call, worker):
    repeat(call, 3)
    before = descriptors(worker)
    repeat(call, 20)
    assert descriptors(worker) == before
    assert children_of(worker) == []


@both
@script(
    'exec_msg("true"); exec_avp("/usr/bin/env | grep -c SIP_HF_X_LEAK; true", "$avp(v)");'
    'if ($hdr(X-Leak) == $null) append_to_reply("X-Value: $avp(v)\\r\\n");',
    children=1,
)
def test_a_request_leaves_no_variables(call):
    call(headers=[("X-Leak", "of the request before")])
    assert call()["X-Value"] == "0"


@both
@script('exec_msg("true");', children=1)
def test_the_workers_own_signals_stay(call, worker):
    def masks():
        with open(f"/proc/{worker}/status") as file:
            return [line for line in file if line.startswith(("SigBlk", "SigIgn", "SigCgt"))]

    before = masks()
    repeat(call, WARM)
    assert masks() == before
