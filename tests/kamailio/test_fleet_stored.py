# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls that the fleet keeps (delivery=stored with via=nats): answered with 1 by the real server when they are
on the disk of a real nats-server, and run by whichever daemon offers the program, whatever dies meanwhile."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.client import Client
from harness.config import Config
from harness.fleet import handed_on
from harness.stored import Noted, status
from harness.wait import wait_until

TELL = r'append_to_reply("X-RC: $rc $exec(rc) $exec(outcome)\r\n");'
ROUTES = {"cmd": f'exec_cmd("@bill start $rU"); {TELL}', "msg": f'exec_msg("@bill message $rU"); {TELL}'}
STORED = {"delivery": "stored", "store_timeout": "20s", "retry": "20ms", "retry_most": "50ms"}


@pytest.fixture
def members(fleet):
    return fleet(jetstream=True)


@pytest.fixture
def called(start):
    """called(host): a client of a server that asks that daemon."""
    clients = []

    def begin(host):
        clients.append(Client(start(Config(ROUTES, params=[("service", host.socket_path)], rpc=True))))
        return clients[-1]

    yield begin
    for client in clients:
        client.close()


def host_of(members, **attributes):
    return members.host(programs={"bill": handed_on(**{**STORED, **attributes})})


def call(client, user, function="cmd") -> str:
    return client.call(function, uri=f"sip:{user}@example.com")["X-RC"]


def stream(members, name="kx-note") -> dict:
    """Its state, as the server that is alive says it; empty: it isn't there."""
    with members.servers[0].connect() as asked:
        answer = json.loads(asked.ask(f"$JS.API.STREAM.INFO.{name}", b"").payload)
    return answer.get("state", {})


def waiting_here(host) -> int:
    with host.connect() as asked:
        found = status(asked, "bill")
    return found["waiting"] + found["running"]


def ready(members):
    """The streams are there: a call goes there at once."""
    assert wait_until(lambda: stream(members) and stream(members, "kx-dead"), 60)


def users(noted) -> list:
    return [rest.split()[-1] for _, _, rest in noted.runs()]


def test_a_call_is_answered_when_the_fleet_has_it_and_runs_at_a_worker(members, called, tmp_path):
    noted = Noted(tmp_path, "cat > /dev/null")
    host = host_of(members)
    ready(members)
    client = called(host)
    assert call(client, "alice") == "1 1 ok"
    assert call(client, "bob", "msg") == "1 1 ok"
    assert stream(members)["messages"] == 2
    assert waiting_here(host) == 0, "it is the fleet's, not this host's"
    host.stop()
    worker = members.worker({"bill": noted.definition()})
    assert wait_until(lambda: len(noted.runs()) == 2, 60)
    assert users(noted) == ["alice", "bob"]
    assert wait_until(lambda: stream(members)["messages"] == 0)
    worker.stop()


def test_a_program_that_fails_is_run_again_with_the_same_id(members, called, tmp_path):
    noted = Noted(tmp_path, '[ "$KAMEXEC_ATTEMPT" -ge 3 ]')
    members.worker({"bill": noted.definition()})
    host = host_of(members)
    ready(members)
    assert call(called(host), "alice") == "1 1 ok"
    assert wait_until(lambda: len(noted.runs()) == 3, 60)
    assert [attempt for _, attempt, _ in noted.runs()] == [1, 2, 3]
    assert len(set(noted.ids())) == 1
    assert wait_until(lambda: stream(members)["messages"] == 0)


def test_without_nats_calls_wait_on_disk_and_go_on_in_their_order(members, called, tmp_path):
    noted = Noted(tmp_path)
    nats = members.servers[0]
    host = host_of(members)
    ready(members)
    client = called(host)
    nats.end()
    names = [f"u{number}" for number in range(20)]
    assert wait_until(lambda: not status_of(host)["connected"])
    assert [call(client, name) for name in names] == ["1 1 ok"] * 20
    assert waiting_here(host) == 20
    with host.connect() as asked:
        assert "no NATS server is connected" in status(asked, "bill")["held"]
    nats.start()
    assert wait_until(lambda: waiting_here(host) == 0, 60)
    assert stream(members)["messages"] == 20
    assert call(client, "last") == "1 1 ok"
    # One after the other: the order in which they lie there.
    members.worker({"bill": noted.definition(max=1)})
    assert wait_until(lambda: len(noted.runs()) == 21, 60)
    assert users(noted) == [*names, "last"]
    assert len(set(noted.ids())) == 21


def under_way(daemon) -> int:
    with daemon.connect() as asked:
        return status(asked)["clients"]["calls_under_way"]


def status_of(daemon) -> dict:
    with daemon.connect() as asked:
        return status(asked)["fleet"]


def test_a_server_that_dies_before_it_answers_loses_nothing(members, called, tmp_path):
    """It is frozen with the call in its socket, and then killed: nobody knows whether it has it."""
    noted = Noted(tmp_path)
    nats = members.servers[0]
    host = host_of(members)
    ready(members)
    client = called(host)
    assert call(client, "before") == "1 1 ok"
    nats.freeze()
    with ThreadPoolExecutor() as other:
        alice = other.submit(call, client, "alice")
        assert wait_until(lambda: under_way(host) == 1)
        nats.kill9()
        assert alice.result(60) == "1 1 ok"
    assert call(client, "bob") == "1 1 ok"
    nats.start()
    members.worker({"bill": noted.definition()})
    assert wait_until(lambda: {"before", "alice", "bob"} <= set(users(noted)), 60)
    assert wait_until(lambda: stream(members)["messages"] == 0 and waiting_here(host) == 0, 60)
    assert len(noted.ids()) == len(set(noted.ids()))


def test_a_frozen_server_has_the_call_kept_here_in_time(members, called, tmp_path):
    """What was sent is unknown; it goes on with the same id, and runs once."""
    noted = Noted(tmp_path)
    nats = members.servers[0]
    host = host_of(members, store_timeout="4s")
    ready(members)
    client = called(host)
    nats.freeze()
    assert call(client, "alice") == "1 1 ok"
    assert waiting_here(host) == 1
    nats.thaw()
    assert wait_until(lambda: waiting_here(host) == 0, 60)
    assert stream(members)["messages"] == 1, "the one that came late and the one that was sent again are one"
    members.worker({"bill": noted.definition()})
    assert wait_until(lambda: users(noted) == ["alice"], 60)


def test_a_worker_that_dies_has_its_calls_run_elsewhere_with_the_same_id(members, called, tmp_path):
    gate = tmp_path / "gate"
    noted = Noted(tmp_path, f"[ -e {gate} ] || exec sleep 300")
    first = members.worker({"bill": noted.definition(timeout="10m")})
    host = host_of(members)
    ready(members)
    assert call(called(host), "alice") == "1 1 ok"
    assert wait_until(lambda: len(noted.runs()) == 1, 60)
    gate.touch()
    first.kill9()
    members.worker({"bill": noted.definition()})
    assert wait_until(lambda: len(noted.runs()) == 2, 120), "after ack_wait"
    (one, other) = noted.runs()
    assert one[0] == other[0] and (one[1], other[1]) == (1, 2)
    assert wait_until(lambda: stream(members)["messages"] == 0)


def test_a_worker_that_is_stopped_finishes_what_it_has(members, called, tmp_path):
    gate = tmp_path / "gate"
    noted = Noted(tmp_path, f"while [ ! -e {gate} ]; do sleep 0.05; done")
    worker = members.worker({"bill": noted.definition(timeout="10m")})
    host = host_of(members)
    ready(members)
    assert call(called(host), "alice") == "1 1 ok"
    assert wait_until(lambda: len(noted.runs()) == 1, 60)
    worker.process.terminate()
    assert wait_until(lambda: "stopping" in worker.log())
    gate.touch()
    worker.process.wait(60)
    assert stream(members)["messages"] == 0
    assert len(noted.runs()) == 1


def test_where_the_store_is_full_a_call_is_refused(members, called, tmp_path):
    host = host_of(members)
    ready(members)
    client = called(host)
    assert call(client, "alice") == "1 1 ok"
    with members.servers[0].connect() as asked:
        config = json.loads(asked.ask("$JS.API.STREAM.INFO.kx-note", b"").payload)["config"]
        config["max_msgs"] = 1
        answer = asked.ask("$JS.API.STREAM.UPDATE.kx-note", json.dumps(config).encode())
        assert "error" not in json.loads(answer.payload)
    assert call(client, "bob") == "-4 -4 refused"
    assert "the fleet's store is full" in host.log() + client.server.log()
    assert waiting_here(host) == 0


def test_without_jetstream_calls_wait_here_and_the_log_says_why(fleet, called, tmp_path):
    members = fleet()
    host = host_of(members)
    client = called(host)
    assert call(client, "alice") == "1 1 ok"
    assert waiting_here(host) == 1
    assert wait_until(lambda: "the fleet's store (JetStream) can't be used" in host.log())
    assert host.log().count("can't be used") == 1


def test_plain_calls_of_such_a_program_are_kept_by_the_host_that_runs_it(members, called, tmp_path):
    """`via=nats` without `delivery=stored` on the calling side: an answer with the id, from the worker's own disk."""
    noted = Noted(tmp_path)
    members.worker({"bill": noted.definition()})
    host = members.host("bill")
    assert call(called(host), "alice").startswith("1 ")
    assert wait_until(lambda: users(noted) == ["alice"], 60)
