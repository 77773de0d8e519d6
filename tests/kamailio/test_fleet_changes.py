# SPDX-License-Identifier: GPL-2.0-or-later
"""A fleet that changes: daemons that end, reload or are replaced, programs that come and go, servers that are left
before they close. (Under load: test_fleet_load.)"""

import json
import signal
import time

import pytest

from harness.fleet import handed_on
from harness.service_callers import Callers
from harness.wait import PATIENCE, wait_until

ECHO = "run = /bin/echo"


def waits_for(path) -> str:
    """A program that says it has begun, and ends when @path.go is there."""
    return (
        f"run = /bin/sh -c 'touch {path}.begun; until [ -e {path}.go ]; do sleep 0.02; done; echo done'\n"
        "timeout = 1m"
    )


# --- worker daemons ---


def test_a_worker_that_ends_finishes_what_it_has_and_gets_no_more(fleet, tmp_path):
    work = tmp_path / "work"
    members = fleet()
    worker = members.worker({"wait": waits_for(work)}, options={"daemon": "drain_time = 1m"})
    host = members.host("wait")
    with host.connect() as client:
        call = client.send("wait")
        assert wait_until((tmp_path / "work.begun").exists)
        worker.process.send_signal(signal.SIGTERM)
        members.wait_until_offered("wait", 0)
        # It has left the group: nobody is there for the next one, which is told so at once.
        assert client.call("wait").word == "not-started"
        (tmp_path / "work.go").touch()
        reply = client.wait(call)
    assert (reply.word, reply.lines) == ("yes", ["done"])
    assert worker.process.wait(PATIENCE) == 0


def test_a_new_worker_is_used_and_an_old_one_replaced(fleet):
    members = fleet()
    host = members.host("version")
    old = None
    for version in ("one", "two", "three"):
        new = members.worker({"version": f"run = /bin/echo {version}"})
        if old:
            assert old.end() == 0
        for _ in range(5):
            assert host.call("version").lines == [version]
        old = new


def test_a_reload_offers_what_is_new_and_no_more_what_is_gone(fleet):
    members = fleet()
    worker = members.worker({"first": ECHO})
    host = members.host("first", "second")
    assert host.call("first", "x").lines == ["x"]
    assert host.call("second", "x").word == "not-started"
    section = worker.config_path.read_text().partition("[first]")[0]
    worker.write(section + "[second]\n" + ECHO + "\n")
    assert worker.reload()
    members.wait_until_offered("second")
    members.wait_until_offered("first", 0)
    assert host.call("second", "x").lines == ["x"]
    assert host.call("first", "x").word == "not-started"


def test_a_reload_of_a_worker_costs_nothing(fleet):
    members = fleet()
    worker = members.worker({"echo": ECHO})
    host = members.host("echo")
    text = worker.config_path.read_text()
    with Callers(host.socket_path, "echo", clients=4) as callers:
        for count in range(5):
            callers.go_on(20)
            worker.write(text + f"[other{count}]\n{ECHO}\n")
            assert worker.reload()
        callers.go_on(20)
    callers.check()


def test_a_program_that_is_not_offered_is_for_its_own_host(fleet):
    members = fleet()
    worker = members.worker({"echo": ECHO})
    worker.write(worker.config_path.read_text() + f"[own]\n{ECHO}\noffer = no\n")
    assert worker.reload()
    host = members.host("echo", "own")
    assert host.call("echo", "x").lines == ["x"]
    assert host.call("own", "x").word == "not-started"
    assert worker.call("own", "x").lines == ["x"]


def test_a_full_worker_is_passed_over(fleet, tmp_path):
    """Both are known; then one has no room, and no call is refused."""
    work = tmp_path / "work"
    members = fleet()
    workers = [members.worker({"either": f"{waits_for(work)}\nmax = 1\nqueue = 0"}) for _ in range(2)]
    host = members.host(programs={"either": handed_on(timeout="1m")})
    with host.connect() as client:
        (tmp_path / "work.go").touch()
        for _ in range(20):
            assert client.call("either").lines == ["done"]
        for _ in range(5):
            (tmp_path / "work.go").unlink()
            calls = [client.send("either"), client.send("either")]
            assert wait_until(lambda: all(worker.children() for worker in workers))
            (tmp_path / "work.go").touch()
            assert [client.wait(call).lines for call in calls] == [["done"], ["done"]]


# --- the SIP host's daemon ---


@pytest.mark.parametrize("change", ["reload", "replace"])
def test_a_change_of_the_sip_hosts_daemon_costs_nothing(fleet, change):
    members = fleet()
    members.worker({"echo": ECHO, "new": ECHO})
    host = members.host("echo")
    text = host.config_path.read_text()
    with Callers(host.socket_path, "echo", clients=4) as callers:
        for count in range(3):
            callers.go_on(20)
            host.write(text + f"[new]\n{handed_on(timeout=f'{9 + count}s')}\n")
            if change == "reload":
                assert host.reload()
            else:
                assert host.replace().wait(PATIENCE) == 0
        callers.go_on(20)
    callers.check()
    assert host.call("new", "x").lines == ["x"]


def test_nats_in_the_file_can_be_had_by_a_reload(fleet):
    members = fleet()
    worker = members.worker({"echo": ECHO})
    host = members.host("echo")
    text = host.config_path.read_text()
    assert host.call("echo", "x").lines == ["x"]
    host.write(text.replace("reconnect = 10ms", "reconnect = 20ms"))
    assert host.reload()
    assert wait_until(lambda: host.call("echo", "x").lines == ["x"])
    worker.write(worker.config_path.read_text().replace("reconnect = 10ms", "reconnect = 20ms"))
    assert worker.reload()
    assert wait_until(lambda: host.call("echo", "x").lines == ["x"])


# --- zones and prefixes ---


def test_a_call_stays_in_its_zone_while_somebody_there_takes_it(fleet):
    members = fleet()
    here = members.worker({"where": "run = /bin/echo here"}, zone="a")
    members.worker({"where": "run = /bin/echo there"}, zone="b")
    host = members.host("where", zone="a")
    members.wait_until_offered("where.zone.a")
    assert {host.call("where").lines[0] for _ in range(20)} == {"here"}
    assert here.end() == 0
    assert host.call("where").lines == ["there"]


def test_fleets_with_different_prefixes_do_not_see_each_other(fleet):
    members = fleet()
    members.worker({"where": "run = /bin/echo test"}, wait=False, prefix="test")
    members.worker({"where": "run = /bin/echo production"})
    assert wait_until(lambda: members.offered("where", "test") == 1)
    for prefix, answer in (("test", "test"), ("kx", "production")):
        host = members.host("where", prefix=prefix)
        assert {host.call("where").lines[0] for _ in range(10)} == {answer}


# --- servers ---

LAME_DUCK = 'lame_duck_duration: "30s", lame_duck_grace_period: "%s"\n'


def test_a_lame_duck_is_left_before_it_closes(fleet):
    members = fleet(LAME_DUCK % "2s", size=3)
    for _ in range(2):
        members.worker({"echo": ECHO})
    host = members.host("echo")
    with Callers(host.socket_path, "echo", clients=4) as callers:
        callers.go_on(50)
        duck = members.server_of(host)
        duck.lame_duck()
        duck.process.wait(60)
        callers.go_on(50)
    callers.check()
    assert members.server_of(host) not in (None, duck)


def test_calls_under_way_end_well_on_a_lame_duck(fleet, tmp_path):
    work = tmp_path / "work"
    members = fleet(LAME_DUCK % "25s", size=3)
    worker = members.worker({"wait": waits_for(work)})
    host = members.host("wait")
    with host.connect() as client:
        call = client.send("wait")
        assert wait_until((tmp_path / "work.begun").exists)
        duck = members.server_of(host)
        duck.lame_duck()
        others = [server for server in members.servers if server is not duck]
        assert wait_until(lambda: any(members.is_at(host, server) for server in others))
        (tmp_path / "work.go").touch()
        assert client.wait(call).lines == ["done"]
    assert worker.alive()


def test_a_server_that_is_frozen_is_left_before_a_call_is_sent(fleet):
    """The connection was idle: it is tried first, and the call goes over another."""
    members = fleet(size=2)
    first, second = members.servers
    members.worker({"echo": ECHO}, servers=second.url)
    both = f"{first.url} {second.url}"
    hosts = [members.host("echo", servers=both, idle="50ms", idle_answer="200ms") for _ in range(6)]
    (chosen, *_) = [host for host in hosts if members.server_of(host) is first] or [None]
    if chosen is None:  # one time in 64
        pytest.skip("all have chosen the same server")
    assert chosen.call("echo", "x").lines == ["x"]
    first.freeze()
    try:
        time.sleep(0.2)  # longer than idle
        assert chosen.call("echo", "y").lines == ["y"]
    finally:
        first.thaw()


def test_who_there_is_answers_as_adr_32_says(fleet):
    """What `nats micro` asks for, by hand."""
    members = fleet()
    workers = [members.worker({"echo": ECHO, "other": ECHO}) for _ in range(2)]
    host = members.host("echo")
    members.servers[0].wait_for_subscribers("$SRV.STATS.kamexec", 3)
    with members.servers[0].connect() as client:
        inbox = client.subscribe("_INBOX.test.1")
        found = {}
        for verb in ("PING", "INFO", "STATS"):
            client.publish(f"$SRV.{verb}.kamexec", b"", "_INBOX.test.1")
            answers = [json.loads(client.next(inbox).payload) for _ in (*workers, host)]
            assert {one["name"] for one in answers} == {"kamexec"}
            assert {one["type"] for one in answers} == {f"io.nats.micro.v1.{verb.lower()}_response"}
            found[verb] = {one["id"] for one in answers}
        assert found["PING"] == found["INFO"] == found["STATS"] and len(found["PING"]) == 3
        assert workers[0].end() == 0
        client.publish("$SRV.PING", b"", "_INBOX.test.1")
        left = {json.loads(client.next(inbox).payload)["id"] for _ in (workers[1], host)}
        assert len(left) == 2 and left < found["PING"]
        assert not client.come(inbox)
