# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls that the fleet keeps (delivery=stored with via=nats): answered with 1 by the real server when they are
on the disk of a real nats-server, and run by whichever daemon offers the program, whatever dies meanwhile."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.client import Client
from harness.config import Config
from harness.fleet import handed_on, section
from harness.stored import Noted, in_state, queue, status
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
    assert sorted(users(noted)) == ["alice", "bob"], "without order_by they may run at once"
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


# --- kamexec queue, over the fleet ---


def test_dead_calls_are_listed_retried_and_dropped(members, called, tmp_path):
    gate = tmp_path / "gate"
    noted = Noted(tmp_path, f'[ -e {gate} ] || {{ echo "no such table" >&2; exit 7; }}')
    worker = members.worker({"bill": noted.definition(attempts=2)})
    host = host_of(members)
    ready(members)
    client = called(host)
    for name in ("alice", "bob", "carol"):
        assert call(client, name) == "1 1 ok"
    with host.connect() as asked, worker.connect() as there:
        assert in_state(asked, "dead", 3)
        dead = {one["arguments"][-1]: one for one in queue(asked, "export", "state=dead")}
        alice = dead["alice"]
        assert (alice["program"], alice["call"], alice["attempts"]) == ("bill", "cmd", 2)
        assert (alice["kept_by"], alice["last"]["outcome"]) == ("fleet", "no")
        assert "exit status 7; its standard error: no such table" in alice["last"]["detail"]
        assert [one["number"] for one in queue(there, "list", "state=dead")] == sorted(
            one["number"] for one in dead.values()
        ), "each member shows the same"
        assert f"notification {alice['id']}: program bill: dead" in worker.log()
        # Page by page.
        first = queue(asked, "list", "most=2")
        assert len(first) == 3 and "more_after" in first[-1]
        rest = queue(asked, "list", "most=2", f"after={first[-1]['more_after']}")
        assert len({one["id"] for one in [*first[:-1], *rest]}) == 3
        assert queue(asked, "list", "program=other") == []
        assert queue(asked, "list", "program=*") == []
        # One that nobody knows has nothing done.
        reply = asked.control("queue", "drop", f"id={alice['id']}", f"id={'f' * 32}")
        assert reply.word != "yes" and "there is no notification ffff" in reply.detail
        assert queue(asked, "drop", f"id={dead['bob']['id']}") == [{"changed": 1}]
        assert len(queue(asked, "list")) == 2
        gate.touch()
        before = len(noted.runs())
        assert queue(asked, "retry", f"id={alice['id']}") == [{"changed": 1}]
        assert wait_until(lambda: len(noted.runs()) == before + 1, 60)
        assert noted.runs()[-1][:2] == (alice["id"], 1), "the same call, from the beginning"
        assert queue(asked, "retry") == [{"changed": 1}]
        assert wait_until(lambda: not queue(asked, "list"), 60)
        assert users(noted)[-1] == "carol"


def test_a_dead_call_between_two_that_were_erased_is_there(members, called, tmp_path):
    """nats-server 2.9 loses sight of it where it is asked for the messages of a subject."""
    noted = Noted(tmp_path, "exit 7")
    members.worker({"bill": noted.definition(attempts=1)})
    host = host_of(members)
    ready(members)
    client = called(host)
    with host.connect() as asked:
        for count, name in enumerate(("alice", "bob", "carol"), 1):
            assert call(client, name) == "1 1 ok"
            assert in_state(asked, "dead", count)
        alice, _, carol = queue(asked, "list", "program=bill")
        for one in (carol, alice):
            assert queue(asked, "drop", f"id={one['id']}") == [{"changed": 1}]
        assert [one["arguments"][-1] for one in queue(asked, "list")] == ["bob"]
        assert [one["arguments"][-1] for one in queue(asked, "list", "program=bill")] == ["bob"]
        assert queue(asked, "drop") == [{"changed": 1}]


def test_what_waits_at_the_fleet_is_shown_after_what_waits_here(members, called):
    nats = members.servers[0]
    host = host_of(members)
    ready(members)
    client = called(host)
    assert [call(client, name) for name in ("a", "b")] == ["1 1 ok"] * 2
    with host.connect() as asked:
        assert [one["state"] for one in queue(asked, "list")] == ["waiting"] * 2
        assert wait_until(lambda: fleet_store(host)["programs"] == [{"program": "bill", "waiting": 2, "dead": 0}])
        assert fleet_store(host)["oldest_ms"] is not None
        nats.end()
        assert wait_until(lambda: not status_of(host)["connected"])
        assert call(client, "c") == "1 1 ok"
        assert [one["arguments"][-1] for one in queue(asked, "list")] == ["c"], "what can be seen"
        nats.start()
        assert wait_until(lambda: stream(members).get("messages") == 3, 60)
        assert wait_until(lambda: [one["arguments"][-1] for one in queue(asked, "list", "state=waiting")] == [*"abc"])
        assert queue(asked, "drop", "program=bill", "state=waiting") == [{"changed": 3}]
    assert stream(members)["messages"] == 0


def fleet_store(daemon) -> dict:
    return status_of(daemon)["store"]


# --- whatever dies ---


def test_what_waits_here_is_run_here_where_the_program_is_defined_so(members, called, tmp_path):
    noted = Noted(tmp_path)
    host = host_of(members)
    ready(members)
    client = called(host)
    members.servers[0].end()
    assert wait_until(lambda: not status_of(host)["connected"])
    assert [call(client, name) for name in ("a", "b", "c")] == ["1 1 ok"] * 3
    host.restart()
    assert waiting_here(host) == 3
    host.write({"nats": section(members.servers, name=host.nats_name), "bill": noted.definition(max=1)})
    assert host.reload()
    assert wait_until(lambda: sorted(users(noted)) == ["a", "b", "c"], 60), host.log()


def test_a_cluster_that_loses_a_server_keeps_calls(fleet, called, tmp_path):
    members = fleet(jetstream=True, size=3)
    noted = Noted(tmp_path)
    host = members.host(programs={"bill": handed_on(**STORED)}, replicas=3)
    assert wait_until(lambda: fleet_store(host)["ready"], 60), host.log()
    client = called(host)
    assert [call(client, name) for name in ("a", "b")] == ["1 1 ok"] * 2
    members.server_of(host).kill9()
    assert call(client, "c") == "1 1 ok", "here or there"
    members.servers = [server for server in members.servers if server.alive()]
    members.worker({"bill": noted.definition()}, wait=False, replicas=3)
    assert wait_until(lambda: sorted(users(noted)) == ["a", "b", "c"], 120), host.log()
    assert wait_until(lambda: waiting_here(host) == 0, 60)


def test_daemons_that_want_another_number_of_copies_say_so(members, called):
    host_of(members)
    ready(members)
    other = members.host(programs={"bill": handed_on(**STORED)}, replicas=3)
    assert wait_until(lambda: "the fleet's store (JetStream) can't be used" in other.log())
    assert "replicas" in other.log()
    assert call(called(other), "a") == "1 1 ok"
    assert waiting_here(other) == 1, "it isn't put where fewer copies are kept than are wanted"


def test_nothing_that_was_answered_with_1_is_lost(members, called, tmp_path):
    """NATS, the worker and the calling daemon are killed in turn, again and again, under calls."""
    noted = Noted(tmp_path)
    nats = members.servers[0]
    host = host_of(members, store_timeout="3s")
    ready(members)
    worker = members.worker({"bill": noted.definition()})
    client = called(host)
    answered = []

    def some_calls(count=10):
        for _ in range(count):
            name = f"n{len(answered)}x"
            if call(client, name).startswith("1 "):
                answered.append(name)

    for _ in range(3):
        with ThreadPoolExecutor() as other:
            under = other.submit(some_calls)
            nats.kill9()
            under.result(120)
        some_calls(3)
        with ThreadPoolExecutor() as other:
            under = other.submit(some_calls)
            nats.start()
            under.result(120)
        with ThreadPoolExecutor() as other:
            under = other.submit(some_calls)
            worker.kill9()
            worker.start()
            under.result(120)
        with ThreadPoolExecutor() as other:
            under = other.submit(some_calls)
            host.kill9()
            host.start()
            under.result(120)
        some_calls(3)
    assert len(answered) > 60
    assert wait_until(lambda: set(answered) <= set(users(noted)), 180), set(answered) - set(users(noted))
    assert wait_until(lambda: waiting_here(host) == 0, 120)
    # nats-server 2.9.10, killed, may know that a call is done and still have it. It is never delivered then; each of
    # those must have run.
    with host.connect() as asked:
        left = [one["id"] for one in queue(asked, "list", "state=waiting")]
    assert set(left) <= set(noted.ids())
