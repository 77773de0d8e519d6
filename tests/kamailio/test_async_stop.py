# SPDX-License-Identifier: GPL-2.0-or-later
"""The server's end while commands run and wait; and commands that end in every way there is."""

import contextlib
import os
import signal

import pytest

from harness import script
from harness.invite import Invite
from harness.job_process import job_processes
from harness.processes import children_of, wait_until_gone
from harness.transactions import SHORT_LIVES, left_after
from harness.wait import PATIENCE, wait_until

BACK = r'append_to_reply("X-RC: $exec(rc)\r\n"); t_reply("200", "Done");'

STUBBORN = {
    "a program": "sleep 30",
    "children": "sleep 30 & sleep 30 & wait",
    "ignores the signal": "trap '' TERM; sleep 30; sleep 30",
    "a session of its own": "setsid -w sleep 30",
    "output without end": "yes >/dev/null",
}
_CASES = "".join(
    f'case "{name}": exec_avp_async("@record@ @dir@/running; {command}", "stop_back"); break;\n'
    for name, command in STUBBORN.items()
)


def own_processes(server) -> set:
    return set(server.started_processes())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("what", STUBBORN)
@script(
    f"switch ($hdr(X-What)) {{ {_CASES} }}",
    f"route[stop_back] {{ {BACK} }}",
    params=[("async_running", 2)],
    alone=True,
)
def test_the_server_ends(client, server, recorded, what, number):
    """Two commands run and three wait: all end with the server, and it ends soon."""
    for _ in range(2):
        Invite(client, "test_the_server_ends", headers=[("X-What", what)])
        recorded("running")
    for _ in range(3):
        Invite(client, "test_the_server_ends", headers=[("X-What", what)])
    server.process.send_signal(number)
    server.process.wait(PATIENCE)
    assert server.process.returncode == 0
    assert not wait_until_gone(server.started_processes)


@script(
    'exec_avp_async("@record@ @dir@/held; sleep 30", "held_back");',
    f"route[held_back] {{ {BACK} }}",
    alone=True,
)
def test_terminating_signals_to_the_whole_group(client, server, recorded):
    """As a terminal or a service manager sends them: to every process of the server."""
    Invite(client, "test_terminating_signals_to_the_whole_group")
    recorded("held")
    server.strict = False  # the main process may hear of its children's end first, and says so
    for pid in [server.process.pid, *children_of(server.process.pid)]:
        with contextlib.suppress(ProcessLookupError):  # the main process has ended it by now
            os.kill(pid, signal.SIGTERM)
    server.process.wait(PATIENCE)
    assert not wait_until_gone(server.started_processes)


# Longer than the server is given to end, and as its route waits it does nothing else.
HELD_ROUTES = {
    "waits": 'usleep("50000000");',
    "waits for a lock that a process held when the server ended it": 'lock("held");',
}


@pytest.mark.parametrize("what", HELD_ROUTES)
@script(
    f"""if ($hdr(X-Holds) == "yes") {{
        lock("held"); xlog("L_ERR", "holds it\n"); usleep("50000000");
    }}
    if ($hdr(X-Runs) == "yes") {{
        exec_cmd_async("@record@ @dir@/left; setsid sleep 30 & exec setsid -w sleep 30"); exit;
    }}
    exec_avp_async("true", "route_back");""",
    'route[route_back] { xlog("L_ERR", "goes on\n"); switch ($hdr(X-What)) {'
    + "".join(f'case "{name}": {text} break;\n' for name, text in HELD_ROUTES.items())
    + "} }",
    alone=True,
    modules=("cfgutils",),
    modparams='modparam("cfgutils", "lock_set_size", 1)\n',
)
def test_a_route_that_goes_on_does_not_hold_up_the_end(client, server, recorded, what):
    """The host's code is ended as in its other processes, and what runs meanwhile ends all the same,
    what is in sessions of its own too."""
    name = "test_a_route_that_goes_on_does_not_hold_up_the_end"
    if "lock" in what:
        Invite(client, name, headers=[("X-Holds", "yes")])
        assert wait_until(lambda: "holds it" in server.log())
    Invite(client, name, headers=[("X-Runs", "yes")])
    recorded("left")
    Invite(client, name, headers=[("X-What", what)])
    assert wait_until(lambda: "goes on" in server.log())
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(PATIENCE)
    assert server.process.returncode == 0
    assert not wait_until_gone(server.started_processes, 5.0)


KILLING = [
    number
    for number in signal.valid_signals()
    if signal.Signals.__members__.get(getattr(number, "name", ""), None)
    and number not in (signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH)
    and number not in (signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
]


@script(
    'exec_avp_async("kill -$hdr(X-Signal) $$$$; sleep 30", "$avp(v)", "killed_back");',
    r"""route[killed_back] {
        append_to_reply("X-RC: $exec(rc) $exec(signal)\r\n"); t_reply("200", "Done");
    }""",
    rpc=True,
    modparams=SHORT_LIVES,
    params=[("workers", 2)],
)
def test_a_command_that_dies_of_any_signal(call, server, ask):
    processes = job_processes(ask)
    for number in KILLING:
        reply = call(headers=[("X-Signal", str(int(number)))])
        assert reply["X-RC"] == f"-1 {int(number)}", number
    assert job_processes(ask) == processes
    assert left_after(ask) == 0


@script(
    'exec_avp_async("kill -$hdr(X-Signal) $$PPID; sleep 0.2; echo out", "$avp(v)", "parent_back");',
    r"""route[parent_back] {
        append_to_reply("X-RC: $exec(rc) $avp(v)\r\n"); t_reply("200", "Done");
    }""",
    rpc=True,
)
@pytest.mark.parametrize("number", ["CHLD", "PIPE", "USR1", "HUP", "WINCH", "URG", "CONT"])
def test_harmless_signals_to_the_modules_process(call, ask, number):
    """From the command itself: as the same user it may send them."""
    processes = job_processes(ask)
    assert call(headers=[("X-Signal", number)])["X-RC"] == "1 out"
    assert job_processes(ask) == processes


HOSTILE = {
    "closes all": "exec 0<&- 1>&- 2>&-; exit 0",
    "floods": "yes",
    "floods errors": "yes >&2",
    "forks much": "i=0; while [ $i -lt 50 ]; do sleep 2 & i=$((i+1)); done",
    "binary": "head -c 4000 /dev/urandom",
    "NUL bytes": "head -c 4000 /dev/zero",
    "one long line": "head -c 500000 /dev/zero | tr '\\0' x",
    "stops itself": "kill -STOP $$",
    "leaves a writer": "sleep 2 & echo out",
}


@pytest.mark.parametrize("what", HOSTILE)
@script(
    'exec_avp_async("# kamexec: allow sh\nsh $hdr(X-Program)", "$avp(v)", "hostile_back");',
    r"""route[hostile_back] { append_to_reply("X-RC: $exec(rc)\r\n"); t_reply("200", "Done"); }""",
    rpc=True,
    modparams=SHORT_LIVES,
    params=[("deadline_ms", 2000), ("output_limit", 100_000)],
)
def test_a_hostile_command(call, server, ask, tmp_path, what):
    """It gets an outcome, the call after it is right, and the module's process lives on."""
    processes = job_processes(ask)
    before = own_processes(server)
    program = tmp_path / "hostile"
    program.write_text(HOSTILE[what] + "\n")
    good = tmp_path / "good"
    good.write_text("echo good\n")
    reply = call(headers=[("X-Program", str(program))])
    assert reply["X-RC"] in ("1", "-1", "-2", "-5")
    assert call(headers=[("X-Program", str(good))])["X-RC"] == "1"
    assert job_processes(ask) == processes
    assert left_after(ask) == 0
    # What a program that succeeded left in the background may live on.
    assert not wait_until_gone(lambda: own_processes(server) - before)
