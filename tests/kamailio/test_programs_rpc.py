# SPDX-License-Identifier: GPL-2.0-or-later
"""Named programs seen and reloaded through RPC, and the limits that hold for all processes."""

import threading
import time

import pytest

from harness import rpc, script
from harness.client import Client
from harness.config import Config
from harness.errors import HarnessError
from harness.processes import children_of
from harness.programs import worker_answering
from harness.server import free_port
from harness.version import needs
from harness.wait import wait_until

TELL = r'append_to_reply("X-RC: $exec(rc)\r\nX-Value: $avp(x)\r\nX-Pid: $exec(pid)\r\n");'
BACK = f'route[BACK] {{ {TELL} t_reply("200", "Done"); }}'

# Says what its file held when it started, and goes on with that.
WORKER = worker_answering("[version]", "version = open(sys.argv[1]).read()")


def only(answer):
    (program,) = answer
    return program


@pytest.fixture
def versioned(start, tmp_path):
    """versioned(script, more, **): a server whose program @v tells the version in a file; the
    function that sets it; the one that asks RPC."""
    worker, version = tmp_path / "worker.py", tmp_path / "version"
    worker.write_text(WORKER)
    version.write_text("one")
    definition = f"name=v; run=/usr/bin/python3 {worker} {version}; via=pool; timeout=10s"

    def begin(text, more="", **options):
        config = Config({"v": text}, more, [("program", definition)], rpc=True, **options)
        return start(config), version.write_text

    return begin


def ask_of(server):
    return lambda method, *params: rpc.call(server.directory, method, *params)


@script(
    'exec_avp("@show a", "$avp(x)"); exec_avp("@show b", "$avp(x)"); exec_cmd("@fail");',
    rpc=True,
    params=[
        ("program", "name=show; run=/bin/echo; timeout=3s"),
        ("program", "name=fail; run=/bin/false; max=7"),
    ],
)
def test_programs_are_shown(call, ask):
    call()
    fail, show = ask("exec.programs")
    assert (fail["name"], show["name"]) == ("fail", "show")
    assert show["attributes"]["run"] == "/bin/echo" and show["attributes"]["timeout"] == "3s"
    assert fail["attributes"]["max"] == "7" and fail["attributes"]["via"] == "spawn"
    assert (show["calls"]["ok"], show["calls"]["no"]) == (2, 0)
    assert (fail["calls"]["ok"], fail["calls"]["no"]) == (0, 1)
    assert show["calls"]["duration_us_sum"] > 0
    assert show["processes"] == {"running": 0, "waiting": 0}
    assert only(ask("exec.programs", "fail")) == fail
    counters = dict(line.split(" = ") for line in ask("stats.get_statistics", "exec:"))
    assert (counters["exec:program_show_calls"], counters["exec:program_fail_no"]) == ("2", "1")
    assert counters["exec:program_fail_failed"] == counters["exec:program_show_running"] == "0"
    with pytest.raises(HarnessError, match="no such program"):
        ask("exec.programs", "nobody")
    with pytest.raises(HarnessError, match="no such program"):
        ask("exec.reload", "nobody")
    with pytest.raises(HarnessError, match="no pool"):
        ask("exec.reload", "fail")


def test_workers_start_before_the_first_call(versioned):
    """One in each SIP worker, as the configuration has a call that waits."""
    server, _ = versioned(f'exec_avp("@v", "$avp(x)"); {TELL}', children=3)
    ask = ask_of(server)
    workers = lambda: only(ask("exec.programs"))["workers"]  # noqa: E731
    assert wait_until(lambda: workers()["started"] == 3)
    client = Client(server)
    assert client.call("v")["X-Value"] == "one"
    assert workers()["started"] == 3 and workers()["failed"] == 0
    client.close()


# One process receives, and workers of a group of asynchronous tasks run the routes.
RECEIVERS = {
    "one": (
        'udp_receiver_mode=1 async_workers_group="name=udp;workers=2"',
        ["Async Task Worker - udp"] * 2,
    ),
    "for a group of sockets": (
        """udp_receiver_mode=2 socket = {{ bind = udp:127.0.0.1:{port}; agname = "calls"; }}
        async_workers_group="name=calls;workers=2" async_workers_group="name=others;workers=1" """,
        ["Async Task Worker - calls"] * 2 + ["udp receiver child"],
    ),
}


@needs("udp_receiver_mode", "6.0.0")
@pytest.mark.parametrize("which", RECEIVERS)
def test_workers_start_where_routes_run(versioned, which):
    """Not in a process that hands requests to others: there they would never be asked."""
    globals_, wanted = RECEIVERS[which]
    server, _ = versioned(
        f'exec_avp("@v", "$avp(x)"); {TELL}', globals_.format(port=free_port()), children=1
    )
    ask = ask_of(server)

    def owners():
        """What the processes are that have workers, once for each worker."""
        found = []
        for process in ask("core.psx"):
            if process["IDX"] != 0:
                what = process["DSC"].partition("=")[0]
                found += [what] * len(children_of(process["PID"]))
        return sorted(found)

    workers = lambda: only(ask("exec.programs"))["workers"]  # noqa: E731
    assert wait_until(lambda: workers()["started"] == len(wanted)), (workers(), owners())
    assert owners() == wanted
    client = Client(server)
    assert client.call("v")["X-Value"] == "one"
    client.close()
    assert owners() == wanted and workers()["started"] == len(wanted)


def test_a_reload_reaches_every_process_that_waits(versioned):
    server, set_version = versioned(f'exec_avp("@v", "$avp(x)"); {TELL}', children=2)
    ask, client = ask_of(server), Client(server)
    assert {client.call("v")["X-Value"] for _ in range(6)} == {"one"}
    set_version("two")
    assert {client.call("v")["X-Value"] for _ in range(6)} == {"one"}
    assert ask("exec.reload", "v") == 1
    # The first call of each process already has new workers.
    assert {client.call("v")["X-Value"] for _ in range(6)} == {"two"}
    shown = only(ask("exec.programs"))
    assert shown["workers"]["reloads"] == 1 and shown["workers"]["failed"] == 0
    assert shown["calls"]["ok"] == 18
    client.close()


def test_workers_that_cannot_be_replaced_serve_on(versioned, tmp_path):
    server, _ = versioned(f'exec_avp("@v", "$avp(x)"); {TELL}', children=1)
    ask, client = ask_of(server), Client(server)
    assert client.call("v")["X-Value"] == "one"
    (tmp_path / "worker.py").write_text("raise SystemExit(1)")
    ask("exec.reload")
    assert [client.call("v")["X-Value"] for _ in range(3)] == ["one"] * 3
    assert only(ask("exec.programs"))["workers"]["start_failures"] >= 1
    client.close()


def test_a_reload_replaces_idle_workers_of_asynchronous_calls(versioned):
    """Those need no call to be replaced: their processes have a loop."""
    server, set_version = versioned('exec_avp_async("@v", "$avp(x)", "BACK");', BACK)
    ask, client = ask_of(server), Client(server)
    first = client.call("v")
    assert first["X-Value"] == "one"
    set_version("two")
    ask("exec.reload")
    workers = lambda: only(ask("exec.programs"))["workers"]  # noqa: E731
    assert wait_until(lambda: workers()["closed"] >= 1 and workers()["leaving"] == 0)
    second = client.call("v")
    assert second["X-Value"] == "two" and second["X-Pid"] != first["X-Pid"]
    client.close()


def test_no_call_fails_of_a_reload(versioned):
    server, _ = versioned(
        f'if ($rU == "now") {{ exec_avp("@v", "$avp(x)"); {TELL} }} '
        'else exec_avp_async("@v", "$avp(x)", "BACK");',
        BACK,
        children=2,
    )
    ask, over, values = ask_of(server), threading.Event(), []

    def go_on_calling(user):
        client = Client(server)
        while not over.is_set():
            values.append(client.call("v", uri=f"sip:{user}@example.com")["X-Value"])
            time.sleep(0.004)  # a transaction keeps its memory for 5 s
        client.close()

    callers = [threading.Thread(target=go_on_calling, args=(user,)) for user in ("now", "later")]
    for caller in callers:
        caller.start()
    started = lambda: only(ask("exec.programs"))["workers"]["started"]  # noqa: E731
    for _ in range(5):
        before = started()
        assert ask("exec.reload") == 1
        # One of a process that waits, and one of the process that doesn't.
        assert wait_until(lambda: started() >= before + 2)  # noqa: B023
    assert wait_until(lambda: len(values) > 20)
    over.set()
    for caller in callers:
        caller.join()
    shown = only(ask("exec.programs"))
    assert set(values) == {"one"}
    assert shown["calls"]["ok"] == len(values)
    assert shown["workers"]["failed"] == 0 and shown["workers"]["started"] >= 10


@script(
    f'if ($rU == "now") {{ exec_cmd("@slow"); {TELL} }} '
    'else { exec_cmd_async("@slow"); exec_cmd_async("@slow"); }',
    rpc=True,
    params=[
        ("program", "name=slow; run=/bin/sh -c ': < @dir@/gate'; max=2; queue=0; timeout=60s"),
        ("workers", 2),
    ],
)
def test_a_limit_holds_for_those_that_wait_and_those_that_do_not(call, ask, gate):
    """Two run in processes of the module's: there is no place for a SIP worker's."""
    programs = gate()
    call(uri="sip:later@example.com")
    assert wait_until(lambda: only(ask("exec.programs"))["processes"]["running"] == 2)
    assert call(uri="sip:now@example.com")["X-RC"] == "-4"
    programs.open()
    assert wait_until(lambda: only(ask("exec.programs"))["calls"]["ok"] == 2)
    assert only(ask("exec.programs"))["processes"] == {"running": 0, "waiting": 0}


@script(
    f'exec_cmd_async("@one 0.5"); exec_cmd_async("@one 0.5"); exec_cmd("sleep 0.2"); exec_cmd("@one 0"); {TELL}',
    rpc=True,
    params=[("program", "name=one; run=/bin/sleep; max=1; queue=5; timeout=30s"), ("workers", 2)],
)
def test_one_that_waits_for_a_place_gets_it(call, ask):
    begin = time.monotonic()
    assert call()["X-RC"] == "1"
    assert wait_until(lambda: only(ask("exec.programs"))["calls"]["ok"] == 3)
    assert time.monotonic() - begin >= 1.0
    assert only(ask("exec.programs"))["processes"] == {"running": 0, "waiting": 0}


@script(
    f'if ($rU == "now") {{ exec_cmd("@hold"); {TELL} }} else exec_cmd_async("@hold");',
    rpc=True,
    params=[("program", "name=hold; run=/bin/sleep 2; max=1; timeout=3s")],
)
def test_the_time_in_the_queue_counts(call, ask):
    """The first leaves it 1 s of its time, which is too short for the program."""
    call(uri="sip:later@example.com")
    assert wait_until(lambda: only(ask("exec.programs"))["processes"]["running"] == 1)
    assert call(uri="sip:now@example.com")["X-RC"] == "-2"


@script(
    'exec_avp_async("@show a", "BACK");',
    BACK,
    rpc=True,
    params=[
        ("program", "name=show; run=/bin/echo"),
        ("program", "name=5; run=/bin/cat; via=pool; workers_start=0"),
        ("program", "name=pooled; run=/bin/cat; via=pool; workers_start=0"),
    ],
)
def test_arguments_that_mean_nothing_are_refused(ask):
    """What is no name must not count as no name, which stands for all; nor be left unread."""

    def refused(method, *params):
        with pytest.raises(HarnessError, match="40[04]"):
            ask(method, *params)

    for wrong in (["pooled"], {"name": "pooled"}, None, True, "", 6, "unknown", -1):
        refused("exec.reload", wrong)
        refused("exec.programs", wrong)
    refused("exec.reload", "pooled", "show")
    refused("exec.programs", "pooled", ["show"])
    pools = [program for program in ask("exec.programs") if "workers" in program]
    assert [pool["workers"]["reloads"] for pool in pools] == [0, 0]
    for wrong in ("one", "", 0, -1, 1.5, 1e300, [1], {"id": 1}, None):
        refused("exec.kill", wrong)
    refused("exec.kill")
    refused("exec.kill", 1, 2)
    refused("exec.jobs", 5)
    refused("exec.stats", "calls")
    # A number is a name where a program is called so: kamcmd sends it as one.
    assert only(ask("exec.programs", 5))["name"] == only(ask("exec.programs", "5"))["name"] == "5"
    assert ask("exec.reload", 5) == 1
    assert ask("exec.reload") == 2
    assert ask("exec.jobs") == [] and ask("exec.stats")["calls"] == 0
