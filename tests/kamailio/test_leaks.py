# SPDX-License-Identifier: GPL-2.0-or-later
"""After many calls a worker is what it was: descriptors, children, memory, environment."""

import os

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
ROUNDS = 50  # of six calls


def descriptors(pid) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def private_memory(ask, pid) -> int:
    """Bytes of Kamailio's own private memory in use."""
    stats = ask("pkg.stats", "pid", pid)
    return stats[0]["used"] if isinstance(stats, list) else stats["used"]


@pytest.fixture
def worker(call, server):
    """A server's only worker, warmed up."""
    for _ in range(10):
        call()
    return server.workers()[0]


@both
@script(MIXED, children=1, rpc=True)
def test_descriptors_children_and_memory(call, worker, ask):
    before = descriptors(worker)
    used = private_memory(ask, worker)
    resident = resident_pages(worker)
    for _ in range(ROUNDS):
        call()
    assert descriptors(worker) == before
    assert children_of(worker) == []
    assert private_memory(ask, worker) <= used + 1024
    assert resident_pages(worker) <= resident + 256  # a megabyte of noise


def resident_pages(pid) -> int:
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1])


@script(
    MIXED + 'exec_run("cat", "$rb", "$var(out)", "$var(err)"); $var(out) = "";',
    children=1,
    rpc=True,
)
def test_with_exec_run(call, worker, ask):
    before, used = descriptors(worker), private_memory(ask, worker)
    for _ in range(ROUNDS):
        call(body="x" * 1000)
    assert descriptors(worker) == before
    assert private_memory(ask, worker) <= used + 1024


@script(
    """
    exec_avp("echo " + $rU);
    exec_cmd($hdr(X-Bad));
    """,
    params=[("dynamic_commands", "allow")],
    children=1,
    rpc=True,
)
def test_strings_built_at_run_time(call, worker, ask):
    used = private_memory(ask, worker)
    for _ in range(ROUNDS * 4):
        call(headers=[("X-Bad", "echo 'never ended")])
    assert private_memory(ask, worker) <= used + 1024


@script("exec_cmd(\"sleep 30\");", params=[("deadline_ms", 30)], children=1)
def test_after_deadlines(call, worker):
    before = descriptors(worker)
    for _ in range(20):
        call()
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
            return [line for line in file if line.startswith("Sig")]

    before = masks()
    for _ in range(10):
        call()
    assert [line for line in masks() if "SigQ" not in line] == [
        line for line in before if "SigQ" not in line
    ]
