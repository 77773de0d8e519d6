# SPDX-License-Identifier: GPL-2.0-or-later
"""kamexecd: its page for Prometheus, and the status that `kamexec status` reads."""

import json
import re
import socket
import urllib.request

import pytest

from harness import programs
from harness.paths import REPOSITORY
from harness.ports import free_port, release
from harness.wait import wait_until

GATEWAYS = REPOSITORY / "examples" / "workers" / "gateways.py"
PROGRAMS = {
    "gateways": f"run = {GATEWAYS}\nvia = pool\nworkers = 2\nworkers_start = 2",
    "no": "run = /bin/false",
}


@pytest.fixture
def port():
    number = free_port()
    yield number
    release(number)


def scraped(port) -> dict:
    """What the page says: {'name{label="value"}': value}."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as page:
        assert page.headers["Content-Type"].startswith("text/plain")
        text = page.read().decode()
    lines = [line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, value in lines}


def reach(port, wanted: dict) -> dict:
    """The page, as soon as it has what is wanted."""
    def has_it():
        try:
            page = scraped(port)
        except OSError:  # another daemon had the port until now
            return False
        return all(page.get(name) == value for name, value in wanted.items())

    wait_until(has_it, 30)
    page = scraped(port)
    assert {name: page.get(name) for name in wanted} == wanted
    return page


def test_the_page_tells_of_calls_and_workers(kamexecd, port):
    daemon = kamexecd(PROGRAMS, daemon=f"metrics = 127.0.0.1:{port}")
    with daemon.connect() as client:
        for number in range(5):
            assert client.call("gateways", f"493012345{number}").word == "yes"
        for _ in range(3):
            assert client.call("no").word == "no"
        page = reach(port, {
            'kamexecd_program_calls_total{program="gateways",outcome="ok"}': 5,
            'kamexecd_program_calls_total{program="no",outcome="no"}': 3,
            'kamexecd_program_duration_seconds_count{program="gateways"}': 5,
            'kamexecd_program_workers{program="gateways",state="idle"}': 2,
            "kamexecd_connections": 1,
        })
    assert page['kamexecd_program_duration_seconds_bucket{program="no",le="+Inf"}'] == 3
    assert page['kamexecd_program_workers_started_total{program="gateways"}'] == 2
    # Names and labels as Prometheus takes them.
    form = re.compile(r'[a-zA-Z_:][a-zA-Z0-9_:]*(\{[a-z_]+="[^"\\]*"(,[a-z_]+="[^"\\]*")*\})?')
    assert [name for name in page if not form.fullmatch(name)] == []


def test_a_reload_moves_the_page_and_counts_mistakes(kamexecd, port):
    daemon = kamexecd(PROGRAMS)
    daemon.write(PROGRAMS, daemon=f"metrics = 127.0.0.1:{port}")
    assert daemon.reload()
    reach(port, {'kamexecd_reloads_total{result="taken"}': 1, "kamexecd_connections": 0})
    daemon.write("[broken]\nrun = /no/such/program\n")
    assert not daemon.reload()
    reach(port, {'kamexecd_reloads_total{result="failed"}': 1})
    daemon.write(PROGRAMS)
    assert daemon.reload()
    wait_until(lambda: not answers(port), 30)
    assert not answers(port)
    assert daemon.call("no").word == "no"


def answers(port) -> bool:
    with socket.socket() as one:
        one.settimeout(5)
        return one.connect_ex(("127.0.0.1", port)) == 0


def test_the_next_daemon_gets_the_port(kamexecd, port):
    daemon = kamexecd(PROGRAMS, daemon=f"metrics = 127.0.0.1:{port}")
    daemon.call("no")
    reach(port, {'kamexecd_program_calls_total{program="no",outcome="no"}': 1})
    old = daemon.replace()
    assert old.wait(60) == 0
    reach(port, {'kamexecd_program_calls_total{program="no",outcome="no"}': 0})


def test_a_port_that_is_taken_costs_no_call(kamexecd, port):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen(1)
        daemon = kamexecd(PROGRAMS, daemon=f"metrics = 127.0.0.1:{port}")
        wait_until(lambda: "can't serve metrics" in daemon.log(), 30)
        assert f"can't serve metrics at 127.0.0.1:{port}" in daemon.log()
        assert daemon.call("no").word == "no"
    reach(port, {'kamexecd_program_calls_total{program="no",outcome="no"}': 1})
    assert daemon.log().count("can't serve metrics") == 1


def test_programs_inherit_nothing_of_the_page(kamexecd, port, tmp_path):
    script = programs.write_program(tmp_path / "descriptors", "ls /proc/self/fd | wc -l; grep SigBlk /proc/self/status")
    daemon = kamexecd({"descriptors": f"run = {script}"}, daemon=f"metrics = 127.0.0.1:{port}")
    with socket.create_connection(("127.0.0.1", port)) as reader:
        reader.sendall(b"GET /metrics HTTP/1.1\r\n")  # and never ends it
        lines = daemon.call("descriptors").lines
    assert int(lines[0]) <= 5  # three, ls' own, and the shell's for its script
    assert lines[1].split()[1].strip("0") == ""


def test_a_reader_that_never_reads_holds_up_neither_calls_nor_the_end(kamexecd, port):
    daemon = kamexecd(PROGRAMS, daemon=f"metrics = 127.0.0.1:{port}")
    readers = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
    for reader in readers:
        reader.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n")
    assert daemon.call("no").word == "no"
    assert daemon.end() == 0
    for reader in readers:
        reader.close()


def test_the_status_has_the_same_figures(kamexecd):
    daemon = kamexecd(PROGRAMS)
    with daemon.connect() as client:
        client.call("gateways", "49")
        client.call("no")
        reply = client.control("status")
        assert (reply.word, len(reply.lines)) == ("yes", 1)
        status = json.loads(reply.lines[0])
    assert status["pid"] == daemon.pid
    assert status["state"] == "serving"
    assert status["clients"]["connections"] == 1
    by_name = {program["name"]: program for program in status["programs"]}
    assert by_name["gateways"]["calls"]["ok"] == 1
    assert by_name["gateways"]["attributes"]["via"] == "pool"
    workers = by_name["gateways"]["workers"]
    assert {worker["pid"] for worker in workers["each"]} == set(daemon.children())
    assert sorted(worker["served"] for worker in workers["each"]) == [0, 1]
    assert by_name["no"]["calls"]["no"] == 1
    assert by_name["no"]["processes"] == {"running": 0, "waiting": 0}
