# SPDX-License-Identifier: GPL-2.0-or-later
"""What is shown of a fleet: kamexec status, exec.programs, the page for Prometheus."""

import json
import subprocess
import urllib.request

import pytest

from harness import rpc
from harness.client import Client
from harness.command_line import TOOL
from harness.config import Config
from harness.ports import free_port, release
from harness.wait import wait_until

SAY = {"say": "run = /usr/bin/printf '<%s>'"}


@pytest.fixture
def port():
    number = free_port()
    yield number
    release(number)


def shown(daemon, *options) -> str:
    asked = [TOOL, "status", "--socket", daemon.socket_path, *options]
    return subprocess.run(asked, capture_output=True, text=True, timeout=60, check=True).stdout


def id_of(daemon) -> str:
    return json.loads(shown(daemon, "--json"))["fleet"]["id"]


def test_status_shows_where_calls_went(fleet):
    members = fleet()
    worker = members.worker(SAY, zone="berlin")
    host = members.host("say", zone="berlin")
    for number in range(3):
        assert host.call("say", str(number)).lines == [f"<{number}>"]
    told = json.loads(shown(host, "--json"))
    assert told["fleet"]["connected"] and told["fleet"]["offers"] == []
    (say,) = told["programs"]
    assert say["fleet"]["calls"] == 3
    (by,) = say["fleet"]["workers"]
    assert (by["id"], by["zone"], by["calls"]) == (id_of(worker), "berlin", 3)
    text = shown(host)
    assert f"\n  by {id_of(worker)}, zone berlin: 3 calls" in text
    assert "\nNATS: connected to 127.0.0.1:" in text
    assert "\n  offers say: 3 calls\n" in shown(worker)


def test_a_server_sends_all_whatever_the_last_host_had_a_use_for(fleet):
    """The next one may want it, and what the server has left out could not be sent after all."""
    members = fleet()
    members.worker(SAY)
    host = members.host("say")
    with host.connect() as client:
        for _ in range(3):
            client.call("say", "x")
            assert set(client.programs["say"]) == {"20000", "uri", "env", "message", "input"}


def test_all_daemons_are_listed(fleet):
    members = fleet()
    workers = [members.worker(SAY, zone=zone) for zone in ("berlin", "munich")]
    host = members.host("say")
    host.call("say", "x")
    told = json.loads(shown(host, "--fleet", "--json"))
    assert told["unreadable"] == 0
    daemons = {one["id"]: one for one in told["daemons"]}
    assert set(daemons) == {id_of(one) for one in (*workers, host)}
    assert {daemons[id_of(one)]["zone"] for one in workers} == {"berlin", "munich"}
    programs = [daemons[id_of(one)]["programs"] for one in workers]
    assert sum(one["calls"] for (one,) in programs) == 1
    assert daemons[id_of(host)]["programs"] == []
    table = shown(workers[0], "--fleet")
    assert table.startswith("3 daemons\n") and table.count(" say ") == 2


def test_a_file_without_servers_offers_nothing_any_more(fleet):
    members = fleet()
    worker = members.worker(SAY)
    worker.write(SAY)
    assert worker.reload()
    members.wait_until_offered("say", 0)
    assert json.loads(shown(worker, "--json"))["fleet"]["offers"] == []


def test_a_daemon_without_nats_is_no_member(kamexecd):
    daemon = kamexecd(SAY)
    asked = [TOOL, "status", "--fleet", "--socket", daemon.socket_path]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "name servers in [nats], or by --nats" in done.stderr
    assert "NATS" not in shown(daemon)


def test_status_and_log_say_why_nats_is_away(fleet):
    members = fleet()
    host = members.host("say")
    (server,) = members.servers
    server.stop()
    assert wait_until(lambda: "NATS: not connected" in shown(host))
    assert "NATS: not connected any more: " in host.log()
    answer = host.call("say", "x")
    assert answer.word == "not-started" and "no NATS server is connected" in answer.detail


def test_rpc_shows_where_calls_went(fleet, start):
    members = fleet()
    worker = members.worker(SAY, zone="berlin")
    host = members.host("say", zone="berlin")
    routes = {"say": r'exec_avp("@say hi", "$avp(x)"); append_to_reply("X-Value: $avp(x)\r\n");'}
    server = start(Config(routes, params=[("service", host.socket_path)], rpc=True, children=2))
    client = Client(server)
    assert client.call("say")["X-Value"] == "<hi>"
    client.close()
    (say,) = rpc.call(server.directory, "exec.programs", "say")
    assert say["service_attributes"]["via"] == "nats"
    assert say["service_fleet"]["calls"] == 1
    assert say["service_fleet"][f"by_{id_of(worker)}_in_berlin"] == 1


def test_the_page_tells_of_the_fleet(fleet, port):
    members = fleet()
    members.worker(SAY, options={"daemon": f"metrics = 127.0.0.1:{port}"})
    host = members.host("say")
    host.call("say", "x")

    def page() -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
            return answer.read().decode()

    assert wait_until(lambda: 'kamexecd_offer_calls_total{program="say"} 1\n' in page(), 30)
    assert "kamexecd_nats_connected 1\n" in page()
