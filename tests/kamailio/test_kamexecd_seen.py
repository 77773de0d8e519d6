# SPDX-License-Identifier: GPL-2.0-or-later
"""What kamexecd shows of itself: its status, its log, what it tells systemd."""

import json
import os
import re
import signal
import socket

import pytest

from harness.wait import wait_until
from test_kamexecd_start import GATEWAYS, NEEDS_ROOT, run_as_nobody


def status(client) -> dict:
    reply = client.control("status")
    (line,) = reply.lines
    return json.loads(line)


def test_status_tells_of_calls_workers_and_the_cache(kamexecd):
    daemon = kamexecd(
        {
            "gateways": f"run = {GATEWAYS}\nvia = pool\nworkers = 2\nworkers_start = 2\nworkers_least = 2",
            "echo": "run = /bin/echo\ncache = 60s",
            "no": "run = /bin/false",
        }
    )
    with daemon.connect() as client:
        for _ in range(3):
            client.call("gateways", "4930123456")
            client.call("echo", "x")
        client.call("no")
        told = status(client)
        programs = {program["name"]: program for program in told["programs"]}
        assert told["pid"] == daemon.pid and told["state"] == "serving"
        assert told["clients"]["connections"] == 1 and told["clients"]["calls_under_way"] == 0
        assert programs["gateways"]["calls"]["ok"] == 3
        assert {one["pid"] for one in programs["gateways"]["workers"]["each"]} == set(daemon.children())
        assert (programs["echo"]["cache"]["hits"], programs["echo"]["cache"]["misses"]) == (2, 1)
        assert programs["no"]["calls"]["no"] == 1
        daemon.reload()
        daemon.write("no section\n")
        daemon.reload()
        assert status(client)["reloads"] == {"taken": 1, "failed": 1}


@NEEDS_ROOT
def test_status_shows_a_caller_what_it_may_call(kamexecd, open_directory):
    daemon = kamexecd(
        {
            "all": "run = /bin/echo\nenvironment = PATH PASSWORD=secret",
            "some": "run = /bin/echo\nallow = daemon",
        },
        daemon="socket_mode = 0666",
        directory=open_directory / "kamexecd",
    )
    daemon.directory.chmod(0o755)
    with daemon.connect() as client:
        assert [one["name"] for one in status(client)["programs"]] == ["all", "some"]
        assert "secret" in client.control("status").lines[0]
    said = run_as_nobody(open_directory, daemon, "print(client.control('status').lines[0])")
    assert [one["name"] for one in json.loads(said)["programs"]] == ["all"]
    assert "secret" not in said


def test_failed_calls_are_logged_within_a_bound(kamexecd):
    daemon = kamexecd({"no": "run = /bin/sh -c 'echo trouble >&2; exec sleep 30'\ntimeout = 50ms"})
    with daemon.connect() as client:
        client.call("no", id="first")
        assert re.search(
            r"warning: call first of the user \d+ \(process \d+\): program no: deadline after \d+ us: "
            r"still running after 50 ms; its standard error: trouble",
            daemon.log(),
        )
        for id in [client.send("nix") for _ in range(500)]:
            client.wait(id)
    assert daemon.log().count("kamexecd has no program nix") < 200


def test_calls_are_logged_where_that_is_wanted(kamexecd):
    daemon = kamexecd({"echo": "run = /bin/echo"}, daemon="log_calls = yes")
    daemon.call("echo", id="one")
    assert re.search(r"kamexecd: call one of .*: program echo: ok after \d+ us\n", daemon.log())
    daemon.write({"echo": "run = /bin/echo"})
    daemon.reload()
    daemon.call("echo", id="two")
    assert "call two" not in daemon.log()


def test_lines_for_the_journal_have_priorities(kamexecd, tmp_path):
    directory = tmp_path / "daemon"
    directory.mkdir()
    log = directory / "kamexecd.log"
    log.touch()
    stream = f"{log.stat().st_dev}:{log.stat().st_ino}"
    daemon = kamexecd({"echo": "run = /bin/echo"}, directory=directory, environment={"JOURNAL_STREAM": stream})
    daemon.call("nix")
    assert log.read_text().startswith("<5>ready: 1 programs\n<4>warning: call ")


@pytest.fixture
def manager(tmp_path):
    """What systemd would be told: (path for NOTIFY_SOCKET, messages(), by the process)."""
    path = tmp_path / "notify"
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listening.bind(str(path))
    listening.setblocking(False)
    said = []

    def messages() -> list:
        while True:
            try:
                said.extend(listening.recv(4096).decode().splitlines())
            except BlockingIOError:
                return said

    yield path, messages
    listening.close()


def test_the_service_manager_is_told(kamexecd, manager):
    path, messages = manager
    daemon = kamexecd({"echo": "run = /bin/echo"}, environment={"NOTIFY_SOCKET": str(path)})
    assert messages() == ["READY=1", "STATUS=1 programs"]
    daemon.reload()
    assert messages()[2] == "RELOADING=1"
    assert wait_until(lambda: messages()[4:] == ["READY=1", "STATUS=1 programs"])
    daemon.write("no section\n")
    daemon.reload()
    assert wait_until(lambda: "stays" in messages()[-1])
    daemon.stop()
    assert "STOPPING=1" in messages()
    assert not any(line.startswith("WATCHDOG") for line in messages())


def test_the_watchdog_gets_signs_of_life_until_the_loop_stands_still(kamexecd, manager):
    path, messages = manager
    environment = {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "200000"}
    daemon = kamexecd({"echo": "run = /bin/echo"}, environment=environment)
    assert wait_until(lambda: messages().count("WATCHDOG=1") >= 5)
    daemon.process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, daemon.pid, os.WSTOPPED | os.WNOWAIT)
    before = len(messages())
    assert not wait_until(lambda: len(messages()) > before, seconds=1)
    daemon.process.send_signal(signal.SIGCONT)
    assert wait_until(lambda: len(messages()) > before)
