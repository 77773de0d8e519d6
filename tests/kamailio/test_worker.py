# SPDX-License-Identifier: GPL-2.0-or-later
"""The SIP worker while it waits for a program."""

import os
import signal
import time

import pytest

from harness import both, script, sip
from harness.processes import at_rest, children_of, state
from harness.wait import wait_until


@pytest.fixture
def waiting(client, server, recorded, request):
    """waiting(): the worker, which runs a program now, and a function for the reply when it is done."""

    def begin():
        fields = {"call_id": sip.token(), "local": client.local}
        headers = [("X-Test", request.function.__name__)]
        client.send(sip.request("MESSAGE", "sip:bob@example.com", headers, **fields))
        recorded("running")
        return server.workers()[0], lambda: client.final_reply(fields["call_id"])

    return begin


def cpu_seconds(pid) -> float:
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("number", [signal.SIGCHLD, signal.SIGUSR1, signal.SIGHUP])
@script('exec_avp("@record@ @dir@/running; sleep 0.5; echo out", "$avp(v)"); TELL_RC', children=1)
def test_signals(waiting, number):
    """The host's own signals interrupt its system calls, and change nothing of the outcome."""
    worker, reply = waiting()
    for _ in range(20):
        os.kill(worker, number)
        time.sleep(0.01)
    assert reply()["X-RC"] == "1"


@both
@script('exec_cmd("@record@ @dir@/running; : < @dir@/gate"); TELL_RC', children=1)
def test_a_stopped_and_continued_worker(server, gate, waiting):
    """The program ends meanwhile."""
    program = gate()
    worker, reply = waiting()
    os.kill(worker, signal.SIGSTOP)
    program.open()
    assert wait_until(lambda: all(state(child) == "Z" for child in children_of(worker)))
    os.kill(worker, signal.SIGCONT)
    assert reply()["X-RC"] == "1"
    # The main process keeps one pending signal only: its SIGCHLD must not meet the test's SIGTERM.
    assert wait_until(lambda: at_rest(server.process.pid))


WAITS = {
    "closed": "exec 0<&- 1>&- 2>&-; sleep 1",
    "silent": "sleep 1",
    "unread": "sleep 1 <&-",
}


@pytest.mark.parametrize("how", WAITS)
@script(
    "".join(
        f'if ($hdr(X-How) == "{how}") exec_run("{text}", "$rb", "$var(out)");\n'
        for how, text in WAITS.items()
    ),
    children=1,
)
def test_waiting_costs_no_cpu(call, server, how):
    worker = server.workers()[0]
    call(headers=[("X-How", how)])
    before = cpu_seconds(worker)
    reply = call(headers=[("X-How", how)], body="x" * 50_000)
    assert reply.seconds >= 0.9
    assert cpu_seconds(worker) - before < 0.3


@both
@script('exec_cmd("echo + >> @dir@/runs; : < @dir@/gate"); TELL_RC', children=4)
def test_workers_wait_side_by_side(client, server, gate):
    runs, programs = server.directory / "runs", gate()
    calls = []
    for _ in range(4):
        calls.append(sip.token())
        headers = [("X-Test", "test_workers_wait_side_by_side")]
        client.send(
            sip.request("MESSAGE", "sip:b@x.test", headers, call_id=calls[-1], local=client.local)
        )
    assert wait_until(lambda: runs.exists() and runs.read_text() == "+\n" * 4)
    programs.open()
    left = set(calls)
    while left:
        reply = client.receive()
        assert reply is not None
        if reply.status == 200:
            left.discard(reply["Call-ID"])
