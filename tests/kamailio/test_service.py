# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs that kamexecd runs, called by the server: every function, what the script sees of each
outcome, and what the configuration says of programs that nobody has."""

import contextlib
import json
import os
import signal
import socket
from pathlib import Path

import pytest

from harness import check as checking
from harness import rpc
from harness.client import Client
from harness.config import BASE_MODULES, Config
from harness.errors import HarnessError
from harness.invite import Invite
from harness.job_process import held_up
from harness.processes import children_of, describe, wait_until_gone
from harness.wait import wait_until
from test_async_cancel import ANSWERED_LIVES, REQUEST_ROUTE

WORKERS = Path(__file__).parents[2] / "examples" / "workers"
TELL = (
    r'append_to_reply("X-RC: $exec(rc) $exec(outcome) $exec(status)\r\nX-Error: $exec(stderr)\r\n'
    r'X-Value: $avp(x)\r\nX-URI: $ru\r\nX-Out: $var(out)\r\nX-Err: $var(err)\r\n");'
)
BACK = f'route[BACK] {{ {TELL} t_reply("200", "Done"); }}'

PROGRAMS = {
    "say": "run = /usr/bin/printf '<%s>'",
    "pick": f"run = /usr/bin/python3 {WORKERS / 'gateways.py'}\nvia = pool\ntimeout = 10s",
    "env": "run = /usr/bin/printenv SIP_RURI SIP_SRCIP",
    "first-line": "run = /usr/bin/head -n 1",
    "both": "run = /bin/sh -c 'cat; echo err >&2; exit 3'",
    "count": "run = /usr/bin/wc -c",
    "no": "run = /bin/sh -c 'echo reason; exit 1'",
    "note": "run = /bin/sh -c 'echo \"$1\" >>\"$0\"'",
    "slow": "run = /bin/sleep 30\ntimeout = 300ms",
    "long": "run = /bin/sleep 30\ntimeout = 20s",
    "flood": "run = /usr/bin/seq 100000\noutput_limit = 1k",
    "full": "run = /bin/sleep 30\nmax = 1\nqueue = 0\ntimeout = 20s",
}


def programs(**more):
    return {**PROGRAMS, **more}


@pytest.fixture
def served(start, kamexecd):
    """served(routes, more, **): a daemon with PROGRAMS, and a server that asks it."""

    def begin(routes, more="", params=(), daemon=None, **options):
        daemon = daemon or kamexecd(programs())
        params = [("service", daemon.socket_path), *params]
        options.setdefault("children", 2)
        server = start(Config(routes, more, params, rpc=True, **options))
        return daemon, server, Client(server), lambda method, *given: rpc.call(
            server.directory, method, *given
        )

    return begin


def sleepers(daemon) -> list:
    """The daemon's programs that sleep."""
    return [pid for pid in daemon.children() if "/bin/sleep" in describe(pid)]


def test_every_function(served, tmp_path):
    note = tmp_path / "note"
    daemon, server, client, _ = served(
        {
            "avp": f'exec_avp("@say \'a b\' $hdr(Subject)", "$avp(x)"); {TELL}',
            "dset": f'exec_dset("@pick $rU"); {TELL}',
            "msg": f'exec_msg("@first-line"); {TELL}',
            "cmd": f'exec_cmd("@note {note} $rU"); {TELL}',
            "run": f'exec_run("@both", "in-$rU", "$var(out)", "$var(err)"); {TELL}',
            "env": f'exec_avp("@env", "$avp(x)"); {TELL}',
            "says_no": f'exec_avp("@no", "$avp(x)"); {TELL}',
        }
    )
    hostile = "$(touch pwned) `id` ; two  words %0A"
    reply = client.call("avp", headers=[("Subject", hostile)])
    assert reply["X-Value"] == f"<a b><{hostile}>"
    assert reply["X-RC"] == "1 ok 0"
    assert client.call("dset", uri="sip:4930123456@example.com")["X-URI"] == "sip:4930123456@gw1.example.net"
    assert client.call("msg")["X-RC"] == "1 ok 0"
    assert client.call("cmd")["X-RC"] == "1 ok 0"
    assert note.read_text() == "bob\n"
    reply = client.call("run")
    assert (reply["X-RC"], reply["X-Out"], reply["X-Err"]) == ("-1 no 3", "in-bob", "err")
    assert client.call("env")["X-Value"] == "sip:bob@example.com"
    reply = client.call("says_no")
    assert (reply["X-RC"], reply["X-Value"]) == ("-1 no 1", "reason")
    client.close()


def test_every_asynchronous_function(served, tmp_path):
    note = tmp_path / "note"
    daemon, server, client, ask = served(
        {
            "avp": 'exec_avp_async("@say \'a b\' $rU", "$avp(x)", "BACK");',
            "dset": 'exec_dset_async("@pick $rU", "BACK");',
            "msg": 'exec_msg_async("@first-line", "BACK");',
            "cmd": f'exec_cmd_async("@note {note} $rU"); {TELL}',
            "run": 'exec_run_async("@both", "in-$rU", "$var(out)", "$var(err)", "BACK");',
            "slow": 'exec_avp_async("@slow", "$avp(x)", "BACK");',
        },
        BACK,
    )
    assert client.call("avp")["X-Value"] == "<a b><bob>"
    reply = client.call("dset", uri="sip:4930123456@example.com")
    assert reply["X-URI"] == "sip:4930123456@gw1.example.net"
    assert client.call("msg")["X-RC"] == "1 ok 0"
    client.call("cmd")
    assert wait_until(lambda: note.exists() and note.read_text() == "bob\n")
    reply = client.call("run")
    assert (reply["X-RC"], reply["X-Out"], reply["X-Err"]) == ("-1 no 3", "in-bob", "err")
    # The daemon's time-out ends it, as the configuration has none.
    assert client.call("slow")["X-RC"].startswith("-2 deadline")
    assert not wait_until_gone(lambda: ask("exec.jobs"))
    assert not wait_until_gone(lambda: sleepers(daemon))
    client.close()


def test_outcomes_of_the_service(served):
    """The rows of the outcome table that a daemon in good order gives."""
    expected = {
        "slow": "-2 deadline",
        "flood": "-5 unusable",
        "nobody": "-3 not-started",
    }
    routes = {name: f'exec_avp("@{name}", "$avp(x)"); {TELL}' for name in expected}
    routes["begun"] = 'exec_cmd_async("@full"); send_reply("200", "Begun");'
    routes["full"] = f'exec_avp("@full", "$avp(x)"); {TELL}'
    daemon, server, client, _ = served(routes)
    for name, outcome in expected.items():
        assert client.call(name)["X-RC"].startswith(outcome), name
    assert "there is no program nobody" in server.log()
    client.call("begun")
    assert wait_until(lambda: sleepers(daemon))
    assert client.call("full")["X-RC"].startswith("-4 refused")
    client.close()


def test_without_a_service_a_call_is_not_started_at_once(start, tmp_path):
    server = start(
        Config(
            {"avp": f'exec_avp("@lcr", "$avp(x)"); {TELL}'},
            params=[("service", tmp_path / "nothing.sock")],
        )
    )
    client = Client(server)
    assert client.call("avp")["X-RC"].startswith("-3 not-started")
    assert f"no service at {tmp_path}/nothing.sock" in server.log()
    client.close()


def test_a_service_without_room_refuses(start, tmp_path):
    """Its queue of connections is full, as nobody accepts."""
    path = tmp_path / "full.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener, contextlib.ExitStack() as waiting:
        listener.bind(str(path))
        listener.listen(0)
        server = start(
            Config(
                {"avp": f'exec_avp("@own", "$avp(x)"); {TELL}'},
                params=[("service", path), ("program", "name=own; via=service; timeout=300ms")],
            )
        )
        fill_up(path, waiting)
        client = Client(server)
        assert client.call("avp")["X-RC"].startswith("-4 refused")
        client.close()


def fill_up(path, waiting) -> None:
    for _ in range(100):
        one = waiting.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        one.setblocking(False)
        try:
            one.connect(str(path))
        except BlockingIOError:
            return
    raise AssertionError("the queue is never full")


LARGE = """
    $var(i) = 0;
    $var(x) = "0123456789abcdef";
    while ($var(i) < 16) { $var(x) = $var(x) + $var(x); $var(i) = $var(i) + 1; }
"""


def test_a_request_that_is_too_large_is_refused(served):
    """A mebibyte of input, and the lines around it."""
    daemon, server, client, _ = served(
        {
            "large": f'{LARGE} exec_run("@count", "$var(x)", "$var(out)"); {TELL}',
            "fits": f'{LARGE.replace("< 16", "< 15")} exec_run("@count", "$var(x)", "$var(out)"); {TELL}',
        },
        daemon=None,
        kamailio=("-DD", "-M", "32"),
    )
    assert client.call("large")["X-RC"].startswith("-4 refused")
    assert "longer than the limit of 1048576 bytes" in server.log()
    reply = client.call("fits")
    assert (reply["X-RC"], reply["X-Out"].strip()) == ("1 ok 0", str(16 << 15))
    client.close()


def test_a_sip_worker_is_not_held_past_the_deadline(served):
    """The daemon is frozen: the call's time is all that it costs, whether it was connected or not."""
    daemon, server, client, _ = served(
        {"avp": f'exec_avp("@own", "$avp(x)"); {TELL}', "say": f'exec_avp("@say", "$avp(x)"); {TELL}'},
        params=[("program", "name=own; via=service; timeout=400ms")],
        daemon=None,
    )
    for connected in (False, True):
        if connected:
            assert client.call("say")["X-RC"] == "1 ok 0"
        os.kill(daemon.pid, signal.SIGSTOP)
        try:
            for _ in range(3):
                reply = client.call("avp")
                assert reply["X-RC"].startswith("-2 deadline")
                assert reply.seconds >= 0.4
        finally:
            os.kill(daemon.pid, signal.SIGCONT)
    assert wait_until(lambda: client.call("say")["X-RC"] == "1 ok 0")
    client.close()


def test_killed_daemon_costs_the_calls_under_way_alone(served):
    daemon, server, client, _ = served(
        {
            "long": 'exec_avp_async("@long", "$avp(x)", "BACK");',
            "say": f'exec_avp("@say", "$avp(x)"); {TELL}',
        },
        BACK,
    )
    assert client.call("say")["X-RC"] == "1 ok 0"
    waiting = Invite(client, "long")
    assert wait_until(lambda: sleepers(daemon))
    left = sleepers(daemon)
    daemon.kill9()
    assert waiting.reply()["X-RC"].startswith("-5 unusable")
    # Connected before: the first thing that is seen of it is the end of the connection.
    assert client.call("say")["X-RC"].startswith("-3 not-started")
    daemon.start()
    assert client.call("say")["X-RC"] == "1 ok 0"
    assert not wait_until_gone(lambda: [pid for pid in left if Path(f"/proc/{pid}").exists()])
    client.close()


def test_a_restart_costs_nothing(served, kamexecd):
    daemon, server, client, _ = served(
        {"say": f'exec_avp("@say $rU", "$avp(x)"); {TELL}'},
        daemon=kamexecd(programs(), activated=True),
    )
    for _ in range(3):
        assert client.call("say")["X-RC"] == "1 ok 0"
        daemon.restart()
    assert client.call("say")["X-RC"] == "1 ok 0"
    client.close()


def test_a_time_out_that_changes_in_the_daemons_file(served):
    daemon, server, client, _ = served({"slow": f'exec_avp("@slow", "$avp(x)"); {TELL}'})
    first = client.call("slow")
    daemon.write(programs(slow="run = /bin/sleep 30\ntimeout = 1500ms"))
    assert daemon.reload()
    second = client.call("slow")
    assert first["X-RC"].startswith("-2") and second["X-RC"].startswith("-2")
    assert second.seconds >= 1.5
    client.close()


def test_cancel_ends_the_program(served):
    daemon, server, client, ask = served(
        {"long": 'exec_avp_async("@long", "BACK");'},
        'route[BACK] { xlog("L_ERR", "went on\\n"); t_reply("503", "Went On"); }',
        request_route=REQUEST_ROUTE,
        modparams=ANSWERED_LIVES,
        children=4,
    )
    call = Invite(client, "long")
    assert wait_until(lambda: sleepers(daemon))
    call.cancel()
    assert call.cancel_reply().status == 200
    assert call.reply().status == 487
    assert not wait_until_gone(lambda: sleepers(daemon))
    assert not wait_until_gone(lambda: ask("exec.jobs"))
    assert "went on" not in server.log()
    client.close()


def test_rpc_kill_ends_the_program(served):
    daemon, server, client, ask = served({"long": 'exec_avp_async("@long", "$avp(x)", "BACK");'}, BACK)
    call = Invite(client, "long")
    assert wait_until(lambda: sleepers(daemon))
    (job,) = ask("exec.jobs")
    ask("exec.kill", job["id"])
    assert call.reply()["X-RC"].startswith("-2 deadline")
    assert not wait_until_gone(lambda: sleepers(daemon))
    client.close()


def test_each_process_has_one_connection(served):
    """Eight SIP workers, one pool of the daemon's: eight connections, and no worker of their own."""
    daemon, server, client, ask = served(
        {"pick": f'exec_dset("@pick $rU"); {TELL}', "say": f'exec_avp("@say", "$avp(x)"); {TELL}'},
        children=8,
    )
    clients = [Client(server) for _ in range(8)]

    def figures():
        return ask("exec.programs", "pick")[0]

    def all_workers_have_called():
        for one in clients:
            assert one.call("pick", uri="sip:4930@example.com")["X-RC"] == "1 ok 0"
            assert one.call("say")["X-RC"] == "1 ok 0"
        return connections(daemon) >= 9  # and the one of RPC

    figures()
    assert wait_until(all_workers_have_called)
    assert connections(daemon) == 9
    assert not [pid for worker in server.workers() for pid in children_of(worker)]
    for one in (*clients, client):
        one.close()


def connections(daemon) -> int:
    """How many the daemon has, without the one that asks."""
    with daemon.connect() as asking:
        return json.loads(asking.control("status").output)["clients"]["connections"] - 1


def test_rpc_shows_the_daemons_figures(served):
    daemon, server, client, ask = served(
        {"pick": f'exec_dset("@pick $rU"); {TELL}', "nobody": f'exec_cmd("@nobody"); {TELL}'},
        params=[("program", "name=own; via=service; timeout=400ms")],
    )
    client.call("pick", uri="sip:4930123456@example.com")
    client.call("nobody")
    (pick,) = ask("exec.programs", "pick")
    assert pick["attributes"] == {"via": "service", "timeout": ""}
    assert pick["calls"]["ok"] == 1
    assert pick["requests"] == {"running": 0}
    assert pick["service"] == {"socket": str(daemon.socket_path), "state": "serving"}
    assert pick["service_attributes"]["via"] == "pool"
    assert pick["service_calls"]["ok"] == 1
    assert pick["service_workers"]["started"] >= 1
    (nobody,) = ask("exec.programs", "nobody")
    assert nobody["calls"]["not_started"] == 1
    assert nobody["service"]["state"] == "has no such program for this user"
    assert {one["name"] for one in ask("exec.programs")} == {"pick", "nobody", "own"}
    with pytest.raises(HarnessError, match="no pool in this server"):
        ask("exec.reload", "pick")
    os.kill(daemon.pid, signal.SIGSTOP)
    try:
        (frozen,) = ask("exec.programs", "own")
    finally:
        os.kill(daemon.pid, signal.SIGCONT)
    assert "by the deadline" in frozen["service"]["state"]
    assert frozen["attributes"]["timeout"] == "400ms"
    daemon.stop()
    (away,) = ask("exec.programs", "own")
    assert "no service at" in away["service"]["state"]
    assert "service_calls" not in away
    daemon.start()
    client.close()


def test_statistics_count_them_like_other_programs(served):
    daemon, server, client, ask = served({"says_no": f'exec_avp("@no", "$avp(x)"); {TELL}'})
    client.call("says_no")
    stats = ask("exec.stats")
    assert (stats["calls"], stats["no"]) == (1, 1)
    assert counted(ask, "program_no_calls") == counted(ask, "program_no_no") == 1
    assert counted(ask, "program_no_running") == 0
    client.close()


def counted(ask, name) -> int:
    counters = dict(line.split(" = ") for line in ask("stats.get_statistics", "exec:"))
    return int(counters[f"exec:{name}"])


# --- when the configuration loads ---


def check(config, module, tmp_path):
    return checking.check(config, module, tmp_path)


CALLS = {
    "known": f'exec_avp("@say $rU", "$avp(x)"); {TELL}',
    "unknown": f'exec_avp("@lrc $rU", "$avp(x)"); {TELL}',
}


def test_a_name_that_no_daemon_knows_is_an_error_of_the_check(kamexecd, module, tmp_path):
    daemon = kamexecd(programs())
    params = [("service", daemon.socket_path)]
    bad = check(Config(CALLS, params=params), module, tmp_path)
    assert not bad.accepted
    assert "there is no program lrc" in bad.output and "it offers " in bad.output
    assert f"{bad.config}:" in bad.output and "program say" not in bad.output
    good = check(Config({"known": CALLS["known"]}, params=params), module, tmp_path)
    assert good.accepted, good.output


def test_no_daemon_is_a_warning_of_the_check(module, tmp_path):
    params = [("service", tmp_path / "nothing.sock")]
    checked = check(Config(CALLS, params=params), module, tmp_path)
    assert checked.accepted, checked.output
    assert "it can't be checked whether kamexecd has the programs" in checked.output


def test_a_frozen_daemon_is_a_warning_of_the_check(kamexecd, module, tmp_path):
    daemon = kamexecd(programs())
    os.kill(daemon.pid, signal.SIGSTOP)
    try:
        checked = check(Config(CALLS, params=[("service", daemon.socket_path)]), module, tmp_path)
    finally:
        os.kill(daemon.pid, signal.SIGCONT)
    assert checked.accepted, checked.output
    assert "does not answer" in checked.output


def test_a_server_starts_all_the_same_and_warns(served):
    daemon, server, client, _ = served(CALLS)
    assert "there is no program lrc" in server.log()
    assert client.call("unknown")["X-RC"].startswith("-3 not-started")
    assert client.call("known")["X-RC"] == "1 ok 0"
    client.close()


def test_without_a_service_a_name_must_be_defined(module, tmp_path):
    bad = check(Config(CALLS), module, tmp_path)
    assert not bad.accepted
    assert "there is no program" in bad.output


def test_via_service_needs_the_service(module, tmp_path):
    params = [("program", "name=lcr; via=service")]
    bad = check(Config({"lcr": 'exec_cmd("@lcr");'}, params=params), module, tmp_path)
    assert not bad.accepted
    assert "program lcr: via: via=service" in bad.output and "modparam" in bad.output


def test_the_socket_needs_a_full_path(module, tmp_path):
    for path in ("programs.sock", "/" + "x" * 107):
        bad = check(Config({}, params=[("service", path)]), module, tmp_path)
        assert not bad.accepted
        assert "full path of kamexecd's socket" in bad.output
