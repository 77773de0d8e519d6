# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls through a fleet, and what the script sees of each fault: the rows of docs/reference/outcomes.md, "A
fleet". The real server, its daemon, nats-server, and daemons that offer the programs."""

import os
import signal

import pytest

from harness import rpc
from harness.client import Client
from harness.config import Config
from harness.fleet import handed_on
from harness.invite import Invite
from harness.processes import wait_until_gone
from harness.wait import wait_until
from test_async_cancel import ANSWERED_LIVES, REQUEST_ROUTE
from test_service import BACK, TELL, sleepers

SLEEP = "run = /bin/sleep 30\ntimeout = 1m"
SAY = "run = /usr/bin/printf '<%s>'\ntimeout = 10s"
# Longer than any test waits: what comes before comes at once.
FAR = handed_on(timeout="2m")


@pytest.fixture
def called(start):
    """called(host, routes, more, **): a client of a server that asks that daemon."""
    made = []

    def begin(host, routes, more="", **options):
        options.setdefault("children", 2)
        server = start(Config(routes, more, [("service", host.socket_path)], rpc=True, **options))
        made.append(Client(server))
        return made[-1]

    yield begin
    for client in made:
        client.close()


def avp(program, *values) -> str:
    return f'exec_avp("@{program} {" ".join(values)}", "$avp(x)"); {TELL}'


def later(program) -> str:
    return f'exec_avp_async("@{program}", "$avp(x)", "BACK");'


def test_a_call_goes_to_a_worker_and_its_answer_comes_back(fleet, called, tmp_path):
    note = tmp_path / "note"
    members = fleet()
    members.worker(
        {
            "say": SAY,
            "both": "run = /bin/sh -c 'cat; echo err >&2; exit 3'",
            "env": "run = /usr/bin/printenv SIP_RURI",
            "first-line": "run = /usr/bin/head -n 1",
            "note": f"run = /bin/sh -c 'echo \"$1\" >>{note}' sh",
        }
    )
    host = members.host("say", "both", "env", "first-line", "note")
    client = called(
        host,
        {
            "say": avp("say", "'a b'", "$hdr(Subject)"),
            "run": f'exec_run("@both", "in-$rU", "$var(out)", "$var(err)"); {TELL}',
            "env": avp("env"),
            "msg": f'exec_msg("@first-line"); {TELL}',
            "cmd": f'exec_cmd("@note $rU"); {TELL}',
            "later": 'exec_avp_async("@say $rU", "$avp(x)", "BACK");',
        },
        BACK,
    )
    hostile = "$(touch pwned) `id` ; two  words %0A"
    reply = client.call("say", headers=[("Subject", hostile)])
    assert (reply["X-RC"], reply["X-Value"]) == ("1 ok 0", f"<a b><{hostile}>")
    # Twice: what a program has no use for isn't sent again.
    for _ in range(2):
        reply = client.call("run")
        assert (reply["X-RC"], reply["X-Out"], reply["X-Err"]) == ("-1 no 3", "in-bob", "err")
        assert client.call("env")["X-Value"] == "sip:bob@example.com"
        assert client.call("msg")["X-RC"] == "1 ok 0"
    assert client.call("cmd")["X-RC"] == "1 ok 0"
    assert note.read_text() == "bob\n"
    assert client.call("later")["X-Value"] == "<bob>"


# --- -3: not started ---


def test_without_nats_a_call_is_not_started_at_once(fleet, called):
    members = fleet()
    host = members.host(programs={"say": FAR})
    members.servers[0].end()
    client = called(host, {"say": avp("say")})
    assert wait_until(lambda: client.call("say")["X-RC"].startswith("-3 not-started"))
    assert "no NATS server is connected" in client.server.log()


def test_without_the_daemon_a_call_is_not_started_at_once(fleet, called):
    members = fleet()
    members.worker({"say": SAY})
    host = members.host("say")
    client = called(host, {"say": avp("say")})
    assert client.call("say")["X-RC"] == "1 ok 0"
    host.kill9()
    assert client.call("say")["X-RC"].startswith("-3 not-started")


def test_a_program_that_nobody_offers_is_not_started(fleet, called):
    members = fleet()
    members.worker({"say": SAY})
    client = called(members.host(programs={"nobody": FAR}), {"nobody": avp("nobody")})
    assert client.call("nobody")["X-RC"].startswith("-3 not-started")


def test_what_the_server_does_not_permit_is_not_started_and_logged(fleet, called):
    members = fleet(
        'authorization { users: [ { user: a, password: b, permissions: { publish: { deny: "kx.call.secret" } } } ] }'
    )
    password = members.servers[0].directory / "password"
    password.write_text("b\n")
    login = {"user": "a", "password_file": password}
    members.worker({"secret": SAY, "say": SAY}, **login)
    host = members.host(programs={"secret": FAR, "say": FAR}, **login)
    client = called(host, {"secret": avp("secret"), "say": avp("say")})
    assert client.call("secret")["X-RC"].startswith("-3 not-started")
    assert "Permissions Violation" in host.log() + client.server.log()
    assert client.call("say")["X-RC"] == "1 ok 0", "the connection stays"


def test_wrong_credentials_are_logged(fleet, called):
    members = fleet('authorization { user: a, password: "right" }')
    password = members.servers[0].directory / "password"
    password.write_text("wrong\n")
    host = members.host(programs={"say": FAR}, wait=False, user="a", password_file=password)
    assert wait_until(lambda: "Authorization Violation" in host.log()), host.log()
    client = called(host, {"say": avp("say")})
    assert client.call("say")["X-RC"].startswith("-3 not-started")
    # What has been put right holds from the next attempt on.
    password.write_text("right\n")
    members.worker({"say": SAY}, user="a", password_file=password)
    assert wait_until(lambda: client.call("say")["X-RC"] == "1 ok 0")


# --- -5: sent, and lost ---


def test_calls_that_were_sent_end_at_once_when_the_connection_is_lost(fleet, called):
    members = fleet()
    worker = members.worker({"sleep": SLEEP, "say": SAY}, options={"daemon": "drain_time = 100ms"})
    host = members.host(programs={"sleep": FAR, "say": FAR})
    client = called(host, {"sleep": later("sleep"), "say": avp("say")}, BACK)
    waiting = Invite(client, "sleep")
    assert wait_until(lambda: sleepers(worker))
    members.servers[0].kill9()
    assert waiting.reply()["X-RC"].startswith("-5 unusable")
    members.servers[0].start()
    assert wait_until(lambda: client.call("say")["X-RC"] == "1 ok 0")


# --- -4: refused ---


def test_a_call_that_finds_all_workers_full_is_refused(fleet, called):
    full = {"full": f"{SLEEP}\nmax = 1\nqueue = 0"}
    members = fleet()
    workers = [members.worker(full) for _ in range(2)]
    client = called(members.host(programs={"full": FAR}), {"full": avp("full"), "begin": later("full")}, BACK)
    # Each is asked until both have one: by and by each has told who it is.
    for _ in range(100):
        busy = len(workers_busy(workers))
        if busy == 2:
            break
        call = Invite(client, "begin")
        assert wait_until(lambda: call.finals(0.01) or len(workers_busy(workers)) > busy)
    assert busy == 2
    assert client.call("full")["X-RC"].startswith("-4 refused")


def workers_busy(workers) -> list:
    return [worker for worker in workers if sleepers(worker)]


def test_an_open_breaker_refuses(fleet, called):
    members = fleet()
    members.worker(
        {"bad": "run = /bin/sh -c 'echo hello 1; read a; read b; exit 1'\nvia = pool\nbreaker = 1\n"
                "breaker_time = 1m\nbackoff = 1m\nbackoff_most = 1m\ntimeout = 5s"}
    )
    client = called(members.host("bad"), {"bad": avp("bad")})
    assert client.call("bad")["X-RC"].startswith("-5 unusable")
    assert client.call("bad")["X-RC"].startswith("-4 refused")


LARGE = """
    $var(i) = 0;
    $var(x) = "0123456789abcdef";
    while ($var(i) < 11) { $var(x) = $var(x) + $var(x); $var(i) = $var(i) + 1; }
"""


def test_a_request_larger_than_the_server_takes_is_refused_and_never_sent(fleet, called):
    members = fleet("max_payload: 16384")
    members.worker({"count": "run = /usr/bin/wc -c"})
    host = members.host(programs={"count": FAR})
    routes = {
        "large": f'{LARGE} exec_run("@count", "$var(x)", "$var(out)"); {TELL}',
        "fits": f'{LARGE.replace("< 11", "< 7")} exec_run("@count", "$var(x)", "$var(out)"); {TELL}',
    }
    client = called(host, routes)
    with members.servers[0].connect() as listening:
        heard = listening.subscribe("kx.>")
        listening.ping()
        assert client.call("large")["X-RC"].startswith("-4 refused")
        assert not listening.come(heard)
        reply = client.call("fits")
        assert (reply["X-RC"], reply["X-Out"].strip()) == ("1 ok 0", str(16 << 7))
        assert listening.come(heard)
    assert "slow consumer" not in members.servers[0].log().lower()


# --- -2: no answer in time ---


def test_a_killed_worker_costs_its_own_calls_alone(fleet, called):
    members = fleet()
    killed = members.worker({"sleep": SLEEP})
    host = members.host(programs={"sleep": handed_on(timeout="1500ms"), "say": FAR})
    members.worker({"say": SAY})
    client = called(host, {"sleep": later("sleep"), "say": avp("say")}, BACK)
    waiting = Invite(client, "sleep")
    assert wait_until(lambda: sleepers(killed))
    killed.kill9()
    assert client.call("say")["X-RC"] == "1 ok 0"
    assert waiting.reply()["X-RC"].startswith("-2 deadline")
    assert client.call("say")["X-RC"] == "1 ok 0"


def test_a_frozen_worker_costs_the_calls_that_it_holds(fleet, called):
    members = fleet()
    frozen, _ = members.worker({"say": SAY}), members.worker({"say": SAY})
    client = called(members.host(programs={"say": handed_on(timeout="300ms")}), {"say": avp("say")})
    os.kill(frozen.pid, signal.SIGSTOP)
    try:
        seen = set()
        for _ in range(100):
            seen.add(client.call("say")["X-RC"].split(" ")[0])
            if seen >= {"1", "-2"}:
                break
    finally:
        os.kill(frozen.pid, signal.SIGCONT)
    assert seen == {"1", "-2"}


def test_with_idempotent_a_frozen_worker_costs_nothing(fleet, called):
    """The other one answered last: a second worker daemon is the one that has answered most recently."""
    members = fleet()
    frozen, _ = [members.worker({"who": f"run = /bin/echo {name}"}) for name in ("frozen", "other")]
    host = members.host(programs={"who": handed_on(timeout="20s", idempotent="yes", hedge="50ms")})
    client = called(host, {"who": avp("who")})
    assert {client.call("who")["X-Value"] for _ in range(30)} == {"frozen", "other"}  # both are known
    while client.call("who")["X-Value"] != "other":
        pass
    os.kill(frozen.pid, signal.SIGSTOP)
    try:
        assert {client.call("who")["X-Value"] for _ in range(30)} == {"other"}
    finally:
        os.kill(frozen.pid, signal.SIGCONT)


def test_with_idempotent_a_killed_worker_costs_nothing(fleet, called, tmp_path):
    """The call that it has when it is killed is answered by another one."""
    first = tmp_path / "first"
    program = f"run = /bin/sh -c 'if mkdir {first} 2>/dev/null; then exec sleep 30; fi; echo second'\ntimeout = 1m"
    members = fleet()
    workers = [members.worker({"once": program, "say": SAY}) for _ in range(2)]
    host = members.host(programs={"once": handed_on(timeout="20s", idempotent="yes", hedge="2s")})
    client = called(host, {"once": later("once")}, BACK)
    first.mkdir()
    for _ in range(20):  # both are known
        assert client.call("once")["X-Value"] == "second"
    first.rmdir()
    waiting = Invite(client, "once")
    assert wait_until(lambda: [w for w in workers if w.children()])
    (killed,) = [w for w in workers if w.children()]
    killed.kill9()
    reply = waiting.reply()
    assert (reply["X-RC"], reply["X-Value"]) == ("1 ok 0", "second")


def test_a_cancelled_call_ends_its_program(fleet, called):
    members = fleet()
    worker = members.worker({"sleep": SLEEP})
    host = members.host(programs={"sleep": FAR})
    client = called(
        host,
        {"sleep": 'exec_avp_async("@sleep", "BACK");'},
        'route[BACK] { xlog("L_ERR", "went on\\n"); t_reply("503", "Went On"); }',
        request_route=REQUEST_ROUTE,
        modparams=ANSWERED_LIVES,
        children=4,
    )
    with members.servers[0].connect() as listening:
        heard = listening.subscribe("kx.cancel.sleep")
        listening.ping()
        call = Invite(client, "sleep")
        assert wait_until(lambda: sleepers(worker))
        call.cancel()
        assert call.cancel_reply().status == 200
        assert call.reply().status == 487
        assert listening.next(heard).payload.startswith(b"cancel ")
    assert not wait_until_gone(lambda: sleepers(worker))
    assert not wait_until_gone(lambda: rpc.call(client.server.directory, "exec.jobs"))
    assert "went on" not in client.server.log()


def test_a_call_past_its_deadline_ends_its_program(fleet, called):
    members = fleet()
    worker = members.worker({"sleep": SLEEP})
    client = called(members.host(programs={"sleep": handed_on(timeout="500ms")}), {"sleep": avp("sleep")})
    reply = client.call("sleep")
    assert reply["X-RC"].startswith("-2 deadline")
    assert reply.seconds >= 0.5
    assert not wait_until_gone(lambda: sleepers(worker))
